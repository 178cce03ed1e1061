"""An order is cancelled with everything in it, with and without script: by its customer, and by staff as they decide."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from checkout.models import Order, OrderStatus, Refund
from tests.browser.shopping import add_to_basket, book_first_time, fill_in, pay_with, press_pay


@pytest.fixture
def bought(page, bath, shampoo):
    """A bath and a bottle of shampoo, paid; the browser is on the order's page."""
    add_to_basket(page, "Oat shampoo")
    page.goto("/shop/bath-and-tidy/")
    book_first_time(page)
    page.wait_for_url("**/cart/")
    page.goto("/checkout/")
    fill_in(page)
    press_pay(page)
    pay_with(page)
    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    return page


def test_the_customer_cancels_all_of_it_and_gets_what_was_shown(bought, shampoo):
    page = bought
    page.get_by_test_id("cancel-order").click()
    expect(page.get_by_role("heading", name="Cancel all of this?")).to_be_visible()
    expect(page.get_by_test_id("part")).to_have_count(2)
    shown = page.get_by_test_id("comes-back").inner_text()

    page.get_by_test_id("cancel").click()

    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_role("heading", name="Your order is cancelled.", exact=True)).to_be_visible()
    expect(page.get_by_text(f"{shown} is on its way back to you.").first).to_be_visible()
    expect(page.get_by_test_id("cancel")).to_have_count(0)
    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert Refund.objects.get().amount == Decimal(shown.removeprefix("€"))
    shampoo.refresh_from_db()
    assert shampoo.stock == 10


def test_one_product_is_cancelled_and_the_visit_stays(bought):
    page = bought
    page.get_by_test_id("parcel").get_by_test_id("cancel").click()
    expect(page.get_by_test_id("comes-back")).to_have_text("€4.50")

    page.get_by_test_id("cancel").click()

    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_text("It is cancelled. €4.50 is on its way back to you.")).to_be_visible()
    assert Order.objects.get().status == OrderStatus.PAID
