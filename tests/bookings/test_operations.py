"""What each operation promises, and that a refused one changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from bookings.models import Booking, BookingStatus
from bookings.operations import (
    HoldLost,
    NoMoreTime,
    PetElsewhere,
    SlotTaken,
    VisitMovedOn,
    ask_for_more_time,
    assign_pets,
    check_in,
    close_time,
    complete,
    confirm_bookings,
    extend_holds,
    hold_booking,
    mark_no_show,
    release_holds,
    reopen,
)
from bookings.tasks import tidy_holds
from petshop.core import clock
from tests.factories import AddOnFactory, BookingFactory, ClosureFactory, PetFactory, ResourceFactory

pytestmark = pytest.mark.django_db

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)


def let_run_out(booking):
    """Tests move rows, never the clock."""
    Booking.objects.filter(pk=booking.pk).update(held_until=timezone.now() - A_MINUTE)


def status_of(booking):
    return Booking.objects.get(pk=booking.pk).status


# Holding a time


def test_a_time_is_held_for_a_quarter_of_an_hour(bath, maya, on_the_wall):
    before = clock.now()

    booking = hold_booking(bath, starts_at=on_the_wall("10:00"), resource=maya)

    assert booking.status == BookingStatus.HELD
    assert (booking.resource, booking.seat) == (maya, 1)
    assert booking.ends_at == on_the_wall("11:00")
    assert before + timedelta(minutes=15) <= booking.held_until <= clock.now() + timedelta(minutes=15)


def test_the_time_around_a_visit_is_blocked_with_it(bath, maya, on_the_wall):
    bath.offering.rules.buffer_before = timedelta(minutes=10)
    bath.offering.rules.buffer_after = timedelta(minutes=20)

    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))

    assert (booking.blocked_from, booking.blocked_until) == (on_the_wall("09:50"), on_the_wall("11:20"))


def test_a_visit_is_held_for_as_long_as_it_takes_with_its_extras(bath, maya, on_the_wall):
    bath.offering.rules.buffer_after = timedelta(minutes=5)
    extras = [AddOnFactory(offering=bath.offering, duration=timedelta(minutes=minutes)) for minutes in (10, 15)]

    booking = hold_booking(bath, starts_at=on_the_wall("10:00"), add_ons=extras)

    assert (booking.ends_at, booking.blocked_until) == (on_the_wall("11:25"), on_the_wall("11:30"))


def test_a_time_that_is_too_short_for_the_extras_is_refused(bath, maya, on_the_wall):
    hold_booking(bath, starts_at=on_the_wall("11:00"))
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))

    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("10:00"), add_ons=[trim])

    hold_booking(bath, starts_at=on_the_wall("10:00"))


def test_whoever_has_room_for_the_extras_gets_the_visit(bath, maya, tom, on_the_wall):
    """Maya comes first in the shop's order, but her next visit begins an hour later."""
    hold_booking(bath, starts_at=on_the_wall("11:00"), resource=maya)
    hold_booking(bath, starts_at=on_the_wall("14:00"), resource=tom)
    hold_booking(bath, starts_at=on_the_wall("15:00"), resource=tom)
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))

    assert hold_booking(bath, starts_at=on_the_wall("10:00"), add_ons=[trim]).resource == tom


def test_a_lapsed_hold_that_only_the_extras_touch_gives_way(bath, maya, on_the_wall):
    lapsed = hold_booking(bath, starts_at=on_the_wall("11:00"))
    let_run_out(lapsed)
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))

    hold_booking(bath, starts_at=on_the_wall("10:00"), add_ons=[trim])

    assert status_of(lapsed) == BookingStatus.CANCELLED


@pytest.mark.parametrize("wall", ["10:00", "10:30", "09:30"])
def test_a_time_that_somebody_holds_is_taken(bath, maya, on_the_wall, wall):
    first = hold_booking(bath, starts_at=on_the_wall("10:00"))

    with pytest.raises(SlotTaken) as refused:
        hold_booking(bath, starts_at=on_the_wall(wall), resource=maya)

    assert (refused.value.variant, refused.value.start) == (bath, on_the_wall(wall))
    assert list(Booking.objects.all()) == [first]


@pytest.mark.parametrize("wall", ["10:10", "08:30", "17:30", "18:00"])
def test_a_time_that_was_never_offered_is_refused(bath, maya, on_the_wall, wall):
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall(wall))

    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "start",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2020, 1, 1, 9, 0, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_t10_a_time_at_the_end_of_the_calendar_is_refused(bath, maya, start):
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=start)


def test_the_lead_time_and_the_horizon_are_checked_again_at_the_press(bath, maya, on_the_wall):
    bath.offering.rules.lead_time = timedelta(days=2)
    bath.offering.rules.horizon_days = 5

    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("10:00", days=1))
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("10:00", days=6))

    assert hold_booking(bath, starts_at=on_the_wall("17:00", days=5))


def test_nobody_is_booked_who_cannot_do_it_or_takes_no_bookings(bath, on_the_wall):
    vet = ResourceFactory()
    away = ResourceFactory(services=[bath.offering], is_active=False)

    for resource in (vet, away, None):
        with pytest.raises(SlotTaken):
            hold_booking(bath, starts_at=on_the_wall("10:00"), resource=resource)


def test_a_service_without_rules_has_the_usual_ones(bath, maya, on_the_wall):
    bath.offering.rules.delete()
    bath.offering.refresh_from_db()

    assert hold_booking(bath, starts_at=on_the_wall("10:00"))


def test_s04_the_time_of_a_lapsed_hold_is_taken_at_once(bath, maya, on_the_wall):
    abandoned = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(abandoned)

    booking = hold_booking(bath, starts_at=on_the_wall("10:30"))

    assert booking.status == BookingStatus.HELD
    assert status_of(abandoned) == BookingStatus.CANCELLED


def test_a_lapsed_hold_that_is_not_in_the_way_stays(bath, maya, on_the_wall):
    abandoned = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(abandoned)

    hold_booking(bath, starts_at=on_the_wall("11:00"))

    assert status_of(abandoned) == BookingStatus.HELD


def test_a_room_is_taken_seat_by_seat(bath, on_the_wall):
    ResourceFactory(capacity=2, services=[bath.offering])

    seats = [hold_booking(bath, starts_at=on_the_wall("10:00")).seat for _ in range(2)]

    assert seats == [1, 2]
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("10:00"))


# Anyone


def test_anyone_is_whoever_comes_first_while_nobody_has_anything_to_do(bath, tom, maya, on_the_wall):
    assert hold_booking(bath, starts_at=on_the_wall("10:00")).resource == maya


def test_anyone_is_whoever_has_the_least_to_do_that_day(bath, maya, tom, on_the_wall):
    BookingFactory(resource=maya, starts_at=on_the_wall("15:00"), ends_at=on_the_wall("16:00"), confirmed=True)
    BookingFactory(resource=tom, starts_at=on_the_wall("12:00"), ends_at=on_the_wall("13:30"), confirmed=True)

    takers = [hold_booking(bath, starts_at=on_the_wall(wall)).resource for wall in ("09:00", "10:00", "14:00")]

    assert takers == [maya, tom, maya]  # 60 and 90 minutes, then 120 and 90, then 120 and 150


def test_what_was_called_off_and_other_days_are_not_work(bath, maya, tom, on_the_wall):
    BookingFactory(resource=maya, starts_at=on_the_wall("15:00"), status=BookingStatus.CANCELLED)
    BookingFactory(resource=maya, starts_at=on_the_wall("16:00"), lapsed=True)
    BookingFactory(resource=maya, starts_at=on_the_wall("10:00", days=2), confirmed=True)

    assert hold_booking(bath, starts_at=on_the_wall("10:00")).resource == maya


def test_anyone_is_never_somebody_who_is_busy(bath, maya, tom, on_the_wall):
    BookingFactory(resource=tom, starts_at=on_the_wall("12:00"), ends_at=on_the_wall("18:00"), confirmed=True)
    BookingFactory(resource=maya, starts_at=on_the_wall("10:00"), confirmed=True)

    assert hold_booking(bath, starts_at=on_the_wall("10:00")).resource == tom


# Keeping a hold


def test_all_holds_of_an_order_are_kept_as_long_as_its_payment_page(bath, maya, on_the_wall):
    holds = [hold_booking(bath, starts_at=on_the_wall(wall)) for wall in ("10:00", "11:00")]
    until = clock.now() + timedelta(minutes=45)

    extend_holds(holds, until=until)

    assert set(Booking.objects.values_list("held_until", flat=True)) == {until}


@pytest.mark.parametrize(("seconds_left", "is_kept"), [(60, True), (0, False), (-1, False)])
def test_t11_a_hold_that_ran_out_cannot_be_kept(bath, maya, on_the_wall, seconds_left, is_kept):
    kept, other = [hold_booking(bath, starts_at=on_the_wall(wall)) for wall in ("10:00", "11:00")]
    Booking.objects.filter(pk=other.pk).update(held_until=clock.now() + timedelta(seconds=seconds_left))
    until = clock.now() + timedelta(minutes=45)

    if is_kept:
        extend_holds([kept, other], until=until)
    else:
        with pytest.raises(HoldLost) as refused:
            extend_holds([kept, other], until=until)
        assert refused.value.booking == other

    kept.refresh_from_db()
    assert (kept.held_until == until) is is_kept


def test_a_hold_that_others_have_taken_cannot_be_kept(bath, maya, on_the_wall):
    abandoned = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(abandoned)
    hold_booking(bath, starts_at=on_the_wall("10:00"))

    with pytest.raises(HoldLost):
        extend_holds([abandoned], until=clock.now() + AN_HOUR)


def test_no_hold_is_kept_for_longer_than_a_day(bath, maya, on_the_wall):
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))

    with pytest.raises(HoldLost):
        extend_holds([booking], until=clock.now() + timedelta(days=2))


def test_s08_more_time_is_given_ten_times(bath, maya, on_the_wall):
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))
    first_end = booking.held_until

    for _ in range(10):
        booking = ask_for_more_time(booking)
    with pytest.raises(NoMoreTime):
        ask_for_more_time(booking)

    booking.refresh_from_db()
    assert booking.held_until == first_end + timedelta(minutes=100)


def test_t11_more_time_is_not_given_for_a_hold_that_ran_out(bath, maya, on_the_wall):
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(booking)

    with pytest.raises(HoldLost):
        ask_for_more_time(booking)


def test_releasing_gives_the_time_back_and_leaves_visits_alone(bath, maya, on_the_wall):
    held = hold_booking(bath, starts_at=on_the_wall("10:00"))
    visit = BookingFactory(resource=maya, starts_at=on_the_wall("12:00"), confirmed=True)

    release_holds([held, visit])
    release_holds([held, visit])

    assert (status_of(held), status_of(visit)) == (BookingStatus.CANCELLED, BookingStatus.CONFIRMED)
    assert hold_booking(bath, starts_at=on_the_wall("10:00"))


# Pets


def test_each_visit_is_for_a_pet(bath, maya, on_the_wall):
    booking, pet = hold_booking(bath, starts_at=on_the_wall("10:00")), PetFactory()

    assign_pets({booking: pet})

    assert Booking.objects.get(pk=booking.pk).pet == pet


def test_a_pet_that_is_elsewhere_is_refused(bath, maya, tom, on_the_wall):
    pet = PetFactory(name="Biscuit")
    BookingFactory(pet=pet, starts_at=on_the_wall("10:30"), confirmed=True)
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))

    with pytest.raises(PetElsewhere, match="Biscuit") as refused:
        assign_pets({booking: pet})

    assert refused.value.booking == booking
    assert Booking.objects.get(pk=booking.pk).pet is None


def test_one_pet_cannot_have_both_visits_of_a_basket_at_once(bath, maya, tom, on_the_wall):
    holds = [hold_booking(bath, starts_at=on_the_wall("10:00")) for _ in range(2)]
    pet = PetFactory()

    with pytest.raises(PetElsewhere):
        assign_pets(dict.fromkeys(holds, pet))


def test_a_lapsed_hold_of_the_same_pet_gives_way(bath, maya, on_the_wall):
    pet = PetFactory()
    abandoned = BookingFactory(pet=pet, starts_at=on_the_wall("10:30"), lapsed=True)
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))

    assign_pets({booking: pet})

    assert status_of(abandoned) == BookingStatus.CANCELLED


# When the money is there


def test_holds_become_visits_however_often_it_is_said(bath, maya, on_the_wall):
    holds = [hold_booking(bath, starts_at=on_the_wall(wall)) for wall in ("10:00", "11:00")]

    assert confirm_bookings(holds) == []
    assert confirm_bookings(holds) == []

    assert set(Booking.objects.values_list("status", "held_until")) == {(BookingStatus.CONFIRMED, None)}


def test_p05_a_hold_that_ran_out_is_good_while_nobody_took_it(bath, maya, on_the_wall):
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(booking)

    assert confirm_bookings([booking]) == []

    assert status_of(booking) == BookingStatus.CONFIRMED


def test_p05_a_hold_that_was_taken_and_is_free_again_is_taken_again(bath, maya, on_the_wall):
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(booking)
    rival = hold_booking(bath, starts_at=on_the_wall("10:30"))
    release_holds([rival])

    assert confirm_bookings([booking]) == []

    assert status_of(booking) == BookingStatus.CONFIRMED


def test_p05_a_rival_whose_own_hold_ran_out_is_no_rival(bath, maya, on_the_wall):
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(booking)
    rival = hold_booking(bath, starts_at=on_the_wall("10:30"))
    let_run_out(rival)

    assert confirm_bookings([booking]) == []

    assert (status_of(booking), status_of(rival)) == (BookingStatus.CONFIRMED, BookingStatus.CANCELLED)


def test_p05_any_seat_of_the_room_will_do(bath, on_the_wall):
    ResourceFactory(capacity=2, services=[bath.offering])
    booking = hold_booking(bath, starts_at=on_the_wall("10:00"))
    let_run_out(booking)
    assert hold_booking(bath, starts_at=on_the_wall("10:00")).seat == booking.seat == 1

    assert confirm_bookings([booking]) == []

    booking.refresh_from_db()
    assert (booking.status, booking.seat) == (BookingStatus.CONFIRMED, 2)


def test_p04_a_hold_that_others_have_now_is_lost_and_the_rest_is_kept(bath, maya, on_the_wall):
    taken, kept = [hold_booking(bath, starts_at=on_the_wall(wall)) for wall in ("10:00", "12:00")]
    let_run_out(taken)
    rival = hold_booking(bath, starts_at=on_the_wall("10:30"))

    with transaction.atomic():
        lost = confirm_bookings([taken, kept])

    assert lost == [taken]
    assert [status_of(booking) for booking in (taken, rival, kept)] == [
        BookingStatus.CANCELLED,
        BookingStatus.HELD,
        BookingStatus.CONFIRMED,
    ]


def test_p04_a_visit_that_had_begun_before_its_money_came_is_lost():
    begun = BookingFactory(starts_at=timezone.now() - AN_HOUR, lapsed=True)

    assert confirm_bookings([begun]) == [begun]
    assert confirm_bookings([begun]) == [begun]

    assert status_of(begun) == BookingStatus.CANCELLED


def test_a_visit_that_has_begun_is_confirmed_while_its_hold_is_alive():
    begun = BookingFactory(starts_at=timezone.now() - A_MINUTE)

    assert confirm_bookings([begun]) == []


def test_p04_a_lost_visit_whose_groomer_left_or_whose_pet_is_elsewhere_is_not_taken_again(on_the_wall):
    gone = BookingFactory(status=BookingStatus.CANCELLED, resource__is_active=False)
    pet = PetFactory()
    elsewhere = BookingFactory(status=BookingStatus.CANCELLED, pet=pet)
    BookingFactory(starts_at=elsewhere.starts_at, pet=pet, confirmed=True)

    assert confirm_bookings([gone, elsewhere]) == [gone, elsewhere]

    assert [booking.status for booking in (gone, elsewhere)] == [BookingStatus.CANCELLED] * 2
    assert {status_of(gone), status_of(elsewhere)} == {BookingStatus.CANCELLED}


@pytest.mark.parametrize("who", [None, "maya", "tom"])
def test_p04_a_lost_visit_is_not_taken_again_on_a_day_that_was_closed_meanwhile(bath, maya, tom, on_the_wall, who):
    hold = hold_booking(bath, starts_at=on_the_wall("13:00"), resource=maya)
    away = {None: None, "maya": maya, "tom": tom}[who]
    close_time(ClosureFactory(resource=away, starts_at=on_the_wall("12:00"), ends_at=on_the_wall("18:00")))
    release_holds([hold])

    lost = confirm_bookings([hold])

    assert lost == ([] if who == "tom" else [hold])


# At the shop


def test_a_visit_goes_from_confirmed_to_done():
    visit = BookingFactory(confirmed=True)

    check_in(visit)
    assert status_of(visit) == BookingStatus.CHECKED_IN
    complete(visit)
    assert status_of(visit) == BookingStatus.COMPLETED


def test_whoever_does_not_come_leaves_the_time_free(bath, maya, on_the_wall):
    visit = BookingFactory(resource=maya, starts_at=on_the_wall("10:00"), confirmed=True)

    mark_no_show(visit)

    assert status_of(visit) == BookingStatus.NO_SHOW
    assert hold_booking(bath, starts_at=on_the_wall("10:00"))


@pytest.mark.parametrize(
    ("move", "status"),
    [
        (check_in, BookingStatus.HELD),
        (check_in, BookingStatus.CANCELLED),
        (check_in, BookingStatus.CHECKED_IN),
        (complete, BookingStatus.CONFIRMED),
        (complete, BookingStatus.COMPLETED),
        (mark_no_show, BookingStatus.CHECKED_IN),
        (mark_no_show, BookingStatus.NO_SHOW),
    ],
)
def test_c17_a_visit_that_has_moved_on_says_where_it_is(move, status):
    visit = BookingFactory(status=status)
    Booking.objects.filter(pk=visit.pk).update(status=status)
    visit.status = BookingStatus.CONFIRMED  # as an old page has it

    with pytest.raises(VisitMovedOn, match=str(status.label)):
        move(visit)

    assert status_of(visit) == status


# Closures


def closed_times(closure):
    rows = Booking.objects.filter(closure=closure, status=BookingStatus.CLOSURE).order_by(
        "resource__name", "seat", "starts_at"
    )
    return [
        f"{row.resource} {row.seat} {timezone.localtime(row.starts_at):%H:%M}-{timezone.localtime(row.ends_at):%H:%M}"
        for row in rows
    ]


def test_closing_fills_what_is_free_and_tells_who_is_in_the_way(bath, maya, tom, on_the_wall):
    visit = BookingFactory(resource=maya, starts_at=on_the_wall("13:00"), confirmed=True)
    hold = hold_booking(bath, starts_at=on_the_wall("15:00"), resource=tom)
    BookingFactory(resource=tom, starts_at=on_the_wall("11:00"), confirmed=True)  # over before it
    closure = ClosureFactory(starts_at=on_the_wall("12:00"), ends_at=on_the_wall("18:00"))

    in_the_way = close_time(closure)

    assert in_the_way == [visit, hold]
    assert {status_of(visit), status_of(hold)} == {BookingStatus.CONFIRMED, BookingStatus.HELD}
    assert closed_times(closure) == [
        "Maya 1 12:00-13:00",
        "Maya 1 14:00-18:00",
        "Tom 1 12:00-15:00",
        "Tom 1 16:00-18:00",
    ]
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("12:00"))


def test_closing_one_groomer_leaves_the_others_open(bath, maya, tom, on_the_wall):
    close_time(ClosureFactory(resource=maya, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("18:00")))

    assert hold_booking(bath, starts_at=on_the_wall("10:00")).resource == tom
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("12:00"), resource=maya)


def test_closing_twice_fills_only_what_is_new(bath, maya, on_the_wall):
    closure = ClosureFactory(starts_at=on_the_wall("12:00"), ends_at=on_the_wall("18:00"))
    close_time(closure)
    once = closed_times(closure)

    close_time(closure)
    assert closed_times(closure) == once

    maya.capacity = 2
    maya.save(update_fields=["capacity"])
    ResourceFactory(name="Priya")
    close_time(closure)
    assert closed_times(closure) == ["Maya 1 12:00-18:00", "Maya 2 12:00-18:00", "Priya 1 12:00-18:00"]


def test_a_lapsed_hold_is_not_in_the_way_of_a_closure(bath, maya, on_the_wall):
    abandoned = BookingFactory(resource=maya, starts_at=on_the_wall("13:00"), lapsed=True)
    closure = ClosureFactory(starts_at=on_the_wall("12:00"), ends_at=on_the_wall("18:00"))

    assert close_time(closure) == []

    assert status_of(abandoned) == BookingStatus.CANCELLED
    assert closed_times(closure) == ["Maya 1 12:00-18:00"]


def test_a_hold_that_was_in_the_way_and_is_given_back_does_not_open_the_closure(bath, maya, on_the_wall):
    hold = hold_booking(bath, starts_at=on_the_wall("13:00"))
    close_time(ClosureFactory(starts_at=on_the_wall("12:00"), ends_at=on_the_wall("18:00")))

    release_holds([hold])

    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("13:00"))


def test_reopening_gives_the_time_back(bath, maya, on_the_wall):
    closure = ClosureFactory(starts_at=on_the_wall("09:00"), ends_at=on_the_wall("18:00"))
    close_time(closure)

    reopen(closure)
    reopen(closure)

    assert closed_times(closure) == []
    assert hold_booking(bath, starts_at=on_the_wall("13:00"))


def test_a_closure_that_was_reopened_can_be_closed_again(bath, maya, on_the_wall):
    closure = ClosureFactory(starts_at=on_the_wall("09:00"), ends_at=on_the_wall("18:00"))
    close_time(closure)
    reopen(closure)

    close_time(closure)

    assert closed_times(closure) == ["Maya 1 09:00-18:00"]


# Tidying


def test_tidying_cancels_what_ran_out_long_ago(bath, maya, on_the_wall):
    old, new = BookingFactory(), BookingFactory()
    Booking.objects.filter(pk=old.pk).update(held_until=timezone.now() - 2 * AN_HOUR)
    let_run_out(new)

    tidy_holds(timestamp=0)

    assert (status_of(old), status_of(new)) == (BookingStatus.CANCELLED, BookingStatus.HELD)


def test_the_clock_is_asked_after_the_locks(bath, maya, on_the_wall, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as asked:
        hold_booking(bath, starts_at=on_the_wall("10:00"))

    statements = [query["sql"] for query in asked.captured_queries]
    [lock] = [
        place for place, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql and "bookings_resource" in sql
    ]
    [read] = [place for place, sql in enumerate(statements) if "clock_timestamp" in sql]
    assert lock < read


def test_a_closure_is_no_visit_even_when_it_was_opened_again(bath, maya, on_the_wall):
    visit = BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("10:00"))
    closure = ClosureFactory(resource=maya, starts_at=on_the_wall("12:00"))
    close_time(closure)

    reopen(closure)

    assert list(Booking.objects.visits()) == [visit]
