"""The form of a visit that gets another time, and what whoever moves it was shown of its price."""

from django import forms
from django.utils.translation import gettext_lazy

from bookings.models import Resource
from checkout.forms.basket import InstantField
from checkout.quotes import MoveQuote


class MoveForm(forms.Form):
    """A free time that was pressed, and with whom; without anybody, with whoever is free."""

    start = InstantField(error_messages={"required": gettext_lazy("Choose a time.")})
    resource = forms.ModelChoiceField(
        Resource.objects.filter(is_active=True),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": gettext_lazy("That groomer takes no visits. Please choose again.")},
    )


class QuoteForm(forms.Form):
    """The amounts that stood beside the button; without them nobody has seen any, with others nothing is moved."""

    old = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, required=False, widget=forms.HiddenInput)
    new = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, required=False, widget=forms.HiddenInput)
    back = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, required=False, widget=forms.HiddenInput)
    pay = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, required=False, widget=forms.HiddenInput)

    @property
    def agreed(self) -> MoveQuote | None:
        amounts = [self.cleaned_data.get(name) for name in ("old", "new", "back", "pay")]
        return None if None in amounts else MoveQuote(*amounts)
