"""Where a visit is chosen: the pet, extras, the groomer, the day, the time. All that is chosen is in the address.

Whatever an address cannot mean falls back to the usual choice: no address of this page is an error.
"""

from calendar import Calendar as Weeks
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.asked import read_day, read_moment, read_nights
from bookings.availability import ONE_DAY
from bookings.calendar import Calendar, FreeTime, rules_of
from bookings.guests import Guests, Welcome
from bookings.models import Booking, Resource
from bookings.month import Day, PartOfDay
from bookings.nights import Night, nights
from bookings.operations import HOLD
from bookings.terms import cancellation_in_general, deposit_in_general, moving_in_general, terms_of
from catalog.models import AddOn, Kind, Variant
from petshop.core.dates import in_words
from petshop.core.templatetags.shop import minutes as shown_minutes

FEW = 2  # as many times or fewer are "few left"
NOON, EVENING = time(12), time(17)
NO_GUESTS = Guests()
AHEAD = 62 * ONE_DAY  # this month and the next one, and with the usual rules all that can be booked


class Picker:
    """What the page shows, worked out as the template asks for it."""

    is_sold = False  # whether it is a visit that was bought already, and only its time is to choose
    current: datetime | None = None  # the start that it has now, if that is one of those to choose from
    current_day: date | None = None

    def __init__(
        self,
        variants: list[Variant],
        everybody: list[Resource],
        extras: list[AddOn],
        variant: Variant,
        resource: Resource | None,
        add_ons: list[AddOn],
        moving: Booking | None,
        asked: dict[str, str],
        now: datetime,
        guests: Guests = NO_GUESTS,
    ):
        self.variants = variants
        self.resources = [each for each in everybody if each.does_it]
        self.extras = extras
        self.variant = variant
        self.resource = resource
        self.add_ons = add_ons
        self.moving = moving if moving and self.can_be_moved(moving, now) else None
        self.asked = asked
        self.guests = guests
        self.is_refused = not self.resources  # nobody here takes such a pet
        self.now = now
        self.rules = rules_of(variant.offering)
        self.welcome = Welcome(variant.offering, self.rules, guests.pet)
        self.terms = terms_of(variant.offering)
        self.nights = read_nights(asked["nights"], self.rules) if self.is_stay else 0
        wanted = [each for each in everybody if each.is_equipment or each == resource] if resource else everybody
        self.calendar = self.open_calendar(wanted)
        self.today = self.calendar.today
        self.last_day = self.calendar.last_day
        self.calendar.diaries(self.today, self.today + AHEAD)  # at once: the next times and the month are both in it

    def can_be_moved(self, visit: Booking, now: datetime) -> bool:
        return visit.is_kept(now)

    def open_calendar(self, resources: list[Resource]) -> Calendar:
        return Calendar(
            self.variant,
            now=self.now,
            resources=resources,
            add_ons=self.add_ons,
            moving=self.moving,
            nights=self.nights,
        )

    # Which of the four shapes it has

    @property
    def kind(self) -> str:
        return self.variant.offering.kind

    @property
    def is_appointment(self) -> bool:
        return self.kind == Kind.APPOINTMENT

    @property
    def is_seat(self) -> bool:
        return self.kind == Kind.SEAT

    @property
    def is_stay(self) -> bool:
        return self.kind == Kind.STAY

    @property
    def is_class(self) -> bool:
        return self.kind == Kind.CLASS

    # What was chosen

    @property
    def line(self) -> str:
        """The visit in the basket that is being moved, if any; the basket knows whether it is one of its own."""
        text = self.asked["line"]
        return text if text.isascii() and text.isdecimal() and len(text) < 19 else ""

    @property
    def who(self) -> Resource | None:
        """Who it will be, if there is no choice left; of a room or a kennel nobody asks."""
        if not self.is_appointment:
            return None
        return self.resource or (self.resources[0] if len(self.resources) == 1 else None)

    @property
    def has_choices(self) -> bool:
        """Whether anything but the time is to choose."""
        return (
            bool(self.guests.pets) or len(self.variants) > 1 or self.can_choose_who or bool(self.extras) or self.is_stay
        )

    @property
    def can_choose_what(self) -> bool:
        return len(self.variants) > 1 and not (self.is_refused and self.guests.pet)

    @property
    def can_choose_who(self) -> bool:
        return self.is_appointment and len(self.resources) > 1

    @property
    def night_counts(self) -> range:
        """How many nights can be asked for."""
        return range(self.rules.nights_at_least, self.rules.nights_at_most + 1)

    @cached_property
    def priced_nights(self) -> list[Night]:
        """The nights of the stay from the day that is shown, each with its own price; none while no day is."""
        if not self.is_stay or self.day is None:
            return []
        seasons = self.variant.offering.seasons.all()
        return nights(self.variant.price, seasons, arrival=self.day, count=self.nights)

    @property
    def length(self) -> str:
        """How long it takes, in words."""
        if self.is_stay:
            return ngettext("%(count)d night", "%(count)d nights", self.nights) % {"count": self.nights}
        if self.is_class and self.variant.whole_course:
            return _("all dates of a course")
        return shown_minutes(self.variant.length_with(self.add_ons))

    @property
    def price_of_time(self) -> Decimal:
        """What it costs without extras: of a stay by its nights, at the usual price while no day is chosen."""
        if not self.is_stay:
            return self.variant.price
        return sum((night.price for night in self.priced_nights), Decimal(0)) or self.variant.price * self.nights

    @property
    def price(self) -> Decimal:
        return sum((add_on.price for add_on in self.add_ons), self.price_of_time)

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
            is_few = len(times) <= FEW if self.is_appointment else all(free.is_nearly_full for free in times)
            return "few" if is_few else "free"
        if day < self.today:
            return "past"
        if day > self.last_day:
            return "later"
        if day in self.open_days:
            return "full"
        if self.is_class:
            return "none"
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
    def times(self) -> list[FreeTime]:
        """The times of the day that is shown."""
        return self.free[self.day] if self.day else []

    @property
    def days(self) -> list[FreeTime]:
        """Every time of the month that is shown, to take several days at once."""
        return [free for times in self.free.values() for free in times]

    @property
    def parts(self) -> list[PartOfDay]:
        """The day's times, in the morning, the afternoon and the evening."""
        parts = [
            PartOfDay(_("Morning"), "sun", []),
            PartOfDay(_("Afternoon"), "clock", []),
            PartOfDay(_("Evening"), "clock", []),
        ]
        for free in self.times:
            wall = localtime(free.starts_at).time()
            parts[(wall >= NOON) + (wall >= EVENING)].times.append(free)
        return [part for part in parts if part.times]

    # Other times

    @cached_property
    def soonest(self) -> list[FreeTime]:
        """The next three free times from now on."""
        return self.calendar.nearest_free(self.now)

    @cached_property
    def beside(self) -> list[FreeTime]:
        """The times next to another pet's visit in the basket."""
        other = self.guests.beside
        if other is None or self.moving:
            return []
        return self.calendar.same_day_as(other.ends_at if self.is_appointment else other.starts_at)

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
    def deposit(self) -> str:
        return deposit_in_general(self.terms)

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
            "pet": self.guests.pet and self.guests.pet.pk,
            "nights": self.nights,
        }
        query = {name: value for name, value in chosen.items() if value} | place
        return f"{self.here}?{urlencode(query, doseq=True)}#{anchor}"
