"""Money that comes after the time it was for: second by second round the end of a hold, and what becomes of each cent of it.

Nobody waits here: the rows are moved, and the clock stays the database's.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.utils import timezone

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus, ClassDate, Pet
from bookings.operations import SlotTaken, hold_booking, release_holds
from catalog.models import Offering, Variant
from catalog.operations import move_stock
from checkout import emails, jobs, operations, payments, refunds, states
from checkout.cancelling import Keep
from checkout.fulfilment import NothingToDo
from checkout.models import (
    CUSTOMER,
    SHOP,
    EventKind,
    Message,
    Order,
    OrderLine,
    OrderStatus,
    ParcelStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from checkout.money_words import money_word
from checkout.portions import Choice
from checkout.stripe_local import local_stripe
from petshop.core import clock
from tests import kinds
from tests.checkout.conftest import open_page, pay, place
from tests.factories import CartFactory, RefundFactory, SeasonFactory, VariantFactory
from tests.kinds import next_weekday, on

pytestmark = pytest.mark.django_db(transaction=True)

TWO_DAYS = timedelta(hours=48)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nothing_is_broken():
    yield
    assert violations(connection) == []


@pytest.fixture
def order(cart):
    """A bath at ten tomorrow for 35.00 and a shampoo for 4.50; its page is open."""
    found = place(cart)
    open_page(found)
    return found


@pytest.fixture
def two_tomorrow(ten_tomorrow):
    return ten_tomorrow + timedelta(hours=4)


def lapse(order, *, seconds_ago=60):
    """The time to pay was over so long ago."""
    until = timezone.now() - timedelta(seconds=seconds_ago)
    Order.objects.filter(pk=order.pk).update(held_until=until)
    Booking.objects.filter(order_line__order=order, status=BookingStatus.HELD).update(held_until=until)


def pay_late(order, *, is_expired=False) -> Order:
    """The customer pays on a page that has stayed open for too long, by somebody's clock."""
    lapse(order)
    if is_expired:
        expire(order)
    pay(order.payments.get(purpose="full"))
    return Order.objects.get(pk=order.pk)


def expire(order):
    """We believed that nobody would pay any more."""
    Payment.objects.filter(order=order).update(status=PaymentStatus.EXPIRED)
    assert operations.expire_order(order, cause="Not paid in time", to_cart=False)


@pytest.fixture
def lost(order, bath, ten_tomorrow):
    """The shampoo is there, and somebody else has the bath's time."""
    lapse(order)
    hold_booking(bath, starts_at=ten_tomorrow)
    return pay_late(order).lines.visits().get()


@pytest.fixture
def sold_out(order, shampoo):
    """The bath is there, and the shampoo has gone."""
    lapse(order)
    expire(order)
    move_stock(shampoo, -10, reason="corrected", actor="maya")
    return pay_late(order).lines.products().get()


def due(line, *, seconds_ago=1):
    """Two days later."""
    OrderLine.objects.filter(pk=line.pk).update(choose_by=timezone.now() - timedelta(seconds=seconds_ago))


def kinds_of(order):
    return list(order.events.order_by("pk").values_list("kind", flat=True))


def word(line):
    order = Order.objects.with_lines().get(pk=line.order_id)
    found = next(each for each in order.parts if each.pk == line.pk)
    return states.line_words(order, found, now=clock.now())


def letters(kind):
    for message in Message.objects.filter(kind=kind, sent_at=None):
        emails.send(message)
    return [letter for letter in mail.outbox if letter]


def send_all():
    """What the queue's jobs do."""
    for refund in Refund.objects.filter(status=RefundStatus.REQUESTED).select_related("payment__order"):
        refunds.send_refund(refund)


def sent_at_stripe():
    page = payments.client().v1.refunds.list({"limit": 100})
    return sorted(refund.amount for refund in page.auto_paging_iter())


class TestTheEndOfAHold:
    """T11, P04, P05: before it ends nobody else can have the time; from then on whoever comes first."""

    @pytest.mark.parametrize("is_expired", [False, True], ids=["pending", "expired"])
    @pytest.mark.parametrize("seconds", [-1, 0, 1])
    def test_p05_money_with_nobody_in_between_has_its_time(self, order, seconds, is_expired):
        lapse(order, seconds_ago=seconds)
        if is_expired:
            expire(order)

        pay(order.payments.get())

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert order.bookings()[0].status == BookingStatus.CONFIRMED
        assert not OrderLine.objects.lost().exists()
        assert not Refund.objects.exists()

    def test_p04_a_second_before_nobody_else_gets_it(self, order, bath, ten_tomorrow):
        lapse(order, seconds_ago=-1)

        with pytest.raises(SlotTaken):
            hold_booking(bath, starts_at=ten_tomorrow)
        pay(order.payments.get())

        assert order.bookings()[0].status == BookingStatus.CONFIRMED

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_p04_from_then_on_whoever_comes_first_has_it(self, order, bath, ten_tomorrow, seconds):
        lapse(order, seconds_ago=seconds)
        rival = hold_booking(bath, starts_at=ten_tomorrow)

        pay(order.payments.get())

        order.refresh_from_db()
        rival.refresh_from_db()
        assert (order.status, rival.status) == (OrderStatus.PAID, BookingStatus.HELD)
        line = order.lines.visits().get()
        assert line.booking.status == BookingStatus.CANCELLED
        assert abs(line.choose_by - clock.now() - TWO_DAYS) < A_MINUTE
        assert order.lines.products().get().parcel == ParcelStatus.TO_PACK
        assert order.concerns.open().exists()

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_p05_a_rival_whose_own_hold_has_just_ended_is_no_rival(self, order, bath, ten_tomorrow, seconds):
        lapse(order, seconds_ago=seconds)
        rival = hold_booking(bath, starts_at=ten_tomorrow)
        Booking.objects.filter(pk=rival.pk).update(held_until=timezone.now() - timedelta(seconds=seconds))

        pay(order.payments.get())

        assert order.bookings()[0].status == BookingStatus.CONFIRMED

    def test_p23_a_hold_lasts_longer_than_the_page_where_it_is_paid(self, cart, bath, ten_tomorrow):
        """Pay is pressed at minute 14, and the money comes at minute 29: it is nobody else's in between."""
        hold = cart.lines.visits().get().booking
        Booking.objects.filter(pk=hold.pk).update(held_until=timezone.now() + A_MINUTE)

        order = place(cart)
        payment = open_page(order)

        hold.refresh_from_db()
        assert hold.held_until == order.held_until == payment.session_expires_at + operations.GRACE
        with pytest.raises(SlotTaken):
            hold_booking(bath, starts_at=ten_tomorrow)
        pay(payment)
        hold.refresh_from_db()
        assert hold.status == BookingStatus.CONFIRMED

    @pytest.mark.parametrize("seconds", [-1, 0, 1])
    def test_p23_stripes_page_closes_while_the_time_is_still_kept(self, order, seconds):
        payment = order.payments.get()
        end = int(payment.session_expires_at.timestamp())
        local_stripe().now = lambda: end + seconds

        pay(payment)

        order.refresh_from_db()
        assert order.status == (OrderStatus.PAID if seconds < 0 else OrderStatus.PENDING)
        assert order.bookings()[0].is_alive(payment.session_expires_at + timedelta(seconds=1))

    def test_p22_a_timer_that_closes_a_page_that_was_just_paid_reads_it_back(self, order):
        lapse(order)
        pay(order.payments.get(), delivery="never")

        assert not payments.expire_overdue(order)

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert order.bookings()[0].status == BookingStatus.CONFIRMED


class TestWhatTheShopDoesNotOfferAnyMore:
    """Late money buys nothing that the shop has taken back meanwhile."""

    @pytest.mark.parametrize("is_expired", [False, True], ids=["pending", "expired"])
    @pytest.mark.parametrize("what", ["resource", "service", "choice"])
    def test_p04_what_was_switched_off_is_not_confirmed(self, order, bath, what, is_expired):
        lapse(order)
        if is_expired:
            expire(order)
        if what == "resource":
            bath.offering.resources.update(is_active=False)
        elif what == "service":
            Offering.objects.filter(pk=bath.offering_id).update(is_published=False)
        else:
            Variant.objects.filter(pk=bath.pk).update(is_active=False)

        pay(order.payments.get())

        line = order.lines.visits().get()
        assert line.booking.status == BookingStatus.CANCELLED
        assert line.choose_by

    @pytest.mark.parametrize("what", ["withdrawn", "moved"])
    def test_p04_a_date_of_a_class_that_was_withdrawn_is_not_confirmed(self, shampoo, what):
        puppies, _whole_course = kinds.puppy_school()
        date = ClassDate.objects.filter(offering=puppies.offering).earliest("starts_at")
        order = place(CartFactory(holding=[hold_booking(puppies, starts_at=date.starts_at), shampoo]))
        open_page(order)
        lapse(order)
        if what == "withdrawn":
            date.delete()
        else:
            ClassDate.objects.filter(pk=date.pk).update(
                starts_at=date.starts_at + timedelta(hours=1), ends_at=date.ends_at + timedelta(hours=1)
            )

        pay(order.payments.get())

        line = order.lines.visits().get()
        assert line.booking.status == BookingStatus.CANCELLED
        assert line.choose_by

    def test_money_in_time_is_kept_to_what_was_agreed(self, order, bath):
        Offering.objects.filter(pk=bath.offering_id).update(is_published=False)

        pay(order.payments.get())

        assert order.bookings()[0].status == BookingStatus.CONFIRMED


class TestChoosingAnotherTime:
    def test_it_is_confirmed_at_once_for_the_same_money(self, lost, two_tomorrow):
        chosen = operations.choose_time(lost, starts_at=two_tomorrow)

        assert (chosen.booking.starts_at, chosen.booking.status) == (two_tomorrow, BookingStatus.CONFIRMED)
        assert chosen.booking.pet.name == "Biscuit"
        assert chosen.choose_by is None
        assert not Refund.objects.exists()
        assert not lost.order.concerns.open().exists()
        assert EventKind.VISIT_REBOOKED in kinds_of(lost.order)
        assert word(lost).fulfilment.code == "confirmed"

    def test_its_customer_gets_the_new_time_with_a_calendar_file(self, lost, two_tomorrow):
        operations.choose_time(lost, starts_at=two_tomorrow)

        [letter] = letters("moved")
        assert letter.to == ["ada@example.com"]
        assert "14:00" in letter.subject
        assert letter.attachments

    def test_pressed_twice_it_is_one_visit(self, lost, two_tomorrow):
        operations.choose_time(lost, starts_at=two_tomorrow)
        operations.choose_time(lost, starts_at=two_tomorrow)

        assert Booking.objects.filter(status=BookingStatus.CONFIRMED).count() == 1
        assert kinds_of(lost.order).count(EventKind.VISIT_REBOOKED) == 1

    def test_another_time_from_an_old_page_is_refused(self, lost, two_tomorrow):
        operations.choose_time(lost, starts_at=two_tomorrow)

        with pytest.raises(NothingToDo, match="chosen already"):
            operations.choose_time(lost, starts_at=two_tomorrow + timedelta(hours=1))

    def test_a_time_that_somebody_has_leaves_the_choice(self, lost, ten_tomorrow):
        with pytest.raises(SlotTaken):
            operations.choose_time(lost, starts_at=ten_tomorrow)

        lost.refresh_from_db()
        assert lost.choose_by

    def test_its_own_time_can_be_chosen_again_when_it_is_free(self, lost, ten_tomorrow):
        release_holds(Booking.objects.filter(status=BookingStatus.HELD))

        assert operations.choose_time(lost, starts_at=ten_tomorrow).booking.status == BookingStatus.CONFIRMED

    def test_it_is_as_long_as_it_was_sold(self, cart_with_extra, bath, ten_tomorrow, two_tomorrow):
        order = place(cart_with_extra)
        open_page(order)
        lapse(order)
        hold_booking(bath, starts_at=ten_tomorrow)
        lost = pay_late(order).lines.visits().get()

        chosen = operations.choose_time(lost, starts_at=two_tomorrow)

        assert chosen.booking.ends_at - chosen.booking.starts_at == timedelta(minutes=70)

    def test_nights_of_another_price_are_refused(self, shampoo):
        kennel = kinds.boarding()
        monday = next_weekday(0)
        order = place(CartFactory(holding=[hold_booking(kennel, starts_at=on(monday, "15:00"), nights=1), shampoo]))
        open_page(order)
        lapse(order)
        SeasonFactory(offering=kennel.offering)
        release_holds(order.bookings())
        Booking.objects.filter(order_line__order=order).update(status=BookingStatus.CANCELLED, held_until=None)
        kennel.offering.resources.update(is_active=False)
        lost = pay_late(order).lines.visits().get()
        kennel.offering.resources.update(is_active=True)

        with pytest.raises(operations.OtherPrice):
            operations.choose_time(lost, starts_at=on(monday + timedelta(days=4), "15:00"))
        chosen = operations.choose_time(lost, starts_at=on(monday + timedelta(days=1), "15:00"))
        assert chosen.booking.nights == 1

    def test_a_visit_of_which_no_trace_is_left_is_booked_for_the_pet_that_it_was_sold_for(self, lost, two_tomorrow):
        OrderLine.objects.filter(pk=lost.pk).update(booking=None)

        chosen = operations.choose_time(OrderLine.objects.get(pk=lost.pk), starts_at=two_tomorrow)

        assert (chosen.booking.pet.name, chosen.booking.pet.size) == ("Biscuit", "medium")
        assert Pet.objects.count() == 2

    def test_what_is_not_offered_any_more_has_no_other_time(self, lost, two_tomorrow):
        Offering.objects.filter(pk=lost.variant.offering_id).update(is_published=False)

        with pytest.raises(NothingToDo, match="do not offer this any more"):
            operations.choose_time(lost, starts_at=two_tomorrow)

    def test_money_that_staff_sent_back_buys_no_second_time(self, lost, two_tomorrow):
        operations.request_refund(lost.order, {lost: Decimal("5.00")}, reason="For the trouble", actor="maya")

        with pytest.raises(NothingToDo, match="sent back already"):
            operations.choose_time(lost, starts_at=two_tomorrow)


class TestTheMoneyBack:
    def test_p04_one_press_sends_it_back_to_the_cent(self, lost):
        given_up = operations.send_late_money_back(lost, agreed=Decimal("35.00"))
        send_all()

        assert (given_up.kept, given_up.refunded, given_up.choose_by) == (0, Decimal("35.00"), None)
        assert sent_at_stripe() == [3500]
        refund = Refund.objects.get()
        assert (refund.origin, refund.actor, refund.status) == (RefundOrigin.LATE, CUSTOMER, RefundStatus.SUCCEEDED)
        order = Order.objects.get(pk=lost.order_id)
        assert order.status == OrderStatus.PAID  # the shampoo is still to come
        assert not order.concerns.open().exists()
        assert word(lost).fulfilment.code == "cancelled"
        assert word(lost).next == "€35.00 was sent back to you."

    def test_pressed_twice_it_goes_back_once(self, lost):
        operations.send_late_money_back(lost, agreed=Decimal("35.00"))
        operations.send_late_money_back(lost, agreed=Decimal("35.00"))

        assert Refund.objects.count() == 1

    def test_less_than_was_shown_is_not_sent_unasked(self, lost):
        operations.request_refund(lost.order, {lost: Decimal("5.00")}, reason="For the trouble", actor="maya")

        with pytest.raises(operations.MoreThanIsLeft, match="€30.00"):
            operations.send_late_money_back(lost, agreed=Decimal("35.00"))
        operations.send_late_money_back(lost, agreed=Decimal("30.00"))

        lost.refresh_from_db()
        assert lost.refunded == Decimal("35.00")

    def test_what_staff_send_back_whole_waits_for_nobody_any_more(self, lost):
        operations.request_refund(lost.order, {lost: Decimal("35.00")}, reason="They called", actor="maya")

        lost.refresh_from_db()
        assert lost.choose_by is None
        assert lost.cancelled_at
        assert not lost.order.concerns.open().exists()

    def test_who_has_chosen_a_time_gets_no_money(self, lost, two_tomorrow):
        operations.choose_time(lost, starts_at=two_tomorrow)

        with pytest.raises(NothingToDo):
            operations.send_late_money_back(lost, agreed=Decimal("35.00"))

        assert not Refund.objects.exists()

    def test_the_last_of_an_order_ends_it_with_nothing_kept(self, sold_out):
        visit = sold_out.order.lines.visits().get()
        operations.cancel_lines([visit], actor="maya", cause="The dryer broke", keep=Keep.NOTHING)

        operations.send_late_money_back(sold_out, agreed=Decimal("4.50"))

        order = Order.objects.get(pk=sold_out.order_id)
        assert order.status == OrderStatus.CANCELLED
        assert order.payments.get().refunded == order.total

    def test_who_cancels_the_whole_order_gets_it_back_as_well(self, lost):
        plan = operations.cancel_lines(lost.order.parts)

        assert plan.comes_back == Decimal("39.50")
        order = Order.objects.get(pk=lost.order_id)
        assert order.status == OrderStatus.CANCELLED
        assert not order.concerns.open().exists()
        assert not order.lines.lost().exists()

    def test_an_order_of_which_the_rest_is_done_is_fulfilled(self, lost):
        OrderLine.objects.filter(order=lost.order).products().update(parcel=ParcelStatus.HANDED_OVER)

        operations.send_late_money_back(lost, agreed=Decimal("35.00"))

        assert Order.objects.get(pk=lost.order_id).status == OrderStatus.FULFILLED

    def test_so_is_one_of_which_staff_send_it_back(self, lost):
        OrderLine.objects.filter(order=lost.order).products().update(parcel=ParcelStatus.HANDED_OVER)

        operations.compose_refund(
            lost.order, [Choice(lost.pk)], agreed={lost.pk: Decimal(35)}, reason="Lost", actor="maya", press="once"
        )

        assert Order.objects.get(pk=lost.order_id).status == OrderStatus.FULFILLED


class TestAProductThatSoldOut:
    def test_it_waits_for_its_customer(self, sold_out):
        assert sold_out.parcel == ParcelStatus.CANCELLED
        assert word(sold_out).next.startswith("Wait for it or choose your money back by ")
        assert "Oat shampoo" in sold_out.order.concerns.open().get().reason

    def test_the_rest_of_the_order_is_not_done_before(self, sold_out):
        assert not sold_out.is_done

    def test_back_in_stock_it_is_packed_after_all(self, sold_out, shampoo):
        move_stock(shampoo, 1, reason="received", actor="maya")

        operations.take_again(sold_out)
        operations.take_again(sold_out)

        sold_out.refresh_from_db()
        shampoo.refresh_from_db()
        assert (sold_out.parcel, sold_out.choose_by, shampoo.stock) == (ParcelStatus.TO_PACK, None, 0)
        assert not sold_out.order.concerns.open().exists()

    def test_as_long_as_there_is_none_it_is_not(self, sold_out):
        with pytest.raises(operations.OutOfStock):
            operations.take_again(sold_out)

        sold_out.refresh_from_db()
        assert sold_out.choose_by

    def test_who_has_the_money_does_not_have_it_as_well(self, sold_out, shampoo):
        operations.send_late_money_back(sold_out, agreed=Decimal("4.50"))
        move_stock(shampoo, 1, reason="received", actor="maya")

        with pytest.raises(NothingToDo):
            operations.take_again(sold_out)


class TestByItself:
    def test_p04_nothing_goes_back_before_two_days_are_over(self, lost):
        OrderLine.objects.filter(pk=lost.pk).update(choose_by=timezone.now() + timedelta(seconds=5))

        jobs.send_late_money_back(0)

        assert not Refund.objects.exists()

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_p04_after_two_days_it_goes_back_once_and_is_told(self, lost, seconds):
        due(lost, seconds_ago=seconds)
        assert word(lost).next == "We are sending your money back."

        jobs.send_late_money_back(0)
        jobs.send_late_money_back(0)
        send_all()

        lost.refresh_from_db()
        assert (lost.refunded, lost.kept) == (Decimal("35.00"), 0)
        refund = Refund.objects.get()
        assert (refund.origin, refund.actor) == (RefundOrigin.LATE, SHOP)
        assert not lost.order.concerns.open().exists()
        [letter] = letters("sent_back")
        assert "€35.00" in letter.subject

    def test_a_chosen_time_is_left_alone(self, lost, two_tomorrow):
        operations.choose_time(lost, starts_at=two_tomorrow)

        jobs.send_late_money_back(0)

        assert not Refund.objects.exists()

    def test_one_order_that_cannot_be_answered_does_not_keep_the_others_waiting(self, lost, bath, two_tomorrow):
        disputed = lost.order.payments.get()
        other = place(CartFactory(holding=[hold_booking(bath, starts_at=two_tomorrow), VariantFactory()]))
        open_page(other)
        lapse(other)
        hold_booking(bath, starts_at=two_tomorrow)
        second = pay_late(other).lines.visits().get()
        local_stripe().dispute(disputed.intent_id)
        due(lost)
        due(second)

        jobs.send_late_money_back(0)

        assert [refund.payment.order for refund in Refund.objects.all()] == [other]


class TestNothingLeft:
    @pytest.fixture
    def only_a_bath(self, bath, ten_tomorrow):
        order = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))
        open_page(order)
        lapse(order)
        hold_booking(bath, starts_at=ten_tomorrow)
        return order

    @pytest.mark.parametrize("is_expired", [False, True], ids=["pending", "expired"])
    def test_p04_all_of_the_money_goes_back_at_once(self, only_a_bath, is_expired):
        order = pay_late(only_a_bath, is_expired=is_expired)
        send_all()

        assert order.status == OrderStatus.CANCELLED
        assert sent_at_stripe() == [3500]
        assert [event.to_status for event in order.events.exclude(to_status="")][-2:] == ["paid", "cancelled"]
        line = order.lines.get()
        assert (line.kept, line.refunded, line.choose_by) == (0, Decimal("35.00"), None)
        assert not order.concerns.open().exists()

    def test_p04_its_customer_reads_that_we_are_sorry_and_the_shop_that_it_happened(self, only_a_bath):
        order = pay_late(only_a_bath)

        to_ada = next(letter for letter in letters("late_refund") if letter.to == ["ada@example.com"])
        assert "We are sorry" in to_ada.subject
        assert "All of it, €35.00, goes back to you." in to_ada.body
        assert order.get_absolute_url() in to_ada.body
        assert any("too late" in letter.subject for letter in letters("late"))
        assert not Message.objects.filter(kind="confirmation").exists()

    def test_told_many_times_it_happens_once(self, only_a_bath):
        order = pay_late(only_a_bath)
        payments.settle(order.payments.get().session_id)
        payments.settle(order.payments.get().session_id)

        assert Refund.objects.count() == 1
        assert Message.objects.filter(kind="late_refund").count() == 1


class TestMoneyThatNothingWasDueFor:
    @pytest.fixture
    def two_pages(self, order):
        """An order with a second page that we believed to be over."""
        first = order.payments.get()
        Payment.objects.filter(pk=first.pk).update(status=PaymentStatus.EXPIRED)
        second = operations.live_attempt(order)
        payments.open_page(second)
        return first, Payment.objects.get(pk=second.pk)

    def test_p06_both_pages_are_paid_and_the_second_money_goes_back(self, order, two_pages):
        first, second = two_pages
        pay(second)
        pay(first)
        send_all()

        order.refresh_from_db()
        first.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert (first.status, first.refunded, first.is_surplus) == (PaymentStatus.SUCCEEDED, order.total, True)
        assert sent_at_stripe() == [3950]
        refund = Refund.objects.get()
        assert (refund.origin, refund.payment) == (RefundOrigin.SURPLUS, first)
        assert not refund.lines.exists()
        assert kinds_of(order).count(EventKind.PAID) == 1
        assert EventKind.SURPLUS in kinds_of(order)
        assert Order.objects.get(pk=order.pk).received == order.total

    def test_p06_staff_see_it_until_it_has_gone(self, order, two_pages):
        first, second = two_pages
        pay(second)
        pay(first)

        assert list(Order.objects.needing_attention()) == [order]
        assert any("€39.50 too much" in letter.subject for letter in letters("surplus"))
        send_all()
        assert not Order.objects.needing_attention().exists()

    def test_p06_the_order_still_reads_paid(self, order, two_pages):
        for page in reversed(two_pages):
            pay(page)
        send_all()

        found = Order.objects.with_lines().get(pk=order.pk)
        assert money_word(found).code == "paid"
        [_letter, *others] = letters("sent_back")
        assert "nothing was due any more" in [_letter, *others][-1].body

    def test_p16_a_surplus_that_came_back_to_us_is_sent_again_with_one_press(self, order, two_pages):
        for page in reversed(two_pages):
            pay(page)
        refund = Refund.objects.get()
        operations.reject_refund(refund, error="No")
        assert list(Order.objects.needing_attention()) == [order]

        operations.send_again(refund, actor="maya")
        operations.send_again(refund, actor="maya")
        send_all()

        assert sent_at_stripe() == [3950]
        assert not Order.objects.needing_attention().exists()

    def test_what_was_not_due_is_nobodys_when_the_order_is_called_off(self, order, two_pages):
        """It could not be sent back, and of the other payment somebody has sent a part back in Stripe's dashboard."""
        for page in reversed(two_pages):
            pay(page)
        operations.reject_refund(Refund.objects.get(), error="No")
        due = order.payments.get(is_surplus=False)
        local_stripe().refund(due.intent_id, 1_000)
        assert Refund.objects.get(origin=RefundOrigin.DASHBOARD).amount == 10

        plan = operations.cancel_lines(order.parts, actor="maya", cause="She called", keep=Keep.NOTHING)

        assert plan.comes_back == Decimal("29.50")
        due.refresh_from_db()
        assert due.refunded == due.amount

    def test_p06_nobody_is_asked_what_a_surplus_was_for(self, order, two_pages):
        for page in reversed(two_pages):
            pay(page)

        with pytest.raises(NothingToDo):
            operations.explain_refund(Refund.objects.get(), {line: line.amount for line in order.parts}, actor="maya")

    def test_p06_the_second_money_is_none_of_the_lines(self, order, two_pages):
        for page in reversed(two_pages):
            pay(page)
        send_all()

        operations.request_refund(order, {line: line.amount for line in order.lines.all()}, reason="All", actor="maya")
        send_all()

        assert sent_at_stripe() == [3950, 3950]

    def test_money_for_an_order_that_was_cancelled_goes_back(self, order):
        payment = order.payments.get()
        Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.EXPIRED)
        expire_and_cancel(order)

        pay(payment)
        send_all()

        order.refresh_from_db()
        assert order.status == OrderStatus.CANCELLED
        assert sent_at_stripe() == [3950]
        found = Order.objects.with_lines().get(pk=order.pk)
        assert money_word(found).code == "refunded"

    def test_p07_money_that_does_not_match_stays_a_persons_matter(self, order):
        Payment.objects.update(amount=Decimal("8.00"), purpose="deposit")

        pay(order.payments.get())

        assert order.payments.get().status == PaymentStatus.MISMATCH
        assert not Refund.objects.exists()
        Payment.objects.update(amount=order.total, purpose="full")


def expire_and_cancel(order):
    assert operations.expire_order(order, cause="Not paid in time", to_cart=False)
    order.refresh_from_db()
    order.move_to(OrderStatus.CANCELLED, EventKind.CANCELLED, actor="maya", cause="They called")


class TestWhatPostgresRefuses:
    def test_a_lost_visit_is_not_cancelled_as_long_as_it_waits(self, lost):
        with pytest.raises(IntegrityError, match="order_line_lost_is_neither_had_nor_cancelled"):
            OrderLine.objects.filter(pk=lost.pk).update(cancelled_at=timezone.now(), kept=0)

    def test_a_sold_out_product_is_not_packed_as_long_as_it_waits(self, sold_out):
        with pytest.raises(IntegrityError, match="order_line_lost_is_neither_had_nor_cancelled"):
            OrderLine.objects.filter(pk=sold_out.pk).update(parcel=ParcelStatus.READY)

    @pytest.mark.parametrize("origin", ["late", "shop", "customer"])
    def test_only_a_surplus_goes_back_for_no_line(self, order, origin):
        pay(order.payments.get())

        with pytest.raises(IntegrityError, match="is not the sum of its lines"):
            RefundFactory(payment=order.payments.get(), origin=origin)
