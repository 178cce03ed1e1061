"""The extras of a visit, from the basket to the order: what they cost, how long they take, and what is frozen of them."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from icalendar import Calendar
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from stripe.params.checkout import SessionCreateParams

from bookings.models import Booking
from bookings.operations import SlotTaken, hold_booking
from catalog.models import AddOn
from checkout import emails, operations, payments
from checkout.calendar_file import calendar_file
from checkout.models import CartLine, CartLineAddOn, Order, OrderLineAddOn, OrderStatus
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay, place, total_of
from tests.checkout.customer import answers, carrying, lapse, visit_of
from tests.factories import AddOnFactory, CartFactory
from tests.sdk_errors import sdk_errors

pytestmark = pytest.mark.django_db

CART = "/cart/"
CHECKOUT = "/checkout/"
TEN_MINUTES = timedelta(minutes=10)


def press(client, variant, start, *add_ons, **more):
    """Press a time on the service's page with these extras ticked."""
    typed = {"variant": variant.pk, "start": start.isoformat(), "resource": "", "add_on": [a.pk for a in add_ons]}
    return client.post("/cart/visits/", typed | more)


class TestTheBasket:
    def test_pressing_a_time_holds_it_with_the_minutes_of_its_extras(self, client, bath, trim, ten_tomorrow):
        response = press(client, bath, ten_tomorrow, trim)

        assertRedirects(response, CART, status_code=303)
        line = CartLine.objects.get()
        assert line.booking.ends_at == ten_tomorrow + timedelta(minutes=70)
        assert (line.extras, line.price, line.total) == ([trim], Decimal("43.00"), Decimal("43.00"))

    def test_it_shows_each_extra_with_what_it_adds_and_counts_it(self, client, cart_with_extra):
        page = carrying(client, cart_with_extra).get(CART)

        assertContains(page, "Nail trim")
        assertContains(page, "€8.00, 10 minutes")
        assertContains(page, "10:00 to 11:10")
        assertContains(page, '<dd data-testid="total">€47.50</dd>', html=True)

    def test_a_time_that_is_too_short_for_the_extras_is_refused_and_they_stay_ticked(
        self, client, bath, trim, ten_tomorrow
    ):
        hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=1))

        response = press(client, bath, ten_tomorrow, trim)

        assert f"add_on={trim.pk}" in response.url
        assert not CartLine.objects.exists()
        page = client.get(response.url)
        assertContains(page, "has just been taken")
        assertContains(page, f'<input type="hidden" name="add_on" value="{trim.pk}">', html=True)

    @pytest.mark.parametrize("forged", ["foreign", "inactive", "unpublished", "unknown", "garbage", "huge"])
    def test_an_extra_that_is_not_offered_with_the_service_is_refused_with_a_sentence(
        self, client, bath, ten_tomorrow, forged
    ):
        add_on = {
            "foreign": lambda: AddOnFactory().pk,
            "inactive": lambda: AddOnFactory(offering=bath.offering, is_active=False).pk,
            "unpublished": lambda: AddOnFactory(offering__is_published=False).pk,
            "unknown": lambda: 987654,
            "garbage": lambda: "'; --",
            "huge": lambda: "9" * 40,
        }[forged]()

        response = client.post(
            "/cart/visits/", {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "add_on": [add_on]}
        )

        assertContains(response, "We do not offer one of these extras any more.", status_code=422)
        assert not Booking.objects.exists()

    def test_the_same_extra_twice_is_one(self, client, bath, trim, ten_tomorrow):
        press(client, bath, ten_tomorrow, trim, trim)

        assert CartLine.objects.get().total == Decimal("43.00")

    def test_an_extra_that_goes_off_sale_under_the_finger_is_named_and_nothing_is_held(self, bath, trim, ten_tomorrow):
        cart = CartFactory()
        AddOn.objects.update(is_active=False)

        with pytest.raises(operations.ExtraNoLongerOffered, match="Nail trim"):
            operations.add_visit(cart, bath, starts_at=ten_tomorrow, add_ons=[trim])

        assert not Booking.objects.exists()

    def test_what_an_extra_costs_and_takes_is_read_when_it_is_put_in(self, bath, trim, ten_tomorrow):
        AddOn.objects.update(price=Decimal("9.00"), duration=timedelta(minutes=20))

        line = operations.add_visit(CartFactory(), bath, starts_at=ten_tomorrow, add_ons=[trim])

        assert line.price == Decimal("44.00")
        assert line.booking.ends_at == ten_tomorrow + timedelta(minutes=80)

    def test_moving_a_visit_to_where_its_extras_do_not_fit_keeps_the_old_one(
        self, cart_with_extra, bath, trim, ten_tomorrow
    ):
        old = visit_of(cart_with_extra)
        hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=3))

        with pytest.raises(SlotTaken):
            operations.add_visit(
                cart_with_extra, bath, starts_at=ten_tomorrow + timedelta(hours=2), add_ons=[trim], instead_of=old
            )

        assert visit_of(cart_with_extra).extras == [trim]

    def test_changing_a_visit_begins_with_the_extras_that_it_has(self, client, cart_with_extra, trim):
        line = visit_of(cart_with_extra)

        page = carrying(client, cart_with_extra).get(CART)

        assertContains(page, f"line={line.pk}&amp;add_on={trim.pk}")

    def test_the_same_time_can_be_chosen_again_with_one_extra_more(self, client, cart, bath, trim, ten_tomorrow):
        """The visit's own hold is not in its way, as long as it is this browser's."""
        line = visit_of(cart)
        address = f"/shop/bath-and-tidy/?line={line.pk}&add_on={trim.pk}&day={ten_tomorrow:%Y-%m-%d}"

        stranger = client.get(address)
        page = carrying(client, cart).get(address)

        button = f'value="{ten_tomorrow.astimezone(UTC).isoformat()}"'
        assertNotContains(stranger, button)
        assertNotContains(stranger, "Your visit in the basket is on")
        assertContains(page, "Your visit in the basket is on")
        assertContains(page, button)
        press(client, bath, ten_tomorrow, trim, line=line.pk)
        assert visit_of(cart).booking.ends_at == ten_tomorrow + timedelta(minutes=70)

    @pytest.mark.parametrize("line", ["", "x", "0", "-1", "9" * 30, "\x00", "²"])
    def test_a_line_that_an_address_cannot_mean_moves_nothing(self, client, cart, bath, line):
        page = carrying(client, cart).get("/shop/bath-and-tidy/", {"line": line})

        assert page.context["picker"].moving is None

    def test_a_lost_visit_is_offered_times_that_have_room_for_its_extras(
        self, client, cart_with_extra, bath, trim, ten_tomorrow
    ):
        lapse(cart_with_extra)
        hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=1))  # an hour is free at ten, but no more

        page = carrying(client, cart_with_extra).get(CART)

        assertContains(page, "Somebody else has it now. The nearest free times:")
        assertContains(page, f'<input type="hidden" name="add_on" value="{trim.pk}">', html=True, count=3)

    def test_a_lost_visit_that_is_held_again_has_its_extras(self, client, cart_with_extra, bath, trim, ten_tomorrow):
        lapse(cart_with_extra)
        lost = visit_of(cart_with_extra)

        press(carrying(client, cart_with_extra), bath, ten_tomorrow, trim, line=lost.pk, in_basket="1")

        again = visit_of(cart_with_extra)
        assert (again.extras, again.total) == ([trim], Decimal("43.00"))
        assert again.booking.ends_at == ten_tomorrow + timedelta(minutes=70)

    def test_p20_an_extra_that_became_dearer_is_said_with_old_and_new(self, client, cart_with_extra):
        AddOn.objects.update(price=Decimal("9.50"))

        page = carrying(client, cart_with_extra).get(CART)

        assertContains(page, "it was €43.00 when you put it in, and is €44.50 now.")
        assertContains(page, '<dd data-testid="total">€49.00</dd>', html=True)

    def test_s07_an_extra_that_is_not_offered_any_more_is_named_and_its_visit_not_counted(
        self, client, cart_with_extra
    ):
        AddOn.objects.update(is_active=False)

        page = carrying(client, cart_with_extra).get(CART)

        assertContains(page, "“Nail trim” is no longer offered: please change or remove this visit")
        assertContains(page, f"line={visit_of(cart_with_extra).pk}")
        assertContains(page, '<dd data-testid="total">€4.50</dd>', html=True)
        assertNotContains(page, "Check out</a>")

    def test_s07_a_lost_visit_with_an_extra_that_is_gone_leads_to_all_times(self, client, cart_with_extra):
        lapse(cart_with_extra)
        AddOn.objects.update(is_active=False)

        page = carrying(client, cart_with_extra).get(CART)

        assertContains(page, "“Nail trim” is no longer offered: please choose a time without it")
        assertContains(page, "See all times")
        assertNotContains(page, 'data-testid="slot"')

    def test_more_visits_with_more_extras_do_not_cost_more_queries(
        self, client, cart_with_extra, bath, trim, ten_tomorrow, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(20) as before:
            carrying(client, cart_with_extra).get(CART)
        teeth = AddOnFactory(offering=bath.offering, name="Teeth")
        for hours in (3, 5):
            start = ten_tomorrow + timedelta(hours=hours)
            operations.add_visit(cart_with_extra, bath, starts_at=start, add_ons=[trim, teeth])

        with django_assert_max_num_queries(len(before.captured_queries)):
            carrying(client, cart_with_extra).get(CART)

    def test_taking_a_visit_out_takes_its_extras_along(self, cart_with_extra):
        operations.remove_line(visit_of(cart_with_extra))

        assert not CartLineAddOn.objects.exists()
        assert AddOn.objects.exists()


class TestTheOrder:
    def test_the_line_is_frozen_with_its_extras_and_its_length(self, cart_with_extra, trim, ten_tomorrow):
        order = place(cart_with_extra)
        AddOn.objects.update(name="Claws", price=Decimal("99.00"), duration=timedelta(hours=2), is_active=False)

        line = order.lines.visits().get()
        sold = line.add_ons.get()
        assert (sold.add_on, sold.name, sold.price, sold.duration) == (trim, "Nail trim", Decimal("8.00"), TEN_MINUTES)
        assert (line.unit_price, line.ends_at - line.starts_at) == (Decimal("43.00"), timedelta(minutes=70))
        assert line.full_title == "Bath and tidy, Medium dog + Nail trim"
        assert order.total == Decimal("47.50")

    def test_the_minutes_are_those_that_the_time_was_held_with(self, cart_with_extra):
        AddOn.objects.update(duration=timedelta(hours=3))

        order = place(cart_with_extra)

        assert OrderLineAddOn.objects.get(line__order=order).duration == TEN_MINUTES

    def test_p20_an_extra_that_became_dearer_needs_a_new_yes(self, cart_with_extra):
        agreed = total_of(cart_with_extra)
        AddOn.objects.update(price=Decimal("9.00"))

        with pytest.raises(operations.PriceRose):
            operations.place_order(cart_with_extra, details=details_for(cart_with_extra), agreed_total=agreed)

        assert not Order.objects.exists()

    def test_an_extra_that_became_cheaper_is_passed_on(self, cart_with_extra):
        agreed = total_of(cart_with_extra)
        AddOn.objects.update(price=Decimal("7.00"))

        order = operations.place_order(cart_with_extra, details=details_for(cart_with_extra), agreed_total=agreed)

        assert order.total == Decimal("46.50")

    def test_s07_paying_for_an_extra_that_is_gone_leads_back_to_the_basket(self, client, cart_with_extra):
        carrying(client, cart_with_extra)
        typed = answers(cart_with_extra)
        AddOn.objects.update(is_active=False)

        response = client.post(CHECKOUT, typed, follow=True)

        assertRedirects(response, CART, status_code=303)
        assertContains(response, "We no longer offer “Nail trim”. Please choose your visit without it.")
        assert not Order.objects.exists()

    def test_what_stripe_is_asked_for_names_the_extras_and_adds_up(self, cart_with_extra):
        order = place(cart_with_extra)

        [bottle, visit] = payments.line_items(order.payments.get())

        assert visit["price_data"]["product_data"]["name"] == "Bath and tidy, Medium dog + Nail trim"
        assert (visit["price_data"]["unit_amount"], bottle["price_data"]["unit_amount"]) == (4300, 450)
        assert order.payments.get().amount == Decimal("47.50")

    def test_what_stripe_is_asked_for_is_what_its_sdk_knows(self, cart_with_extra):
        payment = place(cart_with_extra).payments.get()

        params = payments.session_params(payment)

        assert sdk_errors(params, SessionCreateParams) == []
        asked = sum(item["quantity"] * item["price_data"]["unit_amount"] for item in params["line_items"])
        assert asked == 4750

    @pytest.mark.django_db(transaction=True)
    def test_an_order_that_is_put_back_gives_the_visit_with_its_extras(self, cart_with_extra, trim):
        order = place(cart_with_extra)
        open_page(order)

        payments.close_order(order, cause="Put back into the basket", to_cart=True)

        line = visit_of(cart_with_extra)
        assert (line.extras, line.total) == ([trim], Decimal("43.00"))
        assert place(cart_with_extra).total == Decimal("47.50")

    @pytest.mark.django_db(transaction=True)
    def test_a_paid_visit_leaves_the_basket_with_its_extras(self, cart_with_extra):
        order = place(cart_with_extra)

        pay(open_page(order))

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert not CartLineAddOn.objects.exists()

    def test_p04_late_money_finds_that_somebody_has_the_extra_minutes(
        self, client, cart_with_extra, bath, ten_tomorrow
    ):
        """The hour itself would still be free, but not the ten minutes after it."""
        order = place(cart_with_extra)
        payment = open_page(order)
        lapse(cart_with_extra)
        hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=1))

        pay(payment)

        page = client.get(order.get_absolute_url())
        assertContains(page, "Your payment is here. Your time is not.")
        assertContains(page, "Nail trim")

    @pytest.mark.parametrize("change", ["update", "delete"])
    def test_what_was_sold_does_not_change(self, cart_with_extra, change):
        place(cart_with_extra)
        sold = OrderLineAddOn.objects.all()

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sold.update(price=Decimal(0)) if change == "update" else sold._raw_delete("default")

        assert sold.get().price == Decimal("8.00")

    def test_nothing_is_added_to_an_order_that_was_placed(self, cart_with_extra, bath):
        order = place(cart_with_extra)

        with pytest.raises(IntegrityError, match="were sold with it"):
            OrderLineAddOn.objects.create(
                line=order.lines.visits().get(),
                add_on=AddOnFactory(offering=bath.offering),
                name="Teeth",
                price=Decimal(5),
                duration=TEN_MINUTES,
            )


class TestWhatIsSaidAfterwards:
    """The order's page, its receipt, its mail and its calendar file."""

    @pytest.fixture
    def paid(self, cart_with_extra):
        order = place(cart_with_extra)
        pay(open_page(order))
        return Order.objects.with_lines().get(pk=order.pk)

    def test_the_page_of_the_order_names_each_extra_with_what_it_adds(self, client, paid):
        page = client.get(paid.get_absolute_url())

        assertContains(page, "Nail trim")
        assertContains(page, "€8.00, 10 minutes")
        assertContains(page, "10:00 to 11:10")
        assertContains(page, "with Nail trim, €8.00")
        assertContains(page, '<dd data-testid="total">€47.50</dd>', html=True)

    def test_the_receipt_says_which_part_of_the_price_is_for_the_extras(self, client, paid):
        page = client.get(f"{paid.get_absolute_url()}receipt/")

        assertContains(page, "Bath and tidy, Medium dog")
        assertContains(page, "with Nail trim, €8.00")
        assertContains(page, '<td class="text-end num">€43.00</td>', html=True)

    def test_the_mail_names_the_extras_and_says_when_the_visit_ends(self, paid):
        letter = emails.confirmation(paid)
        [[html, _kind]] = letter.alternatives

        assert "Bath and tidy, Medium dog + Nail trim (Biscuit): Confirmed" in letter.body
        assert "Bath and tidy, Medium dog: €43.00\n  with Nail trim, €8.00\n" in letter.body
        assert "+ Nail trim, 10 minutes" in html
        assert "with Nail trim, €8.00" in html
        for text in [letter.body, html]:
            assert "10:00 to 11:10" in text
            assert "€47.50" in text

    def test_the_calendar_file_has_the_longer_visit_and_its_extras(self, paid):
        [event] = Calendar.from_ical(calendar_file(paid, now=clock.now())).walk("VEVENT")

        assert event.end - event.start == timedelta(minutes=70)
        assert "Bath and tidy, Medium dog + Nail trim" in event["description"]

    def test_the_page_costs_the_same_however_many_extras_it_has(
        self, client, bath, cart, ten_tomorrow, django_assert_max_num_queries
    ):
        one = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=5))]))
        add_ons = [AddOnFactory(offering=bath.offering) for _ in range(4)]
        for hours in (1, 3):
            start = ten_tomorrow + timedelta(hours=hours)
            operations.add_visit(cart, bath, starts_at=start, add_ons=add_ons[: hours + 1])
        many = place(cart)
        client.get(one.get_absolute_url())  # brings the basket's cookie

        with django_assert_max_num_queries(30) as before:
            client.get(one.get_absolute_url())
        with django_assert_max_num_queries(len(before.captured_queries)):
            page = client.get(many.get_absolute_url())

        for add_on in add_ons:
            assertContains(page, add_on.name)
