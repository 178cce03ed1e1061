"""The visits of an order as a calendar file (RFC 5545)."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from checkout.models import Order, OrderLine
from checkout.states import is_booked, times
from petshop.core.typed import isolated

CONTENT_TYPE = "text/calendar"


def calendar_file(order: Order, *, now: datetime) -> bytes | None:
    """One event for each visit that is to take place, or None if there is none.

    A visit keeps its UID for ever, so that opening a newer file moves the event instead of adding a second one.
    """
    visits = [line for line in order.lines.all() if line.is_visit and is_booked(line)]
    if not visits:
        return None
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SHOP_NAME}//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for line in visits:
        calendar.add_component(event(order, line, now=now, uid=uid(order, line)))
    return calendar.to_ical()


def uid(order: Order, line: OrderLine) -> str:
    """Of the visit for ever, wherever it is moved to; of how many others there are it says nothing."""
    place = sorted(other.pk for other in order.lines.all() if other.is_visit).index(line.pk) + 1
    return f"{order.number}-{place}@{urlsplit(settings.SITE_URL).hostname}"


def event(order: Order, line: OrderLine, *, now: datetime, uid: str) -> Event:
    starts_at, ends_at = times(line)
    entry = Event()
    entry.add("uid", uid)
    # Seconds since the visit was booked: a later file of the same visit is a newer one, whoever made it.
    entry.add("sequence", max(0, int((now - line.booking.created_at).total_seconds())))
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("dtstart", starts_at.astimezone(UTC))
    entry.add("dtend", ends_at.astimezone(UTC))
    entry.add("summary", f"{isolated(line.pet_name)}: {line.name}" if line.pet_name else line.name)
    entry.add("location", f"{settings.SHOP_NAME}, {settings.SHOP_ADDRESS}")
    entry.add("description", description(order, line))
    entry.add("status", "CONFIRMED")
    return entry


def description(order: Order, line: OrderLine) -> str:
    parts = [
        line.full_title,
        _("With %(name)s.") % {"name": line.booking.resource.name},
        line.rules.get("what_to_bring", ""),
        _("Order %(number)s. Questions or a change: %(phone)s.")
        % {"number": order.number, "phone": settings.SHOP_PHONE},
        settings.SITE_URL + order.get_absolute_url(),
    ]
    return "\n".join(filter(None, parts))
