"""Visits, products and whole orders are called off: the money, the place, the shelf and the order, in one act."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from icalendar import Calendar

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus
from bookings.operations import VisitMovedOn, hold_booking
from catalog.models import StockMovement, StockReason
from checkout import emails, fulfilment, operations, payments, refunds, states
from checkout.basket import look_into
from checkout.cancelling import CannotKeep, Keep, Seen, planned
from checkout.closing import CannotClose, cancel_unpaid
from checkout.fulfilment import NothingToDo
from checkout.headline import headline
from checkout.models import CUSTOMER, EventKind, Message, Order, OrderStatus, Payment, PromotionUse, Refund
from checkout.operations import NotAsSeen, cancel_lines, request_refund
from checkout.portions import Choice
from checkout.stripe_local import local_stripe
from checkout.timeline import timeline
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay, place
from tests.checkout.customer import product_of, stripe_sleeps
from tests.checkout.test_moving import begin_in, paid
from tests.factories import CartFactory, DeliveryZoneFactory, DisputeFactory, PromotionFactory

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards(db):
    yield
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=1))  # M5 looks away for five minutes
    assert violations(connection) == []


@pytest.fixture
def order(cart):
    """A bath for 35.00, of which half is kept from a day before on, and a bottle of shampoo for 4.50."""
    return paid(cart)


@pytest.fixture
def bath_line(order):
    return order.lines.visits().get()


@pytest.fixture
def bottle(order):
    return order.lines.products().get()


def everything_of(order):
    return list(order.lines.all())


def planned_now(lines):
    order = Order.objects.get(pk=lines[0].order_id)
    return planned(order, list(order.lines.filter(pk__in=[line.pk for line in lines])), now=clock.now())


def asked_back() -> Decimal:
    return sum((refund.amount for refund in Refund.objects.all()), Decimal(0))


def state_of(order) -> str:
    return Order.objects.get(pk=order.pk).status


def on_the_shelf(line) -> int:
    line.variant.refresh_from_db()
    return line.variant.stock


# The whole order


def test_the_whole_order_gives_back_money_place_and_stock(order, bath_line, bottle):
    begin_in(bath_line, timedelta(hours=23))

    plan = cancel_lines(everything_of(order))

    assert (plan.left, plan.kept, plan.comes_back) == (Decimal("39.50"), Decimal("17.50"), Decimal("22.00"))
    refund = Refund.objects.get()
    assert (refund.amount, refund.origin) == (Decimal("22.00"), "customer")
    assert dict(refund.lines.values_list("order_line", "amount")) == {
        bath_line.pk: Decimal("17.50"),
        bottle.pk: Decimal("4.50"),
    }
    assert Booking.objects.get(order_line=bath_line).status == BookingStatus.CANCELLED
    assert on_the_shelf(bottle) == 10
    assert state_of(order) == OrderStatus.CANCELLED


def test_what_is_kept_of_a_cancelled_order_is_a_row_of_the_audit(order, bath_line):
    begin_in(bath_line, timedelta(hours=23))
    cancel_lines(everything_of(order))

    with connection.cursor() as cursor:
        cursor.execute("SELECT amount FROM audit.retained_fee WHERE order_id = %s", [order.pk])
        assert cursor.fetchall() == [(Decimal("17.50"),)]


def test_the_order_says_so_in_all_of_its_words(order, bath_line):
    begin_in(bath_line, timedelta(hours=23))
    cancel_lines(everything_of(order))
    order, now = Order.objects.get(), clock.now()

    words = states.order_words(order, now=now)

    assert (words.reservation.code, words.products.code) == ("cancelled", "cancelled")
    assert headline(order, now=now).title == "Your order is cancelled."
    assert headline(order, now=now).lead == "€22.00 is on its way back to you."
    texts = [(entry.text, entry.detail) for entry in timeline(order.events.all(), for_staff=False)]
    assert ("Visit cancelled", "Bath and tidy, Medium dog: €17.50 comes back, €17.50 is kept.") in texts
    assert ("Part of the order cancelled", "Oat shampoo: €4.50 comes back.") in texts


def test_its_customer_gets_one_mail_of_all_of_it_with_a_file_that_takes_the_visit_out(order, bath_line):
    begin_in(bath_line, timedelta(hours=23))
    cancel_lines(everything_of(order))

    emails.send(Message.objects.exclude(kind="confirmation").get())

    [letter] = mail.outbox
    assert letter.subject == f"Cancelled: order {order.number}"
    for text in (letter.body, letter.alternatives[0].content):
        assert "€22.00 is on its way back to you." in text
        assert "€17.50 is kept" in text
        assert "Oat shampoo" in text
    file = Calendar.from_ical(letter.attachments[0].content)
    [event] = file.walk("VEVENT")
    assert (file["method"], event["status"]) == ("CANCEL", "CANCELLED")


def test_what_is_left_is_not_touched(order, bath_line, bottle):
    cancel_lines([bottle])

    assert state_of(order) == OrderStatus.PAID
    assert asked_back() == Decimal("4.50")
    assert Booking.objects.get(order_line=bath_line).status == BookingStatus.CONFIRMED
    bottle.refresh_from_db()
    words = states.line_words(Order.objects.get(), bottle, now=clock.now())
    assert (words.fulfilment.code, words.next) == ("cancelled", "€4.50 is on its way back to you.")
    assert Refund.objects.get().lines.get().quantity == 1


def test_one_thing_after_the_other_ends_the_order_too(order, bath_line, bottle):
    cancel_lines([bottle])
    cancel_lines([bath_line], actor="robin", cause="Maya is ill", keep=Keep.NOTHING)

    assert state_of(order) == OrderStatus.CANCELLED
    assert asked_back() == order.total


def test_all_of_it_or_nothing(order, bath_line, bottle):
    fulfilment.check_in(bath_line, actor="robin")

    with pytest.raises(VisitMovedOn):
        cancel_lines(everything_of(order))

    assert on_the_shelf(bottle) == 9
    assert not Refund.objects.exists()
    assert not order.events.filter(kind=EventKind.LINE_CANCELLED)


# Once


def test_s05_cancelling_twice_is_cancelling_once(order, bottle):
    for _press in range(2):
        cancel_lines(everything_of(order))

    assert on_the_shelf(bottle) == 10
    assert Refund.objects.count() == 1
    assert Message.objects.filter(kind="called_off").count() == 1
    assert order.events.filter(kind=EventKind.CANCELLED).count() == 1


def test_s05_what_was_refunded_before_is_not_refunded_again_and_is_restocked_once(order, bottle):
    request_refund(order, {bottle: Decimal("4.50")}, reason="It leaks", actor="maya")

    plan = cancel_lines([bottle], actor="maya", cause="It leaks")

    assert (plan.left, plan.comes_back) == (0, 0)
    assert asked_back() == Decimal("4.50")
    assert on_the_shelf(bottle) == 10


def test_s05_what_was_refunded_and_then_brought_back_is_restocked_once(order, bottle):
    fulfilment.hand_over(order, actor="maya")
    request_refund(order, {bottle: Decimal("4.50")}, reason="He is allergic", actor="maya")

    for _press in range(2):
        cancel_lines([bottle], actor="maya", cause="Brought back")

    assert on_the_shelf(bottle) == 10
    assert asked_back() == Decimal("4.50")


def test_s05_what_nobody_can_sell_any_more_comes_back_and_is_written_off(order, bottle):
    fulfilment.hand_over(order, actor="maya")

    cancel_lines([bottle], actor="maya", cause="Opened", wasted=[bottle])

    assert on_the_shelf(bottle) == 9
    moved = list(StockMovement.objects.filter(variant=bottle.variant).order_by("pk").values_list("reason", "delta"))
    assert moved[1:] == [(StockReason.SOLD, -1), (StockReason.RETURNED, 1), (StockReason.SPOILED, -1)]
    assert order.events.get(kind=EventKind.LINE_CANCELLED).details["wasted"]


def test_s05_of_several_pieces_only_those_go_back_that_are_not_back_yet(shampoo):
    cart = CartFactory(holding=[shampoo])
    cart.lines.update(quantity=3)
    line = paid(cart).lines.get()
    one = [Choice(line.pk, pieces=1, restock=True)]
    operations.compose_refund(
        line.order, one, agreed={line.pk: Decimal("4.50")}, reason="Dented", actor="maya", press="once"
    )
    assert on_the_shelf(line) == 8

    plan = cancel_lines([line], actor="maya", cause="She changed her mind")

    assert (plan.comes_back, on_the_shelf(line)) == (Decimal("9.00"), 10)


def test_what_late_money_took_from_the_shelf_again_goes_back_again(cart, shampoo):
    order = place(cart)
    attempt = open_page(order)
    operations.abandon_attempt(attempt)
    Payment.objects.update(status="expired")
    operations.expire_order(order, cause="Not paid in time", to_cart=False)
    pay(attempt)
    payments.settle(attempt.session_id)
    assert state_of(order) == OrderStatus.PAID

    cancel_lines(everything_of(order))

    shampoo.refresh_from_db()
    assert shampoo.stock == 10


# What was seen


def test_a_step_of_the_terms_that_was_reached_meanwhile_is_said_first(order, bath_line):
    begin_in(bath_line, timedelta(hours=25))
    seen = planned_now([bath_line]).seen
    begin_in(bath_line, timedelta(hours=23))

    with pytest.raises(NotAsSeen, match="Meanwhile €17.50 comes back if you cancel, and €17.50 is kept."):
        cancel_lines([bath_line], seen=seen)

    assert not Refund.objects.exists()
    assert Booking.objects.get(order_line=bath_line).status == BookingStatus.CONFIRMED


def test_what_went_back_meanwhile_is_said_first(order, bottle):
    seen = planned_now([bottle]).seen
    request_refund(order, {bottle: Decimal("1.00")}, reason="Dented", actor="maya")

    with pytest.raises(NotAsSeen, match="€3.50 comes back"):
        cancel_lines([bottle], seen=seen)
    cancel_lines([bottle], seen=Seen(Decimal("3.50"), Decimal(0)))

    assert asked_back() == Decimal("4.50")


# As staff decide


@pytest.mark.parametrize(
    ("decided", "kept"),
    [
        ({"keep": Keep.TERMS}, "17.50"),
        ({"keep": Keep.NOTHING}, "0.00"),
        ({"keep": Keep.ALL}, "35.00"),
        ({"keep": Keep.AMOUNT, "amount": Decimal("0.01")}, "0.01"),
        ({"keep": Keep.AMOUNT, "amount": Decimal("35.00")}, "35.00"),
    ],
)
def test_staff_keep_what_they_decide_and_say_why(order, bath_line, decided, kept):
    begin_in(bath_line, timedelta(hours=23))

    cancel_lines([bath_line], actor="robin", cause="Maya is ill", **decided)

    bath_line.refresh_from_db()
    assert bath_line.kept == Decimal(kept)
    assert asked_back() == Decimal("35.00") - Decimal(kept)
    event = order.events.get(kind=EventKind.VISIT_CANCELLED)
    assert (event.actor, event.cause, Decimal(event.details["kept"])) == ("robin", "Maya is ill", Decimal(kept))


def test_of_several_lines_an_amount_is_kept_in_proportion_to_the_cent(order):
    plan = cancel_lines(
        everything_of(order), actor="robin", cause="As agreed", keep=Keep.AMOUNT, amount=Decimal("10.00")
    )

    assert sorted(part.kept for part in plan.parts) == [Decimal("1.14"), Decimal("8.86")]
    assert asked_back() == Decimal("29.50")


@pytest.mark.parametrize("amount", ["35.01", "-0.01", "0.001", None])
def test_nobody_keeps_more_than_is_there_or_a_part_of_a_cent(order, bath_line, amount):
    with pytest.raises(CannotKeep, match="up to €35.00"):
        cancel_lines([bath_line], actor="robin", cause="x", keep=Keep.AMOUNT, amount=amount and Decimal(amount))

    assert not Refund.objects.exists()


def test_a_customer_keeps_what_they_have(order, bottle):
    fulfilment.hand_over(order, actor="maya")

    with pytest.raises(NothingToDo, match="You have this already"):
        cancel_lines([bottle])

    assert on_the_shelf(bottle) == 9


def test_a_fee_that_staff_give_back_later_is_not_kept_any_more(order, bath_line, bottle):
    begin_in(bath_line, timedelta(hours=23))
    cancel_lines(everything_of(order))

    request_refund(order, {bath_line: Decimal("5.00")}, reason="She was ill herself", actor="maya")

    bath_line.refresh_from_db()
    assert (bath_line.kept, bath_line.comes_back, bath_line.still_owed) == (Decimal("12.50"), Decimal("22.50"), 0)


# What is paid beside the things


@pytest.fixture
def delivered(cart):
    """The bath, and the bottle that is to be brought for 3.90."""
    DeliveryZoneFactory()
    operations.deliver(product_of(cart), wanted=True)
    operations.deliver_to(cart, "28012")
    cart.refresh_from_db()
    details = details_for(cart, street="Calle del Olmo 7", city="Madrid")
    order = operations.place_order(cart, details=details, agreed_total=look_into(cart).total)
    attempt = open_page(order)
    pay(attempt)
    payments.settle(attempt.session_id)
    return order


def test_delivery_comes_back_with_the_last_thing_that_was_to_be_brought(delivered):
    plan = cancel_lines([delivered.lines.products().get()])

    assert [part.comes_back for part in plan.parts] == [Decimal("4.50"), Decimal("3.90")]
    assert asked_back() == Decimal("8.40")
    cancel_lines(everything_of(delivered), actor="robin", cause="She asked", keep=Keep.NOTHING)
    assert asked_back() == delivered.total
    assert state_of(delivered) == OrderStatus.CANCELLED


def test_what_was_brought_already_was_worth_its_price(delivered):
    fulfilment.send(delivered, actor="maya")

    plan = cancel_lines([delivered.lines.products().get()], actor="maya", cause="Brought back")

    assert [part.kept for part in plan.parts] == [0, Decimal("3.90")]
    assert asked_back() == Decimal("4.50")


# Money that Stripe cannot send back


def test_what_the_bank_disputes_waits_for_a_person_and_so_does_the_order(order, bath_line):
    DisputeFactory(payment=order.payments.get())
    order.payments.update(is_disputed=True)

    cancel_lines(everything_of(order), actor="robin", cause="She asked", keep=Keep.NOTHING)

    assert not Refund.objects.exists()
    assert state_of(order) == OrderStatus.PAID
    reason = order.concerns.get().reason
    assert reason == "Give €39.50 back by hand, the bank disputes the payment: Oat shampoo, Bath and tidy, Medium dog"
    bath_line.refresh_from_db()
    assert bath_line.still_owed == Decimal("35.00")
    assert states.money_back(Order.objects.get(), bath_line) == "We write to you about the €35.00 that is still yours."


def test_what_was_paid_in_another_mode_is_given_back_by_hand(order):
    order.payments.update(mode="test")

    cancel_lines(everything_of(order), actor="robin", cause="She asked", keep=Keep.NOTHING)

    assert "it was paid in test mode" in order.concerns.get().reason


def test_what_was_sent_back_in_the_dashboard_is_not_promised_again(order, bath_line):
    local_stripe().refund(order.payments.get().intent_id, 2_000)
    assert Refund.objects.get().origin == "dashboard"

    plan = cancel_lines([bath_line], actor="robin", cause="She asked", keep=Keep.NOTHING)

    assert plan.comes_back == Decimal("19.50")
    assert asked_back() == order.total
    assert state_of(order) == OrderStatus.PAID


def test_the_order_ends_once_somebody_has_said_what_the_dashboards_refund_was_for(order, bath_line):
    local_stripe().refund(order.payments.get().intent_id, 450)
    cancel_lines(everything_of(order), actor="robin", cause="She asked", keep=Keep.NOTHING)
    assert state_of(order) == OrderStatus.PAID

    operations.explain_refund(Refund.objects.get(origin="dashboard"), {bath_line: Decimal("4.50")}, actor="maya")

    assert state_of(order) == OrderStatus.CANCELLED


def test_the_order_ends_once_the_bank_has_decided_and_the_rest_went_back(order):
    dispute = DisputeFactory(payment=order.payments.get())
    order.payments.update(is_disputed=True)
    lines = everything_of(order)
    cancel_lines(lines, actor="robin", cause="She asked", keep=Keep.NOTHING)
    assert state_of(order) == OrderStatus.PAID
    type(dispute).objects.update(status="won", closed_at=timezone.now())
    order.payments.update(is_disputed=False)

    agreed = {line.pk: line.amount for line in lines}
    choices = [Choice(line.pk) for line in lines]
    operations.compose_refund(order, choices, agreed=agreed, reason="Won", actor="maya", press="once")

    assert state_of(order) == OrderStatus.CANCELLED
    assert asked_back() == order.total


def test_a_refund_that_fails_after_the_order_has_ended_waits_for_a_person_and_every_cent_is_explained(order, bath_line):
    begin_in(bath_line, timedelta(hours=23))
    cancel_lines(everything_of(order))
    refund = refunds.send_refund(Refund.objects.get())
    local_stripe().fail_refund(refund.stripe_id)

    assert (state_of(order), order.concerns.open().count()) == (OrderStatus.CANCELLED, 1)
    assert (
        headline(Order.objects.get(), now=clock.now()).lead == "We write to you about the €22.00 that is still yours."
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT amount FROM audit.retained_fee WHERE order_id = %s", [order.pk])
        assert cursor.fetchall() == [(order.total,)]


# Unpaid


def test_staff_end_an_order_that_nobody_has_paid(cart, shampoo):
    operations.use_code(cart, PromotionFactory(code="WELCOME10", value=10).code)
    order = place(cart)
    attempt = open_page(order)

    cancel_unpaid(order, actor="robin", cause="She called")

    assert state_of(order) == OrderStatus.CANCELLED
    assert not any(booking.status != BookingStatus.CANCELLED for booking in order.bookings())
    assert not PromotionUse.objects.filter(given_back_at=None)
    shampoo.refresh_from_db()
    assert shampoo.stock == 10
    assert Payment.objects.get().status == "expired"
    assert payments.client().v1.checkout.sessions.retrieve(attempt.session_id).status == "expired"
    assert headline(Order.objects.get(), now=clock.now()).lead.startswith("Nothing was charged.")


def test_one_that_was_paid_just_before_its_page_was_closed_is_settled_and_all_of_it_goes_back(cart):
    order = place(cart)
    pay(open_page(order), delivery="never")

    cancel_unpaid(order, actor="robin", cause="She called")

    assert state_of(order) == OrderStatus.CANCELLED
    assert asked_back() == order.total
    assert order.events.filter(to_status=OrderStatus.PAID).count() == 1


def test_while_stripe_sleeps_nothing_is_ended(cart):
    order = place(cart)
    open_page(order)
    stripe_sleeps()

    with pytest.raises(CannotClose):
        cancel_unpaid(order, actor="robin", cause="She called")

    assert state_of(order) == OrderStatus.PENDING
    local_stripe().faults.clear()


def test_one_whose_page_is_open_is_not_ended_by_the_operation_alone(cart):
    order = place(cart)
    open_page(order)

    with pytest.raises(operations.PaymentIsUnderWay):
        operations.cancel_unpaid(order, actor="robin", cause="She called")

    assert state_of(order) == OrderStatus.PENDING


def test_an_order_of_nothing_to_pay_gives_nothing_back(bath, ten_tomorrow):
    bath.price = 0
    bath.save()
    order = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))

    cancel_lines(everything_of(order), actor=CUSTOMER)

    assert state_of(order) == OrderStatus.CANCELLED
    assert not Refund.objects.exists()
