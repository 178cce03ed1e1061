"""Staff send money back and its customer sees it, on a phone and on a screen, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from bookings.operations import hold_booking
from checkout import operations
from checkout.models import Refund
from tests.browser.conftest import PASSWORD
from tests.browser.shopping import sign_in
from tests.browser.test_long_words import sideways
from tests.checkout import conftest as checkout_fixtures
from tests.checkout.conftest import details_for, open_page, pay, total_of
from tests.factories import CartFactory, ConcernFactory

ten_tomorrow = checkout_fixtures.ten_tomorrow


@pytest.fixture
def order(bath, shampoo, ten_tomorrow):
    """A bath for 35.00 and two shampoos for 4.50 each, paid."""
    cart = CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow), shampoo])
    operations.set_quantity(cart.lines.exclude(variant=bath).get(), 2)
    order = operations.place_order(cart, details=details_for(cart), agreed_total=total_of(cart))
    pay(open_page(order), delivery="now")
    order.refresh_from_db()
    return order


@pytest.mark.parametrize(("javascript", "width"), [(True, 390), (False, 390), (True, 1280), (False, 1280)])
def test_staff_send_one_shampoo_and_a_part_of_the_bath_back_and_both_sides_see_it(
    new_browser, javascript, width, desk, order, run_jobs
):
    staff = new_browser(javascript=javascript, width=width)
    sign_in(staff, desk.username, PASSWORD)
    staff.goto(f"/backoffice/orders/{order.number}/")
    staff.get_by_role("link", name="Send money back").click()
    assert sideways(staff) == 0

    bath, shampoo = (staff.locator("section.refund-line").filter(has_text=name) for name in ("Bath", "shampoo"))
    shampoo.get_by_role("checkbox", name="Oat shampoo").check()
    shampoo.get_by_label("Pieces").fill("1")
    shampoo.get_by_label("Back on the shelf").check()
    bath.get_by_label("Another amount").fill("40")
    staff.get_by_label("Why").fill("The dryer broke")
    staff.get_by_role("button", name="See what it comes to").click()

    expect(staff.get_by_role("alert")).to_contain_text("up to €35.00 can be sent back")
    expect(shampoo.get_by_label("Pieces")).to_have_value("1")
    bath.get_by_label("Another amount").fill("10")
    staff.get_by_role("button", name="See what it comes to").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Send €14.50 back?")
    expect(staff.get_by_text("1 piece goes back on the shelf.")).to_be_visible()
    assert sideways(staff) == 0
    staff.get_by_test_id("send").dblclick()
    expect(staff.get_by_test_id("made")).to_contain_text("Being sent back")

    run_jobs()

    staff.get_by_role("link", name="Look again").click()
    expect(staff.get_by_test_id("made")).to_contain_text("Sent back")
    customer = new_browser(javascript=javascript)
    customer.goto(order.get_absolute_url())
    expect(customer.get_by_test_id("refunds")).to_contain_text("Sent back")
    expect(customer.get_by_test_id("refunds")).to_contain_text("−€14.50")
    assert Refund.objects.count() == 1


def test_what_needs_attention_is_cleared_one_by_one(page, desk, order):
    payment = order.payments.get()
    for reason in ("She called about the dryer", "Somebody must call her back"):
        ConcernFactory(payment=payment, reason=reason)
    sign_in(page, desk.username, PASSWORD)
    page.goto("/backoffice/attention/")
    page.get_by_role("link", name=order.number).click()

    concerns = page.locator("#concerns")
    concerns.get_by_role("button").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Write what you found")
    concerns.get_by_role("textbox").first.fill("It was the fuse")
    concerns.get_by_role("button").first.click()

    expect(concerns.get_by_text("She called about the dryer")).to_have_count(0)
    expect(concerns.get_by_text("Somebody must call her back", exact=True).first).to_be_visible()
    assert sideways(page) == 0
