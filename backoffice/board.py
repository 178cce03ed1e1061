"""The day as a picture: a column for each groomer or room, a row for each quarter of an hour
(or half, where a day is longer than fourteen hours). Only arithmetic.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice.day import Day, Gap, Visit
from bookings.models import Resource

ROWS = range(16, 57, 4)  # office.css has a place for each of these
ONE_DAY = timedelta(days=1)
DAY_LONG = 24 * 60  # minutes
USUAL_HOURS = (9 * 60, 18 * 60)
LANES_AT_MOST = 6


@dataclass
class Block:
    """Something in a column: from row `at`, `length` rows down, beside others that overlap it.

    In a room those who come to the same thing at the same time are one block, a `group`.
    """

    at: int
    length: int
    visit: Visit | None = None
    group: list[Visit] = field(default_factory=list)
    label: str = ""
    lane: int = 1

    @property
    def tone(self) -> str:
        """Of a group the tone of whoever needs the desk most."""
        tones = [visit.tone for visit in self.group]
        return next((tone for tone in ("grape", "ok", "warn", "bad") if tone in tones), "")


@dataclass(frozen=True)
class Column:
    resource: Resource
    blocks: list[Block]


@dataclass(frozen=True)
class Board:
    columns: list[Column]
    labels: list[str]  # beside every fourth row
    rows: int
    now: int | None  # how many rows the present moment is down, if it is on the board


def minute_of(moment: datetime, day: date) -> int:
    """How far the shop's clock on the wall is into the day. A board has no room for the hour that a clock skips."""
    local = localtime(moment)
    if local.date() != day:
        return 0 if local.date() < day else DAY_LONG
    return local.hour * 60 + local.minute


def draw(day: Day, now: datetime) -> Board:
    """Lay out a day between the first opening and the last closing, or wider where a visit needs it."""

    def span(thing):
        return minute_of(thing.starts_at, day.day), max(minute_of(thing.ends_at, day.day), 1)

    opening = [(minutes(opens), minutes(closes)) for hours in day.opening.values() for opens, closes in hours]
    spans = [*opening, *(span(visit) for visit in day.on_board)] or [USUAL_HOURS]
    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    step = 15 if whole(first, last, hour=60) <= ROWS[-1] * 15 else 30
    first = first // (4 * step) * (4 * step)
    rows = max(whole(first, last, hour=4 * step) // step, ROWS[0])
    first = min(first, DAY_LONG - rows * step)
    last = first + rows * step

    def block(start, end, **what):
        at = (max(start, first) - first) // step + 1
        until = -(-(min(end, last) - first) // step) + 1
        return Block(at, max(until - at, 1), **what)

    columns = []
    for resource in day.resources:
        visits, gaps = day.of(resource)
        blocks = [
            block(*span(same[0]), visit=same[0]) if len(same) == 1 else block(*span(same[0]), group=same)
            for same in together(visits, resource)
        ]
        put_in_lanes(blocks)
        away = [*off_hours(day.opening[resource.pk], first, last), *((*span(gap), reason_of(gap)) for gap in gaps)]
        blocks += [block(start, end, label=label) for start, end, label in away if start < last and end > first]
        columns.append(Column(resource, sorted(blocks, key=lambda block: (block.at, block.lane))))

    current = minute_of(now, day.day)
    return Board(
        columns=columns,
        labels=[f"{minute // 60:02d}:00" for minute in range(first, last, 4 * step)],
        rows=rows,
        now=max((current - first) // step, 1) if localtime(now).date() == day.day and first <= current < last else None,
    )


def together(visits: list[Visit], resource: Resource) -> list[list[Visit]]:
    """In a room with several places those of one service, from one time to another; elsewhere everybody alone."""
    groups: dict[tuple, list[Visit]] = {}
    for visit in visits:
        alone = visit.booking.pk if resource.capacity == 1 else 0
        groups.setdefault((visit.booking.variant.offering_id, visit.starts_at, visit.ends_at, alone), []).append(visit)
    return list(groups.values())


def whole(first: int, last: int, *, hour: int) -> int:
    """The minutes from one to the other, both moved outwards to a full hour (or two)."""
    return -(-last // hour) * hour - first // hour * hour


def minutes(moment: time) -> int:
    """How far into the day; who closes at 23:59 closes at midnight."""
    return DAY_LONG if (moment.hour, moment.minute) == (23, 59) else moment.hour * 60 + moment.minute


def reason_of(gap: Gap) -> str:
    return gap.reason or _("Closed")


def off_hours(hours: list[tuple[time, time]], first: int, last: int) -> list[tuple[int, int, str]]:
    """The parts of the board in which somebody does not work."""
    away, free_from = [], first
    for opens, closes in hours:
        if minutes(opens) > free_from:
            away.append((free_from, minutes(opens), _("Off until %(time)s") % {"time": f"{opens:%H:%M}"}))
        free_from = max(free_from, minutes(closes))
    if free_from < last:
        away.append((free_from, last, _("Off") if hours else _("Not in today")))
    return away


def put_in_lanes(blocks: list[Block]) -> None:
    """Give overlapping visits of one resource lanes side by side; the last lane takes whatever is too much."""
    ends: list[int] = []
    for block in sorted(blocks, key=lambda block: block.at):
        lane = next((lane for lane, end in enumerate(ends) if end <= block.at), len(ends))
        if lane == len(ends):
            ends.append(0)
        ends[lane] = block.at + block.length
        block.lane = min(lane + 1, LANES_AT_MOST)


def day_of(text: str, today: date) -> date:
    """The day that was asked for; anything that is no day of our time is today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if today - timedelta(days=36_500) < day < today + timedelta(days=36_500) else today
