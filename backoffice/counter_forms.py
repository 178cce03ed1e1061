"""What staff say of money that goes over the counter."""

import secrets
import uuid
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms import reason_field
from checkout.models import CounterMethod, Payment
from petshop.core.fields import LineField

AMOUNT = {
    "required": _("Enter an amount of money, like 12.50."),
    "invalid": _("Enter an amount of money, like 12.50."),
    "min_value": _("Enter an amount of money, like 12.50."),
    "max_digits": _("Enter an amount of money, like 12.50."),
    "max_decimal_places": _("Enter an amount of money, like 12.50."),
    "max_whole_digits": _("Enter an amount of money, like 12.50."),
}
LOOK_AGAIN = {"required": _("Please look at the amount, and press again."), "invalid": _("Please press again.")}


class TakenForm(forms.Form):
    """All that is still to be paid was taken: how, and what the till or the terminal printed. One press is one payment."""

    method = forms.ChoiceField(
        label=_("How it was paid"),
        choices=CounterMethod,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Choose how it was paid.")),
    )
    note = LineField(
        label=_("Receipt, or what else to remember"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"class": "input", "placeholder": _("“Terminal receipt 0042”"), "autocomplete": "off"}
        ),
        error_messages={"max_length": _("A note has at most %(limit_value)d characters; this one has %(show_value)d.")},
    )
    agreed = forms.DecimalField(
        max_digits=14, decimal_places=2, widget=forms.HiddenInput, error_messages=AMOUNT | LOOK_AGAIN
    )
    press = forms.UUIDField(widget=forms.HiddenInput, error_messages=LOOK_AGAIN)

    def __init__(self, data=None, *, amount: Decimal):
        super().__init__(data, initial={"agreed": amount, "press": uuid.uuid4()}, label_suffix="")


class MoreTimeForm(forms.Form):
    """Until when the rest may be paid, and why."""

    day = forms.DateField(
        label=_("The rest is due on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input input--day"}),
        error_messages={
            "required": _("Enter the date with its day, month and year."),
            "invalid": _("Enter the date with its day, month and year."),
        },
    )
    reason = reason_field(_("“He called: paid on the 1st”"))


class GivenBackForm(forms.Form):
    """How much of a payment was given back at the counter, and why. One press is one refund."""

    amount = forms.DecimalField(
        label=_("Given back"),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "input input--day", "inputmode": "decimal", "autocomplete": "off"}),
        error_messages=AMOUNT,
    )
    reason = reason_field(_("“Typed for the wrong order”"))
    press = forms.RegexField(r"^[A-Za-z0-9_-]{10,40}$", widget=forms.HiddenInput, error_messages=LOOK_AGAIN)

    def __init__(self, data=None, *, payment: Payment):
        left = payment.amount - payment.refunded
        super().__init__(data, initial={"amount": left, "press": secrets.token_urlsafe(12)}, label_suffix="")
