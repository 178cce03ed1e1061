"""What is pressed and typed to fill a basket."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Pet, Resource
from catalog.models import AddOn, Variant
from checkout.models import CartLine, plain_postal_code
from petshop.core.fields import LineField

MOST_OF_ONE = 99
NOT_THERE = ["required", "invalid_choice"]


class InstantField(forms.CharField):
    """A moment as a button of ours carries it: ISO 8601 with its offset."""

    def to_python(self, value):
        value = super().to_python(value)
        if value in self.empty_values:
            return None
        try:
            moment = datetime.fromisoformat(value)
            if (
                moment.tzinfo is None or not 2000 < moment.year < 9000
            ):  # so that no clock, and no stay, runs out of years
                raise ValueError
        except ValueError:
            raise ValidationError(_("That time could not be read. Please choose it again.")) from None
        return moment

    def validate(self, value):
        forms.Field.validate(self, value)

    def run_validators(self, value):
        return


class InstantsField(InstantField):
    """One moment or several, each from a button or a box of its own: in order, each once."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value):
        moments = [InstantField.to_python(self, each) for each in value or []]
        return sorted({moment for moment in moments if moment})


def quantity_field() -> forms.IntegerField:
    message = gettext_lazy("Enter how many as a number from 1 to 99.")
    return forms.IntegerField(
        min_value=1,
        max_value=MOST_OF_ONE,
        error_messages=dict.fromkeys(["required", "invalid", "min_value", "max_value"], message),
    )


class CodeForm(forms.Form):
    """The code of a promotion, as somebody types it off a flyer."""

    code = LineField(
        max_length=40,
        error_messages={
            "required": gettext_lazy("Enter a code."),
            "max_length": gettext_lazy("Enter a code of at most 40 characters."),
        },
    )


class QuantityForm(forms.Form):
    quantity = quantity_field()


class PostalCodeForm(forms.Form):
    postal_code = LineField(
        max_length=20,
        error_messages=dict.fromkeys(["required", "max_length"], gettext_lazy("Enter the postal code to deliver to.")),
    )

    def clean_postal_code(self):
        if code := plain_postal_code(self.cleaned_data["postal_code"]):
            return code
        raise ValidationError(_("Enter a postal code, like 28013."))


class ProductForm(forms.Form):
    """Some of a product, from its page or its card; a card without a field asks for one."""

    variant = forms.ModelChoiceField(
        Variant.objects.none(),
        error_messages=dict.fromkeys(NOT_THERE, gettext_lazy("We no longer sell that.")),
    )
    quantity = quantity_field()
    press = forms.CharField(required=False, max_length=40)

    def __init__(self, data):
        data = data.copy()
        data.setdefault("quantity", "1")
        super().__init__(data)
        self.fields["variant"].queryset = Variant.objects.on_sale().filter(duration=None).select_related("offering")


class VisitForm(forms.Form):
    """A free time that was pressed, or days that were ticked. `line`: the visit whose place they take."""

    variant = forms.ModelChoiceField(
        Variant.objects.none(),
        error_messages=dict.fromkeys(NOT_THERE, gettext_lazy("We no longer offer that.")),
    )
    start = InstantsField(error_messages={"required": gettext_lazy("Choose a time.")})
    nights = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=90,
        error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], gettext_lazy("Choose how many nights.")),
    )
    resource = forms.SlugField(required=False)
    add_on = forms.ModelMultipleChoiceField(
        AddOn.objects.none(),
        required=False,
        error_messages=dict.fromkeys(
            ["invalid_choice", "invalid_pk_value"],
            gettext_lazy("We do not offer one of these extras any more. Please choose again."),
        ),
    )
    pet = forms.ModelChoiceField(
        Pet.objects.none(),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Please choose again who is coming.")},
    )
    line = forms.ModelChoiceField(CartLine.objects.none(), required=False)
    press = forms.CharField(required=False, max_length=40)

    def __init__(self, data, *, cart):
        super().__init__(data)
        on_sale = Variant.objects.on_sale().filter(duration__isnull=False)
        self.fields["variant"].queryset = on_sale.select_related("offering__rules")
        self.fields["add_on"].queryset = AddOn.objects.on_sale()
        if cart:
            self.fields["line"].queryset = cart.lines.visits()
            self.fields["pet"].queryset = cart.pets.all()

    def clean_resource(self):
        slug = self.cleaned_data["resource"]
        if not slug:
            return None
        if resource := Resource.objects.filter(slug=slug, is_active=True).first():
            return resource
        raise ValidationError(_("We no longer offer that."))

    def clean(self):
        """An extra of another service is one that this service does not offer."""
        cleaned = super().clean()
        variant, add_ons = cleaned.get("variant"), cleaned.get("add_on", ())
        if variant and any(add_on.offering_id != variant.offering_id for add_on in add_ons):
            self.add_error("add_on", self.fields["add_on"].error_messages["invalid_choice"])
        return cleaned
