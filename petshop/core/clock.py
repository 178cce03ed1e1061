"""The shop's one clock is the database's: every process and every machine agrees with it."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The moment at which this statement runs, in UTC.

    `clock_timestamp()` and not `now()`: the latter stands still while a transaction waits for its locks, so a hold
    that ran out during the wait would still look alive. Operations read it once, after their locks.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
