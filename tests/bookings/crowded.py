"""A shop with so little room that everybody is in everybody's way, and what its database says of it."""

from dataclasses import replace
from datetime import time, timedelta

from django.conf import settings

from backoffice.audit.queries import QUERIES
from bookings.models import Booking, Resource
from bookings.operations import PetElsewhere, SlotTaken, TimeOfSomebodyElse
from catalog.models import Kind
from checkout.models import Order, OrderStatus
from petshop.core import clock
from tests import kinds
from tests.bookings.mind import Mind, Place
from tests.factories import (
    ClassDateFactory,
    CourseFactory,
    OrderFactory,
    OrderLineFactory,
    PetFactory,
    ResourceFactory,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAYS = range(3, 6)  # from now, and far enough that nothing of it begins meanwhile
HOURS = [(time(8), time(18)), (time(9, 30), time(18)), (time(9), time(13)), None]


class Shop:
    """A service of each shape with little room, so that everybody is in everybody's way."""

    def __init__(self):
        trim = kinds.service(Kind.APPOINTMENT, "Trim", buffer_before=15 * MINUTE)
        bath = kinds.service(Kind.APPOINTMENT, "Bath", step=HOUR, buffer_after=30 * MINUTE)
        daycare, boarding = kinds.service(Kind.SEAT, "Daycare"), kinds.service(Kind.STAY, "Boarding", nights_at_most=2)
        school = kinds.service(Kind.CLASS, "School")
        for name in ("Maya", "Tom"):
            ResourceFactory(name=name, services=[trim, bath], hours=False)
        bath.rules.equipment.set([ResourceFactory(name="Tub", hours=False)])
        kinds.room(daycare, 2, "Playroom")
        kinds.room(boarding, 2, "Kennels")
        meadow = kinds.room(school, 2, "Meadow")
        for first, wall in ((DAYS[0], "18:00"), (DAYS[1], "18:30")):  # their dates overlap on the days that both have
            course = CourseFactory(offering=school, resource=meadow, weeks=2)
            for day in range(first, first + 2):
                begins = kinds.on(kinds.in_days(day), wall)
                ClassDateFactory(
                    offering=school, resource=meadow, course=course, starts_at=begins, ends_at=begins + HOUR
                )
        self.trim = kinds.variant(trim, "20.00", duration=90 * MINUTE)
        self.bath = kinds.variant(bath, "35.00", duration=HOUR)
        self.seats = [
            kinds.variant(daycare, "24.00", duration=10 * HOUR, begins_at=time(8)),
            kinds.variant(daycare, "14.00", name="Afternoon", duration=5 * HOUR, begins_at=time(13)),
        ]
        self.stay = kinds.variant(boarding, "30.00")
        self.classes = [
            kinds.variant(school, "15.00", duration=HOUR),
            kinds.variant(school, "40.00", name="Course", duration=HOUR, whole_course=True),
        ]
        self.variants = [self.trim, self.bath, *self.seats, self.stay, *self.classes]
        self.resources = list(Resource.objects.order_by("pk"))
        self.pets = [PetFactory(name=name) for name in ("Biscuit", "Olive")]

    def mind(self) -> Mind:
        offerings = {variant.offering for variant in self.variants}
        equipment = {
            offering.pk: tuple(offering.rules.equipment.values_list("pk", flat=True)) for offering in offerings
        }
        return Mind(
            capacity={resource.pk: resource.capacity for resource in self.resources},
            able={offering.pk: tuple(offering.resources.values_list("pk", flat=True)) for offering in offerings},
            equipment={pk: needed for pk, needed in equipment.items() if needed},
            dates={
                offering.pk: [
                    list(course.dates.order_by("starts_at").values_list("starts_at", "ends_at"))
                    for course in offering.courses.all()
                ]
                for offering in offerings
            },
            hours={None: HOURS[0]},
        )


def stored():
    """What each visit is, by its main booking: its states, of which there should be one, and its places."""
    now, visits = clock.now(), {}
    for booking in Booking.objects.visits():
        states, places = visits.setdefault(booking.main_id, (set(), set()))
        states.add((booking.status, not booking.is_alive(now)))
        places.add(place_of(booking))
    return visits


def stored_places():
    return {pk: places for pk, (_states, places) in stored().items()}


def without_seats(places):
    return {replace(place, seat=0) for place in places}


def place_of(booking):
    span, blocked = (booking.starts_at, booking.ends_at), (booking.blocked_from, booking.blocked_until)
    return Place(booking.resource_id, booking.seat, span, blocked, booking.pet_id)


def sell(pk, visit):
    """A paid order behind the visit, as there is behind each one that is confirmed."""
    variant, (starts_at, ends_at) = visit.variant, visit.first.span
    order = OrderFactory(subtotal=variant.price)
    times = {"booking_id": pk, "starts_at": starts_at, "ends_at": ends_at}
    OrderLineFactory(order=order, variant=variant, kind=variant.offering.kind, parcel="", **times)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.PAID)


def calendar_in_one_statement():
    """The calendar's own invariants: whatever breaks one of them, with its name."""
    own = {f"B{number}" for number in [*range(1, 12), 14]}  # the others of these are about orders
    each = (
        f"SELECT '{query.id}' AS id, row_to_json(found)::text FROM ({query.sql}) found"
        for query in QUERIES
        if query.id in own
    )
    return " UNION ALL ".join(each) % {"zone": f"'{settings.TIME_ZONE}'"}


def answer_of(work):
    """What an operation gave back, and how it refused."""
    try:
        return work(), None
    except TimeOfSomebodyElse:  # the shop hears who it is
        return None, SlotTaken
    except (SlotTaken, PetElsewhere) as refusal:
        return None, type(refusal)
