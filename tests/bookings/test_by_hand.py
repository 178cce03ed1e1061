"""Cases that a shopkeeper can check with a pencil, in one table.

Unless a row says otherwise: it is Monday 1 March 2027 that is asked for, at noon of the day before it; the shop is open
from nine to twelve; a visit takes an hour, begins at every half hour, and one groomer is there for it.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.availability import Diary, Opening, Rules, free_times
from bookings.calendar import Calendar, able
from petshop.core import clock
from tests import kinds

MADRID = ZoneInfo("Europe/Madrid")
MONDAY, WEDNESDAY = date(2027, 3, 1), date(2027, 3, 3)
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)  # 23 and 25 hours
ALWAYS = date.min, date.max


def minutes(count):
    return timedelta(minutes=count)


def week(hours, *, valid=ALWAYS, of_shop=False):
    """The same hours on every day, for as long as they are valid."""
    return [
        Opening(weekday, *map(time.fromisoformat, stretch.split("-")), *valid, is_shops=of_shop)
        for stretch in hours.split()
        for weekday in range(7)
    ]


def special_day(hours, *, day=MONDAY):
    """A day of the shop's with hours of its own, or none."""
    return week(hours or "00:00-00:00", valid=(day, day), of_shop=True)


NINE_TO_TWELVE = week("09:00-12:00")
SHOPS = week("09:00-12:00", of_shop=True)
FIRST_WEEK_OF_MARCH = date(2027, 3, 1), date(2027, 3, 7)

TABLE = [
    # What is to be checked            hours              taken by others         what else                                       starts
    ("opening: not before it", "09:10-11:10", "", {}, "09:10 09:40 10:10"),
    ("opening: steps are counted from it", "09:15-11:00", "", {"step": 45}, "09:15 10:00"),
    ("closing: a visit may end with it", "09:00-10:00", "", {}, "09:00"),
    ("closing: and not a minute after it", "09:00-09:59", "", {}, ""),
    ("closing: at 23:59 means midnight", "22:00-23:59", "", {}, "22:00 22:30 23:00"),
    ("break: nobody works through it", "09:00-10:30 11:30-13:00", "", {}, "09:00 09:30 11:30 12:00"),
    ("break: without a gap it is none", "09:00-10:00 10:00-11:00", "", {"duration": 90}, "09:00 09:30"),
    ("neighbours touch", "09:00-12:00", "10:00-11:00", {}, "09:00 11:00"),
    ("neighbours: a minute too long", "09:00-12:00", "10:00-11:01", {}, "09:00"),
    ("buffer after: ends with the next visit", "09:00-12:00", "10:15-12:00", {"after": 15}, "09:00"),
    ("buffer after: a minute less", "09:00-12:00", "10:14-12:00", {"after": 15}, ""),
    ("buffer before: begins with the last one", "09:00-12:00", "09:00-09:45", {"before": 15}, "10:00 10:30 11:00"),
    ("buffer before: a minute less", "09:00-12:00", "09:00-09:46", {"before": 15}, "10:30 11:00"),
    ("buffers at both ends", "09:00-12:00", "09:00-09:45 11:15-12:00", {"before": 15, "after": 15}, "10:00"),
    ("buffers may lie outside the hours", "09:00-10:00", "", {"before": 30, "after": 30}, "09:00"),
    ("buffers of the others are theirs", "09:00-12:00", "09:45-11:15", {"before": 15}, ""),
    (
        "lead time: two hours to the minute",
        "09:00-12:00",
        "",
        {"lead": 120, "now": "07:00"},
        "09:00 09:30 10:00 10:30 11:00",
    ),
    ("lead time: a minute too late", "09:00-12:00", "", {"lead": 120, "now": "07:01"}, "09:30 10:00 10:30 11:00"),
    ("lead time: what has begun is gone", "09:00-12:00", "", {"now": "10:30"}, "10:30 11:00"),
    ("horizon: its last day counts", "09:00-10:00", "", {"horizon": 1}, "09:00"),
    ("horizon: the day after does not", "09:00-10:00", "", {"horizon": 1, "asked_on": date(2027, 2, 27)}, ""),
    ("extra: ten minutes still fit", "09:00-12:00", "10:10-12:00", {"duration": 70}, "09:00"),
    ("extra: ten minutes no longer fit", "09:00-12:00", "10:00-12:00", {"duration": 70}, ""),
    ("extra: nor before closing", "09:00-10:30", "", {"duration": 70}, "09:00"),
    ("capacity: the second of two places", "09:00-10:30", "1@09:00-10:30", {"seats": 2}, "09:00 09:30"),
    (
        "capacity: both are taken, at times",
        "09:00-12:00",
        "1@09:00-10:00 2@09:30-11:00",
        {"seats": 2},
        "10:00 10:30 11:00",
    ),
    ("capacity: full", "09:00-10:00", "1@09:00-10:00 2@09:00-10:00", {"seats": 2}, ""),
    ("spring: two o'clock does not exist", "00:00-05:00", "", {"day": SPRING, "step": 60}, "00:00 01:00 03:00 04:00"),
    (
        "spring: an hour from half past one",
        "00:00-05:00",
        "",
        {"day": SPRING},
        "00:00 00:30 01:00 01:30 03:00 03:30 04:00",
    ),
    ("autumn: two o'clock is there twice", "00:00-05:00", "", {"day": AUTUMN, "step": 60}, "00:00 03:00 04:00"),
    (
        "autumn: three hours through the night",
        "00:00-06:00",
        "",
        {"day": AUTUMN, "step": 60, "duration": 180},
        "01:00 03:00",
    ),
    ("23 hours: the afternoon is as ever", "13:00-15:00", "", {"day": SPRING}, "13:00 13:30 14:00"),
    ("25 hours: the afternoon is as ever", "13:00-15:00", "", {"day": AUTUMN}, "13:00 13:30 14:00"),
    ("seat: it begins with the opening", "08:00-18:00", "", {"begins": "08:00", "duration": 600}, "08:00"),
    ("seat: it would begin before it", "08:01-18:00", "", {"begins": "08:00", "duration": 60}, ""),
    ("seat: it would end after closing", "08:00-17:59", "", {"begins": "08:00", "duration": 600}, ""),
    ("stay: somebody takes the dog in", "09:00-15:00", "", {"nights": 1}, "15:00"),
    ("stay: nobody is there at check-in", "09:00-14:59", "", {"nights": 1}, ""),
    ("stay: somebody gives the dog out", "11:00-18:00", "", {"nights": 1}, "15:00"),
    ("stay: nobody is there at check-out", "11:01-18:00", "", {"nights": 1}, ""),
    ("stay: the guest before leaves that day", "09:00-18:00", "08:00-11:00", {"nights": 1}, "15:00"),
    ("stay: the night that the clocks change", "09:00-18:00", "", {"nights": 1, "day": SPRING - timedelta(1)}, "15:00"),
    ("special day: other hours", [*SHOPS, *special_day("10:00-11:00")], "", {}, "10:00"),
    ("special day: closed", [*SHOPS, *special_day("")], "", {}, ""),
    ("special day: another one", [*SHOPS, *special_day("", day=WEDNESDAY)], "", {}, "09:00 09:30 10:00 10:30 11:00"),
    (
        "special day: own hours only inside it",
        [*NINE_TO_TWELVE, *special_day("10:00-18:00")],
        "",
        {},
        "10:00 10:30 11:00",
    ),
    (
        "validity: the later week counts",
        [*SHOPS, *week("10:00-11:00", valid=FIRST_WEEK_OF_MARCH, of_shop=True)],
        "",
        {},
        "10:00",
    ),
    (
        "validity: after it the usual week",
        [*SHOPS, *week("10:00-11:00", valid=FIRST_WEEK_OF_MARCH, of_shop=True)],
        "",
        {"day": date(2027, 3, 8)},
        "09:00 09:30 10:00 10:30 11:00",
    ),
    ("validity: over for ever", week("09:00-10:00", valid=(date.min, date(2027, 2, 28))), "", {}, ""),
    ("validity: its last day counts", week("09:00-10:00", valid=(date.min, MONDAY)), "", {}, "09:00"),
    ("validity: not before its first day", week("09:00-10:00", valid=(date(2027, 3, 2), date.max)), "", {}, ""),
]


@pytest.mark.parametrize(
    ("hours", "taken", "what_else", "starts"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_table(hours, taken, what_else, starts):
    assert offered(week(hours) if isinstance(hours, str) else hours, taken, **what_else) == starts


def offered(
    hours,
    taken,
    *,
    day=MONDAY,
    seats=1,
    now=None,
    asked_on=None,
    duration=60,
    step=30,
    before=0,
    after=0,
    lead=0,
    horizon=60,
    begins=None,
    nights=0,
):
    """The starts that are offered, as the clock on the wall shows them; lengths in minutes."""

    def at(wall):
        return datetime.combine(day, time.fromisoformat(wall), tzinfo=MADRID).astimezone(UTC)

    spans = {seat: [] for seat in range(1, seats + 1)}
    for text in taken.split():
        seat, _, span = text.rpartition("@")
        spans[int(seat or 1)].append(tuple(map(at, span.split("-"))))
    rules = Rules(
        duration=minutes(duration),
        step=minutes(step),
        lead_time=minutes(lead),
        horizon_days=horizon,
        buffer_before=minutes(before),
        buffer_after=minutes(after),
        begins_at=begins and time.fromisoformat(begins),
        nights=nights,
    )
    asked_at = at(now) if now else datetime.combine(asked_on or day - timedelta(days=1), time(12), tzinfo=MADRID)
    times = free_times([Diary("Maya", hours, spans)], rules, first=day, last=day, zone=MADRID, now=asked_at)[day]
    return " ".join(f"{free.starts_at.astimezone(MADRID):%H:%M}" for free in times)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("nights", "is_offered"),
    [(1, False), (2, True), (3, True), (4, False)],
    ids=["too few", "least", "most", "too many"],
)
def test_a_stay_has_as_many_nights_as_the_service_says(nights, is_offered):
    kennel = kinds.boarding(nights_at_least=2, nights_at_most=3)
    calendar = Calendar(kennel, now=clock.now(), resources=able(kennel.offering), nights=nights)

    assert bool(calendar.free_at(kinds.on(kinds.in_days(3), "15:00"))) is is_offered
