"""The forms behind the bookings' pages in the Django admin."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import time_format
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings.models import Booking, Closure, OpeningHours, Resource, Weekday
from bookings.operations import in_the_way_of
from catalog.models import PetSize, Species
from petshop.core import clock
from petshop.core.edits import EditForm, NamedForm
from petshop.core.fields import DrawingField, TicksField

LONGEST_CLOSURE = timedelta(days=366)
FARTHEST = timedelta(days=5 * 366)


def today() -> date:
    """The shop's date by the database's clock."""
    return localdate(clock.now(), get_default_timezone())


class ResourceForm(NamedForm):
    """Somebody who works, or a room. Places that somebody has booked cannot be taken away."""

    art = DrawingField(folders=["team"])
    species = TicksField(label=_("Takes"), choices=Species, help_text=_("None ticked: every animal."))
    sizes = TicksField(label=_("Of which size"), choices=PetSize, help_text=_("None ticked: every size."))

    class Meta:
        model = Resource
        fields = ["name", "role", "art", "capacity", "services", "species", "sizes", "is_active", "position", "slug"]
        widgets = {"services": forms.CheckboxSelectMultiple}
        labels = {"slug": _("Short name in addresses")}
        help_texts = {
            "capacity": _("How many visits at one time: 1 for a groomer, 5 for a class of five."),
            "is_active": _("Unticked, customers are offered no times here."),
            "position": _("Lower numbers come first."),
            "slug": _("Left empty it is made from the name."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "art" in self.fields:
            self.fields["art"].keep(self.instance.art)

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk and self.changes_places:
            if cleaned.get("is_active") is False and (visits := in_the_way_of(self.instance, places=0)):
                text = _("Visits are booked here, so it must go on taking them. To take no new ones, add a closure.")
                self.add_error("is_active", refusal(text, visits))
            elif (capacity := cleaned.get("capacity")) and (visits := in_the_way_of(self.instance, places=capacity)):
                text = _("There would be fewer places than visits. Move or cancel some of these first:")
                self.add_error("capacity", refusal(text, visits))
        return cleaned

    @property
    def changes_places(self) -> bool:
        return bool({"capacity", "is_active"} & set(self.changed_data))


def refusal(sentence: str, visits: Iterable[Booking]) -> ValidationError:
    return ValidationError([sentence, *(str(visit) for visit in visits)])


class StretchForm(EditForm):
    """One stretch of a weekday, on the shop's own clock."""

    class Meta:
        model = OpeningHours
        fields = ["weekday", "opens_at", "closes_at"]
        widgets = {name: forms.TimeInput(format="%H:%M", attrs={"type": "time"}) for name in ["opens_at", "closes_at"]}
        help_texts = {"closes_at": _("23:59 means midnight.")}


class OpeningHoursForm(StretchForm):
    """A stretch of the whole shop's week."""

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            mine = OpeningHours(**{name: cleaned[name] for name in self.Meta.fields})
            dates = {"valid_from": self.instance.valid_from, "valid_until": self.instance.valid_until}
            others = OpeningHours.objects.filter(resource=None, weekday=mine.weekday, **dates).exclude(
                pk=self.instance.pk
            )
            refuse_overlaps([*others, mine])
        return cleaned


def refuse_overlaps(rows: list[OpeningHours]) -> None:
    """Raises ValidationError with a sentence for each day on which two stretches overlap; they may touch."""
    rows = sorted(rows, key=lambda row: (row.weekday, row.opens_at, row.closes_at))
    errors = [
        _("%(day)s: %(first)s and %(second)s overlap. Make one stretch of them.")
        % {"day": Weekday(row.weekday).label, "first": stretch(row), "second": stretch(following)}
        for row, following in pairwise(rows)
        if row.weekday == following.weekday and following.opens_at < row.closes_at
    ]
    if errors:
        raise ValidationError(errors)


def stretch(row: OpeningHours) -> str:
    return f"{time_format(row.opens_at, 'H:i')}\N{EN DASH}{time_format(row.closes_at, 'H:i')}"


class ClosureForm(EditForm):
    class Meta:
        model = Closure
        fields = ["resource", "starts_at", "ends_at", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "resource" in self.fields:
            self.fields["resource"].empty_label = _("Whole shop")

    def clean(self):
        cleaned = super().clean()
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at:
            if ends_at - starts_at > LONGEST_CLOSURE:
                days = LONGEST_CLOSURE.days
                text = ngettext("A closure lasts %(days)d day at most.", "A closure lasts %(days)d days at most.", days)
                self.add_error("ends_at", text % {"days": days})
            if abs(starts_at - clock.now()) > FARTHEST:
                self.add_error("starts_at", _("That is too far away."))
        return cleaned
