"""Who is there, on what terms, who comes, and when: one module each."""

from bookings.models.booking import HOLD_AT_MOST, LIVE, Booking, BookingQuerySet, BookingStatus
from bookings.models.dates import ClassDate, Course
from bookings.models.pet import Pet
from bookings.models.resource import Closure, OpeningHours, Resource, Weekday
from bookings.models.rules import CancellationTier, ServiceQuestion, ServiceRules
from bookings.models.season import Season

__all__ = [
    "HOLD_AT_MOST",
    "LIVE",
    "Booking",
    "BookingQuerySet",
    "BookingStatus",
    "CancellationTier",
    "ClassDate",
    "Closure",
    "Course",
    "OpeningHours",
    "Pet",
    "Resource",
    "Season",
    "ServiceQuestion",
    "ServiceRules",
    "Weekday",
]
