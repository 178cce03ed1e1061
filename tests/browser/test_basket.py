"""What the basket says and does while somebody looks at it."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking
from checkout.models import CartLine
from tests.browser.shopping import add_to_basket, book_first_time


def hold_bath(page, *, ends_in: timedelta):
    page.goto("/shop/bath-and-tidy/")
    book_first_time(page)
    page.wait_for_url("**/cart/")
    Booking.objects.update(held_until=timezone.now() + ends_in)
    page.goto("/cart/")


def test_a_hold_of_two_minutes_no_longer_says_to_take_your_time(page, bath):
    hold_bath(page, ends_in=timedelta(minutes=1, seconds=50))

    expect(page.get_by_text("Less than two minutes left.")).to_be_visible()
    expect(page.get_by_text("Take your time.")).to_be_hidden()
    expect(page.get_by_role("button", name="Need longer?")).to_be_visible()


def test_a_hold_that_runs_out_under_ones_eyes_says_so(new_browser, bath):
    page = new_browser()
    hold_bath(page, ends_in=timedelta(seconds=1))

    expect(page.get_by_text("It has run out.")).to_be_visible()

    page.get_by_role("button", name="Need longer?").click()
    expect(page.get_by_test_id("error-summary")).to_be_visible()
    assert page.locator(".error-summary a").count() == 0  # there is no field to go to
    expect(page.get_by_test_id("lost-visit").get_by_test_id("slot")).to_have_count(3)


def test_nought_and_enter_take_a_product_out_once(page, shampoo):
    add_to_basket(page, "Oat shampoo")
    page.goto("/cart/")
    field = page.get_by_role("spinbutton")
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    field.fill("0")
    field.press("Enter")

    expect(page.get_by_text("is out of your basket")).to_be_visible()
    expect(page.get_by_test_id("error-summary")).to_have_count(0)
    assert len(posts) == 1
    assert not CartLine.objects.exists()


def test_a_large_number_stays_inside_the_basket_on_a_phone(page, shampoo):
    shampoo.price = 1234
    shampoo.save(update_fields=["price"])
    add_to_basket(page, "Oat shampoo")
    page.goto("/cart/")

    line = page.get_by_test_id("product-line").bounding_box()
    for part in page.get_by_test_id("product-line").locator("input[type=number], .price, button").all():
        if box := part.bounding_box():
            assert box["x"] + box["width"] <= line["x"] + line["width"]
