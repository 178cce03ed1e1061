"""A small salon, for tests that need one."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from petshop.core import clock
from tests.factories import BookingFactory, ResourceFactory, ServiceVariantFactory


@pytest.fixture
def bath(db):
    """An hour's service that starts every half hour; a test names who can do it."""
    return ServiceVariantFactory(offering__name="Bath")


@pytest.fixture
def maya(bath):
    """Works from nine to six, every day."""
    return ResourceFactory(name="Maya", slug="maya", services=[bath.offering], position=1)


@pytest.fixture
def tom(bath):
    """Like Maya, and after her in the shop's order."""
    return ResourceFactory(name="Tom", slug="tom", services=[bath.offering], position=2)


@pytest.fixture
def on_the_wall():
    """The moment at which the shop's clock shows this time, some days ahead: `on_the_wall("10:30", days=2)`."""

    def moment(wall, *, days=1):
        day = timezone.localdate() + timedelta(days=days)
        return timezone.make_aware(datetime.combine(day, time.fromisoformat(wall)))

    return moment


@pytest.fixture
def tub(bath):
    """The one tub; it can do nothing by itself."""
    return ResourceFactory(name="Tub", slug="tub", position=9)


@pytest.fixture
def bath_in_the_tub(bath, maya, tub, on_the_wall):
    """Make a visit at ten that needs Maya and the tub; gives the two bookings, the main one first."""

    def visit(**fields):
        fields = {"variant": bath, "starts_at": on_the_wall("10:00"), "created_at": clock.now()} | fields
        main = BookingFactory(resource=maya, **fields)
        return main, BookingFactory(resource=tub, part_of=main, **fields)

    return visit


@pytest.fixture
def course(bath, on_the_wall):
    """Make a visit of three days at ten in the class room; gives its bookings, the main one first."""
    room = ResourceFactory(name="Class room", slug="class-room", capacity=2)

    def visit(**fields):
        main = BookingFactory(variant=bath, resource=room, starts_at=on_the_wall("10:00"), **fields)
        later = [
            BookingFactory(
                variant=bath, resource=room, starts_at=on_the_wall("10:00", days=day), part_of=main, **fields
            )
            for day in (2, 3)
        ]
        return [main, *later]

    return visit
