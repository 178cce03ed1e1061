"""What whoever wants late money back was shown before they pressed."""

from django import forms


class AgreedForm(forms.Form):
    """The amount that stood on the button; if it is less by now, nothing is sent back."""

    amount = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, widget=forms.HiddenInput)
