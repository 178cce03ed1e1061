"""A week of opening hours as seven days, each with its stretches: for the whole shop on a page, for a groomer on theirs."""

from collections import Counter
from datetime import time

from django import forms
from django.forms.models import BaseInlineFormSet, BaseModelFormSet, modelformset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from bookings.admin_forms import StretchForm, refuse_overlaps
from bookings.admin_weeks import USUAL, Link, links
from bookings.models import OpeningHours, Resource, Weekday
from bookings.operations import lock

STRETCHES = 2  # places to type in on each day, and one more where these are full
MOST = 7 * 12


class WeekStretchForm(StretchForm):
    """A stretch in its place of the week. With both times emptied it is no more; with none typed it never was."""

    class Meta(StretchForm.Meta):
        widgets = StretchForm.Meta.widgets | {"weekday": forms.HiddenInput}
        error_messages = {"weekday": {"required": _("This day is missing.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, words in (("opens_at", _("Opens")), ("closes_at", _("Closes"))):
            self.fields[name].required = False
            self.fields[name].widget.attrs["aria-label"] = words

    def has_changed(self):
        """A place in which something stands is a stretch, even where it was copied from another week."""
        return super().has_changed() if self.instance.pk else bool(self["opens_at"].data or self["closes_at"].data)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.is_empty:
            for name, text in (("opens_at", _("From when?")), ("closes_at", _("Until when?"))):
                if cleaned.get(name) is None:
                    self.add_error(name, text)
        return cleaned

    @property
    def is_empty(self) -> bool:
        return not self.errors and not (self.cleaned_data.get("opens_at") or self.cleaned_data.get("closes_at"))

    def _post_clean(self):
        if not self.is_empty:  # what goes keeps its times for the history
            super()._post_clean()


class Week:
    """For a formset of stretches: places to type in on each day, and no two stretches that overlap.

    `like` are the stretches that a new week begins with.
    """

    resource = None
    dates = USUAL

    def __init__(self, *args, like=(), **kwargs):
        typed = [{name: getattr(row, name) for name in StretchForm.Meta.fields} for row in like]
        taken = Counter([*self.stored().values_list("weekday", flat=True), *(row["weekday"] for row in typed)])
        empty = [{"weekday": day} for day in Weekday for _place in range(max(1, STRETCHES - taken[day]))]
        places = sorted([*typed, *empty], key=lambda place: (place["weekday"], place.get("opens_at", time.max)))
        super().__init__(*args, initial=places, **kwargs)
        if self.max_num:  # none for whoever may only look
            self.extra = len(places)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        gone = _("Somebody else took this stretch away meanwhile. Open the page again.")
        form.fields["id"].error_messages["invalid_choice"] = gone

    def _should_delete_form(self, form):
        return bool(form.instance.pk) and hasattr(form, "cleaned_data") and form.is_empty

    @cached_property
    def days(self) -> list[tuple[str, list[forms.ModelForm], bool]]:
        """Each day with its forms, and whether the shop is closed on it."""
        of_day = {str(day.value): [] for day in Weekday}
        for form in self.forms:
            of_day.get(str(form["weekday"].value()), []).append(form)
        return [
            (day.label, of_day[str(day.value)], not any(form["opens_at"].value() for form in of_day[str(day.value)]))
            for day in Weekday
        ]

    def clean(self):
        """With what others added or changed meanwhile: nobody else changes the shop's time until this is saved."""
        super().clean()
        if any(self.errors):
            return
        lock(Resource.objects.all())
        rows = {row.pk: row for row in self.stored()}
        for number, form in enumerate(form for form in self.forms if form.has_changed()):
            if self._should_delete_form(form):
                rows.pop(form.instance.pk, None)
            elif not form.is_empty:
                typed = {name: form.cleaned_data[name] for name in StretchForm.Meta.fields}
                rows[form.instance.pk or f"new {number}"] = OpeningHours(**typed)
        refuse_overlaps(list(rows.values()))
        self.has_hours = bool(rows)

    def save_new(self, form, commit=True):
        row = form.instance
        row.resource, row.valid_from, row.valid_until = self.resource, self.dates.first, self.dates.last
        return super().save_new(form, commit=commit)

    def stored(self):
        return self.dates.week_of(self.resource) if self.dates else OpeningHours.objects.none()


class AnyWeek(Week, BaseModelFormSet):
    """A week of the whole shop, which everybody keeps who has none of their own, or of one groomer for some time."""

    def __init__(self, *args, resource, dates, **kwargs):
        self.resource, self.dates = resource, dates
        super().__init__(*args, queryset=self.stored(), prefix="hours", **kwargs)


class ResourceWeek(Week, BaseInlineFormSet):
    """The usual week of one groomer or room, on their own page."""

    def __init__(self, *args, instance=None, **kwargs):
        self.resource = instance
        super().__init__(*args, instance=instance, **kwargs)

    def stored(self):
        return super().stored() if self.resource.pk else OpeningHours.objects.none()

    @property
    def others(self) -> list[Link]:
        """The weeks that stand in for this one, and where one is added."""
        return links(self.resource)[1:] if self.resource.pk else []


WeekFormSet = modelformset_factory(
    OpeningHours, form=WeekStretchForm, formset=AnyWeek, extra=0, max_num=MOST, can_delete=True
)
