"""One day of the shop as staff see it: every visit once, what keeps a groomer from taking visits, and four numbers."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Sum

from backoffice.queries import to_pack
from backoffice.work import Step, visit_steps
from bookings.availability import open_on
from bookings.hours import read_hours
from bookings.models import Booking, BookingStatus, Resource
from checkout import states
from checkout.models import Handover, Order, OrderLine, Payment

# What is over is grey: the eye looks for what is still to come.
TONES = {
    BookingStatus.HELD: "warn",
    BookingStatus.CONFIRMED: "ok",
    BookingStatus.CHECKED_IN: "grape",
    BookingStatus.NO_SHOW: "bad",
}


@dataclass(frozen=True)
class Visit:
    """One visit of the day. Without an order it is a time that somebody has in the basket."""

    booking: Booking
    line: OrderLine | None
    words: states.LineWords | None
    minutes_left: int | None  # of a hold
    steps: list[Step]

    @property
    def order(self) -> Order | None:
        return self.line.order if self.line else None

    @property
    def starts_at(self) -> datetime:
        return self.booking.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.booking.ends_at

    @property
    def tone(self) -> str:
        return TONES.get(self.booking.status, "")

    @property
    def needs_attention(self) -> bool:
        return bool(self.order) and any(payment.needs_attention for payment in self.order.payments.all())


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
    resources: list[Resource]
    opening: dict[int, list[tuple[time, time]]]  # on the shop's clock, by resource

    def agenda(self) -> list:
        """Visits and closures in the order of their start; a closure that is the same for several is told once."""
        closures = {}
        for gap in self.gaps:
            same = (gap.starts_at, gap.ends_at, gap.reason)
            closures.setdefault(same, Closing(*same, resources=[])).resources.append(gap.resource)
        return sorted([*closures.values(), *self.visits], key=lambda entry: entry.starts_at)

    def of(self, resource: Resource) -> tuple[list[Visit], list[Gap]]:
        return (
            [visit for visit in self.visits if visit.booking.resource_id == resource.pk],
            [gap for gap in self.gaps if gap.resource.pk == resource.pk],
        )


def bounds(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight on the shop's clock: 23, 24 or 25 hours."""
    zone = ZoneInfo(settings.TIME_ZONE)
    return tuple(datetime.combine(moment, time.min, tzinfo=zone) for moment in (day, day + timedelta(days=1)))


def read_day(day: date, now: datetime) -> Day:
    """All that happens on this day. Holds that ran out keep nobody's time and are left out."""
    first, last = bounds(day)
    visits = (
        Booking.objects.visits()
        .exclude(status=BookingStatus.CANCELLED)
        .exclude(status=BookingStatus.HELD, held_until__lte=now)
        .filter(starts_at__gte=first, starts_at__lt=last)
        .select_related("variant__offering", "resource", "pet")
        .prefetch_related("order_line__add_ons", Prefetch("order_line__order", Order.objects.with_lines()))
        .order_by("starts_at", "resource__position", "pk")
    )
    closures = (
        Booking.objects.filter(status=BookingStatus.CLOSURE)
        .overlapping(first, last)
        .select_related("resource", "closure")
        .order_by("starts_at", "pk")
    )
    visits = [as_visit(booking, now) for booking in visits]
    gaps = gaps_of(closures, first, last)
    busy = {visit.booking.resource_id for visit in visits}
    resources = list(Resource.objects.filter(Q(is_active=True) | Q(pk__in=busy)))
    hours = read_hours(resources, day, day)
    return Day(day, visits, gaps, resources, {resource.pk: open_on(hours[resource.pk], day) for resource in resources})


def as_visit(booking: Booking, now: datetime) -> Visit:
    line = getattr(booking, "order_line", None)
    is_held = booking.status == BookingStatus.HELD
    return Visit(
        booking=booking,
        line=line,
        words=states.line_words(line.order, line, now=now) if line else None,
        minutes_left=ceil((booking.held_until - now) / timedelta(minutes=1)) if is_held else None,
        steps=visit_steps(line, of=line.order, now=now) if line else [],
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
    here = [visit for visit in today.visits if visit.booking.status == BookingStatus.CHECKED_IN]
    awaited = [
        visit for visit in today.visits if visit.booking.status == BookingStatus.CONFIRMED and visit.ends_at > now
    ]
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
