"""A shop that has been booked for years: what a month of its calendar asks the database, and how long that takes."""

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from bookings.availability import ONE_DAY
from bookings.calendar import free_times
from bookings.models import LIVE, Booking, OpeningHours, Resource, ServiceRules, Weekday
from catalog.models import Category, Kind, Offering, Variant
from petshop.core import clock
from tests.benchmarks.shelves import look_again

FEW, MANY = 100_000, 1_000_000
RESOURCES, ABLE = 40, 20  # in all, and of those who do the service
MOST_QUERIES, MOST_MILLISECONDS = 3, 30
MOST_TIMES_DEARER = 1.5  # with ten times the history; below that it is the machine's noise
ROUNDS, AT_ONCE = 7, 8

# Each resource has a visit in every hour from nine to six, the last of them in the last week of the horizon, and as far
# back as it takes: a year of them, or ten. Every tenth hour was cancelled, which leaves some times free. All others are
# still "confirmed", as if nobody had ever pressed "done": the worst case, for they all stay in the constraint's index.
INSERT = """
INSERT INTO bookings_booking (variant_id, resource_id, seat, starts_at, ends_at, blocked_from, blocked_until, status, extensions)
SELECT %(variant)s, resource, 1, starts_at, starts_at + interval '1 hour', starts_at, starts_at + interval '1 hour',
       CASE WHEN (number + place) %% 10 = 0 THEN 'cancelled' ELSE 'confirmed' END, 0
FROM unnest(%(resources)s::bigint[]) WITH ORDINALITY AS resources (resource, place),
     generate_series(%(first)s::integer, %(last)s::integer) AS number,
     LATERAL (SELECT (%(last_day)s::date - number / 9 + time '09:00' + number %% 9 * interval '1 hour')
                     AT TIME ZONE %(zone)s AS starts_at) AS hour
"""


@dataclass
class Month:
    """What a month cost with so many bookings: milliseconds that the database took, in each round, and pages it looked at."""

    bookings: int
    statements: list[str] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    pages: int = 0
    offered: int = 0

    @property
    def least(self) -> float:
        return min(self.rounds)


def measure() -> bool:
    """Fill the shop twice, look at a month each time, and print it. Whether it was quick enough."""
    with transaction.atomic():
        variant, resources = open_a_salon()
    months, so_far = [], 0
    for bookings in (FEW, MANY):
        print(f"\n{bookings:,} bookings of {RESOURCES} resources ... ", end="", flush=True)
        began = time.monotonic()
        book(variant, resources, so_far // RESOURCES, bookings // RESOURCES)
        so_far = bookings
        print(f"made in {time.monotonic() - began:.0f} s")
        months.append(look_at(variant, Month(bookings)))
    return report(*months)


def open_a_salon() -> tuple[Variant, list[int]]:
    """A service that half of the resources do, all of whom keep hours of their own."""
    service = Offering.objects.create(
        kind=Kind.APPOINTMENT,
        name="Benchmark bath",
        slug="benchmark-bath",
        category=Category.objects.create(name="Benchmark"),
    )
    ServiceRules.objects.create(offering=service, horizon_days=60, lead_time=timedelta(0))
    variant = Variant.objects.create(offering=service, price=30, duration=timedelta(hours=1))
    resources = Resource.objects.bulk_create(
        Resource(name=f"Benchmark {number}", slug=f"benchmark-{number}", position=100 + number)
        for number in range(RESOURCES)
    )
    service.resources.set(resources[:ABLE])
    OpeningHours.objects.bulk_create(
        OpeningHours(resource=resource, weekday=day, opens_at="09:00", closes_at="18:00")
        for resource in resources
        for day in Weekday
    )
    return Variant.objects.select_related("offering__rules").get(pk=variant.pk), [each.pk for each in resources]


def book(variant: Variant, resources: list[int], first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            INSERT,
            {
                "variant": variant.pk,
                "resources": resources,
                "first": first,
                "last": last - 1,
                "last_day": timezone.localdate() + 60 * ONE_DAY,
                "zone": timezone.get_default_timezone_name(),
            },
        )
        cursor.execute("VACUUM ANALYZE bookings_booking")
    look_again()


def look_at(variant: Variant, month: Month) -> Month:
    """Ask for a month of the picker over and over."""
    first = timezone.localdate() + ONE_DAY

    def ask() -> dict:
        return free_times(variant, first=first, last=first + 30 * ONE_DAY, now=clock.now())

    ask()  # connects, and reads what no cache has yet
    with statements() as asked:
        month.offered = sum(len(times) for times in ask().values())
    asked = [each for each in asked if "clock_timestamp" not in each[0]]
    month.statements = [sql for sql, _parameters, _took in asked]
    for _ in range(ROUNDS):
        took = []
        for _ in range(AT_ONCE):
            with statements() as each:
                ask()
            took.append(sum(milliseconds for sql, _parameters, milliseconds in each if "clock_timestamp" not in sql))
        month.rounds.append(statistics.median(took))
    plans = [explain(sql, parameters) for sql, parameters, _took in asked]
    month.pages = sum(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] for plan in plans)
    month.worked = [plan["Planning Time"] + plan["Execution Time"] for plan in plans]
    return month


@contextmanager
def statements() -> Iterator[list]:
    """Each statement with its parameters and the milliseconds until its rows were here."""
    asked = []

    def watch(execute, sql, parameters, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            asked.append((sql, parameters, (time.perf_counter() - began) * 1000))

    with connection.execute_wrapper(watch):
        yield asked


def explain(sql: str, parameters: tuple) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters)
        [(plan,)] = cursor.fetchall()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]


def report(few: Month, many: Month) -> bool:
    kept = Booking.objects.filter(status__in=LIVE).count()
    print(f"A month of a service that {ABLE} of them do; {kept:,} bookings are in the constraint's index.")
    print(
        f"{'bookings':>10}{'queries':>9}{'may':>5}{'db ms':>8}{'lowest':>8}{'may':>5}{'plan ms':>9}{'pages':>8}{'times':>8}"
    )
    for month in (few, many):
        print(
            f"{month.bookings:>10,}{len(month.statements):>9}{MOST_QUERIES:>5}{statistics.median(month.rounds):>8.1f}"
            f"{month.least:>8.1f}{MOST_MILLISECONDS:>5}{sum(month.worked):>9.1f}{month.pages:>8,}{month.offered:>8,}"
        )
    faults = []
    if len(many.statements) > MOST_QUERIES:
        faults.append("too many queries")
    if many.least > MOST_MILLISECONDS:
        faults.append("too slow")
    if many.least > few.least * MOST_TIMES_DEARER:
        faults.append("slower with ten times the history")
    print(f"With ten times the history {many.least / few.least:.2f} x the time: {', '.join(faults) or 'ok'}")
    return not faults
