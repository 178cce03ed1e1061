"""The rules of free times, each by an example that a shopkeeper can check with a pencil.

The shop is open from nine to twelve on Mondays, 1 March 2027 is a Monday, and a visit takes an hour, unless said otherwise.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.availability import Diary, Opening, Place, Rules, free_at, free_times, gaps, instant, open_days

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2027, 3, 1)
SUNDAY_BEFORE = datetime(2027, 2, 28, 12, 0, tzinfo=MADRID)


def minutes(count):
    return timedelta(minutes=count)


def rules(**changes):
    usual = {"duration": minutes(60), "step": minutes(30), "lead_time": minutes(0), "horizon_days": 60}
    return Rules(**usual | changes)


def at(wall, *, day=MONDAY, zone=MADRID):
    """The instant at which the shop's clock shows this time."""
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=zone).astimezone(UTC)


def span(text, *, day=MONDAY):
    begins, ends = text.split("-")
    return at(begins, day=day), at(ends, day=day)


def opening(text, *, day=MONDAY):
    opens, closes = text.split("-")
    return Opening(day.weekday(), time.fromisoformat(opens), time.fromisoformat(closes))


def offered(hours="9:00-12:00", taken="", *, day=MONDAY, now=SUNDAY_BEFORE, zone=MADRID, **changes):
    """The starts that are offered, as the clock on the wall shows them; hours and taken times with spaces between."""
    diary = Diary(
        "Maya",
        hours=[opening(padded(text), day=day) for text in hours.split()],
        taken={1: [span(padded(text), day=day) for text in taken.split()]},
    )
    times = free_times([diary], rules(**changes), first=day, last=day, zone=zone, now=now)[day]
    return " ".join(f"{time.starts_at.astimezone(zone):%H:%M}" for time in times)


def padded(text):
    return "-".join(part.rjust(5, "0") for part in text.split("-"))


def test_a_visit_begins_at_the_opening_and_ends_at_the_closing_at_the_latest():
    assert offered() == "09:00 09:30 10:00 10:30 11:00"


@pytest.mark.parametrize(
    ("hours", "duration", "starts"),
    [
        ("9:00-12:00", 180, "09:00"),  # exactly as long as the shop is open
        ("9:00-12:00", 181, ""),
        ("9:00-10:15", 60, "09:00"),  # 09:30 would end at 10:30
        ("9:10-12:00", 60, "09:10 09:40 10:10 10:40"),  # the steps are counted from the opening
        ("9:00-12:00 14:00-16:00", 60, "09:00 09:30 10:00 10:30 11:00 14:00 14:30 15:00"),  # closed for lunch
        ("9:00-12:00 14:20-16:00", 60, "09:00 09:30 10:00 10:30 11:00 14:20 14:50"),  # and counted anew after it
        ("9:00-10:00 10:00-11:00", 90, "09:00 09:30"),  # two stretches that touch are one
        ("9:00-10:30 10:00-11:00", 90, "09:00 09:30"),  # or overlap
        ("10:00-11:00 9:00-12:00", 60, "09:00 09:30 10:00 10:30 11:00"),  # or one within the other
        ("", 60, ""),
    ],
)
def test_the_visit_lies_inside_one_opening(hours, duration, starts):
    assert offered(hours, duration=minutes(duration)) == starts


@pytest.mark.parametrize(
    ("taken", "starts"),
    [
        ("10:00-11:00", "09:00 11:00"),  # neighbours may touch: one ends as the other begins
        ("10:00-11:01", "09:00"),
        ("9:59-11:00", "11:00"),
        ("8:00-9:30", "09:30 10:00 10:30 11:00"),
        ("9:30-9:45 10:15-10:30", "10:30 11:00"),
        ("9:00-12:00", ""),
        ("12:00-14:00", "09:00 09:30 10:00 10:30 11:00"),
    ],
)
def test_nobody_is_in_two_places(taken, starts):
    assert offered(taken=taken) == starts


@pytest.mark.parametrize(
    ("before", "after", "taken", "starts"),
    [
        (0, 15, "10:00-11:00", "11:00"),  # 09:00 to 10:00 and a quarter of an hour to clean up
        (15, 0, "10:00-11:00", "09:00"),  # 11:00 would need to prepare from 10:45
        (30, 30, "", "09:00 09:30 10:00 10:30 11:00"),  # preparing and cleaning may be done while closed
        (0, 30, "12:15-13:00", "09:00 09:30 10:00 10:30"),  # unless somebody is there
        (30, 0, "8:00-8:45", "09:30 10:00 10:30 11:00"),
        (15, 15, "10:15-10:45", "09:00 11:00"),
    ],
)
def test_the_time_around_a_visit_is_kept_free_too(before, after, taken, starts):
    assert offered(taken=taken, buffer_before=minutes(before), buffer_after=minutes(after)) == starts


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        ("07:00:00", "09:00 09:30 10:00 10:30 11:00"),
        ("07:00:01", "09:30 10:00 10:30 11:00"),
        ("08:59:59", "11:00"),
        ("09:00:00", "11:00"),
        ("09:00:01", ""),
    ],
)
def test_the_earliest_start_is_to_the_second(now, starts):
    assert offered(now=at(now), lead_time=minutes(120)) == starts


def test_what_has_begun_is_not_offered():
    assert offered(now=at("10:00")) == "10:00 10:30 11:00"


@pytest.mark.parametrize(("days_before", "is_offered"), [(7, True), (8, False)])
def test_the_horizon_counts_days_of_the_shops_calendar_and_its_last_day_counts(days_before, is_offered):
    late_in_the_evening = at("23:59", day=MONDAY - timedelta(days=days_before))

    assert bool(offered(now=late_in_the_evening, horizon_days=7)) is is_offered


def test_every_day_of_the_range_is_answered_for():
    diary = Diary("Maya", hours=[opening("09:00-12:00")])

    week = free_times([diary], rules(), first=MONDAY, last=date(2027, 3, 8), zone=MADRID, now=SUNDAY_BEFORE)

    assert [len(times) for times in week.values()] == [5, 0, 0, 0, 0, 0, 0, 5]


# The clocks of Madrid go from 02:00 to 03:00 on 28 March 2027, and from 03:00 to 02:00 on 31 October 2027.

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
DAY_BEFORE_SPRING = datetime(2027, 3, 27, 12, 0, tzinfo=MADRID)
DAY_BEFORE_AUTUMN = datetime(2027, 10, 30, 12, 0, tzinfo=MADRID)


def test_t01_no_visit_begins_in_the_hour_that_does_not_exist():
    starts = offered("0:00-6:00", day=SPRING, now=DAY_BEFORE_SPRING)

    assert starts == "00:00 00:30 01:00 01:30 03:00 03:30 04:00 04:30 05:00"


def test_t01_an_hour_is_an_hour_when_the_clock_jumps():
    diary = Diary("Maya", hours=[opening("00:00-06:00", day=SPRING)])

    times = free_times([diary], rules(), first=SPRING, last=SPRING, zone=MADRID, now=DAY_BEFORE_SPRING)[SPRING]

    assert {time.ends_at - time.starts_at for time in times} == {minutes(60)}
    assert [f"{time.ends_at.astimezone(MADRID):%H:%M}" for time in times[:5]] == [
        "01:00",
        "01:30",
        "03:00",  # begun at 01:00
        "03:30",  # begun at 01:30
        "04:00",  # begun at 03:00
    ]


def test_t02_no_visit_begins_or_ends_in_the_hour_that_exists_twice():
    starts = offered("0:00-6:00", day=AUTUMN, now=DAY_BEFORE_AUTUMN)

    assert starts == "00:00 00:30 03:00 03:30 04:00 04:30 05:00"  # 01:00 and an hour is the first 02:00


def test_t02_a_visit_may_run_through_the_doubled_hour():
    starts = offered("0:00-6:00", day=AUTUMN, now=DAY_BEFORE_AUTUMN, duration=minutes(180))

    assert starts == "01:00 01:30 03:00"  # 00:00 and three hours is the second 02:00; 01:00 and three hours is 03:00


@pytest.mark.parametrize("day", [date(2027, 3, 21), SPRING, date(2027, 10, 24), AUTUMN, date(2027, 11, 7)])
def test_t03_the_afternoon_has_the_same_times_all_year(day):
    now = datetime.combine(day - timedelta(days=1), time(12), tzinfo=MADRID)

    assert offered("13:00-16:00", day=day, now=now) == "13:00 13:30 14:00 14:30 15:00"


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        (datetime(2027, 3, 21, 12, 0, tzinfo=MADRID), "13:00 13:30 14:00"),  # seven days are 168 hours
        (datetime(2027, 3, 21, 12, 1, tzinfo=MADRID), "13:30 14:00"),
    ],
)
def test_t04_a_notice_of_seven_days_that_lands_on_the_change(now, starts):
    assert offered("9:00-15:00", day=SPRING, now=now, lead_time=timedelta(days=7)) == starts


@pytest.mark.parametrize(("day", "visits"), [(SPRING, 23), (AUTUMN, 23), (date(2027, 6, 6), 24)])
def test_t06_days_of_23_and_25_hours_open_around_the_clock(day, visits):
    now = datetime.combine(day - timedelta(days=1), time(12), tzinfo=MADRID)

    starts = offered("0:00-23:59", day=day, now=now, step=minutes(60), duration=minutes(30)).split()

    assert len(starts) == visits  # in spring 02:00 is missing; in autumn it is there twice, and not offered


@pytest.mark.parametrize(
    "zone", ["Asia/Kolkata", "Pacific/Chatham", "America/Los_Angeles", "Australia/Lord_Howe", "UTC"]
)
def test_t07_another_shop_lives_by_its_own_clock(zone):
    zone = ZoneInfo(zone)
    now = datetime(2027, 2, 27, 12, 0, tzinfo=UTC)

    assert offered(now=now, zone=zone) == "09:00 09:30 10:00 10:30 11:00"


def test_t09_a_visit_may_run_past_midnight_while_the_shop_is_open():
    tuesday = MONDAY + timedelta(days=1)
    hours = [opening("22:00-23:59"), opening("00:00-01:00", day=tuesday)]
    night = Diary("Maya", hours)

    days = free_times([night], rules(), first=MONDAY, last=tuesday, zone=MADRID, now=SUNDAY_BEFORE)

    assert [f"{time.starts_at.astimezone(MADRID):%H:%M}" for time in days[MONDAY]] == [
        "22:00",
        "22:30",
        "23:00",
        "23:30",
    ]
    assert [f"{time.starts_at.astimezone(MADRID):%H:%M}" for time in days[tuesday]] == ["00:00"]

    late = Diary("Maya", hours, taken={1: [(at("23:30"), at("00:30", day=tuesday))]})
    days = free_times([late], rules(), first=MONDAY, last=tuesday, zone=MADRID, now=SUNDAY_BEFORE)

    assert [len(times) for times in days.values()] == [2, 0]


def test_a_shop_that_never_closes_counts_its_starts_from_midnight():
    hours = [Opening(weekday, time(0), time(23, 59)) for weekday in range(7)]
    diary = Diary("Hotel desk", hours)
    odd = rules(step=minutes(7 * 60))

    alone = free_times([diary], odd, first=MONDAY, last=MONDAY, zone=MADRID, now=SUNDAY_BEFORE)[MONDAY]
    in_a_week = free_times([diary], odd, first=date(2027, 2, 25), last=MONDAY, zone=MADRID, now=SUNDAY_BEFORE)[MONDAY]

    assert [f"{time.starts_at.astimezone(MADRID):%H:%M}" for time in alone] == ["00:00", "07:00", "14:00", "21:00"]
    assert alone == in_a_week


# Places


def test_a_time_is_free_as_long_as_one_seat_is():
    full_at_nine = {1: [span("09:00-10:00")], 2: [span("09:00-11:00")], 3: [span("09:30-10:00")]}
    room = Diary("Room", hours=[opening("09:00-12:00")], taken=full_at_nine)

    times = free_times([room], rules(), first=MONDAY, last=MONDAY, zone=MADRID, now=SUNDAY_BEFORE)[MONDAY]

    assert {f"{time.starts_at.astimezone(MADRID):%H:%M}": [place.seat for place in time.places] for time in times} == {
        "10:00": [1, 3],
        "10:30": [1, 3],
        "11:00": [1, 2, 3],
    }


def test_a_time_names_everybody_who_is_free_for_it():
    maya = Diary("Maya", hours=[opening("09:00-11:00")])
    tom = Diary("Tom", hours=[opening("10:00-12:00")])

    times = free_times([maya, tom], rules(), first=MONDAY, last=MONDAY, zone=MADRID, now=SUNDAY_BEFORE)[MONDAY]

    assert [time.places for time in times] == [
        (Place("Maya", 1),),
        (Place("Maya", 1),),
        (Place("Maya", 1), Place("Tom", 1)),
        (Place("Tom", 1),),
        (Place("Tom", 1),),
    ]


def test_a_closure_closes_every_seat_and_a_full_day_is_still_an_open_one():
    hours = [opening("09:00-12:00"), opening("09:00-12:00", day=date(2027, 3, 2))]
    full = {1: [span("09:00-12:00")], 2: [span("09:00-12:00")]}
    on_tuesday = [span("00:00-23:00", day=date(2027, 3, 2))]
    room = Diary("Room", hours, taken=full, closed=on_tuesday)
    days = {"first": MONDAY, "last": date(2027, 3, 3), "zone": MADRID, "now": SUNDAY_BEFORE}

    assert not any(free_times([room], rules(), **days).values())
    assert open_days([room], rules(), **days) == {MONDAY}


# One start, as it was posted


@pytest.mark.parametrize(
    ("wall", "is_offered"),
    [("09:00", True), ("11:00", True), ("09:10", False), ("08:30", False), ("11:30", False), ("10:00", False)],
)
def test_a_start_that_was_never_offered_is_not_free(wall, is_offered):
    maya = Diary("Maya", hours=[opening("09:00-12:00")], taken={1: [span("10:00-11:00")]})

    free = free_at([maya], rules(), starts_at=at(wall), zone=MADRID, now=SUNDAY_BEFORE)

    assert bool(free) is is_offered


@pytest.mark.parametrize("second", ["2027-10-31T00:30:00+00:00", "2027-10-31T01:30:00+00:00"])
def test_t02_neither_of_the_two_half_past_twos_is_free(second):
    night = Diary("Maya", hours=[opening("00:00-06:00", day=AUTUMN)])

    free = free_at([night], rules(), starts_at=datetime.fromisoformat(second), zone=MADRID, now=DAY_BEFORE_AUTUMN)

    assert free is None


@pytest.mark.parametrize(
    ("wall", "exists_once"),
    [
        (datetime(2027, 3, 28, 1, 59), True),  # noqa: DTZ001 - wall times have no zone
        (datetime(2027, 3, 28, 2, 0), False),  # noqa: DTZ001
        (datetime(2027, 3, 28, 2, 59), False),  # noqa: DTZ001
        (datetime(2027, 3, 28, 3, 0), True),  # noqa: DTZ001
        (datetime(2027, 10, 31, 1, 59), True),  # noqa: DTZ001
        (datetime(2027, 10, 31, 2, 0), False),  # noqa: DTZ001
        (datetime(2027, 10, 31, 2, 59), False),  # noqa: DTZ001
        (datetime(2027, 10, 31, 3, 0), True),  # noqa: DTZ001
    ],
)
def test_t01_t02_a_wall_time_is_an_instant_only_if_the_clock_shows_it_once(wall, exists_once):
    moment = instant(wall, MADRID)

    assert (moment is not None) is exists_once
    if moment:
        assert moment.astimezone(MADRID).replace(tzinfo=None) == wall


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ("", "09:00-12:00"),
        ("10:00-11:00", "09:00-10:00 11:00-12:00"),
        ("08:00-10:00 11:00-13:00", "10:00-11:00"),
        ("09:00-10:00 10:00-12:00", ""),
        ("13:00-14:00", "09:00-12:00"),
        ("08:00-09:00", "09:00-12:00"),
    ],
)
def test_what_is_left_of_a_time_when_others_have_parts_of_it(taken, left):
    found = gaps([span(text) for text in taken.split()], span("09:00-12:00"))

    assert found == [span(text) for text in left.split()]
