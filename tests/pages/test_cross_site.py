"""What other sites can make a visitor's browser do here: nothing. And what our own page says when it was refused."""

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from pytest_django.asserts import assertContains, assertNotContains

from petshop.core.busy import BusyMiddleware
from petshop.core.refusals import forbidden
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import ProductFactory, UserFactory, VariantFactory
from tests.pages.addresses import addresses, filled

pytestmark = pytest.mark.django_db

EXEMPT = {"/webhooks/stripe/"}  # which asks for Stripe's signature instead
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def owner():
    """A browser in which the owner is signed in, and that checks where a form comes from."""
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, is_superuser=True)
    return browser


@pytest.fixture
def bottle():
    return VariantFactory(offering=ProductFactory(name="Oat shampoo", slug="oat-shampoo"))


@pytest.mark.parametrize("said", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, OURS])
def test_a12_no_address_takes_a_form_of_another_site(owner, said):
    """Every one of them, whoever is signed in: also signing in and out, and those that only show something."""
    taken = set()
    for route in set(addresses()):
        [address] = filled(route, {"token": "t" * 32})
        response = owner.post(address, {"to": "ready"}, headers=said)
        assert response.status_code < 500, route
        if response.status_code != 403:
            taken.add(route)

    assert taken == EXEMPT
    assert owner.post("/webhooks/stripe/", "{}", content_type="application/json").status_code == 400
    assert owner.get("/admin/").status_code == 200  # still signed in


def test_a12_even_with_the_right_secret_another_site_is_refused(owner):
    secret = form_on(owner.get("/admin/password_change/"))["csrfmiddlewaretoken"][0]
    typed = {"csrfmiddlewaretoken": secret}

    assert owner.post("/admin/logout/", typed, headers={"Origin": "https://evil.example"}).status_code == 403
    assert owner.post("/admin/logout/", typed, headers=OURS).status_code == 200


def test_a12_nothing_of_ours_is_there_for_other_sites(client, small_shop):
    for address in ["/", "/shop/", "/cart/", "/backoffice/", "/admin/login/", "/webhooks/stripe/"]:
        response = client.get(address, headers={"Origin": "https://evil.example"})
        assert not [name for name in response.headers if name.startswith("Access-Control")]
    basket = client.cookies["basket"]
    assert (basket["samesite"], basket["httponly"]) == ("Lax", True)
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


# Frames


def assert_no_frame(response):
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a13_no_page_is_shown_in_a_frame(owner, settings):
    settings.REHEARSAL = True
    for route in set(addresses()):
        [address] = filled(route, {"app_label": "catalog"})
        assert_no_frame(owner.get(address))
        assert_no_frame(Client().post(address))


def test_a13_no_refusal_is_shown_in_a_frame_either(client, settings, caplog):
    caplog.set_level("CRITICAL")
    assert_no_frame(client.get("/nothing/"))  # 404
    assert_no_frame(client.get("/static/css/shop.css"))
    assert_no_frame(client.post("/cart/lines/", "x", content_type="text/plain", CONTENT_LENGTH="99999999999"))  # 413
    assert_no_frame(Client(enforce_csrf_checks=True).post("/cart/lines/"))  # 403
    client.raise_request_exception = False
    settings.ROOT_URLCONF = "tests.pages.trouble"
    assert client.get("/busy/").status_code == 503
    assert_no_frame(client.get("/busy/"))
    assert client.get("/bug/").status_code == 500
    assert_no_frame(client.get("/bug/"))
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["shop.example"], True
    assert client.get("/bug/").status_code == 400
    assert_no_frame(client.get("/bug/"))
    assert_no_frame(client.get("/bug/", headers={"host": "shop.example"}))  # to https


# What was typed is kept


def test_i16_a_page_that_was_open_for_too_long_sends_what_was_typed_once_more(bottle):
    browser = Client(enforce_csrf_checks=True)
    browser.get("/shop/oat-shampoo/")  # the page whose secret is no longer right
    typed = {"variant": bottle.pk, "quantity": "3", "note": 'Two\nlines, “quotes" & <b>', "csrfmiddlewaretoken": "old"}

    refused = browser.post("/cart/lines/?from=card", typed, headers=OURS)

    assertContains(refused, "what you typed is still here", status_code=403)
    form = form_on(refused)
    assert {name: form[name] for name in ("variant", "quantity", "note")} == {
        "variant": [str(bottle.pk)],
        "quantity": ["3"],
        "note": [typed["note"]],
    }
    assertContains(refused, 'action="/cart/lines/?from=card"', status_code=403)
    assert browser.post("/cart/lines/", form, headers=OURS).status_code == 303
    assertContains(browser.get("/cart/"), "Oat shampoo")


@pytest.mark.parametrize("said", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a12_a_form_of_another_site_is_not_offered_to_be_pressed(bottle, said):
    refused = Client(enforce_csrf_checks=True).post("/cart/lines/", {"variant": bottle.pk}, headers=said)

    assertNotContains(refused, "<form", status_code=403)
    assertContains(refused, "Nothing has been changed", status_code=403)


def test_i16_no_password_is_written_on_a_page():
    typed = {"username": "desk", "password": "a long enough password"}

    refused = Client(enforce_csrf_checks=True).post("/admin/login/", typed, headers=OURS)

    assertNotContains(refused, "long enough", status_code=403)


def test_i16_whoever_had_to_wait_too_long_sends_what_they_typed_once_more(settings):
    settings.ROOT_URLCONF = "tests.pages.trouble"
    browser = Client()

    page = browser.post("/busy/", {"text": "A long note", "to": ["a", "b"]})

    assertContains(page, "What you typed is still here", status_code=503)
    assert page["Retry-After"]
    assert {name: form_on(page)[name] for name in ("text", "to")} == {"text": ["A long note"], "to": ["a", "b"]}
    assertNotContains(browser.get("/busy/"), "<form", status_code=503)


def test_what_the_503_page_sends_is_taken(settings):
    settings.ROOT_URLCONF = "tests.pages.trouble"
    browser = Client()
    form = form_on(browser.post("/busy/", {"text": "A long note"}))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    assert strict.post("/fine/", form).content == b"A long note"


def test_busy_answers_only_for_the_database():
    assert BusyMiddleware(None).process_exception(RequestFactory().get("/"), ZeroDivisionError()) is None


# Refused, and written down


@pytest.mark.parametrize(
    "address", ["/admin/core/user/add/", "/admin/checkout/order/", "/backoffice/orders/", "/admin/auth/group/add/"]
)
def test_a11_what_is_not_an_editors_is_refused_and_logged_without_a_name(client, caplog, address):
    editor = sign_in(client, CATALOG_EDITORS, username="eve", email="eve@example.com")

    assert client.get(address).status_code == 403
    assert client.post(address, {"is_superuser": "on"}).status_code == 403

    lines = [record.getMessage() for record in caplog.records if record.name == "petshop.core.refusals"]
    assert lines == [f"Refused: {method} {address} to user {editor.pk}" for method in ("GET", "POST")]
    assert "eve" not in caplog.text


def test_a11_a_line_of_the_log_stays_one_line(rf, caplog):
    request = rf.get("/admin/%0AERROR: all is lost%1B[2J/")
    request.user = UserFactory()

    forbidden(request, None)

    [record] = caplog.records
    assert record.getMessage().isprintable()
