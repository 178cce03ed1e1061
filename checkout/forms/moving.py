"""The form of a visit that gets another time."""

from django import forms
from django.utils.translation import gettext_lazy

from bookings.models import Resource
from checkout.forms.basket import InstantField


class MoveForm(forms.Form):
    """A free time that was pressed, and with whom; without anybody, with whoever is free."""

    start = InstantField(error_messages={"required": gettext_lazy("Choose a time.")})
    resource = forms.ModelChoiceField(
        Resource.objects.filter(is_active=True),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": gettext_lazy("That groomer takes no visits. Please choose again.")},
    )
