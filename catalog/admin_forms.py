"""The forms behind the catalog's pages in the Django admin."""

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from catalog.models import Kind, Picture, Species
from catalog.pictures import PictureField
from catalog.prices import check_price
from petshop.core.edits import EditForm, NamedForm
from petshop.core.fields import DrawingField, MinutesField, PriceField


class OfferingForm(NamedForm):
    """An offering of one `kind`, which its page knows."""

    kind: Kind
    species = forms.MultipleChoiceField(
        label=_("For"),
        choices=Species,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: it suits every animal."),
    )
    art = DrawingField(folders=["products", "services"])

    class Meta:
        widgets = {"summary": AdminTextInputWidget(attrs={"class": "vLargeTextField"})}
        labels = {"slug": _("Web address")}
        help_texts = {
            "name": _("As customers look for it: “Oat shampoo”, “Full groom”."),
            "slug": _(
                "The end of its address, /shop/this-part/. Left empty it is made from the name. "
                "Changing it breaks links that customers have."
            ),
            "category": _("The shelf it stands on."),
            "is_published": _(
                "Customers can find it. What cannot be sold yet stays out, and you are told what is missing."
            ),
            "summary": _("What it is, in a sentence: shown in lists, under the name."),
            "description": _("For its page. An empty line begins a new paragraph."),
            "position": _("Lower numbers come first in the list."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["art"].keep(self.instance.art)
        if not self.instance.pk:
            self.instance.kind = self.kind


class CategoryForm(NamedForm):
    class Meta:
        labels = {"slug": _("Web address")}
        help_texts = {
            "slug": _("Left empty it is made from the name. Changing it breaks links that customers have."),
            "tint": _("Behind its pictures in the shop."),
            "position": _("Lower numbers come first."),
        }


class VariantForm(EditForm):
    """One choice with its price."""

    class Meta:
        field_classes = {"price": PriceField}

    def clean_price(self):
        if (price := self.cleaned_data["price"]) is not None:
            check_price(price)
        return price


class ProductVariantForm(VariantForm):
    """A choice of a product. A new one begins with nothing on the shelf: what is there comes with a stock movement."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.instance.stock = 0


class AddOnForm(VariantForm):
    """An extra of a service with its price; how much longer it makes the visit is typed in minutes."""

    class Meta:
        field_classes = {"price": PriceField, "duration": MinutesField}
        labels = {"duration": _("minutes")}


class VariantFormSet(BaseInlineFormSet):
    def clean(self):
        super().clean()
        for form in self.initial_forms:
            if self.can_delete and self._should_delete_form(form) and is_used(form.instance):
                text = _("“%s” was sold, stocked or chosen, so it stays in the books. Untick “For sale” instead.")
                raise ValidationError(text % (form.instance.name or form.instance))


def is_used(variant) -> bool:
    """Whether anything at all refers to it, in this app or in one above."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: variant}).exists()
        for relation in variant._meta.related_objects
    )


class PictureForm(EditForm):
    class Meta:
        model = Picture
        fields = ["file", "alt", "position"]
        field_classes = {"file": PictureField}
