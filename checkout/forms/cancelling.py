"""What whoever cancels was shown before they pressed."""

from django import forms

from checkout.cancelling import Seen


class SeenForm(forms.Form):
    """The amounts that stood beside the button; with others nothing is cancelled."""

    left = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, widget=forms.HiddenInput)
    kept = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, widget=forms.HiddenInput)

    @property
    def seen(self) -> Seen:
        return Seen(self.cleaned_data["left"], self.cleaned_data["kept"])
