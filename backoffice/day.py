"""One day of the shop as staff see it: every visit once, what keeps a groomer from taking visits, and four numbers.

A guest who stays overnight is there on each day of the stay, a course on each of its dates. What a visit needs besides, such
as a tub, is shown with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Sum

from backoffice.queries import to_pack
from backoffice.work import Step, dates, visit_steps
from bookings.availability import open_on
from bookings.hours import read_hours
from bookings.models import Booking, BookingStatus, Resource, ServiceRules
from catalog.models import Kind
from checkout import states
from checkout.models import Handover, Order, OrderLine, Payment, VisitChange

# What is over is grey: the eye looks for what is still to come.
TONES = {
    BookingStatus.HELD: "warn",
    BookingStatus.CONFIRMED: "ok",
    BookingStatus.CHECKED_IN: "grape",
    BookingStatus.NO_SHOW: "bad",
}


LONGEST_STAY = timedelta(days=90)


class Stay(Enum):
    """What a guest who stays overnight does on a day."""

    ARRIVES = "arrives"
    STAYS = "stays"
    LEAVES = "leaves"


@dataclass(frozen=True)
class Visit:
    """One visit of the day. Without an order it is a time that somebody has in the basket."""

    booking: Booking  # of this day: a course has one for each of its dates
    main: Booking  # the one that the order knows
    line: OrderLine | None
    words: states.LineWords | None
    minutes_left: int | None  # of a hold
    steps: list[Step]
    day: date
    also: list[Resource] = field(default_factory=list)  # what it needs besides

    @property
    def order(self) -> Order | None:
        return self.line.order if self.line else None

    @property
    def change(self) -> VisitChange | None:
        """Of a time that is kept beside a visit's own until its difference is paid."""
        return getattr(self.main, "visit_change", None)

    @property
    def starts_at(self) -> datetime:
        return self.booking.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.booking.ends_at

    @property
    def at(self) -> datetime:
        """When the desk has to do with it on this day."""
        return self.ends_at if self.stay == Stay.LEAVES else self.starts_at

    @property
    def stay(self) -> Stay | None:
        """What becomes of a guest on this day; None for whoever does not stay overnight."""
        if not self.booking.nights:
            return None
        if self.booking.arrives_on == self.day:
            return Stay.ARRIVES
        return Stay.LEAVES if self.booking.leaves_on == self.day else Stay.STAYS

    @property
    def night(self) -> int:
        """Which of a stay's nights begins on this day, counted from one."""
        return (self.day - self.booking.arrives_on).days + 1

    @property
    def date_of_course(self) -> int:
        """Which date of its course this is, counted from one; 0 for whatever is no course."""
        of_course = dates(self.line) if self.line else []
        return of_course.index(self.starts_at) + 1 if self.starts_at in of_course else 0

    @property
    def notes(self) -> str:
        pet = self.booking.pet or self.main.pet
        return pet.notes if pet else ""

    @property
    def tone(self) -> str:
        return TONES.get(self.booking.status, "")

    @property
    def needs_attention(self) -> bool:
        return bool(self.order and self.order.open_concerns)

    def is_here(self, now: datetime) -> bool:
        """Whether the pet is in the shop. Between two dates of a course it is at home, whatever the course's state is."""
        is_at_home = self.date_of_course and not self.starts_at <= now < self.ends_at
        return self.booking.status == BookingStatus.CHECKED_IN and not is_at_home

    def is_awaited(self, now: datetime) -> bool:
        comes_today = self.stay in (None, Stay.ARRIVES)
        return self.booking.status == BookingStatus.CONFIRMED and comes_today and self.ends_at > now


@dataclass(frozen=True)
class Gap:
    """A time in which somebody takes no visits."""

    resource: Resource
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class Closing:
    """The same gap for some or all of the groomers."""

    starts_at: datetime
    ends_at: datetime
    reason: str
    resources: list[Resource]

    @property
    def at(self) -> datetime:
        return self.starts_at


@dataclass(frozen=True)
class Numbers:
    here: int
    next: Visit | None
    to_pack: int
    to_pack_today: int
    taken: object
    taken_orders: int


@dataclass(frozen=True)
class Day:
    day: date
    visits: list[Visit]
    gaps: list[Gap]
    resources: list[Resource]  # those who have a column on the board
    opening: dict[int, list[tuple[time, time]]]  # on the shop's clock, by resource

    def agenda(self) -> list:
        """What the desk has to do with, visits and closures, in the order of time.

        A closure that is the same for several is told once, and who neither comes nor goes is not in it: see `guests`.
        """
        closures = {}
        for gap in self.gaps:
            same = (gap.starts_at, gap.ends_at, gap.reason)
            closures.setdefault(same, Closing(*same, resources=[])).resources.append(gap.resource)
        return sorted([*closures.values(), *self.to_do], key=lambda entry: entry.at)

    @property
    def to_do(self) -> list[Visit]:
        """Who comes or goes."""
        return [visit for visit in self.visits if visit.stay != Stay.STAYS]

    @property
    def guests(self) -> list[Visit]:
        """Who stays overnight, comes for it, or leaves."""
        return [visit for visit in self.visits if visit.stay]

    @property
    def on_board(self) -> list[Visit]:
        """Whose time is a part of the day."""
        return [visit for visit in self.visits if not visit.stay]

    def of(self, resource: Resource) -> tuple[list[Visit], list[Gap]]:
        return (
            [visit for visit in self.on_board if visit.booking.resource_id == resource.pk],
            [gap for gap in self.gaps if gap.resource.pk == resource.pk],
        )


def bounds(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight on the shop's clock: 23, 24 or 25 hours."""
    zone = ZoneInfo(settings.TIME_ZONE)
    return tuple(datetime.combine(moment, time.min, tzinfo=zone) for moment in (day, day + timedelta(days=1)))


def read_day(day: date, now: datetime) -> Day:
    """All that happens on this day. Holds that ran out keep nobody's time and are left out."""
    first, last = bounds(day)
    on_the_day = Q(starts_at__gte=first, starts_at__lt=last)
    overnight = Q(nights__isnull=False, arrives_on__range=(day - LONGEST_STAY, day), leaves_on__gte=day)
    bookings = (
        Booking.objects.standing(now)
        .filter(on_the_day | overnight)
        .select_related("variant__offering", "resource", "pet")
        .order_by("starts_at", "resource__position", "pk")
    )
    closures = (
        Booking.objects.filter(status=BookingStatus.CLOSURE)
        .overlapping(first, last)
        .select_related("resource", "closure")
        .order_by("starts_at", "pk")
    )
    visits = visits_of(list(bookings), day, now)
    gaps = gaps_of(closures, first, last)
    resources = columns_for(visits)
    hours = read_hours(resources, day, day)
    return Day(day, visits, gaps, resources, {resource.pk: open_on(hours[resource.pk], day) for resource in resources})


def visits_of(bookings: list[Booking], day: date, now: datetime) -> list[Visit]:
    """The visits that these bookings are, each with what it needs at the same time."""
    mains = Booking.objects.select_related("pet", "visit_change__order").prefetch_related(
        "order_line__add_ons", Prefetch("order_line__order", Order.objects.with_lines())
    )
    mains = mains.in_bulk({booking.main_id for booking in bookings})
    visits: dict[tuple, Visit] = {}
    for booking in sorted(
        bookings, key=lambda booking: booking.part_of_id is not None
    ):  # before its tub comes the groomer
        same_time = booking.main_id, booking.starts_at
        if same_time in visits:
            visits[same_time].also.append(booking.resource)
        else:
            visits[same_time] = as_visit(booking, mains[booking.main_id], day, now)
    return sorted(visits.values(), key=lambda visit: (visit.at, visit.booking.resource.position, visit.booking.pk))


def columns_for(visits: Iterable[Visit]) -> list[Resource]:
    """Whose day is a column of the board: not the rooms in which guests only stay, nor what a visit only needs besides."""
    does = Resource.services.through.objects.filter(resource=OuterRef("pk"))
    stays = Q(Exists(does.filter(offering__kind=Kind.STAY)))
    supports = Q(Exists(ServiceRules.equipment.through.objects.filter(resource=OuterRef("pk"))))
    has_days = Q(Exists(does.exclude(offering__kind=Kind.STAY))) | ~(stays | supports)
    busy = {visit.booking.resource_id for visit in visits if not visit.stay}
    return list(Resource.objects.filter(Q(has_days, is_active=True) | Q(pk__in=busy)))


def as_visit(booking: Booking, main: Booking, day: date, now: datetime) -> Visit:
    line = getattr(main, "order_line", None)
    is_held = booking.status == BookingStatus.HELD
    return Visit(
        booking=booking,
        main=main,
        line=line,
        words=states.line_words(line.order, line, now=now) if line else None,
        minutes_left=ceil((booking.held_until - now) / timedelta(minutes=1)) if is_held else None,
        steps=visit_steps(line, of=line.order, now=now) if line else [],
        day=day,
    )


def gaps_of(closures, first: datetime, last: datetime) -> list[Gap]:
    """The closures of a day, cut at its midnights. One for each resource and time, however many seats it has."""
    gaps = {}
    for booking in closures:
        starts_at, ends_at = max(booking.starts_at, first), min(booking.ends_at, last)
        reason = booking.closure.reason if booking.closure else ""
        gaps.setdefault((booking.resource_id, starts_at, ends_at), Gap(booking.resource, starts_at, ends_at, reason))
    return list(gaps.values())


def read_numbers(today: Day, now: datetime) -> Numbers:
    """What the desk asks all day long. Always about the present day, whichever day is looked at."""
    first, last = bounds(today.day)
    here = [visit for visit in today.visits if visit.is_here(now)]
    awaited = [visit for visit in today.visits if visit.is_awaited(now)]
    visit_today = OrderLine.objects.filter(
        order=OuterRef("pk"), booking__starts_at__gte=first, booking__starts_at__lt=last
    )
    packing = to_pack(Order.objects.all(), now).aggregate(
        all=Count("pk"), today=Count("pk", filter=Q(Exists(visit_today), handover=Handover.VISIT))
    )
    # Money of another mode is none: what was tried with test cards stays out of the till.
    taken = Payment.objects.succeeded().filter(
        mode=settings.PAYMENT_MODE, currency=settings.SHOP_CURRENCY, settled_at__gte=first, settled_at__lt=last
    )
    taken = taken.aggregate(amount=Sum("amount", default=0), orders=Count("order", distinct=True))
    return Numbers(
        here=len(here),
        next=awaited[0] if awaited else None,
        to_pack=packing["all"],
        to_pack_today=packing["today"],
        taken=taken["amount"],
        taken_orders=taken["orders"],
    )
