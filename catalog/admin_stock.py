"""The page of the Django admin on which stock is received and counted. It asks; catalog.operations moves."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from catalog.models import Offering, StockMovement, StockReason
from catalog.operations import OutOfStock, move_stock

# What staff can say; “sold” is said by an order.
ADDS = [StockReason.RECEIVED, StockReason.RETURNED]
TAKES = [StockReason.SPOILED]
REASONS = [*ADDS, StockReason.CORRECTED, *TAKES]
MOST = 100_000


class MovementForm(forms.Form):
    """One choice's line on the page. Without a number it moves nothing."""

    delta = forms.IntegerField(
        label=gettext_lazy("change"),
        required=False,
        min_value=-MOST,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"class": "vIntegerField", "placeholder": "+12"}),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("reason"), choices=[(reason.value, reason.label) for reason in REASONS]
    )
    note = forms.CharField(
        label=gettext_lazy("note"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args, variant, **kwargs):
        self.variant = variant
        super().__init__(*args, prefix=f"variant-{variant.pk}", **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {variant}"

    def clean(self):
        cleaned = super().clean()
        delta, reason = cleaned.get("delta"), cleaned.get("reason")
        if not delta and cleaned.get("note"):
            self.add_error("delta", _("How many more or fewer?"))
        if delta and delta < 0 and reason in ADDS:
            self.add_error("delta", _("This reason adds to the shelf: write a number above zero."))
        if delta and delta > 0 and reason in TAKES:
            self.add_error("delta", _("This reason takes from the shelf: write a number below zero, such as −2."))
        return cleaned

    @property
    def reason_in_words(self) -> str:
        return StockReason(self.cleaned_data["reason"]).label

    @property
    def moves(self) -> bool:
        return bool(self.cleaned_data.get("delta"))


class StockPage(View):
    """All choices of a product, what is there of each, and what came or went."""

    model_admin = None
    template_name = "admin/catalog/product/stock.html"

    def dispatch(self, request, pk):
        self.product = get_object_or_404(self.model_admin.get_queryset(request), pk=pk)
        if not self.model_admin.has_change_permission(request, self.product):
            raise PermissionDenied
        return super().dispatch(request)

    def get(self, request):
        return self.page(self.forms())

    def post(self, request):
        forms = self.forms(request.POST)
        # All of them, so that every line says what is wrong with it.
        if all([form.is_valid() for form in forms]) and (moved := self.move(request, forms)) is not None:
            text = ngettext(
                "%(count)d stock change was written down.", "%(count)d stock changes were written down.", moved
            )
            messages.success(request, text % {"count": moved})
            return HttpResponseRedirect(reverse("admin:catalog_product_stock", args=[self.product.pk]))
        return self.page(forms, status=422)

    def move(self, request, forms) -> int | None:
        """Make every movement or none; None if one was refused, with the reason on its line."""
        try:
            with transaction.atomic():
                # One member of staff at a time; sales go on. Pressed twice, or two people with one delivery: refused.
                Offering.objects.select_for_update(no_key=True).get(pk=self.product.pk)
                if request.POST.get("seen") != self.last_movement():
                    raise ValidationError(
                        _(
                            "Somebody changed the stock since this page was opened. Look at the numbers below, then save."
                        )
                    )
                moving = [form for form in forms if form.moves]
                for form in moving:
                    move_stock(
                        form.variant,
                        form.cleaned_data["delta"],
                        reason=StockReason(form.cleaned_data["reason"]),
                        actor=request.user.get_username(),
                        note=form.cleaned_data["note"],
                    )
                    said = {"choice": form.variant, "delta": form.cleaned_data["delta"], "reason": form.reason_in_words}
                    self.model_admin.log_change(
                        request, self.product, _("Stock of “%(choice)s”: %(delta)+d, %(reason)s.") % said
                    )
                return len(moving)
        except OutOfStock as refusal:
            form = next(form for form in forms if form.variant == refusal.variant)
            form.variant.refresh_from_db(fields=["stock"])
            text = _("There are only %(count)d left, so they cannot become fewer than none.")
            form.add_error("delta", text % {"count": form.variant.stock})
        except ValidationError as refusal:
            self.refusal = refusal.message
        return None

    refusal = ""

    def forms(self, data=None) -> list[MovementForm]:
        """In primary-key order, in which the shop locks variants."""
        return [MovementForm(data, variant=variant) for variant in self.product.variants.order_by("pk")]

    def last_movement(self) -> str:
        """Which movement by hand was the last one; sales are not the staff's."""
        movements = StockMovement.objects.filter(variant__offering=self.product, reference="")
        return str(movements.values_list("pk", flat=True).order_by("-pk").first() or "")

    def page(self, forms, status=None):
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": _("Receive or count stock"),
            "subtitle": str(self.product),
            "opts": self.model_admin.opts,
            "product": self.product,
            "forms": forms,
            "seen": self.last_movement(),
            "refusal": self.refusal,
            "movements": StockMovement.objects.filter(variant__offering=self.product).select_related(
                "variant__offering"
            )[:20],
            "movements_url": reverse("admin:catalog_stockmovement_changelist"),
        }
        return TemplateResponse(self.request, self.template_name, context, status=status)
