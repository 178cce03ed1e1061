"""Many threads at one moment, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

PATIENCE = 120  # seconds: two hundred connections take a while on a small machine


def connect() -> None:
    """Connect, and wait in a queue for as long as it takes: hundreds of threads share one interpreter's lock here."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE}s'; SET statement_timeout = '{PATIENCE}s'")


def at_once[T](count: int, work: Callable[[], T]) -> list[T | Exception]:
    """Run `work` in `count` threads that start together. Returns what each returned or raised.

    Nothing that a thread raises is lost: a deadlock that PostgreSQL ended is among the results.
    """
    start = Barrier(count)

    def run(_):
        try:
            connect()  # which takes so long that it would spread them out
            start.wait(timeout=PATIENCE)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
