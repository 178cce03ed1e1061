"""When the shop and everybody in it is open: their weeks and special days, read as `availability` takes them."""

from collections.abc import Iterable
from datetime import date, time

from django.db import connection

from bookings.availability import Opening
from bookings.models import Resource

# The stretches of every week that is valid on one of these days, and the special days, as weeks of one day.
STRETCHES = """
    SELECT resource_id, weekday, opens_at, closes_at, valid_from, valid_until FROM bookings_openinghours
    WHERE (resource_id IS NULL OR resource_id = ANY(%(resources)s))
      AND (valid_from IS NULL OR valid_from <= %(last)s) AND (valid_until IS NULL OR valid_until >= %(first)s)
UNION ALL
    SELECT resource_id, extract(isodow FROM date)::integer - 1, opens_at, closes_at, date, date FROM bookings_specialday
    WHERE (resource_id IS NULL OR resource_id = ANY(%(resources)s)) AND date BETWEEN %(first)s AND %(last)s
ORDER BY weekday, opens_at
"""


def read_hours(resources: Iterable[Resource], first: date, last: date) -> dict[int | None, tuple[Opening, ...]]:
    """What counts on the days of this range, in one statement: by the id of each resource, and by None for the shop."""
    own = {resource.pk: [] for resource in resources}
    with connection.cursor() as cursor:  # for every calendar: written out, it costs a fifth of what building it does
        cursor.execute(STRETCHES, {"resources": list(own), "first": first, "last": last})
        rows = cursor.fetchall()
    shops = own[None] = []
    for pk, weekday, opens_at, closes_at, valid_from, valid_until in rows:
        stretch = opens_at or time.min, closes_at or time.min
        dates = valid_from or date.min, valid_until or date.max
        own[pk].append(Opening(weekday, *stretch, *dates, is_shops=pk is None))
    return {pk: tuple(hours if pk is None else [*hours, *shops]) for pk, hours in own.items()}
