"""Money that staff send back line by line: pieces, nights and parts of a price, to the cent, and never more than is left."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from backoffice.audit.queries import violations
from bookings.operations import hold_booking
from catalog.models import StockMovement, StockReason
from checkout import fulfilment, operations, payments
from checkout.cancelling import Keep
from checkout.models import EventKind, Message, Order, OrderStatus, Refund, RefundLine
from checkout.operations import MoreThanIsLeft, NotAsAgreed, PaymentIsDisputed, compose_refund, preview_refund
from checkout.portions import CannotBeSentBack, Choice, load_rests, rests
from checkout.stripe_local import local_stripe
from petshop.core.money import included_tax
from tests import kinds
from tests.checkout.conftest import open_page, pay
from tests.checkout.test_refunds import at_stripe, bath_of, paid_order, shampoo_of
from tests.concurrency import at_once
from tests.factories import CartFactory, OrderFactory, OrderLineFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

EUR = Decimal


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


def bought(price, quantity=1):
    """So many of one thing, paid."""
    variant = VariantFactory(price=Decimal(price))
    cart = CartFactory(holding=[variant])
    operations.set_quantity(cart.lines.get(), quantity)
    return paid_order(cart)


def send(order, *choices, press="once", **said):
    """Look at what it comes to, and press."""
    composed, _payments = preview_refund(order, choices)
    said = {"agreed": composed.amounts, "reason": "It leaks", "actor": "maya", "press": press} | said
    return compose_refund(order, choices, **said)


def parts(order):
    return list(
        RefundLine.objects.filter(order_line__order=order).values_list("amount", "tax", "quantity", "restocked")
    )


def rest(order):
    order = Order.objects.get(pk=order.pk)
    order.every_line = load_rests(order)
    return {each.line.name: each for each in rests(order)}


def line_of(order):
    return order.lines.get()


def choice(line, **more):
    amount = more.pop("amount", None)
    return Choice(line.pk, amount=None if amount is None else Decimal(amount), **more)


class TestPieces:
    def test_each_piece_costs_what_was_paid_for_it_and_the_last_takes_the_rest(self):
        order = bought("10.00", 3)
        line = line_of(order)

        send(order, choice(line, pieces=1))
        send(order, choice(line, pieces=2), press="twice")

        assert [amount for amount, *_ in parts(order)] == [EUR("10.00"), EUR("20.00")]
        assert rest(order)[line.name].left == 0
        assert sum(tax for _amount, tax, *_ in parts(order)) == included_tax(EUR("30.00"), line.tax_rate)

    def test_a_discount_goes_with_the_pieces_to_the_last_cent_and_so_does_the_tax(self):
        order = discounted(EUR("10.00"), 3, off=EUR("1.00"))
        line = line_of(order)
        shown = []

        for press in ["a", "b", "c"]:
            composed, _payments = preview_refund(order, [choice(line, pieces=1)])
            shown += composed.parts
            send(order, choice(line, pieces=1), press=press)

        assert [part.amount for part in shown] == [EUR("9.67"), EUR("9.67"), EUR("9.66")]
        assert sum(part.discount for part in shown) == EUR("1.00")
        assert [part.tax for part in shown] == [tax for _amount, tax, *_ in parts(order)]
        assert sum(part.tax for part in shown) == included_tax(EUR("29.00"), line.tax_rate)
        assert rest(order)[line.name].left == rest(order)[line.name].tax == 0

    def test_more_pieces_than_are_left_are_refused_with_how_many_there_are(self):
        order = bought("10.00", 3)
        send(order, choice(line_of(order), pieces=2))

        with pytest.raises(CannotBeSentBack, match="one piece is left"):
            preview_refund(order, [choice(line_of(order), pieces=2)])

    def test_p15_a_part_of_the_price_leaves_no_more_than_there_is(self):
        order = bought("10.00", 3)
        line = line_of(order)
        send(order, choice(line, amount="5.00"))
        send(order, choice(line, pieces=3), press="all pieces")

        assert [amount for amount, *_ in parts(order)] == [EUR("5.00"), EUR("25.00")]
        with pytest.raises(CannotBeSentBack, match=r"up to €0\.00"):
            preview_refund(order, [choice(line, amount="0.01")])

    def test_p15_in_coins_of_one_cent_to_the_end_and_one_more_is_refused(self):
        order = bought("0.50")
        line = line_of(order)
        for cent in range(50):
            send(order, choice(line, amount="0.01"), press=f"cent-{cent}")

        with pytest.raises(CannotBeSentBack):
            send(order, choice(line, amount="0.01"), press="one more")
        assert sum(tax for _amount, tax, *_ in parts(order)) == included_tax(EUR("0.50"), line.tax_rate)
        assert rest(order)[line.name].tax == 0


def discounted(price, quantity, *, off):
    """As a promotion will sell it: something off the line, paid."""
    variant = VariantFactory(price=price, stock=100)
    with transaction.atomic():
        order = OrderFactory(subtotal=price * quantity, discount=off, total=price * quantity - off)
        OrderLineFactory(order=order, variant=variant, quantity=quantity, discount=off)
    return settled(order)


def settled(order):
    """Its money came, as the operations write it down."""
    order.move_to(OrderStatus.PENDING, "placed", actor="customer", cause="Placed")
    for line in order.lines.products():
        operations.ordering.take_stock(line.variant, line.quantity, reference=line.stock_reference, actor="customer")
    pay(open_page(order))
    payments.settle(order.payments.get().session_id)
    order.refresh_from_db()
    assert order.is_paid
    return order


class TestNights:
    @pytest.fixture
    def stay(self):
        """Three nights of 30.00 from Friday on, with a nail trim for 8.00."""
        kennel = kinds.boarding()
        cart = CartFactory()
        operations.add_visit(cart, kennel, starts_at=kinds.on(kinds.in_days(3), "15:00"), nights=3)
        return paid_order(cart)

    def test_the_nights_that_are_ticked_go_back_and_only_once(self, stay):
        line = line_of(stay)
        first, second, third = (night.day for night in line.nights.all())

        send(stay, choice(line, nights=(first, third)))

        [part] = RefundLine.objects.all()
        assert (part.amount, part.quantity, part.nights) == (EUR("60.00"), 2, [first, third])
        assert [night.day for night in rest(stay)[line.name].nights] == [second]
        with pytest.raises(CannotBeSentBack, match="was sent back already"):
            preview_refund(stay, [choice(line, nights=(first,))])

    def test_all_of_a_stay_is_all_of_its_nights(self, stay):
        line = line_of(stay)
        send(stay, choice(line, nights=(line.nights.first().day,)))
        send(stay, choice(line), press="the rest")

        assert [len(part.nights) for part in RefundLine.objects.all()] == [1, 2]
        assert rest(stay)[line.name].left == 0

    def test_a_night_whose_refund_came_to_nothing_can_be_sent_back_again(self, stay):
        line = line_of(stay)
        first = line.nights.first().day
        [refund] = send(stay, choice(line, nights=(first,)))
        operations.reject_refund(refund, error="No")

        send(stay, choice(line, nights=(first,)), press="again")

        assert rest(stay)[line.name].left == EUR("60.00")


class TestAgreed:
    def test_what_comes_to_something_else_by_now_is_not_sent(self, cart):
        order = paid_order(cart)
        bath = bath_of(order)
        composed, _payments = preview_refund(order, [choice(bath)])
        send(order, choice(bath, amount="10.00"), press="somebody else")

        with pytest.raises(NotAsAgreed, match=r"Meanwhile it comes to €25\.00"):
            send(order, choice(bath), agreed=composed.amounts)

        assert Refund.objects.count() == 1

    def test_one_button_pressed_twice_is_one_refund(self, cart):
        order = paid_order(cart)

        first = send(order, choice(bath_of(order), amount="10.00"))
        second = send(order, choice(bath_of(order), amount="10.00"))

        assert first == second
        assert bath_of(order).refunded == EUR("10.00")

    def test_two_buttons_are_two_refunds(self, cart):
        order = paid_order(cart)
        send(order, choice(bath_of(order), amount="10.00"))
        send(order, choice(bath_of(order), amount="10.00"), press="another tab")

        assert bath_of(order).refunded == EUR("20.00")

    def test_what_the_bank_disputes_is_said_before_and_sent_by_nobody(self, cart):
        order = paid_order(cart)
        local_stripe().dispute(order.payments.get().intent_id)

        with pytest.raises(PaymentIsDisputed, match="has disputed the payment"):
            preview_refund(order, [choice(bath_of(order))])


class TestShelf:
    def test_s05_what_came_back_is_on_the_shelf_once_however_often_it_is_pressed(self):
        order = bought("10.00", 3)
        line = line_of(order)
        before = line.variant.stock

        for _ in range(3):
            compose(order, line, "20.00", "once", pieces=2, restock=True)

        line.variant.refresh_from_db()
        assert line.variant.stock == before + 2
        [back] = StockMovement.objects.filter(reason=StockReason.RETURNED)
        assert (back.delta, back.actor) == (2, "maya")
        assert parts(order)[0][3] == 2

    def test_s05_another_piece_another_day_is_another_piece(self):
        order = bought("10.00", 3)
        line = line_of(order)
        before = line.variant.stock

        send(order, choice(line, pieces=1, restock=True))
        send(order, choice(line, pieces=1), press="broken")
        send(order, choice(line, pieces=1, restock=True), press="the last")

        line.variant.refresh_from_db()
        assert line.variant.stock == before + 2

    def test_s05_a_piece_that_is_back_already_is_not_back_twice_when_its_refund_failed(self):
        order = bought("10.00", 3)
        line = line_of(order)
        before = line.variant.stock
        [refund] = send(order, choice(line, pieces=1, restock=True))
        operations.reject_refund(refund, error="No")

        send(order, choice(line, pieces=1, restock=True), press="again")

        line.variant.refresh_from_db()
        assert line.variant.stock == before + 1

    def test_without_a_number_of_pieces_nothing_can_come_back(self, cart):
        order = paid_order(cart)
        with pytest.raises(CannotBeSentBack, match="Say how many pieces"):
            preview_refund(order, [choice(shampoo_of(order), amount="1.00", restock=True)])

    def test_s05_a_refund_that_is_refused_leaves_the_shelf_alone(self):
        order = bought("10.00", 1)
        line = line_of(order)
        before = line.variant.stock
        local_stripe().dispute(order.payments.get().intent_id)

        with pytest.raises(PaymentIsDisputed):
            compose_refund(
                order,
                [choice(line, restock=True, pieces=1)],
                agreed={line.pk: EUR("10.00")},
                reason="x",
                actor="maya",
                press="x",
            )

        line.variant.refresh_from_db()
        assert line.variant.stock == before
        assert not Refund.objects.exists()


class TestPlaces:
    def test_a_place_that_is_released_is_free_in_the_same_act_and_what_is_not_sent_is_kept(
        self, cart, run_jobs, mailoutbox
    ):
        order = paid_order(cart)
        run_jobs()
        mailoutbox.clear()

        send(order, choice(bath_of(order), amount="20.00", release=True))
        run_jobs()

        bath = bath_of(order)
        assert (bath.booking.status, bath.kept, bath.refunded) == ("cancelled", EUR("15.00"), EUR("20.00"))
        assert (bath.comes_back, bath.still_owed) == (EUR("20.00"), 0)
        event = order.events.get(kind=EventKind.VISIT_CANCELLED)
        assert (event.actor, event.cause, event.details["kept"]) == ("maya", "It leaks", "15.00")
        assert [mail.subject.partition(":")[0] for mail in mailoutbox] == ["Cancelled", "€20.00 sent back"]
        assert [refund.amount for refund in at_stripe()] == [2000]
        hold_booking(bath.variant, starts_at=bath.starts_at)

    def test_without_it_the_visit_takes_place(self, cart):
        order = paid_order(cart)
        send(order, choice(bath_of(order)))

        assert (bath_of(order).booking.status, bath_of(order).cancelled_at) == ("confirmed", None)

    def test_everything_released_and_back_on_the_shelf_is_an_order_that_is_cancelled(self, cart):
        order = paid_order(cart)
        shampoo = shampoo_of(order)
        stock = shampoo.variant.stock

        send(order, choice(bath_of(order), release=True), choice(shampoo, restock=True, pieces=1))

        order.refresh_from_db()
        shampoo = shampoo_of(order)
        assert order.status == OrderStatus.CANCELLED
        assert (shampoo.parcel, shampoo.kept, shampoo.variant.stock) == ("cancelled", 0, stock + 1)
        assert Refund.objects.get().amount == order.total, "one refund for the one payment"

    def test_with_the_visit_gone_and_the_shampoo_handed_over_the_order_is_done(self, cart):
        order = paid_order(cart)
        fulfilment.hand_over(order, actor="maya")

        send(order, choice(bath_of(order), release=True))

        order.refresh_from_db()
        assert order.status == OrderStatus.FULFILLED

    def test_s05_pressed_twice_it_is_called_off_once(self, cart):
        order = paid_order(cart)
        bath = bath_of(order)
        for _ in range(2):
            compose(order, bath, "35.00", "once", release=True)

        assert order.events.filter(kind=EventKind.VISIT_CANCELLED).count() == 1
        assert Message.objects.filter(kind="cancelled").count() == 1

    def test_s05_cancelled_after_two_of_three_came_back_it_is_the_third_that_comes(self):
        order = bought("10.00", 3)
        line = line_of(order)
        stock = line.variant.stock
        send(order, choice(line, pieces=2, restock=True))

        operations.cancel_lines([line], actor="maya", cause="She wants none", keep=Keep.NOTHING)

        line = line_of(order)
        assert (line.variant.stock, line.refunded) == (stock + 3, EUR("30.00"))

    def test_a_pet_that_is_here_keeps_its_place_and_nothing_goes_back(self, cart):
        order = paid_order(cart)
        fulfilment.check_in(bath_of(order), actor="maya")

        with pytest.raises(CannotBeSentBack, match="cannot be released"):
            preview_refund(order, [choice(bath_of(order), release=True)])
        assert not Refund.objects.exists()

    @pytest.mark.race
    def test_c17_released_while_staff_check_in_it_is_either_here_with_its_money_or_gone_with_it(self, cart):
        order = paid_order(cart)
        bath = bath_of(order)
        todo = [
            lambda: compose(order, bath, "35.00", "once", release=True),
            lambda: fulfilment.check_in(bath, actor="tom"),
        ]

        at_once(2, lambda: todo.pop()())

        bath = bath_of(order)
        assert (bath.booking.status, bath.refunded) in [("cancelled", EUR("35.00")), ("checked_in", 0)]


@pytest.mark.race
class TestAtOnce:
    def test_c12_two_of_the_staff_compose_sixty_of_a_hundred_at_once(self):
        order = bought("100.00")
        line = line_of(order)
        presses = ["maya", "tom"]

        results = at_once(2, lambda: compose(order, line, "60.00", presses.pop()))

        accepted = [result for result in results if isinstance(result, list)]
        [refused] = [result for result in results if isinstance(result, Exception)]
        assert len(accepted) == 1
        assert isinstance(refused, CannotBeSentBack)
        assert "€40.00" in str(refused)
        assert line_of(order).refunded == 60

    def test_c12_one_button_pressed_twenty_times_at_once_is_one_refund_and_one_piece_on_the_shelf(self, run_jobs):
        order = bought("10.00", 3)
        line = line_of(order)
        before = line.variant.stock

        results = at_once(20, lambda: compose(order, line, "10.00", "once", pieces=1, restock=True))

        assert len({refund.pk for result in results for refund in result}) == 1
        line.variant.refresh_from_db()
        assert line.variant.stock == before + 1
        run_jobs()
        assert [each.amount for each in at_stripe()] == [1000]

    def test_c12_a_hundred_times_six_of_a_hundred(self):
        order = bought("100.00")
        line = line_of(order)
        presses = [f"press-{number}" for number in range(100)]

        results = at_once(100, lambda: compose(order, line, "6.00", presses.pop()))

        assert sum(isinstance(result, list) for result in results) == 16
        assert {type(result) for result in results if not isinstance(result, list)} == {CannotBeSentBack}
        assert line_of(order).refunded == 96


def compose(order, line, amount, press, **more):
    """Press the button of a page that was opened before the others pressed theirs."""
    chosen = choice(line, amount=amount, **more)
    return compose_refund(
        order, [chosen], agreed={line.pk: Decimal(amount)}, reason="It leaks", actor="maya", press=press
    )


def test_more_than_stripe_can_send_is_refused_by_the_order_as_a_whole(cart):
    order = paid_order(cart)
    local_stripe().refund(order.payments.get().intent_id, 3_000)

    with pytest.raises(MoreThanIsLeft, match=r"Only €9\.50 of order"):
        preview_refund(order, [choice(bath_of(order))])


def test_what_was_kept_of_a_cancelled_order_can_be_sent_back_later_and_is_kept_no_more(cart):
    order = paid_order(cart)
    operations.cancel_lines(order.parts, actor="maya", cause="Too late", keep=Keep.ALL)
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED

    send(order, choice(bath_of(order), amount="15.00"))

    bath = bath_of(order)
    assert (bath.kept, bath.refunded, bath.still_owed) == (EUR("20.00"), EUR("15.00"), 0)
