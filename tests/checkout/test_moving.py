"""A sold visit gets another time or is called off: what its order, its money and its customer's mail say then."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from icalendar import Calendar

from backoffice.audit.queries import violations
from bookings import operations as bookings
from bookings.models import Booking, BookingStatus, Season
from bookings.operations import SlotTaken, VisitHasBegun, VisitMovedOn, hold_booking
from checkout import emails, fulfilment, payments
from checkout.cancelling import Keep
from checkout.fulfilment import NothingToDo
from checkout.models import CUSTOMER, EventKind, Message, Order, OrderStatus, Refund, RefundOrigin
from checkout.operations import NotAsQuoted, add_visit, cancel_lines, move_visit
from checkout.timeline import timeline
from petshop.core import clock
from tests.checkout.conftest import open_page, pay, place
from tests.concurrency import at_once
from tests.factories import CartFactory, ResourceFactory, ServiceFactory, ServiceRulesFactory, ServiceVariantFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def terms(bath):
    """Free to cancel until a day before, then half is kept; to be moved twice, until an hour before."""
    rules = bath.offering.rules
    rules.move_until = AN_HOUR
    rules.save()


@pytest.fixture
def visit(terms, cart):
    """The line of a bath at ten tomorrow, EUR 35.00, that was paid with a bottle of shampoo."""
    return paid(cart).lines.visits().get()


@pytest.fixture
def two_tomorrow(ten_tomorrow):
    return ten_tomorrow + 4 * AN_HOUR


def paid(cart):
    order = place(cart)
    attempt = open_page(order)
    pay(attempt)
    payments.settle(attempt.session_id)
    return Order.objects.get(pk=order.pk)


def events(line, kind):
    return list(line.order.events.filter(kind=kind))


def begin_in(line, wait):
    """Tests move rows, never the clock."""
    begins = clock.now() + wait
    Booking.objects.filter(order_line=line).update(
        starts_at=begins, blocked_from=begins, ends_at=begins + AN_HOUR, blocked_until=begins + AN_HOUR
    )


def letters():
    for message in Message.objects.filter(sent_at=None, dropped_at=None).exclude(kind="confirmation").order_by("pk"):
        emails.send(message)
    return mail.outbox


def is_healthy():
    return violations(connection) == []


# Moving


def test_moving_is_written_down_with_both_times_and_who_it_was(visit, ten_tomorrow, two_tomorrow):
    move_visit(visit, starts_at=two_tomorrow)

    booking = Booking.objects.get(order_line=visit)
    assert (booking.starts_at, booking.sequence, booking.moves) == (two_tomorrow, 1, 1)
    [event] = events(visit, EventKind.VISIT_MOVED)
    assert (event.actor, event.details["line"]) == (CUSTOMER, visit.pk)
    assert datetime.fromisoformat(event.details["from"]) == ten_tomorrow
    assert datetime.fromisoformat(event.details["to"]) == two_tomorrow
    assert visit.order.status == OrderStatus.PAID
    assert is_healthy()


def test_the_timeline_says_where_it_was_and_where_it_is(visit, two_tomorrow):
    move_visit(visit, starts_at=two_tomorrow, actor="robin", cause="Maya is ill")

    entry = timeline(visit.order.events.all(), for_staff=False)[0]
    assert "14:00" in entry.text
    assert "10:00" in entry.detail
    assert "Maya" not in entry.detail
    entry = timeline(visit.order.events.all(), for_staff=True)[0]
    assert "Maya is ill" in entry.detail
    assert entry.actor == "robin"


def test_pressing_twice_moves_and_tells_once(visit, two_tomorrow):
    for _press in range(2):
        move_visit(visit, starts_at=two_tomorrow)

    assert len(events(visit, EventKind.VISIT_MOVED)) == 1
    assert Message.objects.filter(kind="moved").count() == 1


def test_its_customer_is_told_with_a_calendar_file_that_moves_the_entry(visit, two_tomorrow, settings):
    settings.SITE_URL = "https://shop.example"
    move_visit(visit, starts_at=two_tomorrow)

    [letter] = letters()

    assert letter.subject.startswith("New time: Biscuit's bath and tidy")
    assert letter.subject.endswith("14:00")
    html = letter.alternatives[0].content
    for text in (letter.body, html):
        assert "14:00 to 15:00" in text
        assert f"https://shop.example{visit.order.get_absolute_url()}" in text
    [event] = Calendar.from_ical(letter.attachments[0].content).walk("VEVENT")
    assert event["sequence"] == 1
    assert event.start == two_tomorrow


def test_a_visit_that_is_moved_on_before_its_mail_left_sends_only_the_last(visit, two_tomorrow):
    for hours in range(2):
        move_visit(visit, starts_at=two_tomorrow + hours * AN_HOUR)

    [letter] = letters()

    assert "15:00 to 16:00" in letter.body
    assert Message.objects.exclude(dropped_at=None).count() == 1
    assert is_healthy()


def test_c18_a_time_that_somebody_has_changes_nothing_and_tells_nobody(visit, bath, two_tomorrow):
    hold_booking(bath, starts_at=two_tomorrow)

    with pytest.raises(SlotTaken):
        move_visit(visit, starts_at=two_tomorrow)

    assert not events(visit, EventKind.VISIT_MOVED)
    assert not Message.objects.filter(kind="moved")


def test_a_customer_is_bound_to_what_was_accepted_and_not_to_what_is_the_rule_now(visit, bath, two_tomorrow):
    rules = bath.offering.rules
    rules.moves_at_most = 0
    rules.save()

    for hours in range(2):
        move_visit(visit, starts_at=two_tomorrow + hours * AN_HOUR)

    with pytest.raises(bookings.CannotBeMoved):
        move_visit(visit, starts_at=two_tomorrow)
    move_visit(visit, starts_at=two_tomorrow, actor="robin", cause="As she asked")


def test_a_visit_is_worth_what_was_paid_for_it_whatever_it_costs_now(visit, bath, two_tomorrow):
    bath.price = Decimal("99.00")
    bath.save()

    move_visit(visit, starts_at=two_tomorrow)

    assert visit.order.total == Decimal("39.50")


@pytest.mark.parametrize("status", ["pending", "expired", "cancelled"])
def test_only_what_was_accepted_can_be_moved_or_called_off(visit, two_tomorrow, status):
    Order.objects.update(status=status)

    with pytest.raises(NothingToDo):
        move_visit(visit, starts_at=two_tomorrow)
    with pytest.raises(NothingToDo):
        cancel_lines([visit])


# Calling off


def test_a_visit_that_is_called_off_in_time_comes_back_to_the_cent(visit, bath, ten_tomorrow):
    begin_in(visit, timedelta(hours=25))

    cancel_lines([visit])

    visit.refresh_from_db()
    assert (visit.kept, visit.comes_back) == (Decimal("0.00"), Decimal("35.00"))
    [event] = events(visit, EventKind.VISIT_CANCELLED)
    assert (event.actor, event.details["comes_back"], event.details["kept"]) == (CUSTOMER, "35.00", "0.00")
    assert Booking.objects.get(order_line=visit).status == BookingStatus.CANCELLED
    assert is_healthy()


def test_what_is_kept_and_what_comes_back_are_always_the_price(visit, bath):
    """Half of a price with an odd cent."""
    begin_in(visit, timedelta(hours=23))

    cancel_lines([visit])

    visit.refresh_from_db()
    assert (visit.kept, visit.comes_back) == (Decimal("17.50"), Decimal("17.50"))


def test_what_comes_back_is_asked_back_at_once_and_nobody_needs_to_look(visit):
    begin_in(visit, timedelta(hours=23))

    cancel_lines([visit])

    refund = Refund.objects.get()
    assert (refund.amount, refund.origin, refund.actor) == (Decimal("17.50"), RefundOrigin.CUSTOMER, CUSTOMER)
    assert not Order.objects.needing_attention()
    assert not Order.objects.paid_not_booked()
    assert Order.objects.get().status == OrderStatus.PAID


def test_the_shop_keeps_nothing_when_it_is_the_shop_that_calls_off(visit):
    begin_in(visit, -AN_HOUR / 2)

    cancel_lines([visit], actor="robin", cause="Maya is ill", keep=Keep.NOTHING)

    visit.refresh_from_db()
    assert (visit.kept, visit.comes_back) == (Decimal("0.00"), Decimal("35.00"))


def test_nobody_looks_into_an_order_of_which_nothing_comes_back(terms, bath, cart):
    bath.offering.rules.late_fee_percent = 100
    bath.offering.rules.free_cancellation = timedelta(days=30)
    bath.offering.rules.save()
    line = paid(cart).lines.visits().get()

    cancel_lines([line])

    line.refresh_from_db()
    assert line.comes_back == 0
    assert not Order.objects.needing_attention()


def test_calling_off_twice_is_calling_off_once(visit):
    for _press in range(2):
        cancel_lines([visit])

    assert len(events(visit, EventKind.VISIT_CANCELLED)) == 1
    assert Message.objects.filter(kind="cancelled").count() == 1
    assert Refund.objects.count() == 1


def test_its_customer_is_told_what_comes_back_with_a_file_that_takes_the_entry_out(visit):
    begin_in(visit, timedelta(hours=23))
    cancel_lines([visit])

    [letter] = letters()

    assert letter.subject.startswith("Cancelled: Biscuit's bath and tidy on ")
    for text in (letter.body, letter.alternatives[0].content):
        assert "€17.50 is on its way back to you." in text
        assert "We keep €17.50" in text
    file = Calendar.from_ical(letter.attachments[0].content)
    [event] = file.walk("VEVENT")
    assert (file["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 1)


def test_a_visit_that_has_begun_is_not_called_off_by_its_customer(visit):
    begin_in(visit, -AN_HOUR / 2)

    with pytest.raises(VisitHasBegun):
        cancel_lines([visit])

    assert not events(visit, EventKind.VISIT_CANCELLED)


def test_what_is_left_of_an_order_is_fulfilled_without_the_visit(visit):
    order = visit.order
    fulfilment.hand_over(order, actor="robin")
    assert Order.objects.get().status == OrderStatus.PAID

    cancel_lines([visit])

    assert Order.objects.get().status == OrderStatus.FULFILLED
    assert is_healthy()


def test_an_order_of_nothing_but_a_cancelled_visit_is_cancelled_with_it(terms, bath, ten_tomorrow):
    order = paid(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))

    cancel_lines([order.lines.get()])

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert is_healthy()


def test_an_order_for_which_no_money_came_is_cancelled_with_its_last_visit(terms, bath, ten_tomorrow):
    bath.price = 0
    bath.save()
    order = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))

    cancel_lines([order.lines.get()])

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert is_healthy()


# Nights


@pytest.fixture
def stay(db, ten_tomorrow):
    """Two nights in the kennel from tomorrow, EUR 20.00 each."""
    boarding = ServiceFactory(name="Boarding", kind="stay", rules=None)
    ServiceRulesFactory(offering=boarding, free_cancellation=timedelta(0), late_fee_percent=50, move_until=timedelta(0))
    ResourceFactory(name="Kennel", services=[boarding])
    night = ServiceVariantFactory(offering=boarding, price=Decimal("20.00"), duration=timedelta(days=1))
    cart = CartFactory()
    add_visit(cart, night, starts_at=ten_tomorrow.replace(hour=15), nights=2)
    return paid(cart).lines.get()


def test_nights_of_the_same_price_are_moved_and_dearer_ones_are_paid_first(stay, ten_tomorrow):
    three = ten_tomorrow.replace(hour=15)
    arrival = (three + timedelta(days=10)).date()
    Season.objects.create(
        offering=stay.variant.offering, name="Holidays", first_night=arrival, last_night=arrival, percent=50
    )

    with pytest.raises(NotAsQuoted, match="the new time costs €50.00, and €10.00 is to be paid"):
        move_visit(stay, starts_at=three + timedelta(days=9))
    move_visit(stay, starts_at=three + timedelta(days=5))

    booking = Booking.objects.get(order_line=stay)
    assert (booking.starts_at, booking.nights) == (three + timedelta(days=5), 2)
    assert is_healthy()


# Races


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c17_staff_check_in_while_the_customer_calls_off(visit):
    with Rival(lambda: cancel_in_transaction(visit)), pytest.raises(VisitMovedOn):
        fulfilment.check_in(visit, actor="robin")

    visit.refresh_from_db()
    assert visit.cancelled_at
    assert not events(visit, EventKind.CHECKED_IN)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c17_the_customer_calls_off_while_staff_check_in(visit):
    with Rival(lambda: fulfilment.check_in(visit, actor="robin")), pytest.raises(VisitMovedOn, match="Checked in"):
        cancel_lines([visit])

    visit.refresh_from_db()
    assert visit.cancelled_at is None
    assert not Message.objects.filter(kind="cancelled")


def cancel_in_transaction(visit):
    """As `cancel_lines` does, inside the rival's own transaction."""
    cancel_lines.__wrapped__([visit])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c17_calling_off_checking_in_and_moving_at_once_leave_one_story(visit, two_tomorrow):
    work = [
        lambda: cancel_lines([visit]),
        lambda: fulfilment.check_in(visit, actor="robin"),
        lambda: move_visit(visit, starts_at=two_tomorrow),
    ] * 5

    results = at_once(len(work), lambda: work.pop()())

    refused = [result for result in results if isinstance(result, Exception)]
    assert {type(error) for error in refused} <= {VisitMovedOn, NothingToDo}
    assert is_healthy()
