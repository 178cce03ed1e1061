"""When the shop and everybody in it is open: their weeks and special days, read as `availability` takes them."""

from collections.abc import Iterable
from datetime import date, time

from django.db.models import F, Q
from django.db.models.functions import ExtractIsoWeekDay

from bookings.availability import Opening
from bookings.models import OpeningHours, Resource, SpecialDay

COLUMNS = ["resource", "weekday", "opens_at", "closes_at", "valid_from", "valid_until"]


def read_hours(resources: Iterable[Resource], first: date, last: date) -> dict[int | None, tuple[Opening, ...]]:
    """What counts on the days of this range, in one statement: by the id of each resource, and by None for the shop."""
    own = {resource.pk: [] for resource in resources}
    whose = Q(resource=None) | Q(resource__in=list(own))
    shops = own[None] = []
    for pk, weekday, opens_at, closes_at, valid_from, valid_until in rows(whose, first, last):
        stretch = opens_at or time.min, closes_at or time.min
        dates = valid_from or date.min, valid_until or date.max
        own[pk].append(Opening(weekday, *stretch, *dates, is_shops=pk is None))
    return {pk: tuple(hours if pk is None else [*hours, *shops]) for pk, hours in own.items()}


def rows(whose: Q, first: date, last: date) -> Iterable[tuple]:
    """The stretches of every week that is valid on one of these days, and the special days, as weeks of one day."""
    begins, ends = Q(valid_from=None) | Q(valid_from__lte=last), Q(valid_until=None) | Q(valid_until__gte=first)
    weeks = OpeningHours.objects.filter(whose, begins, ends).order_by()
    special = SpecialDay.objects.filter(whose, date__range=(first, last)).order_by()
    special = special.annotate(weekday=ExtractIsoWeekDay("date") - 1, valid_from=F("date"), valid_until=F("date"))
    return weeks.values_list(*COLUMNS).union(special.values_list(*COLUMNS), all=True)
