"""Nights that cost more than those that were sold: both times are kept until the difference is paid, and then one of them."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus, Resource, Season
from bookings.operations import CannotBeMoved, PetElsewhere, SlotTaken, hold_booking, mark_no_show, move_booking
from checkout import closing, payments
from checkout.fulfilment import check_in
from checkout.models import (
    ChangeStatus,
    CounterMethod,
    EventKind,
    Message,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentStatus,
    Receipt,
    Refund,
    VisitChange,
)
from checkout.operations import (
    ChangeIsOver,
    NotAsQuoted,
    NotByCard,
    OtherAmount,
    PaymentIsUnderWay,
    add_visit,
    ask_for_change,
    cancel_lines,
    change_attempt,
    end_change,
    move_visit,
    reject_refund,
    send_again,
    take_for_change,
)
from checkout.quotes import MoveQuote, cost_of, quoted
from checkout.reconcile import reconcile
from checkout.stripe_local import Fault, local_stripe
from petshop.core import clock
from tests.checkout.conftest import pay
from tests.checkout.test_moving import AN_HOUR, begin_in, events, letters, paid
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_quotes import halved
from tests.factories import CartFactory

pytestmark = pytest.mark.django_db

TEN_MORE = MoveQuote(old=Decimal(40), new=Decimal(50), to_pay=Decimal(10))


@pytest.fixture
def dear(stay, ten_tomorrow):
    """Arrive ten days later, and one of the two nights costs half as much again: EUR 50.00 instead of EUR 40.00."""
    return raised(stay, ten_tomorrow.replace(hour=15) + timedelta(days=10))


def raised(stay, arrival, percent=50):
    day = arrival.date()
    Season.objects.create(
        offering=stay.variant.offering, name="Holidays", first_night=day, last_night=day, percent=percent
    )
    return arrival


def read(line):
    return OrderLine.objects.select_related("order", "booking").get(pk=line.pk)


def asked(stay, starts_at, agreed=TEN_MORE, **who):
    return ask_for_change(stay, starts_at=starts_at, agreed=agreed, **who)


def paid_page(change):
    """Its payment page, paid and told of."""
    payments.open_change(change)
    attempt = change.payments.live().get()
    pay(attempt)
    payments.settle(attempt.session_id)
    return Payment.objects.get(pk=attempt.pk)


def run_out(change):
    """Its time is over: tests move rows, never the clock."""
    past = clock.now() - timedelta(seconds=1)
    VisitChange.objects.filter(pk=change.pk).update(held_until=past)
    Booking.objects.filter(pk=change.booking_id, status=BookingStatus.HELD).update(held_until=past)


def is_healthy():
    return violations(connection) == []


# Until it is paid


def test_while_the_difference_is_not_paid_both_times_are_kept(stay, dear, ten_tomorrow):
    change = asked(stay, dear)

    assert (change.amount, change.price, change.cost) == (10, 50, 40)
    assert (change.booking.starts_at, change.booking.status) == (dear, BookingStatus.HELD)
    assert change.booking.held_until == change.held_until
    visit = read(stay).booking
    assert (visit.starts_at, visit.status, visit.sequence) == (ten_tomorrow.replace(hour=15), "confirmed", 0)
    for taken in (dear, visit.starts_at):
        with pytest.raises(SlotTaken):
            hold_booking(stay.variant, starts_at=taken, nights=2)
    assert not Message.objects.filter(kind="moved").exists()
    assert is_healthy()


@pytest.mark.parametrize(
    "agreed",
    [MoveQuote(Decimal(40), Decimal(50)), MoveQuote(Decimal(40), Decimal(45), to_pay=Decimal(5))],
    ids=["for nothing", "for less"],
)
def test_what_was_not_agreed_to_is_quoted_and_keeps_nothing(stay, dear, agreed):
    with pytest.raises(NotAsQuoted, match="costs €50.00, and €10.00 is to be paid"):
        asked(stay, dear, agreed)

    assert not VisitChange.objects.exists()
    hold_booking(stay.variant, starts_at=dear, nights=2)


def test_a_time_that_costs_the_same_is_not_waited_for(stay, ten_tomorrow):
    with pytest.raises(NotAsQuoted):
        asked(stay, ten_tomorrow.replace(hour=15) + timedelta(days=5), MoveQuote(Decimal(40), Decimal(40)))


def test_c18_a_dearer_time_that_somebody_has_is_neither_kept_nor_paid(stay, dear, ten_tomorrow):
    hold_booking(stay.variant, starts_at=dear, nights=2)

    with pytest.raises(SlotTaken):
        asked(stay, dear)

    assert not VisitChange.objects.exists()
    assert read(stay).booking.starts_at == ten_tomorrow.replace(hour=15)


def test_nights_that_both_times_share_in_one_kennel_are_not_held_twice(stay, ten_tomorrow):
    """The only kennel there is: the visit has the first of the two nights already."""
    a_day_later = raised(stay, ten_tomorrow.replace(hour=15) + timedelta(days=2)) - timedelta(days=1)

    change = asked(stay, a_day_later)

    visit = read(stay).booking
    assert (change.booking.blocked_from, change.booking.blocked_until) == (
        visit.blocked_until,
        visit.blocked_until + timedelta(days=1),
    )
    assert change.booking.nights is None
    paid_page(change)
    moved = read(stay).booking
    assert (moved.starts_at, moved.ends_at - moved.starts_at) == (a_day_later, visit.ends_at - visit.starts_at)
    assert (moved.nights, moved.arrives_on) == (2, a_day_later.date())
    assert is_healthy()


def test_the_nights_before_are_held_when_it_begins_sooner(stay, ten_tomorrow):
    move_visit(stay, starts_at=ten_tomorrow.replace(hour=15) + timedelta(days=5))
    visit = read(stay).booking
    sooner = raised(stay, visit.starts_at - timedelta(days=1))

    change = asked(stay, sooner)

    assert (change.booking.starts_at, change.booking.blocked_until) == (sooner, visit.blocked_from)
    paid_page(change)
    assert read(stay).booking.starts_at == sooner
    assert is_healthy()


def test_a_pet_that_is_elsewhere_then_is_said_before_anybody_pays(stay, dear):
    visit = read(stay).booking
    kennel = Resource.objects.get()
    kennel.capacity = 2
    kennel.save()
    other = hold_booking(stay.variant, starts_at=dear, nights=2, pet=visit.pet)
    assert other.pet == visit.pet

    with pytest.raises(PetElsewhere):
        asked(stay, dear)


def test_its_customer_is_bound_to_the_terms_and_staff_are_not(stay, dear):
    OrderLine.objects.filter(pk=stay.pk).update(kept_at_least=0)
    Booking.objects.filter(order_line=stay).update(moves=9)

    with pytest.raises(CannotBeMoved):
        asked(stay, dear)
    assert asked(stay, dear, actor="robin", cause="She called").amount == 10


def test_of_an_order_that_is_not_all_paid_the_rest_is_paid_first(stay, dear):
    rules = stay.variant.offering.rules
    rules.deposit_percent, rules.balance_due = 30, timedelta(days=1)
    rules.save()
    cart = CartFactory()
    add_visit(cart, stay.variant, starts_at=dear - timedelta(days=5), nights=2)

    with pytest.raises(NotByCard, match="Please pay it first"):
        asked(paid(cart).lines.get(), dear)


def test_so_little_more_that_no_card_takes_it_is_asked_of_nobody(stay, ten_tomorrow):
    start = raised(stay, ten_tomorrow.replace(hour=15) + timedelta(days=10), percent=2)
    line = read(stay)
    assert quoted(line.order, line, line.booking, start) == MoveQuote(Decimal(40), Decimal("40.40"))

    move_visit(stay, starts_at=start)

    line = read(stay)
    assert (line.booking.starts_at, cost_of(line), line.order.total) == (start, 40, 40)
    assert is_healthy()


def test_another_choice_lets_the_first_one_go(stay, dear, ten_tomorrow):
    first = asked(stay, dear)

    second = asked(stay, raised(stay, dear + timedelta(days=5)))

    first.refresh_from_db()
    assert (first.status, first.booking.status) == (ChangeStatus.ENDED, BookingStatus.CANCELLED)
    assert second.is_waiting
    assert is_healthy()


def test_what_was_kept_is_in_nobodys_way_when_the_visit_moves_for_nothing(stay, dear):
    """The second of the nights that are kept, and one more: only this kennel has them."""
    change = asked(stay, dear)

    move_visit(stay, starts_at=dear + timedelta(days=1))

    change.refresh_from_db()
    assert change.status == ChangeStatus.ENDED
    assert read(stay).booking.starts_at == dear + timedelta(days=1)
    assert is_healthy()


# Paid


def test_paid_it_moves_and_the_difference_is_a_charge_of_the_order(stay, dear):
    change = asked(stay, dear)

    payment = paid_page(change)

    change.refresh_from_db()
    line = read(stay)
    assert (payment.status, payment.amount, payment.purpose) == (PaymentStatus.SUCCEEDED, 10, "change")
    assert change.status == ChangeStatus.DONE
    assert (line.booking.starts_at, line.booking.nights, line.booking.moves, line.booking.sequence) == (dear, 2, 1, 1)
    [charge] = line.order.charges
    assert (charge.amount, charge.visit, charge.tax_rate) == (10, stay, stay.tax_rate)
    assert charge.name.startswith("Another time: ")
    assert (line.order.total, line.order.received, line.order.outstanding) == (50, 50, 0)
    assert line.order.status == OrderStatus.PAID
    assert cost_of(line) == 50
    [event] = events(stay, EventKind.VISIT_MOVED)
    assert (event.details["cost"], event.details["costs"]) == ("40.00", "50.00")
    assert [entry.amount for entry in Receipt.objects.order_by("pk")] == [40, 10]
    assert is_healthy()


def test_its_customer_is_told_of_the_new_time_once(stay, dear):
    change = asked(stay, dear)
    payment = paid_page(change)

    payments.settle(payment.session_id)

    moved = [letter for letter in letters() if letter.subject.startswith("New time")]
    assert len(moved) == 1
    assert VisitChange.objects.filter(status=ChangeStatus.DONE).count() == 1
    assert len(events(stay, EventKind.CHANGE_PAID)) == 1


def test_pressed_again_it_is_the_same_page(stay, dear):
    change = asked(stay, dear)

    assert payments.open_change(change) == payments.open_change(change)

    assert change.payments.count() == 1


def test_stripe_is_asked_for_the_difference_and_for_nothing_else(stay, dear):
    change = asked(stay, dear)

    payments.open_change(change)

    attempt = change.payments.get()
    assert attempt.lines_snapshot == [
        {"name": f"Another time: {stay.title}", "unit": 1000, "quantity": 1},
    ]


def test_a_page_that_stripe_did_not_open_keeps_both_times(stay, dear):
    change = asked(stay, dear)
    local_stripe().faults += [Fault("answer lost", "POST /v1/checkout/sessions")] * 2  # as often as the SDK asks

    with pytest.raises(payments.StripeIsDown):
        payments.open_change(change)

    change.refresh_from_db()
    assert change.is_open(clock.now())


# Not paid


def test_when_its_time_runs_out_the_visit_stays_and_the_other_time_is_free(stay, dear, ten_tomorrow):
    change = asked(stay, dear)
    payments.open_change(change)
    run_out(change)

    done = reconcile()

    change.refresh_from_db()
    assert done["changes ended"] == 1
    assert (change.status, change.payments.get().status) == (ChangeStatus.ENDED, PaymentStatus.EXPIRED)
    assert read(stay).booking.starts_at == ten_tomorrow.replace(hour=15)
    hold_booking(stay.variant, starts_at=dear, nights=2)
    assert read(stay).order.total == 40
    assert is_healthy()


def test_a_page_that_was_paid_before_anybody_heard_moves_it_when_its_time_is_over(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    pay(change.payments.get(), delivery="never")
    run_out(change)

    reconcile()

    assert read(stay).booking.starts_at == dear
    assert is_healthy()


def test_money_after_its_time_still_moves_it_if_nobody_took_the_place(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    attempt = change.payments.get()
    pay(attempt, delivery="never")
    run_out(change)

    payments.settle(attempt.session_id)

    assert read(stay).booking.starts_at == dear
    assert is_healthy()


def test_money_for_a_place_that_somebody_took_goes_back_and_the_visit_stays(stay, dear, ten_tomorrow):
    change = asked(stay, dear)
    payments.open_change(change)
    attempt = change.payments.get()
    pay(attempt, delivery="never")
    run_out(change)
    hold_booking(stay.variant, starts_at=dear, nights=2)

    payments.settle(attempt.session_id)

    change.refresh_from_db()
    line = read(stay)
    assert change.status == ChangeStatus.ENDED
    assert (line.booking.starts_at, line.booking.status) == (ten_tomorrow.replace(hour=15), "confirmed")
    refund = Refund.objects.get()
    assert (refund.amount, refund.origin, refund.payment.change) == (10, "surplus", change)
    assert (line.order.total, line.order.charges) == (40, [])
    assert any("Your visit keeps its old time. What you paid" in letter.body for letter in letters())
    assert is_healthy()


def test_money_for_a_visit_that_staff_moved_meanwhile_goes_back(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    attempt = change.payments.get()
    pay(attempt, delivery="never")
    elsewhere = dear + timedelta(days=5)
    move_booking(read(stay).booking, starts_at=elsewhere)

    payments.settle(attempt.session_id)

    assert Refund.objects.get().amount == 10
    assert read(stay).booking.starts_at == elsewhere


def test_money_for_a_visit_that_is_over_goes_back(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    attempt = change.payments.get()
    pay(attempt, delivery="never")
    begun = clock.now() - AN_HOUR
    Booking.objects.filter(order_line=stay).update(starts_at=begun, blocked_from=begun)
    mark_no_show(read(stay).booking)

    payments.settle(attempt.session_id)

    assert Refund.objects.get().amount == 10
    assert read(stay).booking.status == BookingStatus.NO_SHOW


def test_for_a_visit_whose_pet_is_here_nothing_more_is_asked_and_the_other_time_is_free(stay, dear):
    change = asked(stay, dear, actor="robin", cause="She called")
    payments.open_change(change)
    begin_in(stay, -AN_HOUR)
    check_in(read(stay), actor="robin")

    assert reconcile()["changes ended"] == 1

    change.refresh_from_db()
    assert (change.status, change.payments.get().status) == (ChangeStatus.ENDED, PaymentStatus.EXPIRED)
    hold_booking(stay.variant, starts_at=dear, nights=2)
    assert is_healthy()


def test_the_time_it_has_can_be_kept_after_all(stay, dear, ten_tomorrow):
    change = asked(stay, dear)
    payments.open_change(change)

    assert closing.end_change(change, actor="customer", cause="Kept the old time")
    assert not closing.end_change(change, actor="customer", cause="Kept the old time")

    assert change.payments.get().status == PaymentStatus.EXPIRED
    assert read(stay).booking.starts_at == ten_tomorrow.replace(hour=15)
    assert len(events(stay, EventKind.CHANGE_ENDED)) == 1
    with pytest.raises(ChangeIsOver):
        payments.open_change(change)
    assert is_healthy()


def test_a_page_that_turns_out_to_be_paid_is_not_let_go(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    pay(change.payments.get(), delivery="never")

    assert not closing.end_change(change, actor="customer", cause="Kept the old time")

    assert read(stay).booking.starts_at == dear


def test_while_its_page_is_open_nobody_moves_or_ends_it_unseen(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)

    with pytest.raises(PaymentIsUnderWay):
        move_visit(stay, starts_at=dear + timedelta(days=5), actor="robin", cause="She called")
    with pytest.raises(PaymentIsUnderWay):
        end_change(change, actor="robin", cause="She called")
    with pytest.raises(PaymentIsUnderWay):
        asked(stay, dear)
    closing.move_visit(stay, starts_at=dear + timedelta(days=5), actor="robin", cause="She called")
    assert is_healthy()


# Cancelled, or moved once more


def test_called_off_before_it_is_paid_nothing_of_it_stays(stay, dear):
    change = asked(stay, dear)

    plan = cancel_lines([stay])

    change.refresh_from_db()
    assert (change.status, change.booking.status) == (ChangeStatus.ENDED, BookingStatus.CANCELLED)
    assert (plan.left, plan.comes_back) == (40, 40)
    assert is_healthy()


def test_called_off_after_it_was_paid_the_terms_keep_their_share_of_both(stay, dear):
    paid_page(asked(stay, dear))
    OrderLine.objects.filter(pk=stay.pk).update(kept_at_least=50)

    plan = cancel_lines([read(stay)])

    assert (plan.left, plan.kept, plan.comes_back) == (50, 25, 25)
    assert sorted(refund.amount for refund in Refund.objects.all()) == [10, 15]
    assert read(stay).order.status == OrderStatus.CANCELLED
    assert Message.objects.filter(kind="cancelled").count() == 1
    assert is_healthy()


def test_moved_to_a_cheaper_time_after_that_what_was_paid_last_comes_back_first(stay, dear):
    paid_page(asked(stay, dear))
    cheap = halved(stay, dear + timedelta(days=8))
    line = read(stay)
    quote = quoted(line.order, line, line.booking, cheap)
    assert quote == MoveQuote(Decimal(50), Decimal(30), comes_back=Decimal(20))

    move_visit(stay, starts_at=cheap, agreed=quote)

    line = read(stay)
    [charge] = line.order.charges
    assert (charge.worth, line.worth, cost_of(line)) == (0, 30, 30)
    assert (charge.refunded, line.refunded) == (10, 10)
    assert is_healthy()


def test_what_did_not_go_back_of_a_cheaper_time_is_sent_again_beside_what_the_next_one_costs_less(stay, dear):
    paid_page(asked(stay, dear))
    cheap = halved(stay, dear + timedelta(days=8))
    moved(stay, dear + timedelta(days=16), comes_back=Decimal(10))
    first = reject_refund(Refund.objects.get(), error="No")

    moved(stay, cheap, comes_back=Decimal(10))
    [again] = send_again(first, actor="robin")

    line = read(stay)
    [charge] = line.order.charges
    assert (charge.refunded, line.refunded, again.amount, cost_of(line)) == (10, 10, 10, 30)
    assert is_healthy()


def moved(stay, starts_at, **money):
    """For what it costs there, by staff."""
    line = read(stay)
    quote = quoted(line.order, line, line.booking, starts_at)
    assert money == {name: getattr(quote, name) for name in money}
    return move_visit(stay, starts_at=starts_at, agreed=quote, actor="robin", cause="She called")


def test_of_a_time_that_was_cheap_the_way_back_up_is_paid_once_more(stay, dear, ten_tomorrow):
    cheap = halved(stay, dear + timedelta(days=8))
    move_visit(stay, starts_at=cheap, agreed=MoveQuote(Decimal(40), Decimal(30), comes_back=Decimal(10)))

    paid_page(asked(stay, dear, MoveQuote(Decimal(30), Decimal(50), to_pay=Decimal(20))))

    line = read(stay)
    assert (line.worth, cost_of(line), line.order.total, line.order.received) == (30, 50, 60, 60)
    plan = cancel_lines([line])
    assert (plan.left, plan.comes_back) == (50, 50)
    assert is_healthy()


# At the counter, and by a link


def test_staff_keep_it_for_most_of_a_day_and_its_customer_gets_the_address(stay, dear):
    change = asked(stay, dear, actor="robin", cause="She called")

    assert timedelta(hours=22, minutes=59) < change.held_until - clock.now() <= timedelta(hours=23)
    [letter] = letters()
    assert "€10.00" in letter.body
    assert stay.order.get_absolute_url() in letter.body
    payment = paid_page(change)
    assert payment.amount == 10
    assert read(stay).booking.moves == 0
    assert is_healthy()


def test_a_page_that_is_opened_in_its_last_minute_has_all_of_its_time(stay, dear):
    change = asked(stay, dear, actor="robin", cause="She called")
    almost = timedelta(hours=22, minutes=59)
    VisitChange.objects.filter(pk=change.pk).update(held_until=change.held_until - almost)
    held = Booking.objects.get(pk=change.booking_id)
    Booking.objects.filter(pk=held.pk).update(
        created_at=held.created_at - almost, held_until=change.held_until - almost
    )

    payments.open_change(change)

    change.refresh_from_db()
    assert change.held_until - clock.now() > timedelta(minutes=44)
    assert is_healthy()


def test_a_link_to_what_is_over_is_not_sent(stay, dear):
    change = asked(stay, dear, actor="robin", cause="She called")
    end_change(change, actor="robin", cause="She called again")

    assert letters() == []


def test_p22_taken_at_the_counter_it_moves_once_however_often_it_is_pressed(stay, dear):
    change = asked(stay, dear, actor="robin", cause="At the desk")
    press = uuid4()

    for _press in range(2):
        payment = take(change, press=press)

    assert (payment.amount, payment.status) == (10, PaymentStatus.SUCCEEDED)
    assert (read(stay).booking.starts_at, read(stay).order.total) == (dear, 50)
    assert Payment.objects.filter(change=change).count() == 1
    assert is_healthy()


def take(change, *, press=None, agreed=Decimal(10)):
    return take_for_change(
        change, press=press or uuid4(), method=CounterMethod.CASH, agreed=agreed, note="", actor="robin"
    )


def test_at_the_counter_nothing_is_taken_for_what_is_not_to_be_had(stay, dear):
    change = asked(stay, dear, actor="robin", cause="At the desk")
    with pytest.raises(OtherAmount, match="€10.00 is to be paid"):
        take(change, agreed=Decimal(5))
    run_out(change)
    hold_booking(stay.variant, starts_at=dear, nights=2)

    with pytest.raises(SlotTaken):
        take(change)

    assert not Payment.objects.filter(change=change).exists()
    assert is_healthy()


def test_i14_nothing_of_what_was_agreed_can_be_changed_in_the_database(stay, dear):
    change = asked(stay, dear)

    with pytest.raises(Exception, match=re.escape("checkout_visitchange")):
        VisitChange.objects.filter(pk=change.pk).update(amount=1)


def test_of_two_times_that_staff_kept_one_after_the_other_only_the_second_is_written_about(stay, dear):
    asked(stay, dear, actor="robin", cause="She called")
    asked(stay, raised(stay, dear + timedelta(days=5)), actor="robin", cause="She called again")

    [letter] = letters()

    assert f"{dear + timedelta(days=5):%-d}" in letter.body


def test_while_the_pet_is_here_nothing_is_opened_to_pay_for_another_time(stay, dear):
    change = asked(stay, dear)
    Booking.objects.filter(order_line=stay).update(status=BookingStatus.CHECKED_IN)

    with pytest.raises(ChangeIsOver):
        payments.open_change(change)

    assert not change.payments.exists()


def test_only_what_waits_can_be_paid(stay, dear):
    change = asked(stay, dear)
    run_out(change)

    with pytest.raises(ChangeIsOver):
        change_attempt(change)
