"""What becomes of an order when Stripe says something about its page. Nobody is asked here: the truth is given."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Variant
from checkout import operations
from checkout.models import EventKind, Message, OrderStatus, ParcelStatus, Payment, PaymentStatus
from checkout.operations import PageTruth, apply_truth, expire_order
from tests.checkout.conftest import place
from tests.factories import CartFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(cart):
    return place(cart)


def truth_about(order, **changes) -> PageTruth:
    """Stripe says: the page of the order's newest attempt is paid."""
    payment = order.payments.last()
    said = {
        "payment": payment.uuid,
        "session_id": f"cs_local_{payment.pk}",
        "status": "complete",
        "is_paid": True,
        "amount": payment.amount,
        "currency": payment.currency,
        "mode": payment.mode,
        "intent_id": f"pi_local_{payment.pk}",
        "charge_id": f"ch_local_{payment.pk}",
        "card": "Visa 4242",
    }
    return PageTruth(**said | changes)


def let_expire(order):
    """The customer never paid; Stripe closed the page, and the order ended."""
    apply_truth(truth_about(order, status="expired", is_paid=False))
    expire_order(order, cause="Not paid in time", to_cart=False)
    order.refresh_from_db()


def kinds(order):
    return list(order.events.values_list("kind", flat=True))


def test_paying_confirms_the_visit_empties_the_basket_and_queues_one_mail(order, cart):
    apply_truth(truth_about(order))
    apply_truth(truth_about(order))  # Stripe may tell us twice

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.bookings()[0].status == BookingStatus.CONFIRMED
    assert not cart.lines.exists()
    assert kinds(order).count(EventKind.PAID) == 1
    assert [message.key for message in Message.objects.all()] == [f"confirm:{order.pk}"]


def test_the_payment_keeps_what_stripe_calls_it(order):
    payment = apply_truth(truth_about(order))

    assert (payment.status, payment.card) == (PaymentStatus.SUCCEEDED, "Visa 4242")
    assert payment.intent_id.startswith("pi_local_")
    assert payment.settled_at


def test_an_open_page_changes_nothing(order):
    apply_truth(truth_about(order, status="open", is_paid=False))

    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    assert order.payments.get().status == PaymentStatus.CREATED


def test_a_page_that_closed_leaves_the_order_its_time_for_another_attempt(order):
    apply_truth(truth_about(order, status="expired", is_paid=False))

    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    assert order.payments.get().status == PaymentStatus.EXPIRED
    assert order.bookings()[0].status == BookingStatus.HELD


def test_p03_expired_after_paid_changes_nothing(order):
    apply_truth(truth_about(order))

    apply_truth(truth_about(order, status="expired", is_paid=False))

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_a_bank_that_thinks_is_shown_as_processing(order):
    apply_truth(truth_about(order, is_paid=False))

    assert order.payments.get().status == PaymentStatus.PROCESSING
    apply_truth(truth_about(order))
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


@pytest.mark.parametrize(
    "wrong", [{"amount": Decimal("8.00")}, {"currency": "USD"}, {"mode": "live"}], ids=["amount", "currency", "mode"]
)
def test_p07_money_that_does_not_match_fulfils_nothing_and_calls_a_person(order, wrong):
    payment = apply_truth(truth_about(order, **wrong))
    apply_truth(truth_about(order, **wrong))

    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    assert payment.status == PaymentStatus.MISMATCH
    assert Payment.objects.get().concerns.open()
    assert kinds(order).count(EventKind.PAYMENT_FLAGGED) == 1
    assert not Message.objects.exists()
    with pytest.raises(operations.OrderIsClosed):  # whoever paid the wrong sum is not asked to pay again
        operations.live_attempt(order)


def test_p07_another_page_cannot_pay_for_this_order(order):
    apply_truth(truth_about(order, session_id="cs_local_first", status="open", is_paid=False))

    payment = apply_truth(truth_about(order, session_id="cs_local_other"))

    assert payment.status == PaymentStatus.MISMATCH


class TestLateMoney:
    def test_p05_a_time_that_is_still_free_is_taken_again(self, order, shampoo):
        let_expire(order)

        apply_truth(truth_about(order))

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert order.bookings()[0].status == BookingStatus.CONFIRMED
        shampoo.refresh_from_db()
        assert shampoo.stock == 9
        assert not Payment.objects.get().concerns.open()

    def test_p04_a_time_that_somebody_else_has_calls_a_person_and_keeps_the_rest(self, order, bath, ten_tomorrow):
        let_expire(order)
        other = hold_booking(bath, starts_at=ten_tomorrow)

        apply_truth(truth_about(order))

        order.refresh_from_db()
        other.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert other.status == BookingStatus.HELD
        assert order.bookings()[0].status == BookingStatus.CANCELLED
        assert EventKind.VISIT_LOST in kinds(order)
        payment = Payment.objects.get()
        assert payment.concerns.open()
        assert "Bath and tidy" in payment.concerns.get().reason
        assert list(type(order).objects.paid_not_booked()) == [order]

    def test_a_product_that_sold_out_meanwhile_calls_a_person(self, order, shampoo):
        let_expire(order)
        Variant.objects.filter(pk=shampoo.pk).update(stock=0)

        apply_truth(truth_about(order))

        line = order.lines.products().get()
        assert line.parcel == ParcelStatus.CANCELLED
        assert "Oat shampoo" in Payment.objects.get().concerns.get().reason
        assert order.bookings()[0].status == BookingStatus.CONFIRMED

    def test_a_basket_that_went_its_own_way_keeps_what_was_added_since(self, order, cart):
        let_expire(order)
        operations.add_product(cart, VariantFactory(), quantity=1)

        apply_truth(truth_about(order))

        assert not cart.lines.visits().exists()
        assert cart.lines.products().count() == 2

    def test_p06_a_second_payment_of_a_paid_order_goes_back_and_calls_a_person(self, order):
        let_expire(order)
        apply_truth(truth_about(order))
        second = Payment.objects.create(
            order=order,
            mode="local",
            amount=order.total,
            currency="EUR",
            session_id="cs_local_second",
            session_expires_at=timezone.now(),
            status=PaymentStatus.EXPIRED,
        )

        apply_truth(truth_about(order, session_id="cs_local_second"))

        second.refresh_from_db()
        assert second.status == PaymentStatus.SUCCEEDED
        assert second.concerns.open()
        assert kinds(order).count(EventKind.PAID) == 1
        assert second.refunded == order.total
        assert sorted(Message.objects.values_list("kind", flat=True)) == ["confirmation", "surplus"]


def test_a_hold_that_lapsed_but_that_nobody_took_is_confirmed(order):
    Booking.objects.update(held_until=timezone.now() - timedelta(seconds=1))

    apply_truth(truth_about(order))

    assert order.bookings()[0].status == BookingStatus.CONFIRMED


class TestTheListsOfTheStaff:
    def test_booked_not_paid_and_paid_not_booked_name_exactly_those_orders(self, order, bath, shampoo, ten_tomorrow):
        def another(hours):
            booking = hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=hours))
            return place(CartFactory(holding=[booking, shampoo]))

        waiting, paid, lost = order, another(1), another(2)
        product_only = place(CartFactory(holding=[shampoo]))
        apply_truth(truth_about(product_only))
        apply_truth(truth_about(paid))
        let_expire(lost)
        hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=2))
        apply_truth(truth_about(lost))

        orders = type(order).objects

        assert list(orders.booked_not_paid(timezone.now())) == [waiting]
        assert list(orders.paid_not_booked()) == [lost]
