"""Weeks that are valid for a time and days that are special, each by an example that a shopkeeper can check.

1 March 2027 is a Monday.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookings.availability import Diary, Opening, Rules, free_times, open_on
from bookings.calendar import free_times as times_of
from bookings.hours import read_hours
from bookings.models import OpeningHours, SpecialDay, Weekday
from petshop.core import clock
from tests.factories import ResourceFactory

MADRID = ZoneInfo("Europe/Madrid")
MONDAY, TUESDAY = date(2027, 3, 1), date(2027, 3, 2)
ONE_DAY = timedelta(days=1)


def stretch(text):
    opens, closes = text.split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def every_day(text, first=date.min, last=date.max, *, shops=False, weekdays=range(7)):
    """A week with these hours on each of its days."""
    return [Opening(weekday, *stretch(text), first, last, is_shops=shops) for weekday in weekdays]


def special(day, text="00:00-00:00", *, shops=False):
    """A special day; without hours it is closed."""
    return Opening(day.weekday(), *stretch(text), day, day, is_shops=shops)


def on(day, *hours):
    """The stretches of this day as a shopkeeper writes them."""
    openings = [opening for some in hours for opening in (some if isinstance(some, list) else [some])]
    return " ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in open_on(openings, day))


def offered(day, *hours, duration=60, zone=MADRID):
    """The starts that are offered on this day to whoever asked the day before."""
    openings = [opening for some in hours for opening in (some if isinstance(some, list) else [some])]
    rules = Rules(timedelta(minutes=duration), timedelta(minutes=60), timedelta(0), horizon_days=60)
    now = datetime.combine(day - ONE_DAY, time(12), tzinfo=zone)
    times = free_times([Diary("Maya", openings)], rules, first=day, last=day, zone=zone, now=now)[day]
    return " ".join(f"{free.starts_at.astimezone(zone):%H:%M}" for free in times)


USUAL = every_day("09:00-18:00")


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2027, 6, 14), "09:00-18:00"),
        (date(2027, 6, 15), "08:00-15:00"),  # the first day counts
        (date(2027, 8, 31), "08:00-15:00"),  # and so does the last
        (date(2027, 9, 1), "09:00-18:00"),  # after which the usual week is back
    ],
)
def test_summer_hours_stand_in_for_the_usual_week_and_give_way_to_it_again(day, hours):
    assert on(day, USUAL, every_day("08:00-15:00", date(2027, 6, 15), date(2027, 8, 31))) == hours


def test_a_week_without_a_day_is_closed_on_it_whatever_the_usual_one_says():
    """Otherwise nobody could close the Mondays of the summer."""
    summer = every_day("08:00-15:00", MONDAY, MONDAY + 30 * ONE_DAY, weekdays=range(1, 7))

    assert on(MONDAY, USUAL, summer) == ""
    assert on(TUESDAY, USUAL, summer) == "08:00-15:00"


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2027, 2, 28), "09:00-18:00"), (MONDAY, "10:00-14:00"), (date(2030, 1, 1), "10:00-14:00")],
)
def test_hours_from_next_month_on_need_no_end_of_those_before(day, hours):
    assert on(day, USUAL, every_day("10:00-14:00", MONDAY)) == hours


@pytest.mark.parametrize(("day", "hours"), [(MONDAY, "10:00-14:00"), (TUESDAY, "09:00-18:00")])
def test_hours_until_a_day_need_no_beginning(day, hours):
    assert on(day, USUAL, every_day("10:00-14:00", last=MONDAY)) == hours


def test_of_several_weeks_the_one_that_began_last_counts_and_of_those_the_one_that_ends_first():
    from_january = every_day("10:00-14:00", date(2027, 1, 1))
    in_march = every_day("11:00-13:00", MONDAY, MONDAY + 30 * ONE_DAY)
    in_its_first_week = every_day("12:00-13:00", MONDAY, MONDAY + 6 * ONE_DAY)
    all_of_them = [*in_its_first_week, *USUAL, *in_march, *from_january]

    days = [date(2026, 12, 31), date(2027, 2, 28), MONDAY, MONDAY + 7 * ONE_DAY, MONDAY + 31 * ONE_DAY]
    assert [on(day, all_of_them) for day in days] == [
        "09:00-18:00",
        "10:00-14:00",
        "12:00-13:00",
        "11:00-13:00",
        "10:00-14:00",
    ]


def test_a_break_is_two_stretches_and_a_special_day_may_have_one_too():
    split = [*every_day("09:00-13:00"), *every_day("16:00-20:00")]

    assert offered(MONDAY, split) == "09:00 10:00 11:00 12:00 16:00 17:00 18:00 19:00"
    assert offered(MONDAY, split, special(MONDAY, "10:00-12:00"), special(MONDAY, "17:00-18:00")) == "10:00 11:00 17:00"


# The shop and those who work in it


SHOPS = every_day("10:00-19:00", shops=True)


def test_who_has_a_week_of_their_own_on_a_day_keeps_it_and_the_shops_on_all_others():
    in_march = every_day("12:00-16:00", MONDAY, MONDAY + 30 * ONE_DAY, weekdays=[0])

    assert on(MONDAY - ONE_DAY, SHOPS, in_march) == "10:00-19:00"
    assert on(MONDAY, SHOPS, in_march) == "12:00-16:00"
    assert on(TUESDAY, SHOPS, in_march) == ""  # their own week has no Tuesday
    assert on(MONDAY + 31 * ONE_DAY, SHOPS, in_march) == "10:00-19:00"


def test_the_shops_summer_is_not_theirs_who_have_a_week_of_their_own():
    summer = every_day("08:00-15:00", MONDAY, shops=True)

    assert on(MONDAY, SHOPS, summer) == "08:00-15:00"
    assert on(MONDAY, SHOPS, summer, USUAL) == "09:00-18:00"


@pytest.mark.parametrize(
    ("of_the_shop", "own", "hours"),
    [
        ("10:00-14:00", [], "10:00-14:00"),  # Christmas Eve, for whoever keeps the shop's week
        ("10:00-14:00", every_day("09:00-18:00"), "10:00-14:00"),  # nobody works in a closed shop
        ("10:00-14:00", every_day("12:00-18:00"), "12:00-14:00"),
        ("10:00-14:00", every_day("15:00-18:00"), ""),
        ("10:00-14:00", every_day("12:00-18:00", weekdays=[1, 2]), ""),  # who has Mondays off keeps them
        ("08:00-22:00", every_day("09:00-18:00"), "09:00-18:00"),  # a long evening is not for everybody
        ("00:00-00:00", every_day("09:00-18:00"), ""),
        ("00:00-00:00", [], ""),
        ("10:00-14:00", [*every_day("09:00-11:00"), *every_day("13:00-18:00")], "10:00-11:00 13:00-14:00"),
    ],
)
def test_on_a_special_day_of_the_shop_nobody_works_outside_it_and_who_is_off_stays_off(of_the_shop, own, hours):
    assert on(MONDAY, SHOPS, own, special(MONDAY, of_the_shop, shops=True)) == hours


@pytest.mark.parametrize(("own", "hours"), [("18:00-20:00", "18:00-20:00"), ("00:00-00:00", "")])
def test_a_special_day_of_ones_own_stands_before_the_shops(own, hours):
    christmas = special(MONDAY, "10:00-14:00", shops=True)

    assert on(MONDAY, SHOPS, USUAL, christmas, special(MONDAY, own)) == hours
    assert on(MONDAY, SHOPS, christmas, special(MONDAY, own)) == hours


def test_a_special_day_opens_a_sunday_and_no_other():
    weekdays_only = every_day("10:00-19:00", shops=True, weekdays=range(6))
    sunday = date(2027, 3, 7)
    opened = special(sunday, "11:00-13:00", shops=True)

    assert [on(day, weekdays_only, opened) for day in (sunday, sunday + 7 * ONE_DAY)] == ["11:00-13:00", ""]


def test_a_special_day_stands_before_summer_hours():
    summer = every_day("08:00-15:00", MONDAY, MONDAY + 30 * ONE_DAY)

    assert on(MONDAY, USUAL, summer, special(MONDAY, "10:00-11:00")) == "10:00-11:00"


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (date(2027, 3, 28), "01:00 03:00 04:00"),  # two o'clock does not exist
        (date(2027, 10, 31), "01:00 03:00 04:00"),  # and exists twice here
        (date(2027, 11, 1), "01:00 02:00 03:00 04:00"),
    ],
)
def test_a_special_day_on_which_the_clocks_change_offers_no_time_that_is_doubtful(day, starts):
    assert offered(day, USUAL, special(day, "01:00-05:00"), duration=30) == starts


def test_a_new_years_party_runs_past_midnight_where_two_special_days_touch():
    party, morning = special(MONDAY, "22:00-23:59"), special(TUESDAY, "00:00-01:00")

    assert offered(MONDAY, USUAL, party, morning, duration=90) == "22:00 23:00"
    assert offered(MONDAY, USUAL, party, duration=90) == "22:00"


# In the database


@pytest.fixture
def tomorrow():
    return timezone.localdate() + ONE_DAY


def starts(variant, day):
    times = times_of(variant, first=day, last=day, now=clock.now())[day]
    return [f"{timezone.localtime(free.starts_at):%H:%M}" for free in times]


@pytest.mark.django_db
def test_the_calendar_knows_weeks_and_special_days_of_whoever_does_it(bath, maya, tom, tomorrow):
    for weekday in Weekday:
        maya.opening_hours.create(
            weekday=weekday, opens_at="11:00", closes_at="12:30", valid_from=tomorrow, valid_until=tomorrow + ONE_DAY
        )
    SpecialDay.objects.create(resource=tom, date=tomorrow)
    SpecialDay.objects.create(date=tomorrow + ONE_DAY, opens_at="10:00", closes_at="12:00")

    assert starts(bath, tomorrow) == ["11:00", "11:30"]
    assert starts(bath, tomorrow + ONE_DAY) == ["10:00", "10:30", "11:00"]
    assert starts(bath, tomorrow + 2 * ONE_DAY)[-1] == "17:00"


@pytest.mark.django_db
def test_hours_are_read_in_one_statement_and_only_for_the_days_that_are_asked_for(maya, django_assert_num_queries):
    first = timezone.localdate()
    maya.opening_hours.all().delete()
    dates = [(None, None), (first + 5 * ONE_DAY, None), (None, first - ONE_DAY), (first - ONE_DAY, first)]
    for valid_from, valid_until in dates:
        OpeningHours.objects.create(
            weekday=0, opens_at="09:00", closes_at="18:00", valid_from=valid_from, valid_until=valid_until
        )
    for ahead in (-1, 0, 4, 5):
        SpecialDay.objects.create(resource=maya, date=first + ahead * ONE_DAY)

    with django_assert_num_queries(1):
        hours = read_hours([maya], first, first + 4 * ONE_DAY)

    assert sorted(opening.valid_from for opening in hours[None]) == [date.min, first - ONE_DAY]
    own = [opening for opening in hours[maya.pk] if not opening.is_shops]
    assert sorted(opening.valid_from for opening in own) == [first, first + 4 * ONE_DAY]
    assert {(opening.opens_at, opening.closes_at) for opening in own} == {(time.min, time.min)}


@pytest.mark.django_db
def test_a_week_is_valid_for_a_day_at_least():
    week = {"weekday": 0, "opens_at": "09:00", "closes_at": "18:00"}
    OpeningHours.objects.create(**week, valid_from=MONDAY, valid_until=MONDAY)

    with pytest.raises(IntegrityError, match="opening_hours_valid_for_a_day_or_more"):
        OpeningHours.objects.create(**week, valid_from=TUESDAY, valid_until=MONDAY)


@pytest.mark.django_db
@pytest.mark.parametrize(("opens", "closes"), [("09:00", None), (None, "18:00"), ("10:00", "10:00")])
def test_a_special_day_has_two_times_or_none(opens, closes):
    with pytest.raises(IntegrityError, match="special_day_open_from_a_time_to_a_time"):
        SpecialDay.objects.create(date=MONDAY, opens_at=opens, closes_at=closes)


@pytest.mark.django_db
@pytest.mark.parametrize("whose", ["shop", "maya"])
def test_the_stretches_of_a_special_day_are_apart_and_a_closed_one_has_none(whose, maya):
    day = {"resource": maya if whose == "maya" else None, "date": MONDAY}
    SpecialDay.objects.create(**day, opens_at="09:00", closes_at="12:00")
    SpecialDay.objects.create(**day, opens_at="12:00", closes_at="13:00")
    SpecialDay.objects.create(date=TUESDAY)
    SpecialDay.objects.create(resource=ResourceFactory(), date=MONDAY)

    for opens, closes in [("11:59", "12:01"), ("09:00", "12:00"), (None, None)]:
        with pytest.raises(IntegrityError, match="special_day_stretches_apart"), transaction.atomic():
            SpecialDay.objects.create(**day, opens_at=opens, closes_at=closes)
        typed = [text and time.fromisoformat(text) for text in (opens, closes)]
        with pytest.raises(ValidationError, match="overlaps with what is already set"):
            SpecialDay(**day, opens_at=typed[0], closes_at=typed[1]).full_clean()


@pytest.mark.django_db
def test_a_special_day_that_closes_before_it_opens_is_refused_in_words():
    for opens, closes, said in [(10, 9, "after opening"), (10, 10, "after opening"), (9, None, "Until when")]:
        with pytest.raises(ValidationError, match=said):
            SpecialDay(date=MONDAY, opens_at=time(opens), closes_at=closes and time(closes)).full_clean()


def test_an_hour_of_utc_is_no_hour_of_the_shop():
    """The special day is the shop's date: late on the evening before, as UTC counts, it has begun."""
    new_york = ZoneInfo("America/New_York")
    openings = [*USUAL, special(MONDAY, "20:00-22:00")]
    rules = Rules(timedelta(hours=1), timedelta(hours=1), timedelta(0), horizon_days=60)
    now = datetime(2027, 3, 1, 5, 0, tzinfo=UTC)

    times = free_times([Diary("Maya", openings)], rules, first=MONDAY, last=TUESDAY, zone=new_york, now=now)

    assert [free.starts_at for free in times[MONDAY]] == [
        datetime(2027, 3, 2, 1, 0, tzinfo=UTC),
        datetime(2027, 3, 2, 2, 0, tzinfo=UTC),
    ]
    assert len(times[TUESDAY]) == 9
