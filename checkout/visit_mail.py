"""Whether a mail about a visit is still true, and what a reminder says. Pure, but for the family of a course."""

from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingStatus
from bookings.operations import attended
from checkout import states
from checkout.models import Message, OrderLine
from petshop.core.typed import isolated

# Whoever was checked in on a course's first date comes to the later ones all the same.
COMING = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN]
CANCELLED = ["cancelled", "lapsed"]  # lapsed: because a vaccination was not proven in time


def date_of(message: Message) -> Booking | None:
    """The visit, or the date of its course, that a message speaks of; None if it is at another time by now."""
    family = attended(message.booking.family)
    return next((date for date in family if date.starts_at == message.starts_at), None)


def why_not(message: Message, *, now: datetime) -> str:
    """Why a message must not be sent any more; empty as long as what it says of its visit is true."""
    if message.booking is None or message.kind in CANCELLED:
        return ""
    is_reminder, status = message.kind == "reminder", message.booking.status
    if status == BookingStatus.CANCELLED or (is_reminder and not is_to_come(message)):
        return _("The visit is not to come any more: %(state)s") % {"state": message.booking.get_status_display()}
    if date_of(message) is None:
        return _("The visit was moved.")
    if is_reminder and message.starts_at <= now:
        return _("The visit has begun.")
    return ""


def is_to_come(message: Message) -> bool:
    """Whether the pet is still expected for what a reminder speaks of."""
    visit = message.booking
    is_later_date = message.starts_at >= visit.ends_at
    return visit.status in (COMING if is_later_date else [BookingStatus.CONFIRMED])


def subject(line: OrderLine, starts_at: datetime, *, now: datetime) -> str:
    """“Tomorrow 10:30: Biscuit's bath and tidy”."""
    return _("%(day)s %(time)s: %(visit)s") % {
        "day": near_day(starts_at, now=now),
        "time": states.clock_time(starts_at),
        "visit": visit_of(line),
    }


def visit_of(line: OrderLine) -> str:
    """“Biscuit's bath and tidy”."""
    return _("%(pet)s's %(service)s") % {
        "pet": isolated(line.pet_name) or _("Your pet"),
        "service": line.name[:1].lower() + line.name[1:],
    }


def near_day(moment: datetime, *, now: datetime) -> str:
    match (localtime(moment).date() - localtime(now).date()).days:
        case 0:
            return _("Today")
        case 1:
            return _("Tomorrow")
    return states.day(moment)
