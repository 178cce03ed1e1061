"""Whose basket it is, and what its page says about it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertNumQueries, assertRedirects

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Variant
from checkout.basket import look_into
from checkout.cart import COOKIE
from checkout.models import Cart, CartLine, Order, OrderStatus
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import carrying, lapse, product_of, stripe_sleeps, visit_of
from tests.concurrency import at_once
from tests.factories import CartFactory, VariantFactory

CART = "/cart/"


# The browser's token


@pytest.mark.django_db
def test_the_first_page_brings_the_cookie_and_makes_no_basket(client):
    response = client.get(CART)

    cookie = response.cookies[COOKIE]
    assert len(cookie.value) == 32
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not Cart.objects.exists()


@pytest.mark.django_db
def test_a_browser_keeps_its_token(client):
    client.get(CART)

    assert COOKIE not in client.get(CART).cookies


@pytest.mark.django_db
def test_in_a_shop_with_https_the_cookie_is_secure(client, settings):
    settings.IS_HTTPS = True

    assert client.get(CART).cookies[COOKIE]["secure"]


@pytest.mark.parametrize("token", ["", "short", "\x00" * 32, "'" * 32, "a" * 33, "é" * 32])
@pytest.mark.django_db
def test_a_cookie_that_is_no_token_is_replaced(client, token):
    client.cookies[COOKIE] = token

    response = client.get(CART)

    assert response.status_code == 200
    assert len(response.cookies[COOKIE].value) == 32


@pytest.mark.django_db
def test_a_first_post_without_a_cookie_makes_a_basket_and_brings_its_token(client, shampoo):
    response = client.post("/cart/lines/", {"variant": shampoo.pk})

    assert Cart.objects.get().token == response.cookies[COOKIE].value
    assertContains(client.get(CART), "Oat shampoo")


@pytest.mark.django_db(transaction=True)
def test_c15_the_first_posts_of_two_tabs_meet_in_one_basket(bath, shampoo, ten_tomorrow):
    browser = Client()
    browser.get(CART)
    token = browser.cookies[COOKIE].value
    work = [
        ("/cart/lines/", {"variant": shampoo.pk}),
        ("/cart/visits/", {"variant": bath.pk, "start": ten_tomorrow.isoformat()}),
    ]

    def press():
        tab = Client()
        tab.cookies[COOKIE] = token
        return tab.post(*work.pop()).status_code

    assert at_once(2, press) == [303, 303]

    cart = Cart.objects.get()
    assert product_of(cart).variant == shampoo
    assert visit_of(cart).booking.status == BookingStatus.HELD


@pytest.mark.django_db
def test_the_count_costs_one_query_and_counts_pieces(client, cart):
    cart.lines.filter(wanted_start=None).update(quantity=3)
    carrying(client, cart)

    with CaptureQueriesContext(connection) as captured:
        response = client.get("/help/")

    assertContains(response, "Basket, 4 items")
    assert len([query for query in captured if "checkout_cartline" in query["sql"]]) == 1


@pytest.mark.django_db
def test_a_browser_without_a_cookie_costs_no_query_for_its_count(client):
    with CaptureQueriesContext(connection) as captured:
        client.get("/help/")

    assert not [query for query in captured if "checkout_cart" in query["sql"]]


# What the page says


@pytest.mark.django_db
def test_an_empty_basket_shows_the_way_on(client):
    response = client.get(CART)

    assertContains(response, "Nothing here yet")
    assertContains(response, "img/page/empty-cart.svg")
    assertNotContains(response, "Check out")


@pytest.mark.django_db
def test_visits_come_first_each_with_its_clock_and_every_cost_is_counted(client, cart):
    response = carrying(client, cart).get(CART)

    page = response.content.decode()
    assert page.index("Bath and tidy") < page.index("Oat shampoo")
    until = timezone.localtime(visit_of(cart).booking.held_until)
    assertContains(response, 'data-testid="hold-clock"', count=1)
    assertContains(response, f"is yours until {until:%H:%M}")
    assertContains(response, "Need longer?")
    assertContains(response, "€39.50")
    assertContains(response, "Includes €6.85 VAT (21%)")
    assertContains(response, "Nothing is added later.")


@pytest.mark.django_db
def test_the_taxes_of_two_rates_are_told_apart(client, shampoo):
    cart = CartFactory(holding=[shampoo, VariantFactory(price=Decimal("11.00"), tax_rate=Decimal(10))])

    response = carrying(client, cart).get(CART)

    assertContains(response, "Includes €1.00 VAT (10%)")
    assertContains(response, "Includes €0.78 VAT (21%)")


@pytest.mark.django_db
def test_looking_changes_nothing_even_when_a_hold_has_run_out(client, cart):
    lapse(cart)
    carrying(client, cart)

    with CaptureQueriesContext(connection) as captured:
        client.get(CART)

    assert not [query for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert Booking.objects.get().status == BookingStatus.HELD


@pytest.mark.django_db
def test_more_lines_do_not_cost_more_queries(client, cart):
    carrying(client, cart)
    client.get(CART)
    with CaptureQueriesContext(connection) as few:
        client.get(CART)
    for _ in range(5):
        CartLine.objects.create(cart=cart, variant=VariantFactory(), price=1)

    with assertNumQueries(len(few)):
        client.get(CART)


@pytest.mark.django_db
def test_an_expired_hold_takes_only_its_own_line_away(client, cart, bath, ten_tomorrow):
    lapse(cart)
    Booking.objects.all().delete()
    hold_booking(bath, starts_at=ten_tomorrow)  # somebody else

    response = carrying(client, cart).get(CART)

    assertContains(response, "so it is no longer in your basket")
    assertContains(response, 'data-testid="slot"', count=3)
    assertContains(response, "Somebody else has it now. The nearest free times:")
    assertContains(response, "Oat shampoo")
    assertContains(response, '<dd data-testid="total">€4.50</dd>', html=True)
    assertNotContains(response, 'data-testid="check-out"')


@pytest.mark.django_db
def test_a_time_that_ran_out_and_is_still_free_can_be_held_again(client, cart):
    lapse(cart)

    response = carrying(client, cart).get(CART)

    assertContains(response, "It is still free right now.")
    assertContains(response, "again</button>")


@pytest.mark.django_db
def test_a_hold_that_was_taken_is_lost_like_one_that_ran_out(client, cart):
    Booking.objects.update(status=BookingStatus.CANCELLED, held_until=None)

    assertContains(carrying(client, cart).get(CART), "no longer in your basket")


@pytest.mark.django_db
def test_one_press_on_another_time_replaces_the_lost_visit(client, cart, ten_tomorrow):
    lapse(cart)
    lost = visit_of(cart)
    later = ten_tomorrow + timedelta(hours=2)

    response = carrying(client, cart).post(
        "/cart/visits/", {"variant": lost.variant_id, "start": later.isoformat(), "resource": "", "line": lost.pk}
    )

    assertRedirects(response, CART, status_code=303)
    assert visit_of(cart).booking.starts_at == later
    assert cart.lines.count() == 2


@pytest.mark.parametrize(
    ("stock", "words"),
    [(10, "In stock"), (3, "Only 3 left"), (0, "Sold out: please remove it")],
)
@pytest.mark.django_db
def test_the_stock_is_said_in_words(client, shampoo, stock, words):
    Variant.objects.filter(pk=shampoo.pk).update(stock=stock)

    assertContains(carrying(client, CartFactory(holding=[shampoo])).get(CART), words)


@pytest.mark.django_db
def test_s03_what_sold_out_meanwhile_is_said_before_paying_and_removed_with_one_press(client, shampoo):
    cart = CartFactory(holding=[shampoo])
    Variant.objects.filter(pk=shampoo.pk).update(stock=0)
    carrying(client, cart)
    assertNotContains(client.get(CART), 'data-testid="check-out"')

    client.post(f"/cart/lines/{product_of(cart).pk}/", {"remove": "1"})

    assertContains(client.get(CART), "Nothing here yet")


@pytest.mark.django_db
def test_too_few_left_offers_what_there_is(client, shampoo):
    cart = CartFactory(holding=[shampoo])
    cart.lines.update(quantity=4)
    Variant.objects.filter(pk=shampoo.pk).update(stock=2)

    response = carrying(client, cart).get(CART)

    assertContains(response, "Only 2 left")
    assertContains(response, "Take 2</button>")
    assertNotContains(response, 'data-testid="check-out"')


@pytest.mark.django_db
def test_s07_what_left_the_shop_is_said_and_not_counted(client, cart, shampoo):
    shampoo.offering.is_published = False
    shampoo.offering.save(update_fields=["is_published"])

    response = carrying(client, cart).get(CART)

    assertContains(response, "No longer sold: please remove it")
    assertContains(response, '<dd data-testid="total">€35.00</dd>', html=True)
    assertNotContains(response, 'data-testid="check-out"')


@pytest.mark.django_db
def test_p20_a_price_that_changed_is_said_with_old_and_new(client, cart, shampoo):
    Variant.objects.filter(pk=shampoo.pk).update(price=Decimal("5.20"))

    response = carrying(client, cart).get(CART)

    assertContains(response, "it was €4.50 when you put it in, and is €5.20 now.")
    assertContains(response, '<dd data-testid="total">€40.20</dd>', html=True)


@pytest.mark.django_db
def test_a_script_gets_the_basket_alone(client, cart):
    response = carrying(client, cart).get(CART, headers={"HX-Request": "true"})

    assertContains(response, '<div id="basket">')
    assertNotContains(response, "<h1>")
    assert "HX-Request" in response["Vary"]


@pytest.mark.django_db
def test_nobody_keeps_a_copy_of_a_basket(client, cart):
    assert "no-store" in carrying(client, cart).get(CART)["Cache-Control"]


# Changing it


@pytest.mark.parametrize(
    ("typed", "quantity"),
    [(" 2 ", 2), ("２", 2), ("99", 99), ("2.0", 2)],
)
@pytest.mark.django_db
def test_s01_a_quantity_is_read_with_sense(client, cart, typed, quantity):
    line = product_of(cart)

    response = carrying(client, cart).post(f"/cart/lines/{line.pk}/", {"quantity": typed})

    assert response.status_code == 303
    line.refresh_from_db()
    assert line.quantity == quantity


@pytest.mark.parametrize(
    "typed", ["-1", "0.1", "1e3", "100", "2147483648", "9" * 31, "9" * 5000, "", "two", "1\x00", "NaN"]
)
@pytest.mark.django_db
def test_s01_a_quantity_that_makes_no_sense_is_refused_and_kept_in_its_field(client, cart, typed):
    line = product_of(cart)

    response = carrying(client, cart).post(f"/cart/lines/{line.pk}/", {"quantity": typed})

    assertContains(response, "Enter how many as a number from 1 to 99.", status_code=422)
    assertContains(response, 'data-testid="error-summary"', status_code=422)
    assertContains(response, "<title>Error: Your basket", status_code=422)
    if typed.isprintable():
        assertContains(response, f'value="{typed}"', status_code=422)
    line.refresh_from_db()
    assert line.quantity == 1


@pytest.mark.parametrize("typed", ["-1", "0", "0.1", "1e3", "2147483648", "", "1\x00"])
@pytest.mark.django_db
def test_s01_adding_a_quantity_that_makes_no_sense_adds_nothing_and_asks_again(client, shampoo, typed):
    response = client.post("/cart/lines/", {"variant": shampoo.pk, "quantity": typed})

    assertContains(response, "Enter how many as a number from 1 to 99.", status_code=422)
    assertContains(response, "How many of “Oat shampoo”?", status_code=422)
    assert not CartLine.objects.exists()


@pytest.mark.django_db
def test_s01_a_quantity_posted_twice_is_one_of_them(client, cart):
    line = product_of(cart)

    response = carrying(client, cart).post(f"/cart/lines/{line.pk}/", {"quantity": ["2", "3"]})

    assert response.status_code == 303
    line.refresh_from_db()
    assert line.quantity == 3


@pytest.mark.django_db
def test_none_of_it_is_taking_it_out(client, cart):
    carrying(client, cart).post(f"/cart/lines/{product_of(cart).pk}/", {"quantity": "0"})

    assert not cart.lines.filter(wanted_start=None).exists()


@pytest.mark.django_db
def test_removing_a_visit_frees_its_time(client, cart):
    carrying(client, cart).post(f"/cart/lines/{visit_of(cart).pk}/", {"remove": "1"})

    assert Booking.objects.get().status == BookingStatus.CANCELLED
    assert product_of(cart)


@pytest.mark.django_db
def test_a_visit_has_no_quantity(client, cart):
    response = carrying(client, cart).post(f"/cart/lines/{visit_of(cart).pk}/", {"quantity": "2"})

    assertContains(response, "A visit is for one pet.", status_code=422)


@pytest.mark.parametrize("posted", [{"remove": "1"}, {"quantity": "5"}])
@pytest.mark.django_db
def test_somebody_elses_line_answers_like_one_that_never_was(client, cart, shampoo, posted):
    mine = CartFactory(holding=[shampoo])
    theirs = product_of(cart)
    carrying(client, mine)

    foreign = client.post(f"/cart/lines/{theirs.pk}/", posted)
    missing = client.post("/cart/lines/999999/", posted)

    assert foreign.status_code == missing.status_code == 404
    assertContains(foreign, "That is no longer in your basket.", status_code=404)
    theirs.refresh_from_db()
    assert theirs.quantity == 1


@pytest.mark.django_db
def test_pressing_remove_twice_says_that_it_is_gone(client, cart):
    address = f"/cart/lines/{product_of(cart).pk}/"
    carrying(client, cart).post(address, {"remove": "1"})

    assertContains(client.post(address, {"remove": "1"}), "no longer in your basket", status_code=404)
    assert visit_of(cart)


@pytest.mark.django_db
def test_p21_a_posted_price_is_ignored(client, shampoo):
    client.post(
        "/cart/lines/",
        {"variant": shampoo.pk, "price": "0.01", "unit_price": "0.01", "total": "0", "currency": "JPY", "cart": "1"},
    )

    line = CartLine.objects.get()
    assert line.price == line.unit_price == Decimal("4.50")


@pytest.mark.parametrize("variant", ["", "abc", "0", "-1", "9" * 30, "1' OR 1=1"])
@pytest.mark.django_db
def test_a_variant_that_is_not_sold_is_refused_with_a_sentence(client, variant):
    assertContains(client.post("/cart/lines/", {"variant": variant}), "We no longer sell that.", status_code=422)


@pytest.mark.parametrize("field", ["variant", "quantity", "csrfmiddlewaretoken", "anything"])
@pytest.mark.django_db
def test_i01_a_null_in_any_field_is_refused_or_ignored(client, shampoo, field):
    assert client.post("/cart/lines/", {"variant": shampoo.pk} | {field: "1\x00"}).status_code in (303, 422)


@pytest.mark.django_db
def test_a_visit_cannot_be_added_as_a_product(client, bath):
    assertContains(client.post("/cart/lines/", {"variant": bath.pk}), "We no longer sell that.", status_code=422)


@pytest.mark.django_db
def test_a_change_by_a_script_answers_with_the_new_basket_and_its_count(client, cart):
    response = carrying(client, cart).post(
        f"/cart/lines/{product_of(cart).pk}/", {"quantity": "2"}, headers={"HX-Request": "true"}
    )

    assertContains(response, "€44.00")
    assertContains(response, "Basket, 3 items")
    assertNotContains(response, "<h1>")


# Times


@pytest.mark.django_db
def test_pressing_a_time_holds_it_and_puts_the_visit_in(client, bath, ten_tomorrow):
    response = client.post(
        "/cart/visits/", {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "resource": "maya"}, follow=True
    )

    assertRedirects(response, CART, status_code=303)
    assertContains(response, "Your time is kept.")
    assert visit_of(Cart.objects.get()).booking.resource.slug == "maya"


@pytest.mark.django_db
def test_a_time_that_was_just_taken_goes_back_to_its_day(client, bath, ten_tomorrow):
    hold_booking(bath, starts_at=ten_tomorrow)

    response = client.post("/cart/visits/", {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "resource": "maya"})

    assert response.status_code == 303
    assert response.url.startswith("/shop/bath-and-tidy/?")
    assert f"day={ten_tomorrow:%Y-%m-%d}" in response.url
    assert "taken=" in response.url
    assert "resource=maya" in response.url
    assert not CartLine.objects.exists()


@pytest.mark.parametrize(
    "start",
    [
        "",
        "tomorrow",
        "2027-02-30T10:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00+14:00",
        "2027-01-01T10:00",
        "\x00",
    ],
)
@pytest.mark.django_db
def test_t10_a_start_that_cannot_be_read_is_refused_with_a_sentence(client, bath, start):
    response = client.post("/cart/visits/", {"variant": bath.pk, "start": start})

    assert response.status_code in (303, 422)
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("resource", ["nobody", "a b", "\x00", "'", "x" * 500])
@pytest.mark.django_db
def test_a_groomer_who_is_not_there_is_refused_with_a_sentence(client, bath, ten_tomorrow, resource):
    response = client.post(
        "/cart/visits/", {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "resource": resource}
    )

    assert response.status_code == 422
    assert not Booking.objects.exists()


@pytest.mark.django_db
def test_one_press_keeps_a_time_ten_minutes_longer(client, cart):
    booking = visit_of(cart).booking

    response = carrying(client, cart).post(f"/cart/lines/{visit_of(cart).pk}/extension/", follow=True)

    assertContains(response, "Your time is kept until")
    after = visit_of(cart).booking
    assert after.held_until - booking.held_until == timedelta(minutes=10)


@pytest.mark.django_db
def test_a_time_that_ran_out_cannot_be_kept_longer(client, cart):
    lapse(cart)

    response = carrying(client, cart).post(f"/cart/lines/{visit_of(cart).pk}/extension/")

    assertContains(response, "We could no longer keep", status_code=422)
    assertContains(response, "It is still free right now.", status_code=422)


@pytest.mark.django_db
def test_the_eleventh_press_is_refused_and_the_time_stays(client, cart):
    Booking.objects.update(extensions=10)

    response = carrying(client, cart).post(f"/cart/lines/{visit_of(cart).pk}/extension/")

    assertContains(response, "We cannot keep this time any longer.", status_code=422)
    assertNotContains(response, "Need longer?", status_code=422)


# While it is being paid


@pytest.mark.django_db
def test_a_basket_that_is_being_paid_says_so_and_counts_its_own_stock(client, cart, shampoo):
    Variant.objects.filter(pk=shampoo.pk).update(stock=1)
    order = place(cart)

    response = carrying(client, cart).get(CART)

    assertContains(response, "You are paying for this basket.")
    assertContains(response, f"/orders/{order.token}/payment/")
    assertNotContains(response, "Sold out")
    assertNotContains(response, "Need longer?")


@pytest.mark.django_db
def test_c16_changing_a_basket_closes_its_payment_page_first(client, cart):
    order = place(cart)
    payment = open_page(order)

    response = carrying(client, cart).post(f"/cart/lines/{product_of(cart).pk}/", {"quantity": "2"})

    assert response.status_code == 303
    order.refresh_from_db()
    payment.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert payment.status == "expired"
    assert product_of(cart).quantity == 2
    assert look_into(cart).visits[0].booking.status == BookingStatus.HELD


@pytest.mark.django_db
def test_a_basket_that_turns_out_to_be_paid_is_not_changed(client, cart):
    order = place(cart)
    line = product_of(cart)
    pay(open_page(order), delivery="never")

    response = carrying(client, cart).post(f"/cart/lines/{line.pk}/", {"quantity": "2"})

    assertRedirects(response, order.get_absolute_url(), status_code=303, fetch_redirect_response=False)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.total == Decimal("39.50")


@pytest.mark.django_db
def test_a_basket_stays_as_it_is_while_stripe_cannot_be_asked(client, cart):
    order = place(cart)
    open_page(order)
    stripe_sleeps()

    response = carrying(client, cart).post(f"/cart/lines/{product_of(cart).pk}/", {"quantity": "2"}, follow=True)

    assertContains(response, "your basket stays as it is")
    assert product_of(cart).quantity == 1
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING


@pytest.mark.django_db
def test_while_it_is_paid_more_time_is_not_needed(client, cart):
    order = place(cart)

    response = carrying(client, cart).post(f"/cart/lines/{visit_of(cart).pk}/extension/", follow=True)

    assertContains(response, f"kept until {timezone.localtime(order.held_until):%H:%M}")
    assert Order.objects.get().status == OrderStatus.PENDING


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
@pytest.mark.parametrize("address", ["/cart/lines/", "/cart/visits/", "/cart/lines/1/", "/cart/lines/1/extension/"])
@pytest.mark.django_db
def test_i13_what_changes_a_basket_is_only_posted(client, method, address):
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.django_db
def test_a_post_without_its_token_changes_nothing(cart):
    browser = carrying(Client(enforce_csrf_checks=True), cart)

    assert browser.post(f"/cart/lines/{product_of(cart).pk}/", {"remove": "1"}).status_code == 403
    assert product_of(cart)


@pytest.mark.django_db
def test_after_a_change_by_a_script_the_keyboard_stays_where_it_was(client, cart):
    line = product_of(cart)
    script = {"headers": {"HX-Request": "true"}}

    more = carrying(client, cart).post(f"/cart/lines/{line.pk}/", {"quantity": "2"}, **script)
    removed = client.post(f"/cart/lines/{line.pk}/", {"remove": "1"}, **script)

    assertContains(more, f'id="quantity-{line.pk}-more"')
    assertContains(removed, '<div tabindex="-1" autofocus>')
