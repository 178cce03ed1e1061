"""A proof of a vaccination, as a customer sends it."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.proof_files import ProofField
from checkout.forms.basket import NOT_THERE
from checkout.proofs import Asked

FARTHEST = timedelta(days=10 * 366)


class ProofForm(forms.Form):
    """One file for one vaccination of one pet. The form is made for what an order's visits still need."""

    what = forms.ChoiceField(
        label=gettext_lazy("Which vaccination"),
        error_messages=dict.fromkeys(NOT_THERE, gettext_lazy("Choose what you are sending")),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"),
        help_text=gettext_lazy("As it says in the vaccination card"),
        error_messages={
            "required": gettext_lazy("Enter until when it is valid"),
            "invalid": gettext_lazy("Enter the date with its day, month and year"),
        },
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    proof = ProofField(
        label=gettext_lazy("Photo or PDF"),
        help_text=gettext_lazy("The page with the stamp. Only our staff see it."),
        error_messages={
            "required": gettext_lazy("Choose a photo or a PDF"),
            "empty": gettext_lazy("This file is empty"),
            "missing": gettext_lazy("Choose a photo or a PDF"),
            "invalid": gettext_lazy("The file did not arrive. Please send it again"),
        },
    )

    def __init__(self, data=None, files=None, *, asked: list[Asked]):
        super().__init__(data, files, label_suffix="")
        self.asked = {each.key: each for each in asked if each.can_be_sent}
        choices = [(key, each.label) for key, each in self.asked.items()]
        self.fields["what"].choices = choices if len(choices) == 1 else [("", _("Choose one")), *choices]

    def clean(self):
        cleaned = super().clean()
        asked, until = self.asked.get(cleaned.get("what")), cleaned.get("valid_until")
        if asked and until and until < asked.last_day:
            message = _(
                "It must still be valid on %(day)s, the last day of the visit. Send the next one, once you have it"
            )
            self.add_error("valid_until", ValidationError(message, params={"day": asked.last_day_in_words}))
        elif until and until > timezone.localdate() + FARTHEST:
            self.add_error("valid_until", ValidationError(_("No vaccination is valid for that long. Check the year")))
        return cleaned
