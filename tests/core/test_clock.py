from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from petshop.core import clock

pytestmark = pytest.mark.django_db


def test_the_clock_goes_on_while_a_transaction_waits():
    with transaction.atomic(), connection.cursor() as cursor:
        before = clock.now()
        cursor.execute("SELECT pg_sleep(0.02)")

        assert clock.now() - before >= timedelta(milliseconds=20)


def test_the_clock_is_in_utc_and_knows_it():
    assert clock.now().utcoffset() == timedelta(0)


def test_the_clock_of_the_database_is_asked_and_not_this_machines():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [before] = cursor.fetchone()

    assert before <= clock.now() <= before + timedelta(seconds=10)
    assert isinstance(before, datetime)
    assert before.tzinfo == UTC or before.utcoffset() == timedelta(0)
