"""A receipt on a phone's screen and on paper, for its customer and for the shop."""

import re

import pytest
from playwright.sync_api import expect

from checkout import operations
from checkout.models import Receipt
from tests.browser.conftest import PASSWORD
from tests.browser.shopping import sign_in
from tests.browser.test_long_words import sideways
from tests.checkout.conftest import details_for, open_page, pay, total_of
from tests.factories import CartFactory, VariantFactory


def buy(count, **customer):
    cart = CartFactory(holding=[VariantFactory(offering__name=f"Thing {number}") for number in range(count)])
    order = operations.place_order(cart, details=details_for(cart, **customer), agreed_total=total_of(cart))
    pay(open_page(order), delivery="now")
    return order, Receipt.objects.get(payment__order=order)


def sheets_of_paper(page) -> int:
    """On how many sheets of A4 the page is printed."""
    file = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox \[0 0 59\d(\.\d+)? 84\d(\.\d+)?\]", file)
    return len(re.findall(rb"/Type\s*/Page\b", file))


@pytest.mark.parametrize("javascript", [True, False])
def test_a_customer_prints_a_receipt_and_nothing_around_it(new_browser, javascript, shampoo):
    order, receipt = buy(3, name="W" * 120)
    page = new_browser(javascript=javascript)

    page.goto(order.get_absolute_url())
    page.get_by_role("link", name=receipt.number).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    expect(page.get_by_test_id("receipt")).to_contain_text("Thing 2")
    assert sideways(page) == 0

    page.emulate_media(media="print", color_scheme="dark")
    for around in ("banner", "contentinfo", "navigation"):
        expect(page.get_by_role(around)).to_have_count(0)
    expect(page.get_by_role("link", name="Back to the order")).to_be_hidden()
    colour = page.get_by_test_id("receipt").evaluate("sheet => getComputedStyle(sheet).color")
    assert colour == "rgb(0, 0, 0)"
    assert sheets_of_paper(page) == 1


def test_a_long_receipt_goes_on_on_the_next_sheet(new_browser, shampoo):
    order, _receipt = buy(40)
    page = new_browser()

    page.goto(f"{order.get_absolute_url()}receipt/")

    assert sheets_of_paper(page) == 2


def test_staff_find_it_in_the_books_and_print_it(new_browser, desk, shampoo):
    order, receipt = buy(2)
    staff = new_browser()
    sign_in(staff, "desk", PASSWORD)

    staff.goto("/backoffice/reports/receipts/")
    assert sideways(staff) == 0
    with staff.expect_download() as download:
        staff.get_by_role("link", name="CSV file for the books").click()
    assert receipt.number in download.value.path().read_text(encoding="utf-8-sig")
    staff.get_by_role("link", name=receipt.number).click()

    expect(staff.get_by_test_id("receipt")).to_contain_text(order.number)
    assert sideways(staff) == 0
    staff.emulate_media(media="print")
    expect(staff.get_by_role("navigation")).to_have_count(0)
    assert sheets_of_paper(staff) == 1
