"""The visits of an order as a calendar file (RFC 5545), and their cancellation (RFC 5546)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event, vCalAddress

from bookings.models import Booking
from bookings.operations import attended
from catalog.models import Kind
from checkout.changes import CHANGES, last_change
from checkout.models import Order, OrderLine
from checkout.states import is_booked, place_of
from petshop.core.typed import isolated

CONTENT_TYPE = "text/calendar"


def calendar_file(order: Order, *, now: datetime) -> bytes | None:
    """One event for each time at which a visit is to take place, or None if there is none.

    A visit keeps its UID for ever and its SEQUENCE rises with every change, so that opening a newer file moves the event
    instead of adding a second one.
    """
    return written(order, [line for line in visits_of(order) if is_booked(line)], now=now, method="PUBLISH")


def cancellation_file(order: Order, lines: Iterable[OrderLine], *, now: datetime) -> bytes | None:
    """The same events taken out of the calendar again: for the mail that says these visits were called off."""
    return written(order, [line for line in lines if line.booking], now=now, method="CANCEL")


def visits_of(order: Order) -> list[OrderLine]:
    return [line for line in order.parts if line.is_visit]


def written(order: Order, lines: list[OrderLine], *, now: datetime, method: str) -> bytes | None:
    if not lines:
        return None
    changes = list(order.events.filter(kind__in=CHANGES))
    calendar = empty_calendar(method)
    for line in lines:
        changed_at = last_change(changes, line)
        for number, booking in dates_of(line):
            entry = Event()
            entry.add("uid", uid(order.number, place_of(order, line), number))
            add_time(entry, booking, of=line.booking, changed_at=changed_at, now=now)
            entry.add("organizer", organizer())
            entry.add("summary", f"{isolated(line.pet_name)}: {line.name}" if line.pet_name else line.name)
            entry.add("location", f"{settings.SHOP_NAME}, {settings.SHOP_ADDRESS}")
            entry.add("description", description(order, line, booking))
            entry.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
            calendar.add_component(entry)
    return calendar.to_ical()


def empty_calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SHOP_NAME}//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def dates_of(line: OrderLine) -> list[tuple[int, Booking]]:
    """Each booking of the visit that its pet comes to, with its place among the visit's bookings.

    A course comes to each of its dates; a tub beside a groomer is no date of its own.
    """
    family = line.booking.family if line.kind == Kind.CLASS else [line.booking]
    prefetch_related_objects(family, "resource")
    return [(family.index(booking) + 1, booking) for booking in attended(family)]


def uid(order_number: str, place: int, number: int = 1) -> str:
    """Of one booking for ever, wherever it is moved to; of how many others there are it says nothing.

    `place` is the visit's among those of its order, `number` the booking's within its visit.
    """
    name = f"{order_number}-{place}" if number == 1 else f"{order_number}-{place}-{number}"
    return f"{name}@{host()}"


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname


def add_time(entry: Event, booking: Booking, *, of: Booking, changed_at: datetime | None, now: datetime) -> None:
    """When it is, in UTC, which needs no table of zones; and how new this is, which the visit's main booking knows."""
    entry.add("sequence", of.sequence)
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("created", of.created_at.astimezone(UTC))
    entry.add("last-modified", max(of.created_at, changed_at or of.created_at).astimezone(UTC))
    entry.add("dtstart", booking.starts_at.astimezone(UTC))
    entry.add("dtend", booking.ends_at.astimezone(UTC))


def organizer() -> vCalAddress:
    shop = vCalAddress(f"mailto:{settings.SHOP_EMAIL}")
    shop.params["CN"] = settings.SHOP_NAME
    return shop


def description(order: Order, line: OrderLine, booking: Booking) -> str:
    nights = booking.nights or 0
    parts = [
        line.full_title,
        ngettext("%(count)d night.", "%(count)d nights.", nights) % {"count": nights} if nights else "",
        _("With %(name)s.") % {"name": booking.resource.name} if line.kind == Kind.APPOINTMENT else "",
        line.rules.get("what_to_bring", ""),
        _("Order %(number)s. Questions or a change: %(phone)s.")
        % {"number": order.number, "phone": settings.SHOP_PHONE},
        settings.SITE_URL + order.get_absolute_url(),
    ]
    return "\n".join(filter(None, parts))
