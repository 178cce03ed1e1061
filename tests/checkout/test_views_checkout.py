"""The checkout page: what it shows, what Pay does, and that a refusal keeps what was typed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, BookingStatus, Pet
from bookings.operations import hold_booking
from catalog.models import Variant
from checkout.models import Order, OrderStatus, Payment
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import answers, carrying, lapse, product_of, stripe_sleeps, visit_of
from tests.concurrency import at_once
from tests.factories import CartFactory, ResourceFactory, VariantFactory

CHECKOUT = "/checkout/"


@pytest.fixture
def ada(client, cart):
    """Ada's browser, with her basket."""
    return carrying(client, cart)


# The page


@pytest.mark.django_db
def test_the_page_asks_shows_and_counts_everything_before_paying(ada, bath):
    response = ada.get(CHECKOUT)

    assertContains(response, "Who is coming?")
    assertContains(response, "Bath and tidy, Medium dog, ")
    assertContains(response, "we keep 50%.")
    assertContains(response, "Pay €39.50")
    assertContains(response, 'data-testid="pay"', count=1)
    assertContains(response, 'name="agreed_total" value="39.50"')
    assertContains(response, "Nothing is added later.")
    assertContains(response, "novalidate")


@pytest.mark.parametrize(
    "attributes", ['autocomplete="email"', 'inputmode="email"', 'autocomplete="name"', 'autocomplete="tel"']
)
@pytest.mark.django_db
def test_the_browser_can_fill_it_in(ada, attributes):
    assertContains(ada.get(CHECKOUT), attributes)


@pytest.mark.django_db
def test_an_empty_basket_has_nothing_to_check_out(client):
    assertRedirects(client.get(CHECKOUT), "/cart/", status_code=303)
    assertRedirects(client.post(CHECKOUT, {}), "/cart/", status_code=303)


@pytest.mark.django_db
def test_with_a_lost_visit_the_basket_comes_first(ada, cart):
    lapse(cart)

    response = ada.get(CHECKOUT, follow=True)

    assertRedirects(response, "/cart/")
    assertContains(response, "Something in your basket needs a look")


@pytest.mark.django_db
def test_products_alone_are_picked_up_in_the_shop(client, shampoo):
    cart = CartFactory(holding=[shampoo])

    response = carrying(client, cart).get(CHECKOUT)
    carrying(client, cart).post(CHECKOUT, answers(cart) | {"handover": "visit"})

    assertContains(response, "Pick up in the shop")
    assertNotContains(response, "Who is coming?")
    assert Order.objects.get().handover == "pickup"


# Pay


@pytest.mark.django_db
def test_pay_places_the_order_and_goes_to_the_payment_page(ada, cart):
    response = ada.post(CHECKOUT, answers(cart, pet_notes="Afraid of dryers"))

    order = Order.objects.get()
    assertRedirects(response, order.payments.get().session_url, status_code=303, fetch_redirect_response=False)
    assert (order.email, order.name, order.phone) == ("ada@example.com", "Ada Lovelace", "600 100 200")
    assert (order.status, order.total, order.handover) == (OrderStatus.PENDING, Decimal("39.50"), "visit")
    pet = Pet.objects.get()
    assert (pet.name, pet.species, pet.size, pet.notes) == ("Biscuit", "dog", "medium", "Afraid of dryers")


@pytest.mark.django_db
def test_c08_pressing_pay_twice_is_one_order_and_one_payment_page(ada, cart):
    typed = answers(cart)

    first = ada.post(CHECKOUT, typed)
    second = ada.post(CHECKOUT, typed)

    assert first.url == second.url
    assert Order.objects.count() == Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_c08_two_tabs_that_press_pay_at_once_end_on_one_page(cart):
    typed = answers(cart)

    pages = {answer.url for answer in at_once(2, lambda: carrying(Client(), cart).post(CHECKOUT, typed))}

    assert len(pages) == 1
    assert Order.objects.count() == Payment.objects.count() == 1


@pytest.mark.django_db
def test_two_visits_of_one_pet_are_one_pet(client, bath, ten_tomorrow):
    times = [ten_tomorrow, ten_tomorrow + timedelta(hours=3)]
    cart = CartFactory(holding=[hold_booking(bath, starts_at=time) for time in times])

    response = carrying(client, cart).post(CHECKOUT, answers(cart))

    assert response.status_code == 303
    assert Pet.objects.get().bookings.count() == 2


@pytest.mark.django_db
def test_p21_what_was_posted_as_a_price_charges_nothing_else(ada, cart):
    ada.post(CHECKOUT, answers(cart) | {"total": "0.01", "price": "0.01", "discount": "39", "currency": "JPY"})

    payment = Payment.objects.get()
    assert (payment.amount, payment.currency) == (Decimal("39.50"), "EUR")


@pytest.mark.parametrize("agreed", ["0.01", "", "nonsense", "-1"])
@pytest.mark.django_db
def test_p21_agreeing_to_less_buys_nothing(ada, cart, agreed):
    response = ada.post(CHECKOUT, answers(cart, agreed_total=agreed))

    assertContains(response, "the total is now €39.50", status_code=422)
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_agreeing_to_more_charges_what_it_costs(ada, cart):
    ada.post(CHECKOUT, answers(cart, agreed_total="9999"))

    assert Payment.objects.get().amount == Decimal("39.50")


@pytest.mark.django_db
def test_p20_a_price_that_rose_is_shown_and_asked_about(ada, cart, shampoo):
    typed = answers(cart)
    Variant.objects.filter(pk=shampoo.pk).update(price=Decimal("6.00"))

    refused = ada.post(CHECKOUT, typed)

    assertContains(refused, "the total is now €41.00", status_code=422)
    assertContains(refused, "it was €4.50 when you put it in, and is €6.00 now.", status_code=422)
    assertContains(refused, 'name="agreed_total" value="41.00"', status_code=422)
    assert ada.post(CHECKOUT, typed | {"agreed_total": "41.00", "agreed_now": "41.00"}).status_code == 303
    assert Order.objects.get().total == Decimal("41.00")


@pytest.mark.django_db
def test_a_basket_of_nothing_to_pay_is_an_order_at_once(client):
    cart = CartFactory(holding=[VariantFactory(price=Decimal(0))])
    browser = carrying(client, cart)
    typed = answers(cart)

    first = browser.post(CHECKOUT, typed)
    second = browser.post(CHECKOUT, typed)

    order = Order.objects.get()
    assert first.url == second.url == order.get_absolute_url()
    assert order.status == OrderStatus.PAID


# Refusals


@pytest.mark.django_db
def test_i16_a_refusal_keeps_everything_that_was_typed(ada, cart):
    response = ada.post(
        CHECKOUT, answers(cart, email="ada.example.com", pet_name="Bïscuit", pet_notes="Soft\nbrush", handover="pickup")
    )

    assert response.status_code == 422
    assertContains(response, "<title>Error: Check out", status_code=422)
    assertContains(response, 'data-testid="error-summary"', status_code=422, count=1)
    assertContains(response, '<a href="#id_email">', status_code=422)
    for kept in ['value="ada.example.com"', 'value="Ada Lovelace"', 'value="600 100 200"', 'value="Bïscuit"']:
        assertContains(response, kept, status_code=422)
    assertContains(response, "Soft\nbrush</textarea>", status_code=422)
    assert response.context["form"]["handover"].value() == "pickup"
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_the_errors_are_told_to_screen_readers(ada, cart):
    response = ada.post(CHECKOUT, answers(cart, email=""))

    assertContains(response, 'aria-invalid="true"', status_code=422)
    assertContains(response, 'id="id_email_error"', status_code=422)
    assert 'aria-describedby="id_email_helptext id_email_error"' in response.content.decode()


@pytest.mark.django_db
def test_a_slip_in_the_address_is_proposed_and_one_press_puts_it_right(ada, cart):
    typed = answers(cart, email="ada@gmial.com")

    asked = ada.post(CHECKOUT, typed)

    assertContains(asked, "Did you mean ada@gmail.com?", status_code=422)
    assertContains(asked, 'name="email_chosen" value="ada@gmail.com"', status_code=422)
    assertContains(asked, 'name="email_chosen" value="ada@gmial.com"', status_code=422)
    assertContains(asked, 'name="email_asked" value="ada@gmial.com"', status_code=422)
    assert ada.post(CHECKOUT, typed | {"email_chosen": "ada@gmail.com"}).status_code == 303
    assert Order.objects.get().email == "ada@gmail.com"


@pytest.mark.django_db
def test_the_same_address_a_second_time_is_accepted(ada, cart):
    typed = answers(cart, email="ada@gmial.com")

    assert ada.post(CHECKOUT, typed | {"email_asked": "ada@gmial.com"}).status_code == 303
    assert Order.objects.get().email == "ada@gmial.com"


@pytest.mark.django_db
def test_s03_what_sold_out_is_said_and_the_rest_of_the_basket_stays(ada, cart, shampoo):
    Variant.objects.filter(pk=shampoo.pk).update(stock=0)

    response = ada.post(CHECKOUT, answers(cart))

    assertContains(response, "We no longer have that many of “Oat shampoo”.", status_code=422)
    assertContains(response, 'value="Ada Lovelace"', status_code=422)
    assert cart.lines.count() == 2
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_t11_a_time_that_ran_out_goes_back_to_the_basket_and_nothing_is_typed_twice(ada, cart):
    typed = answers(cart, pet_name="Olive", email="grace@example.com")
    lapse(cart)

    response = ada.post(CHECKOUT, typed, follow=True)

    assertRedirects(response, "/cart/", status_code=303)
    assertContains(response, "We could no longer keep")
    assertContains(response, "It is still free right now.")
    lost = visit_of(cart)
    ada.post("/cart/visits/", {"variant": lost.variant_id, "start": lost.wanted_start.isoformat(), "line": lost.pk})
    again = ada.get(CHECKOUT)
    assertContains(again, 'value="grace@example.com"')
    assertContains(again, 'value="Olive"')


@pytest.mark.django_db
def test_a_time_whose_booking_is_gone_goes_back_to_the_basket(ada, cart):
    typed = answers(cart)
    Booking.objects.all().delete()

    assertContains(ada.post(CHECKOUT, typed, follow=True), "The time for “Bath and tidy” ran out.")


@pytest.mark.django_db
def test_a_pet_that_is_elsewhere_is_said_at_its_name(client, bath, ten_tomorrow):
    ResourceFactory(name="Tom", services=[bath.offering])
    cart = CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow) for _ in range(2)])

    response = carrying(client, cart).post(CHECKOUT, answers(cart))

    assertContains(response, "Biscuit is already somewhere else", status_code=422)
    [field] = response.context["form"].errors
    assert field.endswith("-name")
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_p13_when_stripe_does_not_answer_the_order_and_its_times_are_kept(ada, cart):
    stripe_sleeps()

    response = ada.post(CHECKOUT, answers(cart), follow=True)

    order = Order.objects.get()
    assertRedirects(response, order.get_absolute_url(), status_code=303)
    assertContains(response, "We could not open the payment page. Nothing was charged.")
    assertContains(response, f"kept for you until {timezone.localtime(order.held_until):%H:%M}")
    assertContains(response, "Continue paying €39.50")
    assert Booking.objects.get().held_until == order.held_until


# Coming back


@pytest.mark.django_db
def test_coming_back_finds_everything_filled_in(ada, cart):
    ada.post(CHECKOUT, answers(cart, pet_name="Olive", pet_notes="Soft brush", handover="pickup"))

    response = ada.get(CHECKOUT)

    for kept in ['value="ada@example.com"', 'value="Ada Lovelace"', 'value="Olive"', "Soft brush</textarea>"]:
        assertContains(response, kept)
    assertContains(response, "You are paying for this basket.")
    assert response.context["form"]["handover"].value() == "pickup"


@pytest.mark.django_db
def test_paying_with_other_answers_replaces_the_order(ada, cart):
    ada.post(CHECKOUT, answers(cart))
    first = Order.objects.get()

    response = ada.post(CHECKOUT, answers(cart, email="grace@example.com"))

    first.refresh_from_db()
    assert first.status == OrderStatus.EXPIRED
    second = Order.objects.get(status=OrderStatus.PENDING)
    assert second.email == "grace@example.com"
    assert response.url == second.payments.get().session_url
    assert visit_of(cart).booking.order_line.order == second


@pytest.mark.django_db
def test_other_answers_after_the_money_came_do_not_buy_twice(ada, cart):
    typed = answers(cart, email="grace@example.com")
    order = place(cart)
    pay(open_page(order), delivery="never")

    response = ada.post(CHECKOUT, typed)

    assertRedirects(response, order.get_absolute_url(), status_code=303, fetch_redirect_response=False)
    assert Order.objects.get().status == OrderStatus.PAID


@pytest.mark.django_db
def test_a_paid_order_tells_the_next_customer_of_this_browser_nothing(ada, cart, shampoo):
    pay(open_page(place(cart)))
    ada.post("/cart/lines/", {"variant": shampoo.pk})

    assertNotContains(ada.get(CHECKOUT), 'ada@example.com"')


# More time


@pytest.mark.django_db
def test_asking_for_more_time_keeps_what_was_typed(ada, cart):
    before = visit_of(cart).booking.held_until

    response = ada.post(CHECKOUT, answers(cart, pet_name="Olive") | {"more_time": visit_of(cart).pk})

    assertContains(response, 'value="Olive"')
    assertContains(response, 'value="Ada Lovelace"')
    assertNotContains(response, "error-summary")
    assert visit_of(cart).booking.held_until - before == timedelta(minutes=10)
    assert not Order.objects.exists()


@pytest.mark.parametrize("pressed", ["", "abc", "999999", "1\x00"])
@pytest.mark.django_db
def test_more_time_for_what_is_not_there_is_refused(ada, cart, pressed):
    response = ada.post(CHECKOUT, answers(cart) | {"more_time": pressed})

    assertContains(response, "That time is no longer kept.", status_code=422)


@pytest.mark.django_db
def test_i02_what_was_typed_is_text_and_never_markup(ada, cart):
    nasty = '"><img src=x onerror=alert(1)>'

    response = ada.post(
        CHECKOUT, answers(cart, email="no", name=nasty, pet_name=nasty, pet_notes="</textarea><script>")
    )

    assertNotContains(response, "<img src=x", status_code=422)
    assertNotContains(response, "</textarea><script>", status_code=422)


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.django_db
def test_i13_the_checkout_is_got_and_posted(ada, method):
    assert getattr(ada, method)(CHECKOUT).status_code == 405


@pytest.mark.django_db
def test_looking_at_the_checkout_holds_and_places_nothing(ada, cart):
    before = visit_of(cart).booking.held_until

    ada.get(CHECKOUT)
    ada.head(CHECKOUT)

    booking = visit_of(cart).booking
    assert (booking.status, booking.held_until) == (BookingStatus.HELD, before)
    assert not Order.objects.exists()
    assert product_of(cart)


@pytest.mark.django_db(transaction=True)
def test_a_service_that_was_given_no_rules_is_sold_by_the_usual_ones(client, cart, bath):
    bath.offering.rules.delete()

    page = carrying(client, cart).get(CHECKOUT)
    client.post(CHECKOUT, answers(cart))

    assertContains(page, "we keep 50%.")
    assert Order.objects.get().lines.visits().get().rules["cancellation"] == [{"minutes": 1440, "percent": 50}]
