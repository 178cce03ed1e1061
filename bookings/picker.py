"""Where a visit is chosen: the pet, extras, the groomer, the day, the time. All that is chosen is in the address.

Whatever an address cannot mean falls back to the usual choice: no address of this page is an error.
"""

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.availability import ONE_DAY
from bookings.calendar import Calendar, FreeTime, able, rules_of
from bookings.models import Booking, Resource
from bookings.operations import HOLD
from bookings.terms import cancellation_in_general, moving_in_general, terms_of
from catalog.models import AddOn, Offering, Variant
from petshop.core import clock
from petshop.core.dates import in_words, written_day

FEW = 2  # as many times or fewer are "few left"
NOON, EVENING = time(12), time(17)
AHEAD = 62 * ONE_DAY  # this month and the next one, and with the usual rules all that can be booked
STATES = {
    "free": gettext_lazy("free times"),
    "few": gettext_lazy("few times left"),
    "full": gettext_lazy("full"),
    "closed": gettext_lazy("closed"),
    "soon": gettext_lazy("too soon to book"),
    "past": gettext_lazy("past"),
    "later": gettext_lazy("not open for booking yet"),
}


def picker(request, offering: Offering, variants: list[Variant], *, moving: Booking | None = None) -> dict:
    """The context of a service's page: `picker`, or None while the service has nothing to choose or nobody to do it.

    `moving` is the visit that `?line=` names, if it is this browser's own. Its time can be chosen again, with other extras.
    """
    resources = list(able(offering))
    if not variants or not resources:
        return {"picker": None}

    extras = list(offering.add_ons.filter(is_active=True))
    asked = {name: request.GET.get(name, "") for name in ("variant", "resource", "day", "month", "taken", "line")}
    variant = next((variant for variant in variants if str(variant.pk) == asked["variant"]), variants[0])
    variant.offering = offering  # which has its rules already
    resource = next((resource for resource in resources if resource.slug == asked["resource"]), None)
    ticked = request.GET.getlist("add_on")
    add_ons = [add_on for add_on in extras if str(add_on.pk) in ticked]
    return {"picker": Picker(variants, resources, extras, variant, resource, add_ons, moving, asked, clock.now())}


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that nobody encoded
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@dataclass(frozen=True)
class Day:
    """One day of the month: a link if it has times, else the reason why not."""

    day: date
    state: str  # one of STATES
    address: str
    is_today: bool
    is_chosen: bool

    @property
    def has_times(self) -> bool:
        return self.state in ("free", "few")

    @property
    def label(self) -> str:
        """The day for whoever hears the page: “14 November, few times left”."""
        return f"{written_day(self.day, 'j F')}, {STATES[self.state]}"


@dataclass(frozen=True)
class PartOfDay:
    name: str
    icon: str
    times: list[FreeTime]


class Picker:
    """What the page shows, worked out as the template asks for it."""

    def __init__(
        self,
        variants: list[Variant],
        resources: list[Resource],
        extras: list[AddOn],
        variant: Variant,
        resource: Resource | None,
        add_ons: list[AddOn],
        moving: Booking | None,
        asked: dict[str, str],
        now: datetime,
    ):
        self.variants = variants
        self.resources = resources
        self.extras = extras
        self.variant = variant
        self.resource = resource
        self.add_ons = add_ons
        self.moving = moving if moving and moving.is_kept(now) else None
        self.asked = asked
        self.now = now
        self.rules = rules_of(variant.offering)
        self.terms = terms_of(variant.offering, getattr(variant.offering, "fee_steps", None))
        self.calendar = Calendar(
            variant, now=now, resources=[resource] if resource else resources, add_ons=add_ons, moving=self.moving
        )
        self.today = self.calendar.today
        self.last_day = self.calendar.last_day
        self.calendar.diaries(self.today, self.today + AHEAD)  # at once: the next times and the month are both in it

    # What was chosen

    @property
    def line(self) -> str:
        """The visit in the basket that is being moved, if any; the basket knows whether it is one of its own."""
        text = self.asked["line"]
        return text if text.isascii() and text.isdecimal() and len(text) < 19 else ""

    @property
    def who(self) -> Resource | None:
        """Who it will be, if there is no choice left."""
        return self.resource or (self.resources[0] if len(self.resources) == 1 else None)

    @property
    def has_choices(self) -> bool:
        """Whether anything but the time is to choose."""
        return len(self.variants) > 1 or len(self.resources) > 1 or bool(self.extras)

    @property
    def length(self) -> timedelta:
        return self.variant.length_with(self.add_ons)

    @property
    def price(self) -> Decimal:
        return self.variant.price_with(self.add_ons)

    @cached_property
    def wanted_day(self) -> date | None:
        day = read_day(self.asked["day"])
        return day if day and self.today <= day <= self.last_day else None

    @cached_property
    def wanted_month(self) -> date | None:
        """The first day of the month that was asked for, by itself or by its day."""
        day = read_day(f"{self.asked['month']}-01") or read_day(self.asked["day"])
        return day and day.replace(day=1)

    @property
    def is_too_late(self) -> bool:
        """Somebody asked for a time beyond the horizon, and is shown the last month instead."""
        day = read_day(self.asked["day"])
        is_beyond = self.wanted_month is not None and self.wanted_month > self.last_month
        return is_beyond or (day is not None and day > self.last_day)

    # The month

    @property
    def first_month(self) -> date:
        return self.today.replace(day=1)

    @property
    def last_month(self) -> date:
        return self.last_day.replace(day=1)

    @cached_property
    def month(self) -> date:
        """The first day of the month that is shown: the one asked for, else the one with the next free time."""
        soonest = self.soonest[0].starts_at if self.soonest else self.now
        month = self.wanted_month or localtime(soonest).date().replace(day=1)
        return min(max(month, self.first_month), self.last_month)

    @property
    def month_end(self) -> date:
        return self.following(self.month) - ONE_DAY

    @property
    def previous_month(self) -> date | None:
        return (self.month - ONE_DAY).replace(day=1) if self.month > self.first_month else None

    @property
    def next_month(self) -> date | None:
        return self.following(self.month) if self.month < self.last_month else None

    @property
    def previous_address(self) -> str:
        return self.address(month=f"{self.previous_month:%Y-%m}", anchor="when")

    @property
    def next_address(self) -> str:
        return self.address(month=f"{self.next_month:%Y-%m}", anchor="when")

    @property
    def weekdays(self) -> list[tuple[str, str]]:
        """Long and short names, from Monday on."""
        return [(WEEKDAYS[number], WEEKDAYS_ABBR[number]) for number in range(7)]

    @cached_property
    def free(self) -> dict[date, list[FreeTime]]:
        return self.calendar.free_times(self.month, self.month_end)

    @cached_property
    def open_days(self) -> set[date]:
        return self.calendar.open_days(self.month, self.month_end)

    @property
    def weeks(self) -> list[list[Day | None]]:
        """The month as a table, with None for the days of its neighbours."""
        return [
            [self.show(day) if day.month == self.month.month else None for day in week]
            for week in Weeks().monthdatescalendar(self.month.year, self.month.month)
        ]

    def show(self, day: date) -> Day:
        return Day(
            day,
            state=self.state(day),
            address=self.address(day=day.isoformat(), anchor="times"),
            is_today=day == self.today,
            is_chosen=day == self.day,
        )

    def state(self, day: date) -> str:
        if times := self.free[day]:
            return "few" if len(times) <= FEW else "free"
        if day < self.today:
            return "past"
        if day > self.last_day:
            return "later"
        if day in self.open_days:
            return "full"
        return "soon" if day <= localtime(self.now + self.rules.lead_time).date() else "closed"

    @staticmethod
    def following(month: date) -> date:
        return (month + 31 * ONE_DAY).replace(day=1)

    # The day

    @cached_property
    def day(self) -> date | None:
        """The day whose times are shown: the one asked for, else the first of the month that has some."""
        if self.wanted_day and self.month <= self.wanted_day <= self.month_end:
            return self.wanted_day
        return next((day for day, times in self.free.items() if times), None)

    @property
    def parts(self) -> list[PartOfDay]:
        """The day's times, in the morning, the afternoon and the evening."""
        parts = [
            PartOfDay(_("Morning"), "sun", []),
            PartOfDay(_("Afternoon"), "clock", []),
            PartOfDay(_("Evening"), "clock", []),
        ]
        for free in self.free[self.day] if self.day else []:
            wall = localtime(free.starts_at).time()
            parts[(wall >= NOON) + (wall >= EVENING)].times.append(free)
        return [part for part in parts if part.times]

    # Other times

    @cached_property
    def soonest(self) -> list[FreeTime]:
        """The next three free times from now on."""
        return self.calendar.nearest_free(self.now)

    @cached_property
    def nearest(self) -> list[FreeTime]:
        """Where the times of a day should be and are not: the three nearest to its noon; of no day, the next three."""
        if self.day is None:
            return self.soonest
        noon = datetime.combine(self.day, NOON, tzinfo=self.calendar.zone)
        return self.calendar.nearest_free(noon)

    @cached_property
    def taken(self) -> datetime | None:
        """The start that somebody else was quicker to take, unless it is free after all."""
        moment = read_moment(self.asked["taken"])
        if moment is None or self.calendar.within_reach(moment) != moment or self.calendar.free_at(moment):
            return None
        return moment

    @cached_property
    def instead(self) -> list[FreeTime]:
        """The three free times nearest to the one that was taken."""
        return self.calendar.nearest_free(self.taken)

    # The rules, in words

    @property
    def free_until(self) -> str:
        """How long before the visit cancelling begins to cost something; empty if it never does."""
        return in_words(self.terms.steps[0].before) if self.terms.steps else ""

    @property
    def cancellation(self) -> str:
        return cancellation_in_general(self.terms)

    @property
    def moving_words(self) -> str:
        return moving_in_general(self.terms)

    @property
    def held_for(self) -> str:
        return in_words(HOLD)

    @property
    def earliest(self) -> str:
        return in_words(self.rules.lead_time)

    # Addresses

    @cached_property
    def here(self) -> str:
        """Where choosing a size or a groomer leads: this day again."""
        return self.variant.offering.get_absolute_url()

    def address(self, *, anchor: str, **place: str) -> str:
        """This page with the same choices, at another day or month."""
        chosen = {
            "variant": self.variant.pk,
            "resource": self.resource and self.resource.slug,
            "add_on": [add_on.pk for add_on in self.add_ons],
            "line": self.line,
        }
        query = {name: value for name, value in chosen.items() if value} | place
        return f"{self.here}?{urlencode(query, doseq=True)}#{anchor}"
