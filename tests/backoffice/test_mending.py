"""A refund that failed, and one that nobody has said what it was for, on their order's page."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from checkout.models import Refund
from tests.factories import ConcernFactory, RefundFactory, RefundLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(sold, at):
    return sold(at(confirmed=True), products=2)


@pytest.fixture
def rejected(order):
    line = order.lines.products().get()
    refund = RefundFactory(
        payment=order.payments.get(),
        amount=Decimal("4.50"),
        status="rejected",
        origin="shop",
        stripe_id=None,
        settled_at=datetime.now(UTC),
        error="Charge has already been refunded.",
    )
    RefundLineFactory(refund=refund, order_line=line, amount=refund.amount)
    ConcernFactory(payment=refund.payment, refund=refund, reason="€4.50 did not go back")
    return refund


@pytest.fixture
def mirrored(order):
    refund = RefundFactory(payment=order.payments.get(), amount=Decimal("10.00"))
    ConcernFactory(payment=refund.payment, refund=refund, reason="€10.00 was sent back in Stripe's dashboard")
    return refund


def page(order):
    return f"/backoffice/orders/{order.number}/"


def again(refund):
    return f"{page(refund.payment.order)}refunds/{refund.pk}/again/"


def lines(refund):
    return f"{page(refund.payment.order)}refunds/{refund.pk}/"


def test_what_stripe_said_stands_beside_the_button_that_sends_it_again(desk, order, rejected):
    response = desk.get(page(order))

    assertContains(response, "Charge has already been refunded.")
    assertContains(response, f'action="{again(rejected)}"')
    assertContains(response, "Send €4.50 again")


def test_sent_again_it_is_a_new_one_and_the_button_is_gone(desk, order, rejected):
    response = desk.post(again(rejected), follow=True)

    assertContains(response, "Being sent back")
    assertContains(response, "−€4.50")
    assert Refund.objects.count() == 2
    order_page = desk.get(page(order))
    assertNotContains(order_page, f'action="{again(rejected)}"')
    assertNotContains(order_page, "Look into this order.")
    desk.post(again(rejected))
    assert Refund.objects.count() == 2


def test_what_cannot_be_sent_again_says_why(desk, order, mirrored):
    response = desk.post(again(mirrored), follow=True)

    assertContains(response, "This refund cannot be sent again.")


def test_a_refund_of_the_dashboard_is_said_to_be_for_lines(desk, order, mirrored):
    assertContains(desk.get(page(order)), f'href="{lines(mirrored)}"')
    bath, toys = order.lines.visits().get(), order.lines.products().get()

    response = desk.post(lines(mirrored), {f"line-{bath.pk}": "7.00", f"line-{toys.pk}": "3.00"})

    assertRedirects(response, page(order))
    bath.refresh_from_db()
    assert bath.refunded == Decimal("7.00")
    after = desk.get(page(order))
    assertNotContains(after, f'href="{lines(mirrored)}"')
    assertNotContains(after, "Look into this order.")
    assertContains(after, "Said what a refund was for")


@pytest.mark.parametrize(
    ("amounts", "error"),
    [
        (("7.00", "2.99"), "Together these are €9.99, and €10.00 was sent back."),
        (("1.00", "9.00"), ""),
        (("0.50", "9.50"), "Only €9.00 of"),
        (("x", "1.00"), "Enter the amount as a number"),
        (("-1.00", "11.00"), "Enter an amount"),
        (("", ""), "Together these are €0.00"),
    ],
)
def test_i16_what_does_not_add_up_is_said_and_stays_in_its_box(desk, order, mirrored, amounts, error):
    fields = [f"line-{line.pk}" for line in order.lines.order_by("pk")]

    response = desk.post(lines(mirrored), dict(zip(fields, amounts, strict=True)))

    if not error:
        assert response.status_code == 302
        return
    assertContains(response, error, status_code=422)
    for amount in filter(None, amounts):
        assertContains(response, f'value="{amount}"', status_code=422)
    assert not mirrored.lines.exists()


def test_a_refund_of_another_order_is_a_404(desk, order, mirrored, sold):
    other = sold(products=1)

    assert desk.get(lines(mirrored).replace(order.number, other.number)).status_code == 404
    assert desk.post(again(mirrored).replace(order.number, other.number)).status_code == 404


def test_who_catalogues_mends_nothing(editor, order, rejected, mirrored):
    assert editor.post(again(rejected)).status_code == 403
    assert editor.get(lines(mirrored)).status_code == 403
    assert editor.post(lines(mirrored), {}).status_code == 403
