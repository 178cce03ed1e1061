"""The dates of classes: a course is published as a whole, and a date goes or moves only while nobody has booked it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _

from bookings import availability
from bookings.availability import ONE_DAY
from bookings.models import Booking, ClassDate, Course, Resource
from bookings.models.dates import ClassDateQuerySet
from bookings.operations.places import lock
from petshop.core import clock
from petshop.core.errors import ShopError

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=12)
FARTHEST = timedelta(days=5 * 366)


class DateRefused(ShopError):
    """A date that cannot be published."""


class DatesBooked(ShopError):
    """Somebody has booked a date that would go or move."""

    def __init__(self, visits: list[Booking]):
        self.visits = visits
        super().__init__(_("These visits are booked, so their dates stay as they are:"))


@transaction.atomic
def publish_course(course: Course) -> list[ClassDate]:
    """Make a course's dates as it says now, one a week, in place of those that it had.

    Raises DatesBooked or DateRefused, and changes nothing.
    """
    dates = dates_to_publish(course)
    course.dates.all().delete()
    return ClassDate.objects.bulk_create(dates)


def dates_to_publish(course: Course) -> list[ClassDate]:
    """What `publish_course` would make, inside the caller's transaction; until it ends nobody can book what would go."""
    before = course.dates.all() if course.pk else ClassDate.objects.none()
    refuse_booked(before, also=course.resource)
    dates = [ClassDate(course=course, starts_at=starts_at, ends_at=ends_at) for starts_at, ends_at in weekly(course)]
    for date in dates:
        date.offering, date.resource = course.offering, course.resource
        check_date(date, besides=before)
    return dates


def weekly(course: Course) -> list[tuple[datetime, datetime]]:
    """The times of a course: the same wall time in each week, also across the days on which the clocks change."""
    zone = get_default_timezone()
    if course.first_day > (clock.now() + FARTHEST).date():
        raise DateRefused(_("%(when)s is too far away.") % {"when": date_format(course.first_day, "l j F Y")})
    times = []
    for week in range(course.weeks):
        wall = datetime.combine(course.first_day + 7 * week * ONE_DAY, course.starts_at)
        starts_at = availability.instant(wall, zone)
        ends_at = starts_at and starts_at + course.duration
        if not ends_at or not availability.instant(localtime(ends_at, zone).replace(tzinfo=None), zone):
            when = date_format(wall, "l j F Y, H:i")
            raise DateRefused(
                _("On %(when)s the clocks change: that hour is not there, or is there twice.") % {"when": when}
            )
        times.append((starts_at, ends_at))
    return times


def refuse_booked(dates: ClassDateQuerySet, *, also: Resource | None = None) -> None:
    """Keep these dates from being booked until the caller's transaction ends. Raises DatesBooked if some are."""
    lock(Resource.objects.filter(pk__in=[*dates.values_list("resource", flat=True), *([also.pk] if also else [])]))
    visits = dates.bookings(clock.now()).select_related("variant__offering", "resource").order_by("starts_at", "pk")
    if visits:
        raise DatesBooked(list(visits))


def check_date(date: ClassDate, *, besides: Iterable[ClassDate] = ()) -> None:
    """Raises DateRefused for a date that is over, far away, far too long, or published already (but for these)."""
    now = clock.now()
    said = {"when": date_format(localtime(date.starts_at), "l j F Y, H:i")}
    if date.starts_at <= now:
        raise DateRefused(_("%(when)s is over.") % said)
    if date.starts_at - now > FARTHEST:
        raise DateRefused(_("%(when)s is too far away.") % said)
    if not SHORTEST <= date.ends_at - date.starts_at <= LONGEST:
        raise DateRefused(_("A date lasts between 5 minutes and 12 hours."))
    same = ClassDate.objects.filter(offering=date.offering, resource=date.resource, starts_at=date.starts_at)
    if same.exclude(pk__in=[date.pk, *(other.pk for other in besides)]).exists():
        raise DateRefused(_("%(when)s is published already.") % said)
