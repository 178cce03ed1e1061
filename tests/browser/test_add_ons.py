"""Extras, as a customer chooses, sees, pays and reads them."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, BookingStatus
from checkout.models import Order
from tests.browser.shopping import fill_in, pay_with, press_pay
from tests.factories import AddOnFactory


def tick(page, name):
    """With a script the page answers at once, without it by its button."""
    page.get_by_role("checkbox", name=name).check()
    update = page.get_by_role("button", name="Update times and price")
    if update.count():
        update.click()
    expect(page.get_by_role("checkbox", name=name)).to_be_checked()


def test_an_extra_is_chosen_paid_and_read_with_its_price_and_its_minutes(page, bath):
    AddOnFactory(offering=bath.offering, name="Nail trim")
    AddOnFactory(offering=bath.offering, name="Tooth brushing", price="12.00", duration=timedelta(minutes=20))
    page.goto("/shop/bath-and-tidy/")
    expect(page.get_by_test_id("visit-total")).to_have_text("€35.00")

    tick(page, re.compile("Nail trim"))
    expect(page.get_by_test_id("visit-total")).to_have_text("€43.00")
    expect(page.locator("#times")).to_contain_text("70 minutes")
    tick(page, re.compile("Tooth brushing"))
    expect(page.get_by_test_id("visit-total")).to_have_text("€55.00")
    page.locator(".cal a[aria-label*='free'], .cal a[aria-label*='few']").nth(1).click()
    expect(page.locator("#times")).to_contain_text("90 minutes")
    page.locator("#times").get_by_test_id("slot").first.click()

    page.wait_for_url("**/cart/")
    expect(page.get_by_test_id("visit-line")).to_contain_text("Nail trim")
    expect(page.get_by_test_id("visit-line")).to_contain_text("€55.00")
    page.goto("/checkout/")
    fill_in(page)
    press_pay(page)
    expect(page.get_by_role("heading", name="Pay €55.00")).to_be_visible()
    expect(page.get_by_text("Bath and tidy, Medium dog + Nail trim + Tooth brushing")).to_be_visible()
    pay_with(page)

    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    visit = page.get_by_test_id("visit")
    expect(visit).to_contain_text("Nail trim, €8.00, 10 minutes")
    booking = Order.objects.get().bookings()[0]
    assert booking.ends_at - booking.starts_at == timedelta(minutes=90)
    expect(visit).to_contain_text(f"to {timezone.localtime(booking.ends_at):%H:%M}")


def test_changing_a_visit_keeps_its_extras_ticked(page, bath):
    AddOnFactory(offering=bath.offering, name="Nail trim")
    page.goto("/shop/bath-and-tidy/")
    tick(page, re.compile("Nail trim"))
    page.locator("#times").get_by_test_id("slot").first.click()
    page.wait_for_url("**/cart/")

    page.get_by_role("link", name=re.compile("^Change")).click()
    expect(page.get_by_role("checkbox", name=re.compile("Nail trim"))).to_be_checked()
    page.locator("#times").get_by_test_id("slot").last.click()

    page.wait_for_url("**/cart/")
    expect(page.get_by_test_id("visit-line")).to_have_count(1)
    expect(page.get_by_test_id("visit-line")).to_contain_text("Nail trim")


def test_an_extra_is_added_to_a_visit_without_giving_up_its_time(page, bath):
    AddOnFactory(offering=bath.offering, name="Nail trim")
    page.goto("/shop/bath-and-tidy/")
    page.locator("#times").get_by_test_id("slot").first.click()
    page.wait_for_url("**/cart/")
    before = Booking.objects.get()

    page.get_by_role("link", name=re.compile("^Change")).click()
    tick(page, re.compile("Nail trim"))
    page.locator("#times").get_by_role("button", name=f"{timezone.localtime(before.starts_at):%H:%M}").click()

    page.wait_for_url("**/cart/")
    expect(page.get_by_test_id("visit-line")).to_have_count(1)
    expect(page.get_by_test_id("visit-line")).to_contain_text("€43.00")
    after = Booking.objects.get(status=BookingStatus.HELD)
    assert (after.starts_at, after.ends_at) == (before.starts_at, before.ends_at + timedelta(minutes=10))


def hold_back(page):
    """Answers of the picker are on their way until what this returns is called."""
    picker, answers = "**/shop/bath-and-tidy/?*", []
    page.route(picker, lambda route: answers.append(route))

    def let_go():
        while not answers:
            page.wait_for_timeout(20)
        page.unroute(picker)  # which sends on what was held back

    return let_go


def test_a_time_cannot_be_pressed_while_the_extras_change_what_it_means(new_browser, bath):
    """On a slow network the old times would be held without what was just ticked."""
    AddOnFactory(offering=bath.offering, name="Nail trim")
    page = new_browser()
    page.goto("/shop/bath-and-tidy/")
    let_go = hold_back(page)

    page.get_by_role("checkbox", name=re.compile("Nail trim")).check()
    expect(page.get_by_test_id("slot").first).to_be_disabled()
    let_go()

    expect(page.get_by_test_id("visit-total")).to_have_text("€43.00")
    expect(page.get_by_test_id("slot").first).to_be_enabled()


def test_a_time_cannot_be_pressed_while_another_day_is_on_its_way(new_browser, bath):
    """The address that comes with the day would stop the browser on its way to the basket, with the old time held."""
    page = new_browser()
    page.goto("/shop/bath-and-tidy/")
    let_go = hold_back(page)

    page.locator(".cal a[aria-label*='free']").nth(1).click()
    expect(page.get_by_test_id("slot").first).to_be_disabled()
    let_go()

    expect(page.get_by_test_id("slot").first).to_be_enabled()
    assert "day=" in page.url
