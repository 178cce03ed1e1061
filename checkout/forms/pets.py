"""What we ask about a pet."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PetSize, Species
from checkout.forms.basket import NOT_THERE
from checkout.models import CartLine
from petshop.core.fields import LineField, TextField

# "Dogs" is a shelf, one of them is a dog.
ONE_OF_THEM = {
    Species.DOG: gettext_lazy("Dog"),
    Species.CAT: gettext_lazy("Cat"),
    Species.SMALL: gettext_lazy("Small pet"),
    Species.BIRD: gettext_lazy("Bird"),
    Species.FISH: gettext_lazy("Fish"),
}


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
