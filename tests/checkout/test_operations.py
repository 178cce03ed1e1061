"""A basket becomes an order, and an order that nobody pays ends. The money itself is in test_paying.py."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bookings.models import Booking, BookingStatus, Pet
from bookings.operations import HoldLost, PetElsewhere, SlotTaken, hold_booking
from catalog.models import StockMovement, Variant
from catalog.operations import OutOfStock
from checkout import operations
from checkout.models import CartLine, EventKind, Order, OrderEvent, OrderStatus, PaymentProvider
from checkout.operations import PetDetails
from tests.checkout.conftest import details_for, open_page, place, total_of
from tests.factories import (
    CartFactory,
    OrderFactory,
    OrderLineFactory,
    ResourceFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


def let_holds_lapse():
    """Time passes: rows move, the clock does not."""
    Booking.objects.filter(status=BookingStatus.HELD).update(held_until=timezone.now() - timedelta(seconds=1))


class TestTheBasket:
    def test_the_same_product_twice_is_one_line(self, shampoo):
        cart = CartFactory()

        operations.add_product(cart, shampoo, quantity=2)
        operations.add_product(cart, shampoo, quantity=3)

        [line] = cart.lines.all()
        assert line.quantity == 5

    def test_one_press_that_arrives_twice_adds_once(self, shampoo):
        cart = CartFactory()

        for press in ("first", "first", "second"):
            operations.add_product(cart, shampoo, quantity=1, press=press)

        assert cart.lines.get().quantity == 2

    def test_one_press_on_a_time_that_arrives_twice_holds_once(self, bath, ten_tomorrow):
        cart = CartFactory()

        lines = [operations.add_visit(cart, bath, starts_at=ten_tomorrow, press="first") for _ in range(2)]

        assert lines[0] == lines[1]
        assert Booking.objects.count() == 1

    def test_a_line_never_holds_more_than_ninety_nine(self, shampoo):
        cart = CartFactory()

        operations.add_product(cart, shampoo, quantity=98)
        line = operations.add_product(cart, shampoo, quantity=98)

        assert line.quantity == 99

    def test_a_visit_is_held_for_fifteen_minutes(self, bath, ten_tomorrow):
        line = operations.add_visit(CartFactory(), bath, starts_at=ten_tomorrow)

        assert line.booking.status == BookingStatus.HELD
        left = line.booking.held_until - timezone.now()
        assert timedelta(minutes=14) < left <= timedelta(minutes=15)

    def test_s08_a_browser_keeps_at_most_six_times(self, bath, ten_tomorrow):
        cart = CartFactory()
        for hour in range(6):
            operations.add_visit(cart, bath, starts_at=ten_tomorrow + timedelta(hours=hour))

        with pytest.raises(operations.TooManyHolds):
            operations.add_visit(cart, bath, starts_at=ten_tomorrow + timedelta(hours=6))

        assert cart.lines.count() == Booking.objects.count() == 6

    def test_moving_a_visit_lets_the_old_time_go_with_the_new_one_held(self, bath, ten_tomorrow):
        cart = CartFactory()
        old = operations.add_visit(cart, bath, starts_at=ten_tomorrow)

        new = operations.add_visit(cart, bath, starts_at=ten_tomorrow + timedelta(minutes=30), instead_of=old)

        assert [line.pk for line in cart.lines.all()] == [new.pk]
        old.booking.refresh_from_db()
        assert old.booking.status == BookingStatus.CANCELLED

    def test_moving_a_visit_to_a_time_that_is_taken_keeps_the_old_one(self, bath, ten_tomorrow):
        cart = CartFactory()
        old = operations.add_visit(cart, bath, starts_at=ten_tomorrow)
        operations.add_visit(CartFactory(), bath, starts_at=ten_tomorrow + timedelta(hours=2))

        with pytest.raises(SlotTaken):
            operations.add_visit(cart, bath, starts_at=ten_tomorrow + timedelta(hours=2), instead_of=old)

        old.booking.refresh_from_db()
        assert old.booking.status == BookingStatus.HELD
        assert cart.lines.get().pk == old.pk

    def test_removing_a_visit_frees_its_time(self, cart):
        line = cart.lines.visits().get()

        operations.remove_line(line)
        operations.remove_line(line)

        line.booking.refresh_from_db()
        assert line.booking.status == BookingStatus.CANCELLED

    @pytest.mark.parametrize("change", ["add_product", "add_visit", "set_quantity", "remove_line"])
    def test_a_basket_that_is_being_paid_does_not_change(self, cart, shampoo, bath, ten_tomorrow, change):
        order = place(cart)
        line = cart.lines.products().get()
        changes = {
            "add_product": lambda: operations.add_product(cart, shampoo, quantity=1),
            "add_visit": lambda: operations.add_visit(cart, bath, starts_at=ten_tomorrow + timedelta(hours=3)),
            "set_quantity": lambda: operations.set_quantity(line, 5),
            "remove_line": lambda: operations.remove_line(line),
        }

        with pytest.raises(operations.OrderIsOpen) as refusal:
            changes[change]()

        assert refusal.value.order == order
        assert list(cart.lines.values_list("quantity", flat=True)) == [1, 1]


class TestPlacingAnOrder:
    def test_it_takes_the_stock_and_keeps_the_time_for_as_long_as_the_page_is_open(self, cart, shampoo):
        order = place(cart)

        shampoo.refresh_from_db()
        assert shampoo.stock == 9
        [booking] = order.bookings()
        payment = order.payments.get()
        assert booking.held_until == order.held_until == payment.session_expires_at + operations.GRACE
        assert payment.amount == order.total == Decimal("39.50")

    def test_it_freezes_names_prices_and_rules(self, cart, bath, shampoo):
        order = place(cart)

        Variant.objects.update(price=Decimal(99))
        bath.offering.rules.late_fee_percent = 90
        bath.offering.rules.save()
        shampoo.offering.name = "Something else"
        shampoo.offering.save(update_fields=["name"])

        product, visit = order.lines.order_by("total")
        assert (product.name, product.unit_price) == ("Oat shampoo", Decimal("4.50"))
        assert (visit.title, visit.pet_name, visit.resource_name) == ("Bath and tidy, Medium dog", "Biscuit", "Maya")
        assert visit.rules["cancellation"] == [{"minutes": 1440, "percent": 50}]
        assert visit.starts_at == visit.booking.starts_at

    def test_asked_twice_it_gives_the_same_order(self, cart, shampoo):
        first, second = place(cart), place(cart)

        assert first == second
        shampoo.refresh_from_db()
        assert shampoo.stock == 9

    def test_a_number_that_another_order_has_is_not_given_again(self, cart, shampoo, monkeypatch):
        first = place(CartFactory(holding=[shampoo]))
        numbers = iter([first.number, first.number, "FP-22222"])
        monkeypatch.setattr("checkout.operations.ordering.new_number", lambda: next(numbers))

        assert place(cart).number == "FP-22222"

    def test_an_order_that_cannot_be_filled_changes_nothing(self, cart, shampoo):
        sold_out = VariantFactory(sold_out=True)
        CartLine.objects.create(cart=cart, variant=sold_out, price=sold_out.price)
        held_until = Booking.objects.get().held_until

        with pytest.raises(OutOfStock, match=sold_out.offering.name):
            place(cart)

        shampoo.refresh_from_db()
        assert shampoo.stock == 10
        assert not Order.objects.exists()
        assert Booking.objects.get().held_until == held_until
        assert cart.lines.count() == 3

    def test_an_empty_basket_is_refused(self, db):
        with pytest.raises(operations.CartIsEmpty):
            place(CartFactory())

    def test_a_visit_that_came_in_from_another_tab_is_not_bought_for_nobody(self, cart, bath, ten_tomorrow):
        details, seen = details_for(cart), total_of(cart)
        old = cart.lines.visits().get()
        operations.add_visit(cart, bath, starts_at=ten_tomorrow + timedelta(hours=2), instead_of=old)

        with pytest.raises(operations.BasketChanged):
            operations.place_order(cart, details=details, agreed_total=seen)

        assert not Order.objects.exists()

    def test_p20_a_price_that_rose_must_be_seen_first(self, cart, shampoo):
        details, seen = details_for(cart), total_of(cart)
        Variant.objects.filter(pk=shampoo.pk).update(price=Decimal("5.00"))

        with pytest.raises(operations.PriceRose) as refusal:
            operations.place_order(cart, details=details, agreed_total=seen)

        assert refusal.value.total == Decimal("40.00")
        assert not Order.objects.exists()

    def test_p20_a_price_that_fell_is_passed_on(self, cart, shampoo):
        details, seen = details_for(cart), total_of(cart)
        Variant.objects.filter(pk=shampoo.pk).update(price=Decimal("4.00"))

        order = operations.place_order(cart, details=details, agreed_total=seen)

        assert order.total == Decimal("39.00")

    def test_t11_a_hold_that_ran_out_a_second_ago_is_refused(self, cart, shampoo):
        let_holds_lapse()

        with pytest.raises(HoldLost):
            place(cart)

        assert not Order.objects.exists()
        shampoo.refresh_from_db()
        assert shampoo.stock == 10
        assert cart.lines.count() == 2

    def test_a_time_that_somebody_else_took_meanwhile_is_refused(self, cart, bath, ten_tomorrow):
        let_holds_lapse()
        hold_booking(bath, starts_at=ten_tomorrow)

        with pytest.raises(operations.VisitNeedsTime, match="Bath and tidy"):
            place(cart)

    def test_s07_what_left_the_shop_is_refused_by_name(self, cart, shampoo):
        shampoo.offering.is_published = False
        shampoo.offering.save(update_fields=["is_published"])

        with pytest.raises(operations.NoLongerForSale, match="Oat shampoo"):
            place(cart)

    def test_a_price_with_cents_in_a_currency_without_is_refused_by_name(self, shampoo, settings):
        settings.SHOP_CURRENCY = "JPY"
        cart = CartFactory(holding=[shampoo])

        with pytest.raises(operations.NoLongerForSale, match="Oat shampoo"):
            place(cart)

        assert not Order.objects.exists()

    def test_a_total_below_what_cards_can_be_charged_is_refused(self, db):
        cart = CartFactory(holding=[VariantFactory(price=Decimal("0.20"))])

        with pytest.raises(operations.TooLittleToCharge, match="€0.50"):
            place(cart)

    def test_nothing_to_pay_is_paid_at_once_and_confirmed_by_one_mail(self, bath, ten_tomorrow):
        Variant.objects.update(price=0)
        bath.refresh_from_db()
        cart = CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)])

        order = place(cart)

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert order.payments.get().provider == PaymentProvider.NONE
        assert order.bookings()[0].status == BookingStatus.CONFIRMED
        assert order.messages.count() == 1
        assert not cart.lines.exists()

    def test_two_visits_of_one_pet_are_one_pet(self, bath, ten_tomorrow):
        times = [ten_tomorrow, ten_tomorrow + timedelta(hours=2)]
        cart = CartFactory(holding=[hold_booking(bath, starts_at=time) for time in times])
        first, second = cart.lines.all()
        pets = {
            first.pk: PetDetails(name="Biscuit", species="dog"),
            second.pk: PetDetails(name="biscuit", species="dog"),
        }

        place(cart, pets=pets)

        assert Pet.objects.count() == 1

    def test_a_pet_cannot_be_bathed_by_two_groomers_at_once(self, bath, ten_tomorrow):
        ResourceFactory(services=[bath.offering])
        cart = CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow) for _ in range(2)])

        with pytest.raises(PetElsewhere):
            place(cart)

        assert not Order.objects.exists()

    def test_products_alone_are_picked_up_and_a_visit_alone_needs_no_handover(self, shampoo, bath, ten_tomorrow):
        products = place(CartFactory(holding=[shampoo]), handover="")
        visit = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))

        assert products.handover == "pickup"
        assert visit.handover == ""


class TestEndingAnOrder:
    def closed(self, cart):
        """An order whose payment page is closed."""
        order = place(cart)
        order.payments.update(status="expired")
        return order

    def test_while_an_attempt_is_live_nothing_ends(self, cart, shampoo):
        order = place(cart)

        assert not operations.expire_order(order, cause="Not paid in time", to_cart=False)

        order.refresh_from_db()
        assert order.status == OrderStatus.PENDING
        shampoo.refresh_from_db()
        assert shampoo.stock == 9

    def test_s04_stock_and_times_come_back_once(self, cart, shampoo):
        order = self.closed(cart)

        ended = [operations.expire_order(order, cause="Not paid in time", to_cart=False) for _ in range(2)]

        assert ended == [True, False]
        shampoo.refresh_from_db()
        assert shampoo.stock == 10
        assert order.bookings()[0].status == BookingStatus.CANCELLED
        order.refresh_from_db()
        assert order.status == OrderStatus.EXPIRED

    def test_for_a_customer_who_is_still_there_the_times_go_back_to_the_basket(self, cart, shampoo):
        order = self.closed(cart)

        operations.expire_order(order, cause="The basket was changed", to_cart=True)

        booking = cart.lines.visits().get().booking
        assert booking.status == BookingStatus.HELD
        assert booking.held_until < timezone.now() + timedelta(minutes=16)
        assert place(cart) != order

    def test_a_fresh_attempt_keeps_the_times_for_as_long_as_its_page(self, cart):
        order = self.closed(cart)

        payment = operations.live_attempt(order)

        order.refresh_from_db()
        assert order.payments.count() == 2
        assert order.bookings()[0].held_until == order.held_until == payment.session_expires_at + operations.GRACE

    def test_an_order_that_ended_takes_no_fresh_attempt(self, cart):
        order = self.closed(cart)
        operations.expire_order(order, cause="Not paid in time", to_cart=False)

        with pytest.raises(operations.OrderIsClosed):
            operations.live_attempt(order)


class TestWhatTheDatabaseRefuses:
    def test_an_event_is_never_changed_or_deleted(self, cart):
        event = place(cart).events.first()

        with pytest.raises(IntegrityError, match="append-only"):
            OrderEvent.objects.filter(pk=event.pk).update(cause="Something else")
        with pytest.raises(IntegrityError, match="append-only"):
            event.delete()

    def test_a_stock_movement_is_never_changed_or_deleted(self, shampoo):
        with pytest.raises(IntegrityError, match="append-only"):
            StockMovement.objects.update(delta=1)
        with pytest.raises(IntegrityError, match="append-only"):
            StockMovement.objects.all().delete()

    def test_a_line_stays_as_it_was_accepted(self, cart):
        line = place(cart).lines.products().get()

        with pytest.raises(IntegrityError, match="append-only"):
            line.order.lines.filter(pk=line.pk).update(unit_price=Decimal(1))
        assert line.order.lines.filter(pk=line.pk).update(parcel="ready") == 1

    def test_a_subtotal_is_the_sum_of_its_lines(self, db):
        with pytest.raises(IntegrityError, match="not the sum"), transaction.atomic():
            OrderLineFactory(order=OrderFactory(subtotal=Decimal(10)))

    def test_an_order_is_paid_once(self, cart):
        order = place(cart)
        order.move_to(OrderStatus.PAID, EventKind.PAID, actor="customer", cause="Paid by card")

        with pytest.raises(IntegrityError):
            order.events.create(kind="paid", from_status="pending", to_status="paid", actor="x", cause="y")

    def test_an_order_cannot_go_back(self, cart):
        order = place(cart)
        order.move_to(OrderStatus.EXPIRED, EventKind.EXPIRED, actor="shop", cause="Not paid in time")

        with pytest.raises(IntegrityError, match="order_event_transition_allowed"):
            order.move_to(OrderStatus.PENDING, EventKind.PLACED, actor="shop", cause="Again")

    def test_a_basket_has_one_pending_order(self, cart):
        place(cart)

        with pytest.raises(IntegrityError, match="order_one_pending_per_cart"):
            OrderFactory(cart=cart)

    def test_stock_cannot_go_below_zero(self, shampoo):
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_variant SET stock = -1")

    def test_a_price_cannot_be_below_zero(self, shampoo):
        shampoo.price = Decimal(-1)

        with pytest.raises(ValidationError, match="below zero"):
            shampoo.full_clean()


def test_a_visit_and_a_parcel_in_one_order_share_one_attempt(cart):
    order = place(cart)

    payment = open_page(order)

    assert [line["unit"] for line in sorted(payment.lines_snapshot, key=lambda line: line["unit"])] == [450, 3500]
