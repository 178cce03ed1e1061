"""Requests that no page of ours would send: to other hosts, for other people's orders, with more in them than was asked."""

import re
from collections import Counter
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from catalog.models import Offering, Variant
from checkout import payments
from checkout.models import Order, Payment, new_token
from checkout.models.order import NUMBER_ALPHABET, new_number
from checkout.stripe_local import local_stripe
from petshop.core.models import User
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.checkout.conftest import open_page, pay, place, total_of
from tests.checkout.customer import answers, carrying
from tests.factories import CartFactory, OrderFactory, OrderLineFactory, UserFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "%09//evil.example",
    "https:evil.example",
    "https://evil.example",
    "https:///evil.example",
    "http://testserver@evil.example",
    "http://testserver.evil.example",
    "//evil.example\\@testserver",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/\r\nLocation: https://evil.example",
    "\0//evil.example",
    "http://[evil.example",
    "evil",
]
FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Host": "evil.example",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "Forwarded": "host=evil.example;proto=ftp",
    "X-Forwarded-Proto": "ftp",
    "X-HTTP-Method-Override": "DELETE",
}


# Where somebody is sent


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_i05_nobody_who_signs_in_is_sent_elsewhere(client, settings, wanted):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = UserFactory(username="ada", staff=True)
    user.set_password("a long enough password")
    user.save()
    typed = {"username": "ada", "password": "a long enough password", "next": wanted}

    response = client.post("/admin/login/", typed)

    assert response.status_code == 302
    assert leads_to_us(response.url), response.url
    again = client.get("/admin/login/", {"next": wanted})  # signed in already
    assert leads_to_us(again.url), again.url


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_i05_no_button_of_the_backoffice_leads_elsewhere(client, wanted):
    sign_in(client, FRONT_DESK)
    bottle = VariantFactory()
    order = OrderFactory(status="paid", subtotal=0)
    OrderLineFactory(order=order, variant=bottle, quantity=1, unit_price=0)

    for page, typed in [("notes", {"text": "Hello"}), ("parcel", {"to": "ready"})]:
        response = client.post(f"/backoffice/orders/{order.number}/{page}/", typed | {"next": wanted})
        assert response.status_code == 302
        assert leads_to_us(response.url), response.url


def leads_to_us(address):
    """As browsers read it: they take a backslash for a slash, and leave out tabs and line breaks."""
    read = re.sub(r"[\t\r\n]", "", address).replace("\\", "/").strip("\0 ")
    return urljoin("http://testserver/admin/login/", read).startswith("http://testserver/")


def test_i05_a_path_with_two_slashes_is_a_page_that_is_missing(client):
    for path in ["//evil.example/shop", "//evil.example/%2e%2e", "/\\evil.example/shop"]:
        response = client.generic("GET", path)
        assert response.status_code == 404 or leads_to_us(response.url)


def test_i06_what_a_request_says_of_its_host_reaches_no_mail_and_no_payment_page(
    client, cart, settings, run_jobs, mailoutbox
):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://shop.example", ["shop.example"]
    shop = {"headers": FORGED | {"Host": "shop.example"}}

    sent = carrying(client, cart).post("/checkout/", answers(cart), **shop)

    assert sent.status_code == 303
    payment = Payment.objects.get()
    session = local_stripe().page(payment.session_id)["session"]
    for address in (session["success_url"], session["cancel_url"]):
        assert address.startswith("https://shop.example/orders/")
    pay(payment)
    client.get(payment.order.get_absolute_url(), {"session": payment.session_id}, **shop)
    run_jobs()
    [letter] = mailoutbox
    assert "https://shop.example/orders/" in letter.body
    assert "evil" not in str(letter.message()) + str(session)


@pytest.mark.parametrize("said", FORGED)
def test_i06_no_header_changes_what_a_page_is(shampoo, said):
    plain, forged = (Client().get("/shop/", headers=headers) for headers in ({}, {said: FORGED[said]}))

    assert forged.status_code == plain.status_code == 200
    assert b"evil" not in forged.content
    assert forged.wsgi_request.scheme == "http"


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver@evil.example", "testserver:80@evil.example", "a b", "", "[::"]
)
def test_i06_a_host_that_is_not_ours_is_refused(settings, host):
    settings.ALLOWED_HOSTS = ["testserver"]

    assert Client().get("/", headers={"host": host}).status_code in (400, 200 if not host else 400)


# Other people's orders


@pytest.fixture
def two(bath, shampoo, ten_tomorrow):
    """A's order and B's, both paid."""
    orders = []
    for _ in range(2):
        order = place(CartFactory(holding=[shampoo]))
        page = open_page(order)
        pay(page)
        payments.settle(page.session_id)
        orders.append(Order.objects.get(pk=order.pk))
    return orders


def test_a01_every_address_of_somebody_elses_order_is_as_missing_as_one_that_never_was(client, two):
    a, b = two
    carrying(client, a.cart)
    client.get(a.get_absolute_url())
    line = b.lines.get().pk
    guesses = [
        b.number,
        b.number.lower(),
        str(b.pk),
        str(b.cart_id),
        b.cart.token,
        b.token.swapcase(),
        b.token[:-1] + "-",
    ]
    guesses += [a.token[:16] + b.token[16:], f"{a.token}/../{b.token}", str(b.payments.get().uuid), str(line)]
    for page in ("", "receipt/", "calendar.ics", "payment/", "basket/"):
        missing = client.generic("GET", f"/orders/{'A' * 32}/{page}")
        pressed = client.generic("POST", f"/orders/{'A' * 32}/{page}")
        for guess in guesses:
            for method, expected in (("GET", missing), ("POST", pressed)):
                answer = client.generic(method, f"/orders/{guess}/{page}")
                assert answer.status_code in (404, 405), (page, guess)
                if answer.status_code == expected.status_code:
                    assert answer.content == expected.content
                assert b.email.encode() not in answer.content


def test_a01_a_line_of_somebody_elses_basket_is_as_gone_as_one_that_never_was(client, cart, shampoo):
    mine = carrying(client, CartFactory(holding=[shampoo]))
    theirs = cart.lines.order_by("pk").first()
    visit = cart.lines.visits().get()

    for address, other in [("/cart/lines/{}/", theirs), ("/cart/lines/{}/extension/", visit)]:
        answers = [mine.post(address.format(pk), {"quantity": "5", "remove": ""}) for pk in (other.pk, 10**9)]
        assert [answer.status_code for answer in answers] == [404, 404]
        pages = [re.sub(rb'name="csrfmiddlewaretoken" value="\w+"|data-now="[^"]+"', b"", a.content) for a in answers]
        assert pages[0] == pages[1]
    assert cart.lines.count() == 2
    assert mine.post("/cart/visits/", {"variant": visit.variant_id, "line": visit.pk, "start": "x"}).status_code == 422
    assert cart.lines.visits().get().booking_id == visit.booking_id


def test_a09_buying_tells_nobody_whose_address_has_bought_before(cart, shampoo, two):
    """Nor whether it is a member of staff's."""
    UserFactory(email="staff@example.com", staff=True)
    told = []
    for email in (two[0].email, "staff@example.com", "nobody@example.com"):
        mine = CartFactory(holding=[shampoo])
        client = carrying(Client(), mine)
        shown = client.post("/checkout/", answers(mine, email=email, name="")).content.decode()
        shown = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|data-now="[^"]+"', "", shown).replace(email, "")
        sent = client.post("/checkout/", answers(mine, email=email))
        told.append((shown, sent.status_code, re.sub(r"cs_local_\w+", "", sent.url)))

    assert told[0] == told[1] == told[2]


def test_a02_a_link_has_at_least_128_random_bits_and_is_made_of_nothing_else():
    tokens = [new_token() for _ in range(1000)]
    letters = Counter("".join(tokens))

    assert len(set(tokens)) == 1000
    assert {len(token) for token in tokens} == {32}  # of 64 letters: 192 bits
    assert len(letters) == 64
    mean = letters.total() / 64  # six standard deviations: honest dice leave that once in millions of runs
    assert all(abs(count - mean) < 6 * mean**0.5 for count in letters.values())
    assert len({token[:6] for token in tokens}) > 990  # nothing in them counts on


def test_a02_a_number_tells_nobody_how_much_we_sell():
    numbers = [new_number() for _ in range(1000)]
    places = [{number[place] for number in numbers} for place in range(3, 8)]

    assert places == [set(NUMBER_ALPHABET)] * 5
    rising = sum(first < second for first, second in zip(numbers, numbers[1:], strict=False))
    assert 400 < rising < 600


@pytest.fixture
def high_numbers(db):
    """So that no row has a number that means something else, such as the first visit of an order."""
    with connection.cursor() as cursor:
        for table in ("checkout_cart", "checkout_order", "checkout_orderline", "checkout_payment", "bookings_booking"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 5000000)", [table])


def test_a02_a_customer_sees_no_number_that_counts_up(high_numbers, client, cart):
    page = open_page(place(cart))
    pay(page)
    payments.settle(page.session_id)
    order = Order.objects.get()
    pks = {order.pk, order.cart_id, page.pk, *order.lines.values_list("pk", flat=True)}
    pks |= {pk for pk in order.lines.values_list("booking_id", flat=True) if pk}

    for path in ("", "receipt/", "calendar.ics"):
        text = client.get(f"{order.get_absolute_url()}{path}").content.decode()
        for pk in pks:
            assert not re.search(rf"(?:visit|line|order|id|booking|UID:)[-_=:/]?\"?{pk}\b", text), (path, pk)


# More than was asked


MORE = {
    "is_staff": "on",
    "is_superuser": "on",
    "user": "1",
    "order": "1",
    "customer": "1",
    "cart": "1",
    "state": "paid",
    "status": "paid",
    "price": "0.01",
    "total": "0.01",
    "unit_price": "0.01",
    "held_until": "2099-01-01",
    "token": "A" * 32,
    "kind": "product",
    "pk": "1",
    "id": "1",
}


def test_i14_nothing_of_a_sale_listens_to_more_fields(client, cart, shampoo):
    carrying(client, cart)
    line, visit = cart.lines.products().get(), cart.lines.visits().get()
    held_until = visit.booking.held_until

    client.post("/cart/lines/", MORE | {"variant": shampoo.pk, "quantity": "1"})
    client.post(f"/cart/lines/{line.pk}/", MORE | {"quantity": "3", "variant": visit.variant_id})
    client.post("/cart/visits/", MORE | {"variant": visit.variant_id, "start": "x"})
    line.refresh_from_db()
    visit.refresh_from_db()
    assert (line.quantity, line.price, line.variant_id, line.cart_id) == (3, shampoo.price, shampoo.pk, cart.pk)
    assert visit.booking.held_until == held_until

    total = total_of(cart)
    sent = client.post("/checkout/", MORE | answers(cart) | {"agreed_total": str(total)})
    assert sent.status_code == 303
    order = Order.objects.get()
    assert (order.status, order.total, order.cart_id) == ("pending", total, cart.pk)
    assert order.token != MORE["token"]
    assert Payment.objects.get().amount == total

    client.post(f"{order.get_absolute_url()}payment/", MORE)
    order.refresh_from_db()
    assert order.status == "pending"
    client.post(f"{order.get_absolute_url()}basket/", MORE)
    order.refresh_from_db()
    assert order.status == "expired"


def test_i14_nobody_makes_themselves_more_than_they_are(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    eve = sign_in(client, CATALOG_EDITORS, username="eve")
    eve.set_password("a long enough password")
    eve.save()
    typed = {"username": "eve", "password": "a long enough password"}
    browser = Client()

    browser.post("/admin/login/", MORE | typed)
    new = {
        "old_password": typed["password"],
        "new_password1": "another long one!",
        "new_password2": "another long one!",
    }
    assert browser.post("/admin/password_change/", MORE | new).status_code == 302

    stored = User.objects.get(username="eve")
    assert (stored.is_superuser, stored.groups.count(), stored.user_permissions.count()) == (False, 1, 0)


def test_i14_an_editor_changes_of_a_product_what_the_page_shows_and_nothing_else(client):
    sign_in(client, CATALOG_EDITORS)
    bottle = VariantFactory()
    address = reverse("admin:catalog_product_change", args=[bottle.offering_id])
    form = form_on(client.get(address))

    more = {"kind": "appointment", "search": "x", "id": "999", "variants-0-stock": "9999", "variants-0-duration": "60"}
    response = client.post(address, form | {name: [said] for name, said in more.items()} | {"name": ["New name"]})

    assert response.status_code == 302
    product = Offering.objects.get(pk=bottle.offering_id)
    assert (product.name, product.kind) == ("New name", "product")
    stored = Variant.objects.get(pk=bottle.pk)
    assert (stored.stock, stored.duration) == (bottle.stock, None)


# What was typed is still there


def test_i16_what_sold_out_meanwhile_loses_nothing_that_was_typed(client, cart, shampoo):
    typed = answers(cart, pet_notes="Afraid of\nthe dryer", name="Ada Löwe")
    Variant.objects.filter(pk=shampoo.pk).update(stock=0)

    page = carrying(client, cart).post("/checkout/", typed)

    assert page.status_code == 422
    for kept in ('value="Ada Löwe"', 'value="ada@example.com"', 'value="600 100 200"', 'value="Biscuit"'):
        assertContains(page, kept, status_code=422)
    assertContains(page, "Afraid of\nthe dryer</textarea>", status_code=422)
    assert not Order.objects.exists()


@pytest.mark.parametrize("typed", ["-1", "1e400", "9" * 400, "two", "100"])
def test_i16_a_number_that_cannot_be_is_shown_beside_its_error(client, cart, shampoo, typed):
    line = cart.lines.products().get()
    mine = carrying(client, cart)

    for address, form in [(f"/cart/lines/{line.pk}/", {}), ("/cart/lines/", {"variant": shampoo.pk})]:
        page = mine.post(address, form | {"quantity": typed})
        assertContains(page, f'value="{typed}"', status_code=422)
    line.refresh_from_db()
    assert line.quantity == 1


def test_i16_the_admin_keeps_what_an_editor_typed(client):
    sign_in(client, CATALOG_EDITORS)
    bottle = VariantFactory()
    address = reverse("admin:catalog_product_change", args=[bottle.offering_id])
    typed = form_on(client.get(address)) | {"name": ["A new name"], "summary": ["x" * 300], "variants-0-price": ["-5"]}

    page = client.post(address, typed)

    assertContains(page, 'value="A new name"')
    assertContains(page, 'value="-5"')
    assertContains(page, "x" * 300)
