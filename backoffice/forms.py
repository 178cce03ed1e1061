from datetime import datetime

from django import forms
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext_lazy as _

from bookings.availability import instant
from bookings.models import Resource
from checkout.forms import InstantField, QuoteForm
from checkout.models import Concern
from checkout.quotes import MoveQuote
from petshop.core.fields import LineField, TextField


class NoteForm(forms.Form):
    """A note that only staff read."""

    text = TextField(
        label=_("Note for staff"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input", "placeholder": _("Add a note for staff")}),
        error_messages={
            "required": _("Write the note first, then save it."),
            "max_length": _("A note has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )


class ApprovalForm(forms.Form):
    """Until when a vaccination is valid, as staff read it in the proof."""

    valid_until = forms.DateField(
        label=_("Valid until"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input input--day"}),
        error_messages={
            "required": _("Enter until when it is valid."),
            "invalid": _("Enter the date with its day, month and year."),
        },
    )


class RefusalForm(forms.Form):
    """Why a proof proves nothing; the customer reads it."""

    reason = LineField(
        label=_("Why not"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"class": "input", "placeholder": _("The customer reads this"), "autocomplete": "off"}
        ),
        error_messages={
            "required": _("Write why, so that the customer can send a better one."),
            "max_length": _("A reason has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )


def reason_field(placeholder) -> LineField:
    return LineField(
        label=_("Why"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "placeholder": placeholder, "autocomplete": "off"}),
        error_messages={
            "required": _("Write why: it is kept with the order, under your name."),
            "max_length": _("A reason has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )


class ConcernForm(forms.Form):
    """What somebody has found who looked at an order, so that nobody else needs to."""

    note = LineField(
        label=_("What you found"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"class": "input", "placeholder": _("“Called her: she keeps the brush”"), "autocomplete": "off"}
        ),
        error_messages={
            "required": _("Write what you found: it is kept with the order, under your name."),
            "max_length": _("A note has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )

    def __init__(self, *args, concern: Concern, **kwargs):
        super().__init__(*args, auto_id=f"id_%s_{concern.pk}", **kwargs)
        self.concern = concern


class PriceForm(QuoteForm):
    """For which price a visit is moved: for what was paid, or for what it costs there, as it stood beside the button; a
    dearer time then waits for its difference.
    """

    price = forms.ChoiceField(choices=[("paid", _("What was paid")), ("quoted", _("What it costs there"))])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("price") == "quoted" and self.agreed is None:
            raise forms.ValidationError(_("Look at the amounts, and press again."))
        return cleaned

    @property
    def agreed(self) -> MoveQuote | None:
        return super().agreed if self.cleaned_data.get("price") == "quoted" else None


class TimeForm(forms.Form):
    """Another time for a visit: one of the free ones, which is a button, or a day and a time of day that staff type."""

    reason = reason_field(_("“She called: the traffic”"))
    start = InstantField(required=False)
    resource = forms.ModelChoiceField(
        Resource.objects.none(),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": _("They cannot do this service. Please choose somebody else.")},
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input input--day"}),
        error_messages={"invalid": _("Enter the date with its day, month and year.")},
    )
    time = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": "300", "class": "input input--day"}),
        error_messages={"invalid": _("Enter the time with its hour and minute.")},
    )

    def __init__(self, *args, line, **kwargs):
        now = localtime(line.booking.starts_at)
        super().__init__(*args, initial={"day": now.date(), "time": now.time()}, **kwargs)
        self.fields["reason"].widget.attrs["form"] = "hold"  # it stands above the times, whose buttons are of that form
        self.fields["resource"].queryset = line.variant.offering.resources.filter(is_active=True)

    def clean(self):
        cleaned = super().clean()
        if self.errors or cleaned.get("start"):
            return cleaned
        if not (cleaned.get("day") and cleaned.get("time")):
            raise forms.ValidationError(_("Press one of the free times, or enter a day and a time."))
        wall = datetime.combine(cleaned["day"], cleaned["time"])
        cleaned["start"] = instant(wall, get_default_timezone()) if 2000 < wall.year < 9000 else None
        if cleaned["start"] is None:
            raise forms.ValidationError(
                _("There is no such time on that day, or there are two. Please enter another one.")
            )
        return cleaned
