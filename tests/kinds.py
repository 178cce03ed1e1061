"""A service of each kind that is no appointment, for tests that need one."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from bookings.models import ServiceRules
from catalog.models import Kind, Species
from tests.factories import (
    ClassDateFactory,
    CourseFactory,
    OpeningHours,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    Weekday,
)


def service(kind, name, **rules):
    """A service for dogs with these rules, and the shop open from eight to six on every day."""
    offering = ServiceFactory(kind=kind, name=name, slug=name.lower().replace(" ", "-"), species=[Species.DOG])
    ServiceRules.objects.filter(offering=offering).update(**rules)
    offering.refresh_from_db()
    if not OpeningHours.objects.filter(resource=None).exists():
        OpeningHours.objects.bulk_create(
            OpeningHours(weekday=day, opens_at=time(8), closes_at=time(18)) for day in Weekday
        )
    return offering


def variant(offering, price, **more):
    usual = {"name": "", "pet_size": "", "duration": timedelta(days=1)}
    return ServiceVariantFactory(offering=offering, price=Decimal(price), **usual | more)


def room(offering, capacity, name="Room"):
    return ResourceFactory(name=name, slug=name.lower(), services=[offering], hours=False, capacity=capacity)


def boarding(*, kennels=1, price="30.00", **rules):
    """A night in a kennel, from three o'clock to eleven o'clock."""
    offering = service(Kind.STAY, "Boarding", **{"nights_at_most": 14} | rules)
    room(offering, kennels, "Kennels")
    return variant(offering, price)


def daycare(*, places=20):
    """A day from eight to six in a playroom."""
    offering = service(Kind.SEAT, "Daycare")
    room(offering, places, "Playroom")
    return variant(offering, "24.00", duration=timedelta(hours=10), begins_at=time(8))


def puppy_school(*, places=8, weeks=3):
    """A single date for EUR 15, and a course of three weeks for EUR 40."""
    offering = service(Kind.CLASS, "Puppy school")
    meadow = room(offering, places, "Meadow")
    course = CourseFactory(offering=offering, resource=meadow, weeks=weeks)
    for week in range(weeks):
        starts_at = on(course.first_day + timedelta(weeks=week), "18:00")
        ClassDateFactory(
            offering=offering,
            resource=meadow,
            course=course,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
        )
    hour = timedelta(hours=1)
    single = variant(offering, "15.00", name="Single date", duration=hour)
    return single, variant(offering, "40.00", name="Whole course", duration=hour, whole_course=True)


def bath_in_a_tub(*, groomers=2, tubs=1):
    """An hour of a groomer who needs a tub."""
    offering = service(Kind.APPOINTMENT, "Bath in a tub")
    for number in range(groomers):
        room(offering, 1, f"Groomer-{number}")
    equipment = [ResourceFactory(name=f"Tub {number}", slug=f"tub-{number}", hours=False) for number in range(tubs)]
    offering.rules.equipment.set(equipment)
    return variant(offering, "35.00", duration=timedelta(hours=1))


def on(day: date, wall: str) -> datetime:
    """The moment at which the shop's clock shows this time on this day."""
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(wall)))


def in_days(count: int) -> date:
    return timezone.localdate() + timedelta(days=count)


def next_weekday(weekday: int) -> date:
    """A day of the coming fortnight, a week from now at the soonest."""
    return next(day for day in map(in_days, range(7, 15)) if day.weekday() == weekday)
