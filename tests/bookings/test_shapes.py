"""Seats, stays, classes and what a visit needs besides: the other shapes of the one engine, by examples.

1 March 2027 is a Monday. The shop is open from eight to six on every day, unless said otherwise.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.availability import Diary, Opening, Rules, free_at, free_times, open_days

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2027, 3, 1)
SUNDAY_BEFORE = datetime(2027, 2, 28, 12, 0, tzinfo=MADRID)
EVERY_DAY = [Opening(weekday, time(8), time(18)) for weekday in range(7)]
ONE_DAY = timedelta(days=1)


def rules(**changes):
    usual = {"duration": timedelta(hours=1), "step": timedelta(minutes=30), "lead_time": timedelta(0)}
    return Rules(**usual | {"horizon_days": 400} | changes)


def stay(nights, **changes):
    return rules(duration=ONE_DAY, nights=nights, check_in_at=time(15), check_out_at=time(11), **changes)


def at(day, wall):
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=MADRID).astimezone(UTC)


def diary(seats=1, *, taken=(), closed=(), hours=EVERY_DAY, dates=None, of="Room"):
    return Diary(
        of,
        hours=hours,
        taken={seat: taken if seat == 1 else () for seat in range(1, seats + 1)},
        closed=closed,
        dates=dates,
    )


def of_day(day, diaries, the_rules, *, equipment=(), now=SUNDAY_BEFORE):
    return free_times(diaries, the_rules, first=day, last=day, zone=MADRID, now=now, equipment=equipment)[day]


def walls(times):
    return [f"{time.starts_at.astimezone(MADRID):%H:%M}" for time in times]


# A seat


def test_a_seat_has_one_start_a_day_and_as_many_places_as_the_room():
    [day] = of_day(MONDAY, [diary(20)], rules(duration=timedelta(hours=10), begins_at=time(8)))

    assert (day.starts_at, day.ends_at) == (at(MONDAY, "08:00"), at(MONDAY, "18:00"))
    assert day.room == 20


@pytest.mark.parametrize(
    ("begins_at", "hours", "starts"),
    [("08:00", 10, ["08:00"]), ("08:00", 11, []), ("07:59", 4, []), ("13:00", 5, ["13:00"]), ("13:01", 5, [])],
)
def test_a_seat_lies_inside_the_opening(begins_at, hours, starts):
    half_day = rules(duration=timedelta(hours=hours), begins_at=time.fromisoformat(begins_at))

    assert walls(of_day(MONDAY, [diary(20)], half_day)) == starts


def test_a_half_day_takes_its_place_from_the_whole_day():
    morning = at(MONDAY, "08:00"), at(MONDAY, "13:00")
    whole_day = rules(duration=timedelta(hours=10), begins_at=time(8))
    afternoon = rules(duration=timedelta(hours=5), begins_at=time(13))

    assert of_day(MONDAY, [diary(1, taken=[morning])], whole_day) == []
    assert walls(of_day(MONDAY, [diary(1, taken=[morning])], afternoon)) == ["13:00"]


# A stay


def test_a_stay_goes_from_check_in_to_check_out_so_many_nights_later():
    [three] = of_day(MONDAY, [diary()], stay(3))

    assert (three.starts_at, three.ends_at) == (at(MONDAY, "15:00"), at(MONDAY + 3 * ONE_DAY, "11:00"))


def test_the_day_on_which_guests_change_is_shared():
    leaves_on_wednesday = at(MONDAY, "15:00"), at(MONDAY + 2 * ONE_DAY, "11:00")
    kennel = diary(1, taken=[leaves_on_wednesday])

    assert of_day(MONDAY + ONE_DAY, [kennel], stay(1)) == []
    assert walls(of_day(MONDAY + 2 * ONE_DAY, [kennel], stay(1))) == ["15:00"]
    assert of_day(MONDAY - ONE_DAY, [kennel], stay(2)) == []
    assert walls(of_day(MONDAY - ONE_DAY, [kennel], stay(1))) == ["15:00"]


def test_a_closure_in_the_middle_of_a_stay_is_in_its_way():
    wednesday = MONDAY + 2 * ONE_DAY
    kennel = diary(1, closed=[(at(wednesday, "00:00"), at(wednesday + ONE_DAY, "00:00"))])

    assert walls(of_day(MONDAY, [kennel], stay(1))) == ["15:00"]
    assert of_day(MONDAY, [kennel], stay(2)) == []


def test_somebody_must_be_there_at_the_check_in_and_at_the_check_out():
    not_on_wednesdays = [opening for opening in EVERY_DAY if opening.weekday != 2]
    kennel = diary(hours=not_on_wednesdays)

    assert of_day(MONDAY, [kennel], stay(2)) == []  # out on Wednesday
    assert walls(of_day(MONDAY, [kennel], stay(3))) == ["15:00"]  # over Wednesday
    assert of_day(MONDAY + 2 * ONE_DAY, [kennel], stay(1)) == []  # in on Wednesday


@pytest.mark.parametrize(
    ("arrival", "hours"),
    [
        (date(2027, 3, 27), 19),  # the clocks go forward in this night
        (date(2027, 10, 30), 21),  # and back in this one
        (date(2027, 6, 1), 20),
    ],
)
def test_t05_a_night_is_one_night_however_long_it_is(arrival, hours):
    [one] = of_day(arrival, [diary()], stay(1))

    assert one.ends_at - one.starts_at == timedelta(hours=hours)
    assert one.ends_at.astimezone(MADRID).time() == time(11)


def test_no_stay_begins_in_an_hour_that_does_not_exist():
    the_clocks_change = date(2027, 3, 28)
    at_night = rules(duration=ONE_DAY, nights=1, check_in_at=time(2, 30), check_out_at=time(11))
    always = [Opening(weekday, time(0), time(23, 59)) for weekday in range(7)]

    assert of_day(the_clocks_change, [diary(hours=always)], at_night) == []
    assert len(of_day(the_clocks_change + ONE_DAY, [diary(hours=always)], at_night)) == 1


# A class


def class_on(*days):
    return tuple((at(day, "18:00"), at(day, "19:00")) for day in days)


def test_a_class_is_offered_at_its_published_dates_whatever_the_hours_are():
    school = diary(8, hours=[], dates=[class_on(MONDAY), class_on(MONDAY + 7 * ONE_DAY)])

    assert walls(of_day(MONDAY, [school], rules())) == ["18:00"]
    assert of_day(MONDAY + ONE_DAY, [school], rules()) == []


def test_a_whole_course_has_room_for_as_many_as_its_fullest_date():
    second = MONDAY + 7 * ONE_DAY
    school = diary(2, dates=[class_on(MONDAY, second)], taken=class_on(second))

    [course] = of_day(MONDAY, [school], rules())

    assert [other.starts_at for other in course.also] == [at(second, "18:00")]
    assert (len(course.places), len(course.also[0].places), course.room) == (2, 1, 1)


def test_a_course_with_a_full_date_cannot_be_booked_as_a_whole():
    second = MONDAY + 7 * ONE_DAY
    school = diary(1, dates=[class_on(MONDAY, second)], taken=class_on(second))

    assert of_day(MONDAY, [school], rules()) == []
    assert open_days([school], rules(), first=MONDAY, last=MONDAY, zone=MADRID, now=SUNDAY_BEFORE) == {MONDAY}


def test_a_course_that_has_begun_is_not_offered_any_more():
    second = MONDAY + 7 * ONE_DAY
    school = diary(8, dates=[class_on(MONDAY, second)])

    assert of_day(second, [school], rules(), now=at(MONDAY, "18:01")) == []


# What a visit needs besides


def test_a_bath_needs_a_groomer_and_a_tub():
    until_ten = at(MONDAY, "08:00"), at(MONDAY, "10:00")
    tub = diary(taken=[until_ten], of="Tub")

    times = of_day(MONDAY, [diary(of="Maya"), diary(of="Tom")], rules(), equipment=[tub])

    assert walls(times)[0] == "10:00"
    assert [place.resource for place in times[0].places] == ["Maya", "Tom"]
    assert [place.resource for place in times[0].also[0].places] == ["Tub"]
    assert times[0].room == 1


def test_the_tub_is_kept_for_the_buffers_too():
    from_ten = at(MONDAY, "10:00"), at(MONDAY, "18:00")
    tub = diary(taken=[from_ten], of="Tub")

    times = of_day(MONDAY, [diary()], rules(buffer_after=timedelta(minutes=15)), equipment=[tub])

    assert walls(times) == ["08:00", "08:30"]


def test_a_day_on_which_all_tubs_are_taken_is_full_and_not_closed():
    all_day = at(MONDAY, "08:00"), at(MONDAY, "18:00")
    tub = diary(taken=[all_day], of="Tub")

    open_on = open_days([diary()], rules(), first=MONDAY, last=MONDAY, zone=MADRID, now=SUNDAY_BEFORE, equipment=[tub])

    assert of_day(MONDAY, [diary()], rules(), equipment=[tub]) == []
    assert open_on == {MONDAY}


def test_one_start_is_asked_for_with_its_tub():
    tub = diary(taken=[(at(MONDAY, "08:00"), at(MONDAY, "10:00"))], of="Tub")

    def asked(wall):
        return free_at([diary()], rules(), starts_at=at(MONDAY, wall), zone=MADRID, now=SUNDAY_BEFORE, equipment=[tub])

    assert asked("09:00") is None
    assert asked("10:00").also[0].places[0].resource == "Tub"
