from django import forms
from django.utils.translation import gettext_lazy as _

from petshop.core.fields import TextField


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
