"""The code of a promotion on the pages: typed in the basket, said before payment, and by its name ever after."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils.html import escape
from django.utils.timezone import localdate
from pytest_django.asserts import assertContains, assertNotContains

from checkout.models import Cart, Order, OrderStatus, Promotion
from checkout.payments import settle
from checkout.views.answers import CODES
from petshop.core.roles import FRONT_DESK
from tests.admin_pages import sign_in
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import answers, carrying
from tests.factories import CartFactory, PromotionFactory
from tests.statements import asked_for

pytestmark = pytest.mark.django_db

CODE = "/cart/code/"
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ada(client, cart):
    """Ada's browser, with her basket of EUR 39.50."""
    return carrying(client, cart)


@pytest.fixture
def welcome():
    return PromotionFactory(name="Welcome", code="WELCOME10", value=10)


@pytest.fixture
def bundle(bath, shampoo):
    promotion = PromotionFactory(name="Bath and shampoo", value=15, is_bundle=True)
    promotion.items.create(offering=bath.offering)
    promotion.items.create(offering=shampoo.offering)
    return promotion


def typed(browser, code, **how):
    return browser.post(CODE, {"code": code}, **how)


def test_a_bundle_is_on_each_of_its_lines_by_name(ada, bundle):
    page = ada.get("/cart/")

    assertContains(page, "Bath and shampoo: −€5.25")
    assertContains(page, "Bath and shampoo: −€0.68")
    assertContains(page, '<dt>Bath and shampoo</dt><dd class="good">−€5.93</dd>')
    assertContains(page, '<dd data-testid="total">€33.57</dd>')


def test_a_code_is_typed_and_taken_out_again(ada, welcome):
    assertContains(ada.get("/cart/"), "I have a code")

    assert typed(ada, "welcome10").url == "/cart/"
    page = ada.get("/cart/")
    assertContains(page, "“WELCOME10” takes €3.95 off.")
    assertContains(page, '<dd data-testid="total">€35.55</dd>')
    assertNotContains(page, "I have a code")

    ada.post(CODE, {"remove": "1"})
    page = ada.get("/cart/")
    assertContains(page, '<dd data-testid="total">€39.50</dd>')
    assertContains(page, "I have a code")


def test_a_script_gets_the_basket_and_no_page(ada, welcome):
    answer = typed(ada, "WELCOME10", headers=SCRIPT)

    assertContains(answer, "“WELCOME10” takes €3.95 off.")
    assertNotContains(answer, "<html")
    assertContains(ada.post(CODE, {"remove": "1"}, headers=SCRIPT), "The code is out of your basket.")


@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("", {}, "Enter a code."),
        ("x" * 41, {}, "Enter a code of at most 40 characters."),
        ("NOSUCH", {}, "We do not know this code. Please check how it is written."),
        ("'; --", {}, "We do not know this code."),
        ("WELCOME10", {"first_day": 1}, "This code is valid from "),
        ("WELCOME10", {"last_day": -1}, "This code was valid until "),
        ("WELCOME10", {"uses_at_most": 0}, "This code has been used up."),
        ("WELCOME10", {"is_active": False}, "This code is no longer valid."),
    ],
)
def test_what_does_not_count_is_said_beside_what_was_typed(ada, welcome, code, changes, words):
    days = {name: localdate() + timedelta(days=days) for name, days in changes.items() if name.endswith("_day")}
    Promotion.objects.update(**changes | days)

    answer = typed(ada, code)

    assertContains(answer, words, status_code=422)
    assertContains(answer, '<a href="#code">', status_code=422)
    assertContains(answer, f'value="{escape(code)}"', status_code=422)
    assertContains(answer, "€39.50", status_code=422)


def test_a_day_is_named_as_people_say_it(ada, welcome):
    Promotion.objects.update(first_day=date(localdate().year + 1, 12, 1))

    assertContains(
        typed(ada, "WELCOME10"), f"This code is valid from 1 December {localdate().year + 1}.", status_code=422
    )


@pytest.mark.parametrize("script", [{}, SCRIPT])
def test_a_code_that_could_count_stays_and_says_what_is_missing(ada, welcome, script):
    Promotion.objects.update(minimum=44)

    answer = ada.post(CODE, {"code": "WELCOME10"}, headers=script, follow=True)

    assertContains(answer, "Add €4.50 more.")
    assertContains(answer, "€39.50")
    assertContains(ada.get("/checkout/"), "Add €4.50 more.")


def test_p21_what_is_posted_of_money_is_ignored(ada, cart, welcome):
    wish = {
        "discount": "39.50",
        "price": "0.01",
        "total": "0",
        "amount": "39.50",
        "unit_amount": "1",
        "promotion": welcome.pk,
    }
    ada.post("/cart/lines/", {"variant": cart.lines.products().get().variant_id, **wish})
    ada.post(CODE, {"code": "", **wish})
    ada.post("/checkout/", answers(cart, agreed_total="44.00", **wish))

    order = Order.objects.get()
    assert (order.subtotal, order.discount, order.total) == (Decimal("44.00"), 0, Decimal("44.00"))


def test_guessing_is_slowed_and_keeps_what_was_typed(ada, welcome):
    home = {"REMOTE_ADDR": "203.0.113.7"}
    for number in range(CODES.at_most):
        assert typed(ada, f"GUESS{number}", **home).status_code == 422

    answer = typed(ada, "WELCOME10", **home)

    assertContains(answer, "Please wait a while", status_code=429)
    assertContains(answer, 'value="WELCOME10"', status_code=429)
    assert typed(ada, "WELCOME10", REMOTE_ADDR="203.0.113.8").status_code == 303


def test_a_code_for_a_basket_that_is_being_paid_closes_its_payment_page_first(ada, cart, welcome):
    order = place(cart)
    open_page(order)

    typed(ada, "WELCOME10")

    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assertContains(ada.get("/cart/"), '<dd data-testid="total">€35.55</dd>')


# Before payment


def test_a_code_that_stopped_being_valid_is_said_at_pay_and_pressing_again_goes_on_without(ada, cart, welcome):
    typed(ada, "WELCOME10")
    assertContains(ada.get("/checkout/"), 'name="agreed_total" value="35.55"')
    Promotion.objects.update(uses_at_most=0)

    answer = ada.post("/checkout/", answers(cart, agreed_total="35.55"))

    assertContains(answer, "“WELCOME10” takes nothing off now. This code has been used up.", status_code=422)
    assertContains(answer, 'name="agreed_total" value="39.50"', status_code=422)
    assertContains(answer, 'value="ada@example.com"', status_code=422)
    assert not Order.objects.exists()

    ada.post("/checkout/", answers(cart, agreed_total="39.50"))
    assert Order.objects.get().total == Decimal("39.50")


def test_a_code_that_this_customer_has_used_is_said_once_the_address_is_known(ada, cart, shampoo, welcome):
    Promotion.objects.update(uses_per_customer=1)
    place(CartFactory(holding=[shampoo], promotion=welcome))
    typed(ada, "WELCOME10")

    answer = ada.post("/checkout/", answers(cart, agreed_total="35.55"))

    assertContains(answer, "You have used this code before.", status_code=422)
    assertContains(answer, 'name="agreed_total" value="39.50"', status_code=422)
    ada.post("/checkout/", answers(cart, agreed_total="39.50"))
    assert cart.orders.get().discount == 0


def test_p18_a_basket_that_costs_nothing_is_paid_without_stripe(ada, cart, welcome):
    Promotion.objects.update(value=100)
    typed(ada, "WELCOME10")
    assertContains(ada.get("/checkout/"), 'name="agreed_total" value="0.00"')

    for _press in range(2):
        answer = ada.post("/checkout/", answers(cart, agreed_total="0.00"))
        assert answer.url == Order.objects.get().get_absolute_url()

    order = Order.objects.get()
    assert (order.status, order.total) == (OrderStatus.PAID, 0)
    assert order.payments.get().session_id is None


# Afterwards


def test_it_is_by_its_name_on_the_order_the_receipt_the_mail_and_the_desks_page(
    client, cart, bundle, welcome, run_jobs
):
    cart.promotion = welcome
    cart.save()
    order = place(cart)
    page = open_page(order)
    pay(page)
    settle(page.session_id)
    Promotion.objects.update(name="Another name")
    run_jobs()

    receipt = client.get(f"{order.get_absolute_url()}receipt/")
    for shown in (client.get(order.get_absolute_url()), receipt):
        assertContains(shown, "Bath and shampoo")
        assertContains(shown, "−€5.25")
        assertContains(shown, "Welcome")
        assertContains(shown, "−€2.98")
        assertNotContains(shown, "Another name")
    [mail_] = [each for each in mail.outbox if each.to == [order.email]]
    for body in (mail_.body, mail_.alternatives[0].content):
        assert "Bath and shampoo" in body
        assert "−€0.68" in body
        assert "€30.21" in body
    assertContains(receipt, "€30.21")
    sign_in(client, FRONT_DESK)
    desk = client.get(f"/backoffice/orders/{order.number}/")
    assertContains(desk, "<dt>Bath and shampoo</dt><dd>−€5.93</dd>")
    assertContains(desk, "Welcome: −€2.98")


def test_promotions_cost_a_basket_no_question_of_their_own(ada, cart, bundle, welcome):
    with_promotions = asked_for(ada, "/cart/").total()
    typed(ada, "WELCOME10")
    ada.get("/cart/")  # with what was said about the code
    with_code = asked_for(ada, "/cart/").total()
    Promotion.objects.update(is_active=False)
    Cart.objects.update(promotion=None)

    assert with_promotions == with_code == asked_for(ada, "/cart/").total()
