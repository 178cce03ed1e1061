"""Visits that nobody is there for any more: listed for staff for as long as they are, whatever kind they are of (T14)."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from bookings.admin_visits import outside_hours
from bookings.models import BookingStatus, OpeningHours, Resource, SpecialDay
from petshop.core.roles import FRONT_DESK
from tests import kinds
from tests.admin_pages import sign_in
from tests.factories import BookingFactory, ClosureFactory, ResourceFactory

pytestmark = pytest.mark.django_db

VISITS = "/admin/bookings/booking/"
DAY = timezone.localdate() + timedelta(days=10)
ONE_DAY = timedelta(days=1)


def at(hour, *, day=DAY):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def visit(hour, **more):
    return BookingFactory(**({"confirmed": True, "starts_at": at(hour)} | more))


def listed(client, nobody):
    return set(client.get(VISITS, {"nobody": nobody}).context["cl"].queryset)


@pytest.fixture
def sam():
    return ResourceFactory(slug="sam")


@pytest.fixture
def desk(client):
    sign_in(client, FRONT_DESK)
    return client


def test_t14_the_desk_finds_the_visits_outside_the_hours_at_any_time_later(desk, sam):
    late, _early = visit(16, resource=sam), visit(10, resource=sam)
    sam.opening_hours.update(closes_at="15:00")

    assert listed(desk, "hours") == {late}
    assert listed(desk, "closed") == set()

    late.status = BookingStatus.CANCELLED
    late.save(update_fields=["status"])
    assert listed(desk, "hours") == set()


def test_t14_the_desk_finds_the_visits_in_closed_time_at_any_time_later(desk, sam):
    inside, _outside, elsewhere = visit(10, resource=sam), visit(14, resource=sam), visit(10)
    ClosureFactory(resource=sam, starts_at=at(9), ends_at=at(14))

    assert listed(desk, "closed") == {inside}

    ClosureFactory(starts_at=at(9), ends_at=at(11))
    assert listed(desk, "closed") == {inside, elsewhere}


def test_t14_visits_that_are_over_and_holds_that_lapsed_are_nobodys_care(desk, sam):
    visit(16, resource=sam, starts_at=at(16, day=DAY - 30 * ONE_DAY))
    visit(16, resource=sam, confirmed=False, lapsed=True)
    kept = visit(17, resource=sam, confirmed=False)
    sam.opening_hours.update(closes_at="15:00")

    assert listed(desk, "hours") == {kept}


@pytest.mark.parametrize(
    ("special", "is_outside"),
    [
        ({"date": DAY, "opens_at": "16:00", "closes_at": "18:00"}, True),  # nobody there to take the dog in
        ({"date": DAY, "opens_at": "08:00", "closes_at": "15:00"}, False),  # the moment of closing is in time
        ({"date": DAY + ONE_DAY}, False),  # a day in between may be closed
        ({"date": DAY + 2 * ONE_DAY}, True),  # nobody there to give it back
        ({"date": DAY + 2 * ONE_DAY, "opens_at": "11:00", "closes_at": "12:00"}, False),
    ],
)
def test_t14_a_stay_needs_somebody_at_its_two_ends(special, is_outside):
    kennel = kinds.boarding()
    stay = visit(15, variant=kennel, resource=kennel.offering.resources.get(), ends_at=at(11, day=DAY + 2 * ONE_DAY))
    type(stay).objects.filter(pk=stay.pk).update(nights=2, arrives_on=DAY, leaves_on=DAY + 2 * ONE_DAY)
    assert outside_hours(list(Resource.objects.all())) == []

    SpecialDay.objects.create(**special)

    found = outside_hours(list(Resource.objects.all()), on=[special["date"]])
    assert found == ([stay] if is_outside else [])


def test_t14_the_dates_of_a_class_are_published_whatever_the_hours_are():
    single, _course = kinds.puppy_school()
    visit(20, variant=single)

    OpeningHours.objects.all().delete()

    assert outside_hours(list(Resource.objects.all())) == []


def test_t14_a_visit_that_needs_two_things_is_listed_once():
    groomer, tub = ResourceFactory(), ResourceFactory()
    main = visit(16, resource=groomer)
    visit(16, resource=tub, part_of=main, variant=main.variant)

    OpeningHours.objects.update(closes_at="15:00")

    assert outside_hours([groomer, tub]) == [main]
