"""The calendar of a service: asks the database once for a range of days, and lets `availability` do the thinking."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, PositiveSmallIntegerField, Q, QuerySet, Value
from django.utils.timezone import get_default_timezone

from bookings import availability
from bookings.availability import ONE_DAY, Also, Diary, FreeTime, Opening, Place, Rules
from bookings.guests import ANYBODY, Guest, guest_of
from bookings.hours import read_hours
from bookings.models import Booking, BookingStatus, ClassDate, Closure, Pet, Resource, ServiceRules
from catalog.models import AddOn, Kind, Offering, Variant

__all__ = ["Also", "Calendar", "FreeTime", "Place", "able", "closures", "free_times", "nearest_free", "rules_of"]

FAR_AHEAD = 730  # days, for the shop itself
ANY_STEP = timedelta(minutes=5)
AROUND_THE_CLOCK = tuple(Opening(weekday, time.min, time.max) for weekday in range(7))


def free_times(
    variant: Variant,
    *,
    first: date,
    last: date,
    now: datetime,
    resource: Resource | None = None,
    add_ons: Iterable[AddOn] = (),
    nights: int = 0,
    pet: Pet | None = None,
) -> dict[date, list[FreeTime]]:
    """The free times of every day from `first` to `last`, both included, with `resource` or with anyone."""
    resources = able(variant.offering, resource, guest=guest_of(variant, pet))
    calendar = Calendar(variant, now=now, resources=resources, add_ons=add_ons, nights=nights)
    return calendar.free_times(first, last)


def nearest_free(
    variant: Variant,
    *,
    start: datetime,
    now: datetime,
    resource: Resource | None = None,
    add_ons: Iterable[AddOn] = (),
    nights: int = 0,
    pet: Pet | None = None,
    count: int = 3,
) -> list[FreeTime]:
    """The `count` free times nearest to `start`, before or after it and within the horizon, in order of time."""
    resources = able(variant.offering, resource, guest=guest_of(variant, pet))
    calendar = Calendar(variant, now=now, resources=resources, add_ons=add_ons, nights=nights)
    return calendar.nearest_free(start, count=count)


def able(offering: Offering, resource: Resource | None = None, *, guest: Guest = ANYBODY) -> QuerySet[Resource]:
    """Who can do this service, takes such a guest and bookings, only `resource` if one is named; and what it needs besides.

    In one statement, because everybody who asks needs both: `does_it` and `is_equipment` tell them apart. What it needs
    is there even if it takes no bookings, or no such guest, and `is_fit` says so: a bath does not do without its tub
    because the tub is broken.
    """
    is_fit = Exists(Resource.objects.taking(guest.species, guest.size).filter(pk=OuterRef("pk"), is_active=True))
    does_it = is_fit & Exists(Resource.services.through.objects.filter(resource=OuterRef("pk"), offering=offering))
    if resource is not None:
        does_it &= Q(pk=resource.pk)
    needed = ServiceRules.equipment.through.objects.filter(resource=OuterRef("pk"), servicerules__offering=offering)
    everybody = Resource.objects.annotate(does_it=does_it, is_equipment=Exists(needed), is_fit=is_fit)
    return everybody.filter(Q(does_it=True) | Q(is_equipment=True))


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

    A stay is of so many `nights`, or of as few as the service allows. `moving` is a visit that gives up its time for the
    one that is chosen: it stands in nobody's way. One that was sold keeps the `length` that was sold. `at_any_time` is
    for the shop itself, which may book out of hours and at once, but nothing that is taken or closed. Reads the hours
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
        nights: int = 0,
        length: timedelta | None = None,
        at_any_time: bool = False,
    ):
        rules = rules_of(variant.offering)
        resources = list(resources)
        self.variant = variant
        self.now = now
        self.resources = [resource for resource in resources if resource.does_it]
        needed = [resource for resource in resources if resource.is_equipment]
        self.equipment = [resource for resource in needed if resource.is_fit]
        self.zone = get_default_timezone()
        self.today = now.astimezone(self.zone).date()
        self.at_any_time = at_any_time
        horizon_days = FAR_AHEAD if at_any_time else rules.horizon_days
        self.last_day = self.today + horizon_days * ONE_DAY
        self.rules = Rules(
            duration=length or variant.length_with(add_ons),
            step=ANY_STEP if at_any_time else rules.step,
            lead_time=timedelta(0) if at_any_time else rules.lead_time,
            horizon_days=horizon_days,
            buffer_before=rules.buffer_before,
            buffer_after=rules.buffer_after,
            begins_at=variant.begins_at if variant.offering.kind == Kind.SEAT else None,
            nights=(nights or rules.nights_at_least) if variant.offering.kind == Kind.STAY else 0,
            check_in_at=rules.check_in_at,
            check_out_at=rules.check_out_at,
        )
        is_usual = not self.rules.nights or rules.nights_at_least <= self.rules.nights <= rules.nights_at_most
        self.is_offered = (is_usual or at_any_time) and bool(self.equipment or not needed)
        self.moving = moving
        self.known_diaries = {}

    def free_times(self, first: date, last: date) -> dict[date, list[FreeTime]]:
        """The free times of every day of the range; a day that has none has an empty list."""
        return availability.free_times(**self.known_of(first, last), first=first, last=last)

    def open_days(self, first: date, last: date) -> set[date]:
        """The days on which somebody could come, if nobody else did."""
        return availability.open_days(**self.known_of(first, last), first=first, last=last)

    def free_at(self, starts_at: datetime) -> FreeTime | None:
        """This one start, if it is among the free times."""
        if self.within_reach(starts_at) != starts_at:
            return None
        day = starts_at.astimezone(self.zone).date()
        return availability.free_at(**self.known_of(day, day), starts_at=starts_at)

    def known_of(self, first: date, last: date) -> dict:
        """What `availability` is to know of these days, whatever it is asked."""
        return {
            "diaries": self.diaries(first, last),
            "equipment": self.diaries(first, last, of=self.equipment),
            "rules": self.rules,
            "zone": self.zone,
            "now": self.now,
        }

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

    def same_day_as(self, start: datetime) -> list[FreeTime]:
        """The free times nearest to `start` that are on its day of the shop's calendar."""
        day = start.astimezone(self.zone).date()
        return [free for free in self.nearest_free(start) if free.starts_at.astimezone(self.zone).date() == day]

    def within_reach(self, start: datetime) -> datetime:
        """The start itself, or the end of the calendar that it lies beyond. The year 9999 cannot even be local time."""
        return min(max(start, self.now), self.now + (self.last_day - self.today) + 2 * ONE_DAY)

    def diaries(self, first: date, last: date, *, of: list[Resource] | None = None) -> list[Diary]:
        """Hours, closures and what is taken, of everybody who can do it, for the days that can be booked at all."""
        resources = self.resources if of is None else of
        first, last = max(first, self.today), min(last, self.last_day)
        if first > last or not resources or not self.is_offered:
            return []
        known = next((range for range in self.known_diaries if range[0] <= first and last <= range[1]), None)
        if known is None:
            known = first, last
            self.known_diaries[known] = self.read_diaries(first, last)
        return [self.known_diaries[known][resource] for resource in resources]

    def read_diaries(self, first: date, last: date) -> dict[Resource, Diary]:
        """In one statement: what is taken, seat by seat, and what is closed, as seat 0 of one or of all resources."""
        begins = self.midnight(first) - self.rules.buffer_before
        ends = max(self.midnight(last + ONE_DAY) + self.rules.reach, self.last_date(last)) + self.rules.buffer_after

        everybody = {resource.pk: resource for resource in [*self.resources, *self.equipment]}
        visits = Booking.objects.blocking(self.now).overlapping(begins, ends).filter(resource__in=everybody)
        if self.moving:
            visits = visits.exclude(Q(pk=self.moving.main_id) | Q(part_of=self.moving.main_id))
        closed = closures(begins, ends).annotate(seat=Value(0, output_field=PositiveSmallIntegerField()))
        taken = {pk: {seat: [] for seat in range(resource.capacity + 1)} for pk, resource in everybody.items()}
        for pk, seat, *span in visits.values_list("resource", "seat", "blocked_from", "blocked_until").union(
            closed.order_by().values_list("resource", "seat", "starts_at", "ends_at"), all=True
        ):
            for concerned in everybody if pk is None else everybody.keys() & {pk}:
                if seat in taken[concerned]:  # a resource may have had more seats once
                    taken[concerned][seat].append(tuple(span))

        return {
            resource: Diary(
                resource,
                self.hours[resource],
                closed=taken[pk].pop(0),
                taken=taken[pk],
                dates=self.dates[resource] if self.dates is not None else None,
            )
            for pk, resource in everybody.items()
        }

    def last_date(self, last: date) -> datetime:
        """When the last date is over of all courses that begin until this day."""
        courses = [dates for each in (self.dates or {}).values() for dates in each]
        return max((dates[-1][1] for dates in courses if dates[0][0] < self.midnight(last + ONE_DAY)), default=self.now)

    @cached_property
    def dates(self) -> dict[Resource, list[tuple[availability.Span, ...]]] | None:
        """What is published of a class: each date, or for a whole course all of its dates. None for other kinds."""
        if self.variant.offering.kind != Kind.CLASS:
            return None
        rows = ClassDate.objects.filter(offering=self.variant.offering).order_by("starts_at", "pk")
        rows = rows.filter(course__isnull=False) if self.variant.whole_course else rows.filter(starts_at__gt=self.now)
        published = defaultdict(list)
        for pk, resource, course, *span in rows.values_list("pk", "resource", "course", "starts_at", "ends_at"):
            published[resource, course if self.variant.whole_course else pk].append(tuple(span))
        return {
            resource: [tuple(spans) for (where, _date), spans in published.items() if where == resource.pk]
            for resource in [*self.resources, *self.equipment]
        }

    def midnight(self, day: date) -> datetime:
        """In UTC, where adding an hour adds an hour."""
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)

    @cached_property
    def hours(self) -> dict[Resource, Sequence[Opening]]:
        """Everybody's opening hours, for as far as can be booked. A class has dates and asks nobody for hours."""
        everybody = [*self.resources, *self.equipment]
        if self.dates is not None:
            return dict.fromkeys(everybody, ())
        if self.at_any_time:
            return dict.fromkeys(everybody, AROUND_THE_CLOCK)
        hours = read_hours(everybody, self.today, self.last_day + self.rules.reach + 2 * ONE_DAY)
        return {resource: hours[resource.pk] for resource in everybody}
