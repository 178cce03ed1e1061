"""T01 to T05 and T07 once more, for eight shops, six days, three machines and all four shapes.

What is right is found in a way that is slow and cannot be wrong: a clock on the wall of the shop is looked at every five
minutes of a few days, and written down. A time that it showed once exists; one that it showed twice, or never, does not.
"""

import os
import re
import time as process
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from bookings.availability import Diary, Opening, Rules, free_at, free_times
from bookings.models import Season
from bookings.nights import nights
from bookings.operations import hold_booking
from tests import kinds

ONE_DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

# When the clocks of the shop go forward, and when they go back. Santiago's do so at midnight: its day begins at one
# o'clock, and it is the Saturday that has 25 hours. Lord Howe's move by half an hour. Kolkata's never do.
CHANGES = {
    "Europe/Madrid": (date(2027, 3, 28), date(2027, 10, 31)),
    "Europe/London": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    "America/Los_Angeles": (date(2027, 3, 14), date(2027, 11, 7)),
    "America/Santiago": (date(2027, 9, 5), date(2027, 4, 3)),
    "Australia/Lord_Howe": (date(2027, 10, 3), date(2027, 4, 4)),
    "Asia/Kolkata": (date(2027, 3, 28), date(2027, 10, 31)),
    "Pacific/Chatham": (date(2027, 9, 26), date(2027, 4, 4)),
}
MOVES_BY = {"Asia/Kolkata": 0 * MINUTE, "Australia/Lord_Howe": 30 * MINUTE}
OTHER_DAYS = {
    "leap-day": date(2028, 2, 29),
    "last-of-the-year": date(2027, 12, 31),
    "first-of-the-year": date(2028, 1, 1),
    "ordinary": date(2027, 6, 9),
}
DAYS = ["spring", "autumn", *OTHER_DAYS]
EVERY_DAY = [Opening(weekday, time(0), time(23, 59)) for weekday in range(7)]


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Kolkata"])
def machine(request):
    """The zone of the process itself, which must not matter."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    process.tzset()
    noon = datetime(2027, 6, 9, 12, tzinfo=UTC)
    assert noon.astimezone().utcoffset() == noon.astimezone(ZoneInfo(request.param)).utcoffset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    process.tzset()


@pytest.fixture(params=CHANGES)
def zone(request):
    return ZoneInfo(request.param)


@pytest.fixture(params=DAYS)
def day(request, zone):
    spring, autumn = CHANGES[zone.key]
    return {"spring": spring, "autumn": autumn, **OTHER_DAYS}[request.param]


@cache
def shown(zone, day):
    """What the clock on the wall shows from the day before until two days later, and at which moments."""
    moment = datetime.combine(day, time(0), tzinfo=UTC) - 2 * ONE_DAY
    seen = defaultdict(list)
    for _ in range(6 * 24 * 12):
        seen[moment.astimezone(zone).replace(tzinfo=None)].append(moment)
        moment += 5 * MINUTE
    return seen


def once(zone, day, wall):
    """The moment at which the clock shows this time, if it shows it once."""
    moments = shown(zone, day).get(wall, [])
    return moments[0] if len(moments) == 1 else None


def rules(**changes):
    return Rules(**{"duration": HOUR, "step": 30 * MINUTE, "lead_time": 0 * MINUTE, "horizon_days": 60} | changes)


def asked(zone, day, the_rules, **diary):
    """What is offered on this day: in a range of days, by itself, and when each time is asked for, it is the same."""
    diaries = [Diary("Room", **{"hours": EVERY_DAY} | diary)]
    when = {"zone": zone, "now": datetime.combine(day, time(12), tzinfo=UTC) - 10 * ONE_DAY}
    around = free_times(diaries, the_rules, first=day - ONE_DAY, last=day + ONE_DAY, **when)
    assert list(around) == [day - ONE_DAY, day, day + ONE_DAY]
    for each, times in around.items():
        assert [free.starts_at.astimezone(zone).date() for free in times] == [each] * len(times)
        assert sorted({free.starts_at for free in times}) == [free.starts_at for free in times]
    assert around[day] == free_times(diaries, the_rules, first=day, last=day, **when)[day]
    assert all(free_at(diaries, the_rules, starts_at=free.starts_at, **when) == free for free in around[day])
    return [(free.starts_at, free.ends_at) for free in around[day]]


@pytest.mark.parametrize("name", CHANGES)
def test_the_days_of_this_grid_are_those_on_which_the_clocks_change(name):
    zone, (spring, autumn) = ZoneInfo(name), CHANGES[name]

    lengths = [
        5 * MINUTE * sum(len(moments) for wall, moments in shown(zone, day).items() if wall.date() == day)
        for day in (spring, autumn, date(2027, 6, 9))
    ]

    moved = MOVES_BY.get(name, HOUR)
    assert lengths == [ONE_DAY - moved, ONE_DAY + moved, ONE_DAY]


def test_t07_an_appointment_begins_and_ends_at_times_that_exist_once(machine, zone, day):
    for opens, closes, minutes in product(["00:00", "09:00"], ["06:00", "18:00", "23:59"], [60, 90]):
        if opens < closes:
            hours = [Opening(weekday, time.fromisoformat(opens), time.fromisoformat(closes)) for weekday in range(7)]
            offered = asked(zone, day, rules(duration=minutes * MINUTE), hours=hours)
            right = list(appointments(zone, day, hours[0], minutes * MINUTE))
            assert offered == right, (opens, closes, minutes)


def appointments(zone, day, hours, duration):
    """All half hours of the day, and those of them that are right."""
    midnight = datetime.combine(day, time(0))
    is_open_all_night = hours.opens_at == time(0) and hours.closes_at == time(23, 59)
    ends_by = midnight + (2 if is_open_all_night else 1) * ONE_DAY
    if hours.closes_at < time(23, 59):
        ends_by = datetime.combine(day, hours.closes_at)
    for number in range(48):
        wall = midnight + number * 30 * MINUTE
        starts_at = once(zone, day, wall)
        if starts_at and wall.time() >= hours.opens_at:
            ends = (starts_at + duration).astimezone(zone).replace(tzinfo=None)
            if once(zone, day, ends) and ends <= ends_by:
                yield starts_at, starts_at + duration


def test_t03_a_seat_has_its_one_start_on_every_day_that_has_it(machine, zone, day):
    for begins_at, hours in [("08:00", 10), ("13:00", 5), ("00:00", 6), ("02:00", 6), ("02:30", 6), ("20:00", 6)]:
        starts_at = once(zone, day, datetime.combine(day, time.fromisoformat(begins_at)))
        ends_at = starts_at and starts_at + hours * HOUR
        is_there = ends_at and once(zone, day, ends_at.astimezone(zone).replace(tzinfo=None))

        offered = asked(zone, day, rules(duration=hours * HOUR, begins_at=time.fromisoformat(begins_at)))

        assert offered == ([(starts_at, ends_at)] if is_there else []), begins_at


def test_t05_a_night_is_a_night_of_the_calendar_and_costs_what_its_day_says(machine, zone, day):
    """Arriving on the day of the change and on the day before, so that the short or the long night is among them."""
    for arrival, count in product([day, day - ONE_DAY], [1, 2]):
        leaves = arrival + count * ONE_DAY
        of_days = {arrival + number * ONE_DAY: Decimal(30) * (number + 1) for number in range(count)}
        seasons = [
            Season(name="Dear", first_night=night, last_night=night, percent=100 * number)
            for number, night in enumerate(of_days)
        ]

        [(starts_at, ends_at)] = asked(zone, arrival, rules(duration=ONE_DAY, nights=count))

        assert starts_at == once(zone, day, datetime.combine(arrival, time(15)))
        assert ends_at == once(zone, day, datetime.combine(leaves, time(11)))
        arrives_on, leaves_on = (moment.astimezone(zone).date() for moment in (starts_at, ends_at))
        assert (leaves_on - arrives_on).days == count
        sold = nights(Decimal(30), seasons, arrival=arrives_on, count=count)
        assert {night.day: night.price for night in sold} == of_days


def test_t01_t02_nobody_checks_in_at_a_time_that_does_not_exist_once(machine, zone, day):
    for check_in in ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00"]:
        at_night = rules(duration=ONE_DAY, nights=1, check_in_at=time.fromisoformat(check_in))
        starts_at = once(zone, day, datetime.combine(day, at_night.check_in_at))
        ends_at = once(zone, day, datetime.combine(day + ONE_DAY, time(11)))

        assert asked(zone, day, at_night) == ([(starts_at, ends_at)] if starts_at else []), check_in


def test_t03_a_class_is_on_its_own_day_and_a_course_on_its_first(machine, zone, day):
    """At six in the evening of three days, published as moments; nobody asks for hours."""
    around = [day - ONE_DAY, day, day + ONE_DAY]
    begins = [once(zone, day, datetime.combine(each, time(18))) for each in around]
    spans = [(moment, moment + HOUR) for moment in begins]

    singles = asked(zone, day, rules(), hours=[], dates=[(span,) for span in spans])
    courses = asked(zone, day, rules(), hours=[], dates=[tuple(spans[1:]), tuple(spans[2:])])

    assert singles == courses == [spans[1]]


@pytest.mark.django_db
def test_t07_what_is_held_and_shown_is_the_shops_time_wherever_the_machine_is(machine, client):
    bath, kennel = kinds.bath_in_a_tub(), kinds.boarding()
    day = kinds.in_days(3)

    visit = hold_booking(bath, starts_at=kinds.on(day, "10:00"))
    stay = hold_booking(kennel, starts_at=kinds.on(day, "15:00"), nights=2)
    page = client.get(bath.offering.get_absolute_url(), {"day": day.isoformat()}).content.decode()

    madrid = ZoneInfo("Europe/Madrid")
    visit.refresh_from_db()
    assert visit.starts_at.astimezone(madrid) == datetime.combine(day, time(10), tzinfo=madrid)
    assert (stay.arrives_on, stay.leaves_on) == (day, day + 2 * ONE_DAY)
    shown_times = re.findall(r'aria-label="(\d\d:\d\d), ', page)
    assert shown_times[:3] == ["08:00", "08:30", "09:00"]
    assert "10:00" not in shown_times  # the one tub is taken
