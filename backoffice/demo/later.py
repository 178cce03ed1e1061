"""How the demo gets a past: what is said to have happened is booked eight weeks later, and moved back when all of it is there.

A visit of last week cannot be booked any more. Eight weeks later it is the same weekday with the same hours, and beyond every
visit to come. That is about as far as visits can be booked.
"""

from datetime import UTC, date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.timezone import get_default_timezone, localtime

from backoffice.demo.people import RUNNING, School
from bookings.models import Booking, BookingStatus, Closure, Course

LATER = timedelta(weeks=8)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def back[Moment: (date, datetime)](moment: Moment) -> Moment:
    """The same wall time eight weeks before, an hour of summer time included."""
    if not isinstance(moment, datetime):
        return moment - LATER
    wall = localtime(moment)
    return datetime.combine(wall.date() - LATER, wall.time(), get_default_timezone())


def first_evening(school: School, today: date) -> date:
    """The day on which a course begins."""
    begins = today + timedelta(days=school.first)
    return begins + timedelta(days=(school.weekday - begins.weekday()) % 7)


def move_course_back() -> None:
    """The course that is running was published eight weeks later, too."""
    for course in Course.objects.filter(name=RUNNING.name):
        course.first_day = back(course.first_day)
        course.save(update_fields=["first_day"])
        for evening in course.dates.all():
            evening.starts_at, evening.ends_at = back(evening.starts_at), back(evening.ends_at)
            evening.save(update_fields=["starts_at", "ends_at"])


class Rooms:
    """Keeps for each guest the place where the stay will be in the end: it may last until after today, where others book."""

    def __init__(self):
        self.closure = Closure.objects.create(starts_at=LONG_AGO, ends_at=LONG_AGO + timedelta(minutes=1))
        self.seats: dict[int, int] = {}

    def keep(self, stay: Booking) -> Booking | None:
        """The place that is kept, on the same seat if it can be; None if the room is full at that time."""
        starts_at, ends_at = back(stay.starts_at), back(stay.ends_at)
        for seat in sorted(range(1, stay.resource.capacity + 1), key=lambda seat: seat != stay.seat):
            try:
                with transaction.atomic():
                    place = Booking.objects.create(
                        closure=self.closure,
                        resource=stay.resource,
                        seat=seat,
                        starts_at=starts_at,
                        ends_at=ends_at,
                        blocked_from=starts_at,
                        blocked_until=ends_at,
                        status=BookingStatus.CLOSURE,
                    )
            except IntegrityError:
                continue
            self.seats[stay.pk] = seat
            return place
        return None

    def let_go(self) -> None:
        self.closure.delete()
