"""A customer books while an editor takes the place away, on two connections."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from bookings.calendar import free_times
from bookings.models import Booking
from bookings.operations import hold_booking
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import ResourceFactory, ServiceVariantFactory
from tests.rival import Rival

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("taken_away", ["capacity", "is_active"])
def test_a_place_that_is_booked_at_this_moment_is_not_taken_away(client, taken_away):
    sign_in(client, CATALOG_EDITORS)
    variant = ServiceVariantFactory()
    room = ResourceFactory(capacity=2, services=[variant.offering])
    day = timezone.localdate() + timedelta(days=7)
    starts_at = free_times(variant, first=day, last=day, now=timezone.now())[day][0].starts_at
    hold_booking(variant, starts_at=starts_at)
    address = reverse("admin:bookings_resource_change", args=[room.pk])
    form = form_on(client.get(address))
    if taken_away == "capacity":
        form["capacity"] = ["1"]
    else:
        del form["is_active"]

    with Rival(lambda: hold_booking(variant, starts_at=starts_at)):
        response = client.post(address, form)

    assertContains(response, "errorlist")
    room.refresh_from_db()
    assert (room.capacity, room.is_active) == (2, True)
    assert sorted(Booking.objects.values_list("seat", flat=True)) == [1, 2]
