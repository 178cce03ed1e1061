"""The calendar of one groomer or room for the phones of the staff: who comes when, and when nobody may."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from icalendar import Event, vDuration, vText

from bookings.calendar import closures
from bookings.models import Booking, BookingStatus, Closure, Resource
from checkout.calendar_file import empty_calendar, host, uid
from checkout.models import OrderLine, OrderLineAddOn
from petshop.core.typed import isolated

PAST, AHEAD = timedelta(days=30), timedelta(days=731)  # nothing can be booked further ahead than 730 days
ASK_AGAIN = timedelta(minutes=15)
COMING = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED]


class Feed:
    """Its visits from thirty days ago on, with the pet's and the service's names and nothing of the customer, and what closes it.

    A visit has the same UID here as in its customer's file. One that was called off stays in as cancelled, so that a phone
    that knows it takes it out.
    """

    def __init__(self, resource: Resource, *, now: datetime):
        self.resource = resource
        self.now = now
        self.visits = list(visits_of(resource, now=now))
        closed = closures(now - PAST, now + AHEAD).filter(Q(resource=None) | Q(resource=resource))
        self.closures = list(closed.order_by("starts_at", "pk"))

    @property
    def fingerprint(self) -> str:
        """The same as long as the file would say the same. Writing the file takes four times as long as reading what is in it."""
        said = [self.resource.name]
        said += [(*name_and_text(each), each.change, each.starts_at, each.ends_at) for each in self.visits]
        said += [(each.pk, each.reason, each.starts_at, each.ends_at) for each in self.closures]
        return sha256(repr(said).encode()).hexdigest()

    def written(self) -> bytes:
        calendar = empty_calendar("PUBLISH")
        name = vText(f"{self.resource.name}, {settings.SHOP_NAME}")  # or a line's end in it would begin another one
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(ASK_AGAIN))
        for booking in self.visits:
            calendar.add_component(visit_event(booking, now=self.now))
        for closure in self.closures:
            calendar.add_component(closure_event(closure, self.resource, now=self.now))
        return calendar.to_ical()


def visits_of(resource: Resource, *, now: datetime) -> QuerySet[Booking]:
    """All that a feed says of its visits, in one statement. A part of a visit has its order's line through the main one."""
    was_called_off = Q(order_line__cancelled_at__isnull=False) | Q(part_of__order_line__cancelled_at__isnull=False)
    before_it = OrderLine.objects.visits().filter(order=OuterRef("order_pk"), pk__lte=OuterRef("line_pk"))
    parts_before_it = Booking.objects.filter(part_of=OuterRef("part_of"), pk__lte=OuterRef("pk"))
    return (
        Booking.objects.filter(resource=resource, starts_at__gte=now - PAST, starts_at__lt=now + AHEAD)
        .filter(Q(status__in=COMING) | Q(status=BookingStatus.CANCELLED) & was_called_off)
        .select_related("variant__offering", "pet")
        .annotate(
            order_number=Coalesce("order_line__order__number", "part_of__order_line__order__number"),
            order_pk=Coalesce("order_line__order", "part_of__order_line__order"),
            line_pk=Coalesce("order_line", "part_of__order_line"),
            change=Coalesce("part_of__sequence", "sequence"),
            place=Subquery(counted(before_it, "order")),
            number=Coalesce(Subquery(counted(parts_before_it, "part_of")), 0) + 1,
            extras=ArraySubquery(OrderLineAddOn.objects.filter(line=OuterRef("line_pk")).values("name")),
        )
        .order_by("starts_at", "pk")
    )


def counted(rows: QuerySet, of_one: str) -> QuerySet:
    return rows.order_by().values(of_one).annotate(count=Count("pk")).values("count")


def visit_event(booking: Booking, *, now: datetime) -> Event:
    name, summary, text, status = name_and_text(booking)
    entry = new_event(booking, now=now)
    entry.add("uid", name)
    entry.add("sequence", booking.change)
    entry.add("summary", summary)
    entry.add("description", text)
    entry.add("status", status)
    return entry


def name_and_text(booking: Booking) -> tuple[str, str, str, str]:
    """What an event says beside its time: its UID, what the phone shows, what it says when pressed, and its state."""
    is_sold = booking.order_number is not None
    pet, service = isolated(booking.pet.name) if booking.pet else "", booking.variant.offering.name
    what = " + ".join([str(booking.variant), *booking.extras])
    number = _("Order %(number)s.") % {"number": booking.order_number} if is_sold else ""
    return (
        uid(booking.order_number, booking.place, booking.number) if is_sold else f"visit-{booking.pk}@{host()}",
        f"{pet}: {service}" if pet else service,
        "\n".join(filter(None, [what, number])),
        "CANCELLED" if booking.status == BookingStatus.CANCELLED else "CONFIRMED",
    )


def closure_event(closure: Closure, resource: Resource, *, now: datetime) -> Event:
    entry = new_event(closure, now=now)
    entry.add("uid", f"closure-{closure.pk}-{resource.pk}@{host()}")
    entry.add("summary", _("Closed: %(reason)s") % {"reason": closure.reason} if closure.reason else _("Closed"))
    entry.add("transp", "OPAQUE")
    return entry


def new_event(of: Booking | Closure, *, now: datetime) -> Event:
    entry = Event()
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("dtstart", of.starts_at.astimezone(UTC))
    entry.add("dtend", of.ends_at.astimezone(UTC))
    return entry
