"""Promotions in the Django admin: what a code or a bundle takes off, for what, when and how often."""

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from catalog.prices import check_price
from checkout.models import Gives, Promotion, PromotionItem, code_key
from petshop.core.edits import EditAdmin, EditForm, EditTabularInline
from petshop.core.fields import LineField
from petshop.core.money import format_money

FEWEST_TOGETHER = 2


class PromotionForm(EditForm):
    code = LineField(
        label=_("Code"),
        required=False,
        max_length=24,
        help_text=_(
            "What customers type, in letters and digits: WELCOME10. O and 0, and I, L and 1, are the same to us."
            " Left empty, it works by itself."
        ),
    )

    class Meta:
        help_texts = {
            "name": _("As customers read it in their basket and on the receipt: “Bath and shampoo together”."),
            "value": _("Percent, or an amount of money. Free delivery has neither."),
            "is_bundle": _(
                "It takes something off when everything named below is in the basket, and off those pieces only."
            ),
            "minimum": _("What must be in the basket for it, before anything is off."),
            "first_day": _("It counts from the beginning of this day. Left empty: at once."),
            "last_day": _("It counts to the end of this day. Left empty: until it is no longer in force."),
            "uses_at_most": _("How many orders may have it. Left empty: as many as want it."),
            "uses_per_customer": _("How many orders of one e-mail address may have it. Only with a code."),
            "is_active": _("Unticked, it takes nothing off any more; orders that have it keep it."),
        }

    def clean_code(self):
        """As it is printed on the flyer, but for its case and what stands between its letters."""
        code = "".join(letter for letter in self.cleaned_data["code"].upper() if letter not in " -")
        others = Promotion.objects.exclude(pk=self.instance.pk).exclude(code="")
        if code and others.filter(key=code_key(code)).exists():
            raise ValidationError(_("Another promotion has this code, or one that reads like it."))
        return code

    def clean_uses_at_most(self):
        """Orders are placed while this page is open, so what counts is how many there are by now."""
        most = self.cleaned_data["uses_at_most"]
        if most is not None and Promotion.objects.filter(pk=self.instance.pk, used__gt=most).exists():
            raise ValidationError(_("It has been used more often already."))
        return most

    def clean_minimum(self):
        return checked(self.cleaned_data["minimum"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("gives") == Gives.AMOUNT and cleaned.get("value") is not None:
            try:
                checked(cleaned["value"])
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned


def checked(amount):
    """An amount that can be paid."""
    if amount is not None:
        check_price(amount)
    return amount


class ItemFormSet(BaseInlineFormSet):
    def clean(self):
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        count = len([form for form in kept if not self._should_delete_form(form)])
        if self.instance.is_bundle and count < FEWEST_TOGETHER:
            raise ValidationError(_("Name what must be together: two things or more."))


class ItemInline(EditTabularInline):
    model = PromotionItem
    formset = ItemFormSet
    fields = ["offering", "category", "kind", "is_reduced"]
    max_num = 20
    verbose_name = _("thing")
    verbose_name_plural = _("what it is for: one in each row, and everything that is for sale if there is none")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Shelves are made and taken away on their own page, not from here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class PromotionAdmin(EditAdmin):
    """A promotion. One that was used stays in the books: it is taken out of force, not away."""

    form = PromotionForm
    list_display = ["name", "code", "gift", "days", "uses", "is_active"]
    list_filter = ["is_active", "gives", ("code", admin.EmptyFieldListFilter)]
    search_fields = ["name", "code"]
    ordering = ["-is_active", "-pk"]
    readonly_fields = ["used"]
    fieldsets = [
        (None, {"fields": ["name", "code", "is_active"]}),
        (_("What it gives"), {"fields": ["gives", "value", "is_bundle", "minimum"]}),
        (_("When and how often"), {"fields": ["first_day", "last_day", "uses_at_most", "uses_per_customer", "used"]}),
    ]
    inlines = [ItemInline]

    @admin.display(description=_("gives"))
    def gift(self, promotion):
        match promotion.gives:
            case Gives.PERCENT:
                return f"{promotion.value.normalize():f} %"
            case Gives.AMOUNT:
                return format_money(promotion.value)
        return promotion.get_gives_display()

    @admin.display(description=_("days"))
    def days(self, promotion):
        first_day, last_day = (
            date_format(day, "j M Y") if day else "" for day in (promotion.first_day, promotion.last_day)
        )
        return f"{first_day} \N{EN DASH} {last_day}" if first_day or last_day else ""

    @admin.display(description=_("used"), ordering="used")
    def uses(self, promotion):
        if promotion.uses_at_most is None:
            return promotion.used
        return _("%(used)d of %(most)d") % {"used": promotion.used, "most": promotion.uses_at_most}
