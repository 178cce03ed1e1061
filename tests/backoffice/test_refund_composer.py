"""Staff send money back, page by page: tick, look, press once; and what is refused keeps what was typed."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from checkout import fulfilment, operations
from checkout.models import OrderStatus, PaymentStatus, Refund
from tests.factories import (
    DisputeFactory,
    OrderFactory,
    OrderLineFactory,
    OrderLineNightFactory,
    PaymentFactory,
    RefundFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db

EUR = Decimal


@pytest.fixture
def order(sold, at):
    """A bath for 35.00 and three toys of 4.50, paid with a Visa."""
    made = sold(at(confirmed=True), products=3)
    made.payments.update(intent_id="pi_local_1", card="Visa 4242", settled_at=timezone.now())
    return made


def toy(order):
    return order.lines.products().get()


def bath(order):
    return order.lines.visits().get()


def page(order):
    return f"/backoffice/orders/{order.number}/refund/"


def chosen(line, **more):
    said = {"ticked": "on"} | more
    return {f"line-{line.pk}-{name}": value for name, value in said.items()}


def look(desk, order, *lines, reason="The dryer broke", **more):
    """Press “See what it comes to”."""
    fields = {"step": "preview", "reason": reason}
    for line in lines:
        fields |= line
    return desk.post(page(order), fields | more)


def hidden(response):
    """What the button on the second page sends."""
    return {
        name: value
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
        if name != "csrfmiddlewaretoken"
    }


def press(desk, order, response, **more):
    return desk.post(page(order), hidden(response) | {"step": "confirm"} | more)


def refunded(order):
    return [(refund.amount, refund.reason, refund.actor) for refund in Refund.objects.filter(payment__order=order)]


# Looking


def test_the_page_shows_each_line_with_what_is_left_of_it_and_its_tax(desk, order):
    response = desk.get(page(order))

    assertContains(response, "up to <b>€48.50</b> can be sent back")
    assertContains(response, "Left: €13.50, with €2.34 tax in it.")
    assertContains(response, "Left: €35.00, with €6.07 tax in it.")
    assertContains(response, f'name="line-{toy(order).pk}-pieces"')
    assertContains(response, f'name="line-{toy(order).pk}-restock"')
    assertNotContains(response, f'name="line-{bath(order).pk}-pieces"')


def test_the_orders_page_leads_there_as_long_as_anything_is_left(desk, order):
    assertContains(desk.get(f"/backoffice/orders/{order.number}/"), page(order))

    RefundFactory(payment=order.payments.get(), amount=order.total)

    assertNotContains(desk.get(f"/backoffice/orders/{order.number}/"), f'href="{page(order)}"')
    assertContains(desk.get(page(order)), "There is nothing left that could be sent back.")


def test_what_was_chosen_is_shown_to_the_cent_and_nothing_is_sent(desk, order):
    response = look(desk, order, chosen(toy(order), pieces="2", restock="on"), chosen(bath(order), amount="10.00"))

    assertContains(response, "Send €19.00 back?")
    assertContains(response, "€9.00")
    assertContains(response, "2 pieces go back on the shelf.")
    assertContains(response, "Visa 4242")
    assertContains(response, '<dd data-testid="refund">€19.00</dd>', html=True)
    assert not Refund.objects.exists()


def test_a_discount_is_shown_with_its_share(desk):
    order = OrderFactory(subtotal=EUR("30.00"), discount=EUR("3.00"), total=EUR("27.00"), status=OrderStatus.PAID)
    line = OrderLineFactory(
        order=order, variant=VariantFactory(price=EUR("10.00")), quantity=3, discount=EUR("3.00"), parcel="ready"
    )
    PaymentFactory(order=order, amount=order.total, status=PaymentStatus.SUCCEEDED, settled_at=timezone.now())

    assertContains(desk.get(page(order)), "Price €30.00, €3.00 off, paid €27.00.")
    response = look(desk, order, chosen(line, pieces="1"))

    assertContains(response, "−€1.00")
    assertContains(response, '<dd data-testid="total">€9.00</dd>', html=True)
    assertContains(response, "€18.00")


def test_nights_are_ticked_one_by_one(desk, order):
    line = stay_of(order)

    first = line.nights.first().day.isoformat()
    assertContains(desk.get(page(order)), f'value="{first}"')
    response = look(desk, order, chosen(line, nights=[first]))
    assertContains(response, '<dd data-testid="total">€10.00</dd>', html=True)

    press(desk, order, response)
    assertNotContains(desk.get(page(order)), f'value="{first}"')
    assertContains(
        look(desk, order, chosen(line, nights=[first])), "One of these nights was sent back already", status_code=422
    )


def stay_of(order):
    """The bath as three nights of 10.00 with extras for 5.00."""
    line = bath(order)
    for number in range(3):
        OrderLineNightFactory(line=line, day=timezone.localdate() + timedelta(days=number), price=EUR("10.00"))
    return line


# Pressing


def test_what_was_shown_is_what_is_asked_back_with_its_reason_and_its_name(desk, order):
    shelf = toy(order).variant.stock
    shown = look(desk, order, chosen(toy(order), pieces="2", restock="on"))

    response = press(desk, order, shown)

    [refund] = Refund.objects.all()
    assertRedirects(response, f"{page(order)}{refund.press}/")
    assert refunded(order) == [(EUR("9.00"), "The dryer broke", desk.user.get_username())]
    variant = toy(order).variant
    assert variant.stock == shelf + 2
    made = desk.get(response.url)
    assertContains(made, "−€9.00")
    assertContains(made, "Being sent back")


def test_a_place_is_released_with_it_and_what_is_kept_is_said_before(desk, order):
    shown = look(desk, order, chosen(bath(order), amount="20.00", release="on"))
    assertContains(shown, "€15.00 is kept.")

    press(desk, order, shown)

    line = bath(order)
    assert (line.booking.status, line.kept, line.refunded) == ("cancelled", EUR("15.00"), EUR("20.00"))
    assertNotContains(desk.get(page(order)), f'name="line-{line.pk}-release"')


def test_a_place_that_was_taken_meanwhile_is_not_released(desk, order):
    shown = look(desk, order, chosen(bath(order), release="on"))
    fulfilment.check_in(bath(order), actor="tom")

    response = press(desk, order, shown)

    assert response.status_code == 422
    assert not Refund.objects.exists()


def test_a_double_click_and_the_back_button_are_one_refund(desk, order):
    shown = look(desk, order, chosen(toy(order), pieces="1", restock="on"))

    addresses = [press(desk, order, shown).url for _ in range(3)]

    assert len(set(addresses)) == 1
    assert len(refunded(order)) == 1


def test_two_tabs_cannot_send_more_than_is_left(desk, order):
    tabs = [look(desk, order, chosen(bath(order), amount="20.00")) for _ in range(2)]

    press(desk, order, tabs[0])
    second = press(desk, order, tabs[1])

    assertContains(second, "up to €15.00 can be sent back", status_code=422)
    assertContains(second, 'value="20.00"', status_code=422)
    assert len(refunded(order)) == 1


def test_a_tab_that_shows_too_much_by_now_shows_what_it_is_and_sends_nothing(desk, order):
    tabs = [look(desk, order, chosen(bath(order))), look(desk, order, chosen(bath(order), amount="20.00"))]
    press(desk, order, tabs[1])

    second = press(desk, order, tabs[0])

    assertContains(second, "Meanwhile it comes to €15.00.", status_code=422)
    assertContains(second, "Send €15.00 back", status_code=422)
    assert len(refunded(order)) == 1
    assert press(desk, order, second).status_code == 302
    assert [amount for amount, *_ in refunded(order)] == [EUR("20.00"), EUR("15.00")]


@pytest.mark.parametrize("amount", ["34.99", "35.01", "0", "", "x", "-35", "NaN", "1e3"])
def test_i14_an_amount_that_was_never_shown_is_not_sent(desk, order, amount):
    shown = look(desk, order, chosen(bath(order)))

    response = press(desk, order, shown, **{f"line-{bath(order).pk}-agreed": amount})

    assert response.status_code == 422
    assert not Refund.objects.exists()


def test_without_the_button_of_the_second_page_nothing_is_sent(desk, order):
    shown = look(desk, order, chosen(bath(order)))

    response = press(desk, order, shown, press="")

    assertContains(response, "Please look at what it comes to", status_code=422)
    assert not Refund.objects.exists()


def test_it_can_be_changed_before_it_is_sent(desk, order):
    shown = look(desk, order, chosen(toy(order), pieces="2", restock="on"))

    response = desk.post(page(order), hidden(shown) | {"step": "change"})

    assertContains(response, 'value="2"')
    assertContains(response, 'value="The dryer broke"')
    assert response.content.count(b"checked") == 2
    assertNotContains(response, "There is a problem")


def test_over_a_deposit_and_its_balance_it_is_one_refund_each_the_newest_first(desk):
    order = OrderFactory(subtotal=EUR("30.00"), status=OrderStatus.PAID)
    line = OrderLineFactory(
        order=order, variant=VariantFactory(price=EUR("30.00")), due_later=EUR("20.00"), parcel="ready"
    )
    for number, (purpose, amount) in enumerate([("deposit", "10.00"), ("balance", "20.00")]):
        PaymentFactory(
            order=order,
            purpose=purpose,
            amount=EUR(amount),
            status=PaymentStatus.SUCCEEDED,
            settled_at=timezone.now(),
            intent_id=f"pi_local_{number}",
            card=f"Visa 000{number}",
        )

    shown = look(desk, order, chosen(line, amount="25.00"))
    assert re.findall(r'data-testid="refund">(.*?)<', shown.content.decode()) == ["€20.00", "€5.00"]
    made = desk.get(press(desk, order, shown).url)

    assert [(refund.payment.purpose, refund.amount) for refund in Refund.objects.all()] == [
        ("balance", EUR("20.00")),
        ("deposit", EUR("5.00")),
    ]
    assert made.content.count(b'data-testid="made"') == 2


# What is refused


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({}, "Tick what to send back"),
        ({"pieces": "4", "ticked": "on"}, "3 pieces are left"),
        ({"pieces": "0", "ticked": "on"}, "Enter how many pieces"),
        ({"pieces": "1.5", "ticked": "on"}, "Enter how many pieces"),
        ({"amount": "13.51"}, "up to €13.50 can be sent back"),
        ({"amount": "0"}, "Enter an amount"),
        ({"amount": "-1"}, "Enter an amount"),
        ({"amount": "1.005"}, "no more than 2 decimal places"),
        ({"amount": "twelve"}, "Enter the amount as a number"),
        ({"amount": "1.00", "restock": "on"}, "Say how many pieces"),
    ],
)
def test_i16_what_cannot_be_sent_is_said_and_stays_in_its_box(desk, order, typed, error):
    fields = {f"line-{toy(order).pk}-{name}": value for name, value in typed.items()}

    response = look(desk, order, fields, reason="She called & asked")

    assertContains(response, error, status_code=422)
    assertContains(response, 'value="She called &amp; asked"', status_code=422)
    for value in typed.values():
        assertContains(response, "checked" if value == "on" else f'value="{value}"', status_code=422)
    assert not Refund.objects.exists()


def test_it_needs_a_reason(desk, order):
    assertContains(look(desk, order, chosen(bath(order)), reason=" "), "Write why", status_code=422)


def test_what_the_bank_disputes_cannot_be_sent_and_the_page_says_so_at_once(desk, order):
    DisputeFactory(payment=order.payments.get())
    order.payments.update(is_disputed=True)

    assertContains(desk.get(page(order)), "The customer’s bank disputes a payment")
    response = look(desk, order, chosen(bath(order)))

    assertContains(response, "has disputed the payment", status_code=422)


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.EXPIRED])
def test_where_no_money_came_nothing_can_go_back(desk, sold, status):
    order = sold(products=1, status=status)

    assertContains(desk.get(page(order)), "There is nothing left")
    response = look(desk, order, chosen(toy(order)))
    assert response.status_code == 422


def test_who_catalogues_sends_nothing_back(editor, order):
    assert editor.get(page(order)).status_code == 403
    assert look(editor, order, chosen(bath(order))).status_code == 403
    assert editor.get(f"{page(order)}once/").status_code == 403


@pytest.mark.parametrize("press", ["nobody", "x" * 300])
def test_a_press_that_nobody_made_is_a_404(desk, order, press):
    assert desk.get(f"{page(order)}{press}/").status_code == 404


def test_the_press_of_another_order_is_a_404(desk, order, sold):
    response = press(desk, order, look(desk, order, chosen(bath(order))))
    other = sold(products=1)

    assert desk.get(response.url.replace(order.number, other.number)).status_code == 404


# Both sides


def test_both_sides_read_the_same_word(desk, order):
    response = press(desk, order, look(desk, order, chosen(bath(order))))
    customers, staffs = order.get_absolute_url(), f"/backoffice/orders/{order.number}/"

    for address in [response.url, staffs, customers]:
        assertContains(desk.get(address), "Being sent back")
        assertContains(desk.get(address), "−€35.00")

    operations.reject_refund(Refund.objects.get(), error="Charge has already been refunded.")
    for address in [response.url, staffs, customers]:
        assertContains(desk.get(address), "Did not arrive")
    for address in [response.url, staffs]:
        assertContains(desk.get(address), "Charge has already been refunded.")


def test_what_is_back_on_the_shelf_is_not_packed(desk, order):
    press(desk, order, look(desk, order, chosen(toy(order), pieces="2", restock="on")))

    response = desk.get(f"/backoffice/orders/{order.number}/")

    assertContains(response, "Pack 1 product.")
    assertContains(response, "2 are back on the shelf")
