"""Whoever's money came too late chooses on the order's page, with and without script: another time, or the money."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Variant
from checkout.models import Order, OrderLine, Refund
from tests.browser.shopping import add_to_basket, book_first_time, fill_in, pay_with, press_pay


@pytest.fixture
def too_late(page, bath, shampoo):
    """Pay on a page that stayed open for too long, while somebody else took the time."""
    add_to_basket(page, "Oat shampoo")
    page.goto("/shop/bath-and-tidy/")
    book_first_time(page)
    page.wait_for_url("**/cart/")
    page.goto("/checkout/")
    fill_in(page)
    press_pay(page)
    hold = Booking.objects.get()
    Booking.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    hold_booking(Variant.objects.get(pk=bath.pk), starts_at=hold.starts_at, resource=hold.resource)
    pay_with(page)
    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_role("heading", name="Your payment is here. Your time is not.")).to_be_visible()
    return page


def test_p04_one_press_on_a_near_time_books_it(too_late):
    page = too_late
    expect(page.get_by_test_id("nearest")).to_have_count(3)

    page.get_by_test_id("nearest").nth(1).click()
    page.wait_for_url(re.compile("/orders/[^/]+/$"))

    expect(page.get_by_text("Another time chosen: ")).to_be_visible()
    visit = OrderLine.objects.visits().get().booking
    assert visit.status == BookingStatus.CONFIRMED
    expect(page.get_by_test_id("visit").get_by_text("Confirmed")).to_be_visible()


def test_p04_another_time_is_chosen_in_the_picker(too_late):
    page = too_late
    page.get_by_test_id("reschedule").click()
    expect(page.get_by_text("which was gone when your money came")).to_be_visible()

    page.locator(".cal a[aria-label*='free']").last.click()
    expect(page.locator(".cal a[aria-label*='free']").last).to_have_attribute("aria-current", "date")
    page.locator("#times").get_by_test_id("slot").first.click()
    page.wait_for_url(re.compile("/orders/[^/]+/$"))

    expect(page.get_by_text("Another time chosen: ")).to_be_visible()
    assert OrderLine.objects.visits().get().booking.status == BookingStatus.CONFIRMED


def test_p04_the_money_goes_back_with_one_press(too_late):
    page = too_late
    page.get_by_role("button", name="Send €35.00 back").click()
    page.wait_for_url(re.compile("/orders/[^/]+/$"))

    expect(page.get_by_test_id("visit").get_by_text("€35.00 is on its way back to you.")).to_be_visible()
    assert Refund.objects.get().amount == 35
    assert Order.objects.get().status == "paid"
