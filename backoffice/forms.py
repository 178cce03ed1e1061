from django import forms
from django.utils.translation import gettext_lazy as _

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
