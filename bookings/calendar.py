"""The calendar of a service: asks the database once for a range of days, and lets `availability` do the thinking."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import get_default_timezone

from bookings import availability
from bookings.availability import ONE_DAY, Diary, FreeTime, Opening, Place, Rules
from bookings.models import Booking, BookingStatus, Closure, OpeningHours, Resource, ServiceRules
from catalog.models import AddOn, Offering, Variant

__all__ = ["Calendar", "FreeTime", "Place", "able", "closures", "free_times", "nearest_free", "rules_of"]


def free_times(
    variant: Variant,
    *,
    first: date,
    last: date,
    now: datetime,
    resource: Resource | None = None,
    add_ons: Iterable[AddOn] = (),
) -> dict[date, list[FreeTime]]:
    """The free times of every day from `first` to `last`, both included, with `resource` or with anyone."""
    calendar = Calendar(variant, now=now, resources=able(variant.offering, resource), add_ons=add_ons)
    return calendar.free_times(first, last)


def nearest_free(
    variant: Variant,
    *,
    start: datetime,
    now: datetime,
    resource: Resource | None = None,
    add_ons: Iterable[AddOn] = (),
    count: int = 3,
) -> list[FreeTime]:
    """The `count` free times nearest to `start`, before or after it and within the horizon, in order of time."""
    calendar = Calendar(variant, now=now, resources=able(variant.offering, resource), add_ons=add_ons)
    return calendar.nearest_free(start, count=count)


def able(offering: Offering, resource: Resource | None = None) -> QuerySet[Resource]:
    """Who can do this service and takes bookings; only `resource` if one is named."""
    resources = Resource.objects.filter(services=offering, is_active=True)
    return resources if resource is None else resources.filter(pk=resource.pk)


def rules_of(offering: Offering) -> ServiceRules:
    """The rules of a service; one that was given none has the usual ones."""
    return getattr(offering, "rules", None) or ServiceRules(offering=offering)


def closures(begins: datetime, ends: datetime) -> QuerySet[Closure]:
    """What closes some of this time and has not been reopened.

    The closure's own bookings keep its time in the database; this also keeps what they could not: the time of a hold
    that was in the way and has run out since, and seats that are newer than the closure.
    """
    kept = Booking.objects.filter(closure=OuterRef("pk"))
    return Closure.objects.filter(
        Exists(kept.filter(status=BookingStatus.CLOSURE)) | ~Exists(kept), starts_at__lt=ends, ends_at__gt=begins
    )


class Calendar:
    """One variant's calendar at one moment: where it fits together with these extras, which make the visit longer.

    `moving` is a visit that gives up its time for the one that is chosen: it stands in nobody's way. Reads the hours
    once, and what is taken once for each range of days that is in none it has read already.
    """

    def __init__(
        self,
        variant: Variant,
        *,
        now: datetime,
        resources: Iterable[Resource],
        add_ons: Iterable[AddOn] = (),
        moving: Booking | None = None,
    ):
        rules = rules_of(variant.offering)
        self.now = now
        self.resources = list(resources)
        self.zone = get_default_timezone()
        self.today = now.astimezone(self.zone).date()
        self.last_day = self.today + rules.horizon_days * ONE_DAY
        self.rules = Rules(
            duration=variant.length_with(add_ons),
            step=rules.step,
            lead_time=rules.lead_time,
            horizon_days=rules.horizon_days,
            buffer_before=rules.buffer_before,
            buffer_after=rules.buffer_after,
        )
        self.moving = moving
        self.known_diaries = {}

    def free_times(self, first: date, last: date) -> dict[date, list[FreeTime]]:
        """The free times of every day of the range; a day that has none has an empty list."""
        diaries = self.diaries(first, last)
        return availability.free_times(diaries, self.rules, first=first, last=last, zone=self.zone, now=self.now)

    def open_days(self, first: date, last: date) -> set[date]:
        """The days on which somebody could come, if nobody else did."""
        diaries = self.diaries(first, last)
        return availability.open_days(diaries, self.rules, first=first, last=last, zone=self.zone, now=self.now)

    def free_at(self, starts_at: datetime) -> FreeTime | None:
        """This one start, if it is among the free times."""
        if self.within_reach(starts_at) != starts_at:
            return None
        day = starts_at.astimezone(self.zone).date()
        diaries = self.diaries(day, day)
        return availability.free_at(diaries, self.rules, starts_at=starts_at, zone=self.zone, now=self.now)

    def nearest_free(self, start: datetime, *, count: int = 3) -> list[FreeTime]:
        """The free times nearest to `start`, in order of time. Looks further away only while it found too few."""
        start = self.within_reach(start)
        day = start.astimezone(self.zone).date()
        nearest = []
        for reach in (3 * ONE_DAY, 14 * ONE_DAY, (self.last_day - self.today) + ONE_DAY):
            times = self.free_times(max(day - reach, self.today), min(day + reach, self.last_day))
            found = [free for day_times in times.values() for free in day_times]
            nearest = sorted(found, key=lambda free: abs(free.starts_at - start))[:count]
            if len(nearest) == count and abs(nearest[-1].starts_at - start) < reach:
                break  # whatever lies outside is further away than these
        return sorted(nearest, key=lambda free: free.starts_at)

    def within_reach(self, start: datetime) -> datetime:
        """The start itself, or the end of the calendar that it lies beyond. The year 9999 cannot even be local time."""
        return min(max(start, self.now), self.now + (self.last_day - self.today) + 2 * ONE_DAY)

    def diaries(self, first: date, last: date) -> list[Diary]:
        """Hours, closures and what is taken, of everybody who can do it, for the days that can be booked at all."""
        first, last = max(first, self.today), min(last, self.last_day)
        if first > last:
            return []
        for (known_first, known_last), diaries in self.known_diaries.items():
            if known_first <= first and last <= known_last:
                return diaries
        self.known_diaries[first, last] = self.read_diaries(first, last)
        return self.known_diaries[first, last]

    def read_diaries(self, first: date, last: date) -> list[Diary]:
        begins = self.midnight(first) - self.rules.buffer_before
        ends = self.midnight(last + ONE_DAY) + self.rules.duration + self.rules.buffer_after

        closed = {resource.pk: [] for resource in self.resources}
        for pk, *span in closures(begins, ends).values_list("resource", "starts_at", "ends_at"):
            for concerned in closed if pk is None else closed.keys() & {pk}:
                closed[concerned].append(tuple(span))

        taken = {resource.pk: {seat: [] for seat in range(1, resource.capacity + 1)} for resource in self.resources}
        visits = Booking.objects.blocking(self.now).overlapping(begins, ends).filter(resource__in=self.resources)
        if self.moving:
            visits = visits.exclude(pk=self.moving.pk)
        for pk, seat, *span in visits.values_list("resource", "seat", "blocked_from", "blocked_until"):
            if seat in taken[pk]:  # a resource may have had more seats once
                taken[pk][seat].append(tuple(span))

        return [
            Diary(resource, self.hours[resource], taken=taken[resource.pk], closed=closed[resource.pk])
            for resource in self.resources
        ]

    def midnight(self, day: date) -> datetime:
        """In UTC, where adding an hour adds an hour."""
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)

    @cached_property
    def hours(self) -> dict[Resource, list[Opening]]:
        """Everybody's opening hours; who has none keeps the shop's."""
        own = {resource.pk: [] for resource in self.resources}
        shops = own[None] = []
        rows = OpeningHours.objects.filter(Q(resource=None) | Q(resource__in=self.resources))
        for pk, *opening in rows.values_list("resource", "weekday", "opens_at", "closes_at"):
            own[pk].append(Opening(*opening))
        return {resource: own[resource.pk] or shops for resource in self.resources}
