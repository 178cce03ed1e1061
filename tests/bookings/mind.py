"""The calendar as a shopkeeper has it in mind: a list of who holds what. Slow, short, and without a database.

Whatever the operations answer, this has an answer too, found by looking at every seat in turn; `test_machine.py` compares.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from django.utils.timezone import localtime, make_aware

from bookings.models import BookingStatus
from catalog.models import Kind, Variant

ONE_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]
Hours = tuple[time, time]


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True)
class Place:
    """One seat of one resource, for a time; `blocked` is that time with its buffers. The pet is named where it stands."""

    resource: int
    seat: int
    span: Span
    blocked: Span
    pet: int | None = None


@dataclass(frozen=True)
class Need:
    """One of these resources, at this time."""

    resources: tuple[int, ...]
    span: Span
    blocked: Span

    def only(self, resource: int) -> "Need":
        return replace(self, resources=tuple({resource} & set(self.resources)))


@dataclass
class Visit:
    """What a customer has, and all of its places."""

    variant: Variant
    places: frozenset[Place]
    status: str = BookingStatus.HELD
    is_lapsed: bool = False
    is_paid: bool = False
    pet: int | None = None
    nights: int = 0

    @property
    def keeps_its_places(self) -> bool:
        held = self.status == BookingStatus.HELD and not self.is_lapsed
        return held or self.status in (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)

    @property
    def has_lapsed(self) -> bool:
        return self.status == BookingStatus.HELD and self.is_lapsed

    @property
    def first(self) -> Place:
        return min(self.places, key=lambda place: (place.span, place.pet is None))

    def become(self, status: BookingStatus) -> None:
        self.status, self.is_lapsed = status, False


@dataclass
class Mind:
    """Everything that decides whether a time is free. A resource is its number, and the whole shop is None."""

    capacity: dict[int, int]
    able: dict[int, tuple[int, ...]]  # by the number of an offering
    equipment: dict[int, tuple[int, ...]]
    dates: dict[int, list[list[Span]]]  # the courses of an offering, each with its dates
    hours: dict[int | None, Hours | None]
    is_away: set[int] = field(default_factory=set)  # takes no bookings at all
    closures: dict[int, tuple[int | None, Span]] = field(default_factory=dict)
    visits: dict[int, Visit] = field(default_factory=dict)

    # Who is where

    def is_closed(self, resource: int, span: Span) -> bool:
        return any(who in (None, resource) and overlap(when, span) for who, when in self.closures.values())

    def holders(self, resource: int, span: Span) -> Iterator[tuple[Visit, Place]]:
        for visit in self.visits.values():
            for place in visit.places:
                if place.resource == resource and overlap(place.blocked, span):
                    yield visit, place

    def free_seats(self, resource: int, span: Span, *, moving: Visit | None = None) -> list[int]:
        if resource in self.is_away or self.is_closed(resource, span):
            return []
        taken = {
            place.seat
            for visit, place in self.holders(resource, span)
            if visit.keeps_its_places and visit is not moving
        }
        return [seat for seat in range(1, self.capacity[resource] + 1) if seat not in taken]

    def is_elsewhere(self, pet: int | None, spans: Iterable[Span], *, moving: Visit | None = None) -> bool:
        return any(
            place.pet == pet and overlap(place.span, span)
            for span in spans
            for visit in self.visits.values()
            if pet and visit.keeps_its_places and visit is not moving
            for place in visit.places
        )

    # What is offered

    def needs(
        self, variant: Variant, starts_at: datetime, *, nights: int = 0, at_any_time: bool = False
    ) -> list[Need] | None:
        """All that a visit which begins then takes; None if no visit can."""
        offering, rules = variant.offering, variant.offering.rules
        spans = self.spans(variant, starts_at, nights)
        if not spans:
            return None
        able = self.able[offering.pk]
        if offering.kind != Kind.CLASS:
            able = tuple(who for who in able if at_any_time or self.is_there(who, variant, spans[0], nights))
        if offering.kind == Kind.STAY and not at_any_time:
            able = able if rules.nights_at_least <= nights <= rules.nights_at_most else ()

        def need(resources: Sequence[int], span: Span) -> Need:
            return Need(tuple(resources), span, (span[0] - rules.buffer_before, span[1] + rules.buffer_after))

        besides = [need(self.equipment[offering.pk], spans[0])] if offering.pk in self.equipment else []
        return [*(need(able, span) for span in spans), *besides]

    def spans(self, variant: Variant, starts_at: datetime, nights: int) -> list[Span]:
        """The time of the visit, or all times of a course."""
        wall, rules = localtime(starts_at), variant.offering.rules
        if variant.offering.kind == Kind.CLASS:
            courses = self.dates[variant.offering.pk]
            published = courses if variant.whole_course else [[date] for dates in courses for date in dates]
            return next((dates for dates in published if dates[0][0] == starts_at), [])
        if variant.offering.kind == Kind.STAY:
            if wall.time() != rules.check_in_at:
                return []
            leaves_on = wall.date() + nights * ONE_DAY
            return [(starts_at, make_aware(datetime.combine(leaves_on, rules.check_out_at)))]
        if variant.begins_at and wall.time() != variant.begins_at:
            return []
        return [(starts_at, starts_at + variant.duration)]

    def is_there(self, resource: int, variant: Variant, span: Span, nights: int) -> bool:
        """Whether the time lies in their hours, and on the grid that is counted from their opening."""
        hours = self.hours.get(resource) or self.hours[None]
        if hours is None:
            return False
        starts_at, ends_at = (localtime(moment).replace(tzinfo=None) for moment in span)
        opens, closes = (datetime.combine(starts_at, wall) for wall in hours)
        if variant.offering.kind == Kind.STAY:
            return hours[0] <= starts_at.time() <= hours[1] and hours[0] <= ends_at.time() <= hours[1]
        is_on_grid = bool(variant.begins_at) or not (starts_at - opens) % variant.offering.rules.step
        return opens <= starts_at and ends_at <= closes and is_on_grid

    def same_again(self, visit: Visit) -> list[Need]:
        """The places that a visit had, or others of the same resources."""
        return [Need((place.resource,), place.span, place.blocked) for place in visit.places]

    def room(self, needs: list[Need] | None, *, moving: Visit | None = None) -> int:
        """How many such visits there is room for."""
        if not needs:
            return 0
        return min(
            sum(len(self.free_seats(who, need.blocked, moving=moving)) for who in need.resources) for need in needs
        )

    def fits(self, needs: list[Need], places: Iterable[Place], *, moving: Visit | None = None) -> bool:
        """Whether these places are what is needed, each of them free, and no two of them one."""
        places = sorted(places, key=lambda place: place.span)
        return len(places) == len(needs) and all(
            sum(
                (place.span, place.blocked) == (need.span, need.blocked)
                and place.resource in need.resources
                and place.seat in self.free_seats(place.resource, place.blocked, moving=moving)
                for place in places
            )
            == 1
            for need in needs
        )

    # What happens

    def give_way(self, places: Iterable[Place]) -> None:
        """Holds that ran out are gone as soon as somebody wants one of their places, or their pet is somewhere else."""
        for place in places:
            for visit in self.visits.values():
                if visit.has_lapsed and any(
                    overlap(old.blocked, place.blocked)
                    and (old.resource, old.seat) == (place.resource, place.seat)
                    or (place.pet and old.pet == place.pet and overlap(old.span, place.span))
                    for old in visit.places
                ):
                    visit.become(BookingStatus.CANCELLED)

    def in_the_way(self, resource: int | None, span: Span) -> set[int]:
        return {
            number
            for number, visit in self.visits.items()
            if visit.keeps_its_places
            and any(resource in (None, place.resource) and overlap(place.span, span) for place in visit.places)
        }

    def close(self, number: int, resource: int | None, span: Span) -> None:
        self.closures[number] = resource, span
        self.drop_lapsed(resource, span)

    def most_at_once(self, resource: int) -> int:
        """How many places of it are needed at the fullest moment."""
        kept = [
            place.blocked
            for visit in self.visits.values()
            for place in visit.places
            if visit.keeps_its_places and place.resource == resource
        ]
        return max((sum(begins <= moment < ends for begins, ends in kept) for moment, _ends in kept), default=0)

    def change_places(self, resource: int, capacity: int, *, is_active: bool) -> None:
        """Unless it is as it was, holds that ran out have no place here any more."""
        if (capacity, is_active) == (self.capacity[resource], resource not in self.is_away):
            return
        self.capacity[resource] = capacity
        self.is_away = self.is_away - {resource} if is_active else self.is_away | {resource}
        for visit in self.visits.values():
            if visit.has_lapsed and any(place.resource == resource for place in visit.places):
                visit.become(BookingStatus.CANCELLED)
        for who, span in self.closures.values():
            if who in (None, resource):
                self.drop_lapsed(who, span)  # it is closed again, with what is new

    def drop_lapsed(self, resource: int | None, span: Span) -> None:
        for visit in self.visits.values():
            if visit.has_lapsed and any(
                resource in (None, place.resource) and overlap(place.blocked, span) for place in visit.places
            ):
                visit.become(BookingStatus.CANCELLED)
