"""Which times are free. Pure: what is open, what is taken, the rules and the moment all come in as parameters.

Opening hours are wall time, everything else is an instant in UTC, and every pair of times is half-open: what ends at
10:00 does not touch what starts at 10:00. The engine deals in places: one seat of one resource. A groomer is a resource
with one seat, a class of five is one with five.

Four shapes of visit differ only in when they may begin and end, which `visits` and `Diary.dates` say: an appointment at
every step of the opening hours, a seat at its one time of the day, a stay from a check-in to a check-out so many nights
later, and a class at its published dates. Whatever is asked of free times is answered for all of them alike.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise, product
from operator import itemgetter
from typing import Any

Span = tuple[datetime, datetime]

ONE_DAY = timedelta(days=1)
LAST_MINUTE = time(23, 59)
FEW = 3  # places


@dataclass(frozen=True)
class Opening:
    """A stretch of a weekday (Monday is 0) on the shop's own clock. Closing at 23:59 means midnight.

    Valid from one date to another, both included. What is valid on the same dates is a week; a special day is a week of
    one day, and without hours its one stretch is empty. `is_shops` tells the shop's from those of a resource itself.
    """

    weekday: int
    opens_at: time
    closes_at: time
    valid_from: date = date.min
    valid_until: date = date.max
    is_shops: bool = False


@dataclass(frozen=True)
class Rules:
    """How long a visit takes, what is kept free around it, and how early and how late it can be booked.

    `begins_at` makes it a seat, which has one start a day in place of one at every step. `nights` makes it a stay: from
    `check_in_at` to `check_out_at` so many calendar nights later, whatever `duration` and `step` are.
    """

    duration: timedelta
    step: timedelta
    lead_time: timedelta
    horizon_days: int
    buffer_before: timedelta = timedelta(0)
    buffer_after: timedelta = timedelta(0)
    begins_at: time | None = None
    nights: int = 0
    check_in_at: time = time(15)
    check_out_at: time = time(11)

    @property
    def reach(self) -> timedelta:
        """No visit ends later than this after the day on which it begins."""
        return (self.nights + 1) * ONE_DAY if self.nights else self.duration


@dataclass(frozen=True)
class Diary:
    """What one resource has to give: its hours, when it is closed besides, and when each of its seats is taken.

    `dates` makes it the diary of a class: what is published, each a visit of one date or of all the dates of a course.
    The hours are not asked then, because whoever published a date knew when it was.
    """

    resource: Any
    hours: Sequence[Opening]
    taken: Mapping[int, Sequence[Span]] = field(default_factory=lambda: {1: ()})  # every seat is a key
    closed: Sequence[Span] = ()
    dates: Sequence[tuple[Span, ...]] | None = None

    def without_visits(self) -> "Diary":
        return replace(self, taken=dict.fromkeys(self.taken, ()))


@dataclass(frozen=True)
class Place:
    """One seat of one resource."""

    resource: Any
    seat: int


@dataclass(frozen=True)
class Also:
    """What a visit takes besides, and the places that are free for it: the tub of a bath, the next date of a course."""

    starts_at: datetime
    ends_at: datetime
    places: tuple[Place, ...]


@dataclass(frozen=True)
class FreeTime:
    """A visit that can be booked, the places that are free for it of all that there are, and what it takes besides."""

    starts_at: datetime
    ends_at: datetime
    places: tuple[Place, ...]
    also: tuple[Also, ...] = ()
    of: int = 1

    @property
    def room(self) -> int:
        """How many can still come: a course has room for as many as the fullest of its dates."""
        return min(len(self.places), *(len(also.places) for also in self.also)) if self.also else len(self.places)

    @property
    def is_nearly_full(self) -> bool:
        """Whether others are coming and few more can."""
        return self.room <= FEW and self.room < self.of


def free_times(
    diaries: Sequence[Diary],
    rules: Rules,
    *,
    first: date,
    last: date,
    zone: tzinfo,
    now: datetime,
    equipment: Sequence[Diary] = (),
) -> dict[date, list[FreeTime]]:
    """The free times of every day from `first` to `last`, both included; a day that has none has an empty list.

    Each needs a place of one of `diaries` and, if there is any `equipment`, of one of that at the same time.
    """
    seats, needed = [taken_seats(diary) for diary in diaries], [taken_seats(diary) for diary in equipment]
    of = sum(len(resource.places) for resource in seats)
    free = {day: [] for day in days(first, last)}
    for day in within_reach(rules, first, last, zone, now):
        places = defaultdict(list)
        for visit, places_of_one, also in bookable(seats, needed, rules, day, zone, now):
            places[visit, also] += places_of_one
        free[day] = [
            FreeTime(*visit, tuple(there), also, of)
            for (visit, also), there in sorted(places.items(), key=lambda each: each[0][0])
        ]
    return free


def free_at(
    diaries: Sequence[Diary],
    rules: Rules,
    *,
    starts_at: datetime,
    zone: tzinfo,
    now: datetime,
    equipment: Sequence[Diary] = (),
) -> FreeTime | None:
    """This one start, if it is among the free times: off the grid, out of hours or taken, it is None."""
    day = starts_at.astimezone(zone).date()
    times = free_times(diaries, rules, first=day, last=day, zone=zone, now=now, equipment=equipment)[day]
    return next((time for time in times if time.starts_at == starts_at), None)


def open_days(
    diaries: Sequence[Diary],
    rules: Rules,
    *,
    first: date,
    last: date,
    zone: tzinfo,
    now: datetime,
    equipment: Sequence[Diary] = (),
) -> set[date]:
    """The days that would have a free time if nobody had booked one. Without it a full day looks like a closed one."""
    seats, needed = ([taken_seats(diary.without_visits()) for diary in group] for group in (diaries, equipment))
    reach = within_reach(rules, first, last, zone, now)
    return {day for day in reach if any(bookable(seats, needed, rules, day, zone, now))}


@dataclass(frozen=True)
class Seats:
    """What one resource offers, and each of its places with when it is taken or closed."""

    hours: tuple[Opening, ...]
    dates: Sequence[tuple[Span, ...]] | None
    places: list[tuple[Place, list[Span]]]

    def free(self, span: Span) -> list[Place]:
        return [place for place, taken in self.places if is_free(taken, span)]


def taken_seats(diary: Diary) -> Seats:
    """Worked out once and not for each of a month's 1,000 visits, which made a month three times as dear."""
    places = [(Place(diary.resource, seat), merged([*spans, *diary.closed])) for seat, spans in diary.taken.items()]
    return Seats(tuple(diary.hours), diary.dates, places)


def within_reach(rules: Rules, first: date, last: date, zone: tzinfo, now: datetime) -> list[date]:
    """The days from `first` to `last` that can be booked at all."""
    today = now.astimezone(zone).date()
    return days(max(first, today), min(last, today + rules.horizon_days * ONE_DAY))


def bookable(
    seats: Iterable[Seats], needed: Sequence[Seats], rules: Rules, day: date, zone: tzinfo, now: datetime
) -> Iterator[tuple[Span, list[Place], tuple[Also, ...]]]:
    """The visits that can be booked on this day, each with the places of one resource that are free for it."""
    for resource in seats:
        for visit, *others in offered(resource, rules, day, zone):
            if visit[0] - now < rules.lead_time:
                continue
            blocked = with_buffers(visit, rules)
            if not (free := resource.free(blocked)):
                continue
            also = [Also(*other, tuple(resource.free(with_buffers(other, rules)))) for other in others]
            if needed:
                also.append(Also(*visit, tuple(place for other in needed for place in other.free(blocked))))
            if all(other.places for other in also):
                yield visit, free, tuple(also)


def with_buffers(visit: Span, rules: Rules) -> Span:
    return visit[0] - rules.buffer_before, visit[1] + rules.buffer_after


def offered(resource: Seats, rules: Rules, day: date, zone: tzinfo) -> Iterable[tuple[Span, ...]]:
    """What may begin on this day, each with the further dates that belong to it."""
    if resource.dates is None:
        return ((visit,) for visit in visits(resource.hours, rules, day, zone))
    return (dates for dates in resource.dates if dates[0][0].astimezone(zone).date() == day)


@lru_cache(maxsize=1024)  # groomers share their hours, and a page asks for the same days again
def visits(hours: tuple[Opening, ...], rules: Rules, day: date, zone: tzinfo) -> tuple[Span, ...]:
    """Every visit that these hours allow to start on this day, whether or not somebody is free for it.

    Starts are counted in wall time from the opening, so that a day on which the clocks change offers the times of any
    other day; how long a visit takes is real time, so that it ends an hour later or earlier on the wall.
    """
    if rules.nights:
        return tuple(stays(hours, rules, day, zone))
    return tuple(
        (starts_at, ends_at)
        for opens, closes in stretches(hours, day, rules.duration)
        for wall in starts(opens, closes, rules)
        if wall.date() == day
        and (starts_at := instant(wall, zone))
        and (ends_at := starts_at + rules.duration) > starts_at
        and (wall_end := ends_at.astimezone(zone).replace(tzinfo=None)) <= closes
        and instant(wall_end, zone)
    )


def starts(opens: datetime, closes: datetime, rules: Rules) -> list[datetime]:
    """When a visit may begin in one stretch: at every step of it, or at the one time of the day."""
    if rules.begins_at is None:
        return steps(opens, closes, rules.step)
    return [wall for wall in [datetime.combine(opens, rules.begins_at)] if opens <= wall]


def stays(hours: tuple[Opening, ...], rules: Rules, day: date, zone: tzinfo) -> Iterator[Span]:
    """The stay that begins on this day, if somebody is there at its check-in and at its check-out.

    Nights are calendar nights: the one in which the clocks change is one night of 23 or 25 hours. Between its two days
    the shop may keep any hours; who is away in the night, or closed, says so by a closure.
    """
    check_in = datetime.combine(day, rules.check_in_at)
    check_out = datetime.combine(day + rules.nights * ONE_DAY, rules.check_out_at)
    if is_open(hours, check_in) and is_open(hours, check_out):
        starts_at, ends_at = instant(check_in, zone), instant(check_out, zone)
        if starts_at and ends_at:
            yield starts_at, ends_at


def is_open(hours: tuple[Opening, ...], wall: datetime) -> bool:
    """Whether somebody is there at this time of the shop's clock, the moment of closing included."""
    return any(opens <= wall <= closes for opens, closes in stretches(hours, wall.date(), timedelta(0)))


def stretches(hours: Iterable[Opening], day: date, reach: timedelta) -> list[Span]:
    """The open stretches that begin on `day`, in wall time, those that touch made one.

    What runs on past midnight is followed for as long as `reach`, and begins anew on the next day: were its starts
    counted from the day before, a shop that never closes would have no day to count them from.
    """
    walls = []
    for follower in days(day, day + reach + ONE_DAY):
        for opens_at, closes_at in open_on(hours, follower):
            closes = datetime.combine(follower, closes_at)
            if closes_at >= LAST_MINUTE:
                closes = datetime.combine(follower + ONE_DAY, time.min)
            walls.append((datetime.combine(follower, opens_at), closes))
    return [stretch for stretch in merged(walls) if stretch[0].date() == day]


def open_on(hours: Iterable[Opening], day: date) -> list[tuple[time, time]]:
    """The stretches of one date, of all the weeks that these hours are made of.

    Whoever has a week of their own on that date keeps it, and the shop's otherwise. On a special day of the shop a week
    of one's own counts only inside the shop's hours: who has the day off keeps it, and nobody works in a closed shop.
    A special day of one's own stands alone.
    """
    valid = [opening for opening in hours if opening.valid_from <= day <= opening.valid_until]
    own, shops = (week([opening for opening in valid if opening.is_shops is whose]) for whose in (False, True))
    own_open, shops_open = (
        [(opening.opens_at, opening.closes_at) for opening in those if opening.weekday == day.weekday()]
        for those in (own, shops)
    )
    if own and is_one_day(shops) and not is_one_day(own):
        pairs = product(own_open, shops_open)
        found = [(max(mine[0], theirs[0]), min(mine[1], theirs[1])) for mine, theirs in pairs]
    else:
        found = own_open if own else shops_open
    return sorted((opens, closes) for opens, closes in found if opens < closes)


def week(valid: Sequence[Opening]) -> list[Opening]:
    """Of these weeks the one that began last, and of those that began together the one that ends first."""
    spans = [(opening.valid_from, opening.valid_until) for opening in valid]
    counts = max(spans, key=lambda span: (span[0], -span[1].toordinal()), default=None)
    return [opening for opening, span in zip(valid, spans, strict=True) if span == counts]


def is_one_day(week: Sequence[Opening]) -> bool:
    return bool(week) and week[0].valid_from == week[0].valid_until


def instant(wall: datetime, zone: tzinfo) -> datetime | None:
    """The moment at which the shop's clock shows this time; None if it shows it twice or never on that day.

    Python never complains: it moves 02:30 of a spring night to 03:30, and takes the first of two in autumn (PostgreSQL
    takes the second). In the gap and in the doubled hour alike, the two folds of a time have different offsets.
    """
    early = wall.replace(tzinfo=zone, fold=0)
    if early.utcoffset() != early.replace(fold=1).utcoffset():
        return None
    return early.astimezone(UTC)


def is_free(taken: Sequence[Span], span: Span) -> bool:
    """Whether no part of `span` is taken. `taken` is merged, so only the last one that begins before its end matters."""
    begins, ends = span
    before = bisect_left(taken, ends, key=itemgetter(0))
    return before == 0 or taken[before - 1][1] <= begins


def gaps(taken: Iterable[Span], span: Span) -> list[Span]:
    """The parts of `span` that are not taken."""
    begins, ends = span
    inside = [(max(start, begins), min(end, ends)) for start, end in taken if start < ends and end > begins]
    edges = [(begins, begins), *merged(inside), (ends, ends)]
    return [(left[1], right[0]) for left, right in pairwise(edges) if left[1] < right[0]]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in order, with what overlaps or touches made one."""
    result = []
    for begins, ends in sorted(spans):
        if result and begins <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], ends))
        else:
            result.append((begins, ends))
    return result


def steps(begins: datetime, ends: datetime, step: timedelta) -> list[datetime]:
    return [begins + number * step for number in range(-((begins - ends) // step))]


def days(first: date, last: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
