"""A database that is too busy is a 503 with a sentence, not a 500."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction
from pytest_django.asserts import assertContains

from bookings.models import Booking, Resource
from tests.factories import BookingFactory


@pytest.fixture
def somebody_holds_the_groomers():
    """Another connection that keeps the groomers' rows locked until the test is over."""
    has_them, is_over = Event(), Event()

    def hold():
        with transaction.atomic():
            list(Resource.objects.select_for_update())
            has_them.set()
            is_over.wait(30)
        connection.close()

    def start():
        other.start()
        assert has_them.wait(30)

    other = Thread(target=hold)
    yield start
    is_over.set()
    other.join()


@pytest.mark.django_db(transaction=True)
def test_waiting_too_long_for_a_lock_is_said_and_changes_nothing(client, somebody_holds_the_groomers):
    wanted = BookingFactory(lapsed=True)
    wanted.resource.services.add(wanted.variant.offering)
    somebody_holds_the_groomers()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")

    answer = client.post("/cart/visits/", {"variant": wanted.variant_id, "start": wanted.starts_at.isoformat()})

    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
    assertContains(answer, "send it again in a few seconds", status_code=503)
    assert answer["Retry-After"] == "3"
    assert Booking.objects.count() == 1
