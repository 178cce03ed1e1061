"""Who is there, on what terms, who comes, and when: one module each."""

from bookings.models.booking import HOLD_AT_MOST, LIVE, Booking, BookingQuerySet, BookingStatus
from bookings.models.dates import ClassDate, Course
from bookings.models.pet import HEAVIEST, ONE_OF_THEM, Pet, Temperament
from bookings.models.resource import Closure, OpeningHours, Resource, SpecialDay, Weekday, dates_in_words
from bookings.models.rules import CancellationTier, ServiceQuestion, ServiceRules
from bookings.models.season import Season
from bookings.models.vaccination import VACCINES_OF, ProofStatus, Vaccination, Vaccine

__all__ = [
    "HEAVIEST",
    "HOLD_AT_MOST",
    "LIVE",
    "ONE_OF_THEM",
    "VACCINES_OF",
    "Booking",
    "BookingQuerySet",
    "BookingStatus",
    "CancellationTier",
    "ClassDate",
    "Closure",
    "Course",
    "OpeningHours",
    "Pet",
    "ProofStatus",
    "Resource",
    "Season",
    "ServiceQuestion",
    "ServiceRules",
    "SpecialDay",
    "Temperament",
    "Vaccination",
    "Vaccine",
    "Weekday",
    "dates_in_words",
]
