"""The shop's own hours as its customers read them: this week's days, the dates that are special, the weeks to come."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.timezone import get_default_timezone

from bookings.availability import LAST_MINUTE, ONE_DAY, Opening, Span, days, gaps, open_on
from bookings.hours import read_hours
from bookings.models import SpecialDay, Weekday

AHEAD = timedelta(days=60)

Stretches = list[tuple[time, time]]


@dataclass(frozen=True)
class DayOfWeek:
    """One of the coming seven days. `special` says that its hours are this date's alone."""

    date: date
    stretches: Stretches
    is_today: bool
    special: bool

    @property
    def name(self) -> str:
        return Weekday(self.date.weekday()).label


@dataclass(frozen=True)
class SpecialDate:
    date: date
    stretches: Stretches  # none: closed
    reason: str


@dataclass(frozen=True)
class WeekToCome:
    """A week that begins later, from its first day to its last if it has one: (day, stretches) from Monday to Sunday."""

    first: date
    last: date | None
    days: list[tuple[str, Stretches]]


@dataclass(frozen=True)
class Announced:
    has_hours: bool
    week: list[DayOfWeek]
    special: list[SpecialDate]
    weeks: list[WeekToCome]


def announced(today: date) -> Announced:
    """What counts on the coming seven days, from Monday to Sunday, and what will be different in the weeks after."""
    hours = read_hours([], today, today + AHEAD)[None]
    special = special_dates(today, today + AHEAD)
    dates = {each.date for each in special}
    coming = [
        DayOfWeek(day, open_on(hours, day), is_today=day == today, special=day in dates)
        for day in days(today, today + 6 * ONE_DAY)
    ]
    week = sorted(coming, key=lambda day: day.date.weekday())
    return Announced(bool(hours), week, special, weeks_to_come(hours, today))


def special_dates(first: date, last: date) -> list[SpecialDate]:
    rows = defaultdict(list)
    for row in SpecialDay.objects.filter(resource=None, date__range=(first, last)):
        rows[row.date].append(row)
    return [
        SpecialDate(
            day,
            [(row.opens_at, row.closes_at) for row in of_day if not row.is_closed],
            next((row.reason for row in of_day if row.reason), ""),
        )
        for day, of_day in rows.items()
    ]


def weeks_to_come(hours: Iterable[Opening], today: date) -> list[WeekToCome]:
    """The weeks that begin after today; a special day is none."""
    found = defaultdict(list)
    for opening in hours:
        if opening.valid_from > today and opening.valid_until > opening.valid_from:
            found[opening.valid_from, opening.valid_until].append(opening)
    return [
        WeekToCome(
            first,
            None if last == date.max else last,
            [
                (day.label, sorted((each.opens_at, each.closes_at) for each in week if each.weekday == day))
                for day in Weekday
            ],
        )
        for (first, last), week in sorted(found.items())
    ]


def open_today(today: date, closed: Iterable[Span]) -> list[Span]:
    """When the shop is open on this date, as moments, without what a closure takes of it."""
    zone = get_default_timezone()
    hours = read_hours([], today, today)[None]
    stretches = [
        (
            datetime.combine(today, opens, zone),
            datetime.combine(today + ONE_DAY, time.min, zone)
            if closes >= LAST_MINUTE
            else datetime.combine(today, closes, zone),
        )
        for opens, closes in open_on(hours, today)
    ]
    return [gap for stretch in stretches for gap in gaps(closed, stretch)]
