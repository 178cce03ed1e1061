"""What we ask about a pet."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import HEAVIEST, ONE_OF_THEM, Pet, Temperament
from catalog.models import PetSize, Species
from checkout.forms.basket import NOT_THERE
from checkout.models import CartLine
from checkout.operations import PetFacts
from petshop.core.fields import LineField, TextField


def possible_species(line: CartLine) -> list[str]:
    return list(line.variant.offering.species) or list(Species.values)


def pet_fields(line: CartLine) -> dict[str, forms.Field]:
    """Whom this visit is for: the species only where there is a choice, the size as the variant has it."""
    species = possible_species(line)
    fields = {
        f"pet-{line.pk}-name": LineField(
            label=_("Your pet’s name"),
            max_length=60,
            error_messages={
                "required": _("Enter your pet’s name"),
                "max_length": _("Enter a name of at most 60 characters"),
            },
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
    }
    if len(species) > 1:
        fields[f"pet-{line.pk}-species"] = forms.ChoiceField(
            label=_("Animal"),
            choices=[("", _("Choose one")), *((value, ONE_OF_THEM[value]) for value in species)],
            error_messages=dict.fromkeys(NOT_THERE, _("Choose which animal your pet is")),
            widget=forms.Select(attrs={"autocomplete": "off"}),
        )
    size = line.variant.pet_size
    fields[f"pet-{line.pk}-size"] = forms.ChoiceField(
        label=_("Size"),
        required=bool(size),
        choices=[("", _("Choose one") if size else _("Not sure")), *PetSize.choices],
        initial=size,
        error_messages=dict.fromkeys(NOT_THERE, _("Choose your pet’s size")),
        widget=forms.Select(attrs={"autocomplete": "off"}),
    )
    fields[f"pet-{line.pk}-notes"] = TextField(
        label=_("Anything we should know"),
        help_text=_("Health, fears, what calms them"),
        required=False,
        max_length=1000,
        error_messages={"max_length": _("Tell us in at most 1000 characters")},
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    return fields


CARE = ["allergies", "notes"]  # what is asked about a pet that we know, each time it comes


def care_fields(pet: Pet) -> dict[str, forms.Field]:
    """The same for each visit of this pet: once for all of them."""
    fields = {}
    for name in CARE:
        field = deepcopy(PetDetailsForm.base_fields[name])
        field.initial = getattr(pet, name)
        fields[f"known-{pet.pk}-{name}"] = field
    return fields


WEIGHT = {
    "invalid": gettext_lazy("Enter the weight in kg as a number, like 12.5"),
    "min_value": gettext_lazy("Enter a weight above 0 kg"),
    "max_value": gettext_lazy("Enter a weight of at most 200 kg"),
    "max_digits": gettext_lazy("Enter the weight in kg as a number, like 12.5"),
    "max_decimal_places": gettext_lazy("Enter the weight with at most two decimals, like 12.5"),
    "max_whole_digits": gettext_lazy("Enter a weight of at most 200 kg"),
}


class WeightField(forms.DecimalField):
    """12.5, or 12,5 as half of Europe writes it."""

    def to_python(self, value):
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class PetForm(forms.Form):
    """Who is coming: what decides which visit it is, who takes it, and what it costs."""

    name = LineField(
        label=gettext_lazy("Your pet’s name"),
        max_length=60,
        error_messages={
            "required": gettext_lazy("Enter your pet’s name"),
            "max_length": gettext_lazy("Enter a name of at most 60 characters"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    species = forms.ChoiceField(
        label=gettext_lazy("Animal"),
        error_messages=dict.fromkeys(NOT_THERE, gettext_lazy("Choose which animal your pet is")),
        widget=forms.Select(attrs={"autocomplete": "off"}),
    )
    weight = WeightField(
        label=gettext_lazy("Weight in kg"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=HEAVIEST,
        max_digits=5,
        decimal_places=2,
        error_messages=WEIGHT,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Or its size"),
        required=False,
        choices=[("", gettext_lazy("Not sure")), *PetSize.choices],
        error_messages=dict.fromkeys(NOT_THERE, gettext_lazy("Choose your pet’s size")),
        widget=forms.Select(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data=None, *, species: list[str] = (), **kwargs):
        super().__init__(data, label_suffix="", **kwargs)
        possible = list(species) or list(Species.values)
        choices = [(value, ONE_OF_THEM[value]) for value in possible]
        self.fields["species"].choices = choices if len(choices) == 1 else [("", _("Choose one")), *choices]

    def clean(self):
        cleaned = super().clean()
        is_dog = cleaned.get("species") == Species.DOG
        if is_dog and not self.errors and not (cleaned.get("weight") or cleaned.get("size")):
            self.add_error("weight", ValidationError(_("Enter what your dog weighs, or choose its size")))
        return cleaned

    @property
    def facts(self) -> PetFacts:
        cleaned = self.cleaned_data
        return PetFacts(cleaned["name"], cleaned["species"], cleaned["weight"], cleaned["size"])


class PetDetailsForm(forms.Form):
    """Everything that we would like to know of a pet; nothing of it has to be said."""

    name = PetForm.base_fields["name"]
    breed = LineField(label=gettext_lazy("Breed"), required=False, max_length=60)
    weight = PetForm.base_fields["weight"]
    size = PetForm.base_fields["size"]
    birth_date = forms.DateField(
        label=gettext_lazy("Born on"),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter the date with its day, month and year")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    temperament = forms.ChoiceField(
        label=gettext_lazy("Temperament"),
        required=False,
        choices=[("", gettext_lazy("Not sure")), *Temperament.choices],
        error_messages={"invalid_choice": gettext_lazy("Choose one of these, or “Not sure”")},
    )
    allergies = TextField(
        label=gettext_lazy("Allergies"),
        required=False,
        max_length=500,
        error_messages={"max_length": gettext_lazy("Tell us in at most 500 characters")},
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    notes = TextField(
        label=gettext_lazy("Anything we should know"),
        help_text=gettext_lazy("Health, fears, what calms them"),
        required=False,
        max_length=1000,
        error_messages={"max_length": gettext_lazy("Tell us in at most 1000 characters")},
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )

    def __init__(self, data=None, *, pet: Pet):
        super().__init__(data, initial={name: getattr(pet, name) for name in self.base_fields}, label_suffix="")

    def clean_birth_date(self):
        born = self.cleaned_data["birth_date"]
        if born and not date(1900, 1, 1) <= born <= timezone.localdate():
            raise ValidationError(_("Enter a day that has been, and not too long ago"))
        return born
