"""A visit is moved and then cancelled on its order's page, by whoever has the link."""

import re

from playwright.sync_api import expect

from bookings.models import Booking
from checkout.models import Order, OrderStatus
from tests.browser.shopping import fill_in, pay_with, press_pay
from tests.browser.test_long_words import sideways
from tests.checkout.conftest import ten_tomorrow as ten_tomorrow
from tests.checkout.test_changes import dear as dear
from tests.checkout.test_changes import read
from tests.checkout.test_moving import stay as stay


def next_month(page):
    """Far enough ahead to be moved and cancelled for nothing, whatever day it is."""
    following = page.locator("a[rel=next]")
    name = following.get_attribute("aria-label")
    following.click()
    expect(page.locator("#month")).to_have_text(name)


def press_a_time(page, *, day):
    page.locator(".cal a[aria-label*='free']").nth(day).click()
    expect(page.locator(".cal a[aria-label*='free']").nth(day)).to_have_attribute("aria-current", "date")
    page.locator("#times").get_by_test_id("slot").first.click()


def test_a_visit_is_moved_and_then_cancelled_by_its_customer(page, bath):
    page.goto("/shop/bath-and-tidy/")
    next_month(page)
    press_a_time(page, day=2)
    page.wait_for_url("**/cart/")
    page.goto("/checkout/")
    fill_in(page)
    press_pay(page)
    pay_with(page)
    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    before = Booking.objects.get()

    page.get_by_test_id("reschedule").click()
    expect(page.get_by_role("heading", name="Another time for Biscuit")).to_be_visible()
    expect(page.get_by_test_id("current")).to_contain_text("now")
    press_a_time(page, day=5)
    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_text("Visit moved to")).to_be_visible()
    after = Booking.objects.get()
    assert (after.pk, after.sequence) == (before.pk, 1)
    assert after.starts_at != before.starts_at

    page.get_by_test_id("cancel").click()
    expect(page.get_by_test_id("comes-back")).to_have_text("€35.00")
    page.get_by_test_id("cancel").click()
    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_role("heading", name="Your visit is cancelled.", exact=True)).to_be_visible()
    expect(page.get_by_role("status").get_by_text("€35.00 is on its way back to you.").first).to_be_visible()
    assert Order.objects.get().status == OrderStatus.CANCELLED


def test_a_dearer_stay_is_kept_beside_the_old_one_until_it_is_paid(page, stay, dear):
    order, other_day = stay.order.get_absolute_url(), f"reschedule/?line=1&day={dear.date().isoformat()}"

    page.goto(f"{order}{other_day}")
    page.locator("#times").get_by_test_id("slot").first.click()
    expect(page.get_by_test_id("to-pay")).to_have_text("€10.00")
    assert sideways(page) == 0
    page.get_by_test_id("move").click()
    page.wait_for_url("**/dev/stripe/**")
    page.goto(order)
    expect(page.get_by_test_id("change")).to_contain_text("Both times are kept for you")
    assert sideways(page) == 0
    page.get_by_test_id("keep-time").click()
    expect(page.get_by_text("Your visit keeps its time. Nothing was charged.")).to_be_visible()
    expect(page.get_by_test_id("change")).to_have_count(0)

    page.goto(f"{order}{other_day}")
    page.locator("#times").get_by_test_id("slot").first.click()
    page.get_by_test_id("move").click()
    pay_with(page)
    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_text("Difference of €10.00 received")).to_be_visible()
    expect(page.get_by_text("It costs €50.00 instead of €40.00.")).to_be_visible()
    assert read(stay).booking.starts_at == dear
