"""What staff say when they cancel."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.forms import reason_field
from checkout.cancelling import Keep, Plan
from checkout.forms import SeenForm
from checkout.models import ParcelStatus
from petshop.core.money import format_money


class CancellationForm(SeenForm):
    """Why it is cancelled, how much is kept, and what goes back on the shelf; each way to keep says what it comes to."""

    reason = reason_field(gettext_lazy("“Maya is ill”"))
    keep = forms.ChoiceField(
        label=gettext_lazy("How much we keep"),
        choices=Keep,
        initial=Keep.TERMS,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how much we keep."),
            "invalid_choice": gettext_lazy("Choose how much we keep."),
        },
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Keep this much"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "input input--day", "inputmode": "decimal", "autocomplete": "off"}),
    )
    shelf = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Back on the shelf"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, plan: Plan, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.initial = {"left": plan.left, "kept": plan.kept} | self.initial
        if plan.left:
            self.fields["keep"].choices = outcomes(plan, currency)
        else:
            del self.fields["keep"], self.fields["amount"]
        parcels = [part.line for part in plan.parts if part.line.parcel]
        self.fields["shelf"].choices = [(line.pk, line.counted_title) for line in parcels]
        self.fields["shelf"].initial = [line.pk for line in parcels if line.parcel != ParcelStatus.HANDED_OVER]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("keep") == Keep.AMOUNT and cleaned.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Enter how much to keep."))
        return cleaned

    @property
    def how(self) -> dict:
        """As the operation wants to be told."""
        said = self.cleaned_data
        return {
            "cause": said["reason"],
            "keep": Keep(said.get("keep", Keep.TERMS)),
            "amount": said.get("amount"),
            "seen": self.seen,
            "wasted": [part.line for part in self.plan.parts if part.line.parcel and part.line.pk not in said["shelf"]],
        }


def outcomes(plan: Plan, currency: str) -> list[tuple[str, str]]:
    """Each way to keep, with what then comes back: so whatever is pressed was previewed."""
    left = format_money(plan.left, currency)
    terms = {"kept": format_money(plan.kept, currency), "back": format_money(plan.comes_back, currency)}
    return [
        (Keep.TERMS, _("By the terms that were agreed: %(kept)s is kept, %(back)s comes back") % terms),
        (Keep.NOTHING, _("Keep nothing: %(left)s comes back") % {"left": left}),
        (Keep.ALL, _("Keep all of it: nothing of %(left)s comes back") % {"left": left}),
        (Keep.AMOUNT, _("Keep another part of %(left)s, and the rest comes back:") % {"left": left}),
    ]
