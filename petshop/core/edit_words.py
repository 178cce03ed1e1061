"""What an edit changed, in the words of its form: “Price: 4.50 → 5.25”. For the history that the admin keeps."""

from collections.abc import Iterable
from datetime import datetime, time

from django import forms
from django.db import models
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

LONGEST = 60  # of a value that the history repeats; of what is longer it only says that it changed


def changes_in_words(form: forms.ModelForm) -> list[str]:
    """A phrase for each field that was edited, with what it was and what it is now if both are short."""
    return [change_in_words(form, name) for name in form.changed_data if name in form.fields]


def change_in_words(form: forms.ModelForm, name: str) -> str:
    field = form.fields[name]
    label = str(field.label or name)
    if isinstance(field, forms.FileField):
        return label
    before = in_words(field, form.get_initial_for_field(field, name))
    after = in_words(field, form.cleaned_data.get(name))
    if before == after or "\n" in before + after or max(len(before), len(after)) > LONGEST:
        return label
    return f"{label}: {before} \N{RIGHTWARDS ARROW} {after}"


def in_words(field: forms.Field, value) -> str:
    """A value as the form shows it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value in ("", []):
        return _("nothing")
    if isinstance(value, datetime):
        return date_format(localtime(value), "j M Y H:i")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(str(row) for row in rows(field, value)) or _("nothing")
    if isinstance(field, forms.ModelChoiceField):
        return ", ".join(str(row) for row in rows(field, [value])) or _("nothing")
    if isinstance(field, forms.ChoiceField):
        labels = flat(field.choices)
        values = value if isinstance(value, (list, tuple)) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in values)
    return Truncator(str(field.prepare_value(value))).chars(LONGEST + 1)


def rows(field: forms.ModelChoiceField, values: Iterable) -> Iterable[models.Model]:
    values = list(values)
    pks = [value.pk if isinstance(value, models.Model) else value for value in values]
    return field.queryset.filter(pk__in=pks)


def flat(choices: Iterable) -> dict[str, str]:
    """The labels of choices and of groups of choices, by their value."""
    labels = {}
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            labels |= flat(label)
        else:
            labels[str(value)] = str(label)
    return labels
