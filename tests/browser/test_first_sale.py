"""The first sale, as a customer and as staff: a bath and a shampoo in one basket, one payment, one truth for both sides."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, BookingStatus
from checkout.models import Order, OrderStatus
from tests.browser.conftest import PASSWORD
from tests.browser.shopping import (
    VISA,
    add_to_basket,
    book_first_time,
    fill_in,
    pay_with,
    press_pay,
    sign_in,
)


def fill_basket(page):
    """One search finds both; both go into the basket."""
    page.goto("/shop/")
    search = page.get_by_role("searchbox").locator("visible=true").first
    search.fill("bath shampoo")
    search.press("Enter")
    expect(page.get_by_role("link", name="Bath and tidy")).to_be_visible()
    page.get_by_role("button", name="Add Oat shampoo to basket").click()
    expect(
        page.get_by_role("link", name=re.compile("Basket, 1")).or_(page.get_by_text("Your basket"))
    ).not_to_have_count(0)
    page.goto("/shop/bath-and-tidy/")
    book_first_time(page)
    page.wait_for_url("**/cart/")


def go_to_pay(page, **answers):
    page.goto("/checkout/")
    fill_in(page, **answers)
    press_pay(page)
    page.wait_for_url("**/dev/stripe/pay/**")


def test_a_customer_buys_both_and_staff_see_it_paid_and_booked(
    page, new_browser, bath, shampoo, desk, mailoutbox, run_jobs
):
    fill_basket(page)
    expect(page.get_by_test_id("hold-clock")).to_be_visible()
    go_to_pay(page)
    expect(page.get_by_role("heading", name="Pay €39.50")).to_be_visible()
    pay_with(page)

    page.wait_for_url(re.compile("/orders/[^/]+/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Biscuit")
    order = Order.objects.get()
    expect(page.get_by_text(f"Order {order.number}: Paid").first).to_be_visible()
    expect(page.get_by_text("The vaccination card.")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    calendar = download.value.path().read_text()
    assert "BEGIN:VEVENT" in calendar
    assert "Biscuit" in calendar

    run_jobs()
    [mail] = mailoutbox
    assert mail.to == ["ada@example.com"]
    assert "Biscuit" in mail.subject
    assert [name for name, *_ in mail.attachments if name.endswith(".ics")]

    staff = new_browser(width=1280)
    sign_in(staff, "desk", PASSWORD)
    staff.goto("/backoffice/orders/")
    row = staff.get_by_role("row").filter(has_text=order.number)
    expect(row).to_contain_text("Confirmed")
    expect(row).to_contain_text("Paid")
    day = timezone.localtime(order.bookings()[0].starts_at).date()
    staff.goto(f"/backoffice/?day={day}")
    expect(staff.get_by_text("Biscuit").first).to_be_visible()


def test_a_declined_card_is_followed_by_one_that_pays(page, bath, shampoo):
    fill_basket(page)
    go_to_pay(page)

    pay_with(page, "Visa 0002, declined")
    expect(page.get_by_test_id("problem")).to_contain_text("declined")
    assert Order.objects.get().status == OrderStatus.PENDING
    pay_with(page)

    expect(page.get_by_text(": Paid").first).to_be_visible()


def test_the_bank_asks_and_is_answered(page, bath, shampoo):
    fill_basket(page)
    go_to_pay(page)

    pay_with(page, "Visa 3184, 3-D Secure")
    page.get_by_role("button", name=re.compile("Fail")).click()
    expect(page.get_by_test_id("problem")).to_be_visible()
    pay_with(page, "Visa 3184, 3-D Secure")
    page.get_by_role("button", name=re.compile("Approve")).click()

    expect(page.get_by_text(": Paid").first).to_be_visible()


def test_back_to_the_shop_and_continue_paying(page, bath, shampoo):
    fill_basket(page)
    go_to_pay(page)
    address = page.url

    page.get_by_test_id("cancel").click()
    page.get_by_test_id("continue-paying").click()
    page.wait_for_url(address)
    pay_with(page)

    expect(page.get_by_text(": Paid").first).to_be_visible()
    assert Order.objects.count() == 1


def test_back_to_the_shop_and_everything_back_into_the_basket(page, bath, shampoo):
    fill_basket(page)
    go_to_pay(page)

    page.get_by_test_id("cancel").click()
    page.get_by_role("button", name="Put everything back into the basket").click()

    page.wait_for_url("**/cart/")
    expect(page.get_by_text("Oat shampoo").first).to_be_visible()
    expect(page.get_by_test_id("hold-clock")).to_be_visible()
    assert Order.objects.get().status == OrderStatus.EXPIRED


def test_two_tabs_lose_nothing(page, bath, shampoo):
    other = page.context.new_page()
    page.goto("/shop/oat-shampoo/")
    other.goto("/shop/bath-and-tidy/")

    page.get_by_test_id("add-to-cart").click()
    book_first_time(other)
    other.wait_for_url("**/cart/")

    page.goto("/cart/")
    expect(page.get_by_text("Oat shampoo").first).to_be_visible()
    expect(page.get_by_test_id("visit-line")).to_have_count(1)


def test_two_tabs_pay_one_order(page, bath, shampoo):
    fill_basket(page)
    other = page.context.new_page()
    other.goto("/checkout/")
    fill_in(other)
    go_to_pay(page)

    press_pay(other)
    other.wait_for_url("**/dev/stripe/pay/**")

    assert other.url == page.url
    assert Order.objects.count() == 1


def test_an_expired_hold_takes_only_its_line_away_and_offers_three_times(page, bath, shampoo):
    fill_basket(page)
    lost = Booking.objects.get()
    Booking.objects.update(held_until=timezone.now() - timedelta(seconds=1))

    page.goto("/cart/")

    expect(page.get_by_text("Oat shampoo").first).to_be_visible()
    notice = page.get_by_test_id("lost-visit")
    expect(notice).to_contain_text("ran out")
    expect(notice.get_by_test_id("slot")).to_have_count(3)
    notice.get_by_test_id("slot").first.click()
    expect(page.get_by_test_id("hold-clock")).to_be_visible()
    lost.refresh_from_db()
    assert Booking.objects.filter(status=BookingStatus.HELD, held_until__gt=timezone.now()).count() == 1


def test_one_press_gives_ten_more_minutes(page, bath, shampoo):
    fill_basket(page)
    before = Booking.objects.get().held_until

    with page.expect_response("**/extension/"):
        page.get_by_role("button", name=re.compile("Need longer")).click()

    assert Booking.objects.get().held_until == before + timedelta(minutes=10)


def test_a_typo_in_the_e_mail_address_is_caught_and_one_press_fixes_it(page, bath, shampoo):
    fill_basket(page)
    page.goto("/checkout/")
    fill_in(page, email="ada@gmial.com")

    press_pay(page)
    expect(page.get_by_text("ada@gmail.com").first).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Ada Lovelace")
    page.get_by_role("button", name=re.compile("ada@gmail.com")).click()
    if "/dev/stripe/" not in page.url:
        press_pay(page)
    page.wait_for_url("**/dev/stripe/pay/**")

    assert Order.objects.get().email == "ada@gmail.com"


def test_an_address_that_looks_wrong_but_is_right_can_be_kept(page, bath, shampoo):
    fill_basket(page)
    page.goto("/checkout/")
    fill_in(page, email="ada@gmial.com")

    press_pay(page)
    page.get_by_role("button", name=re.compile("ada@gmial.com|Keep|keep")).first.click()
    if "/dev/stripe/" not in page.url:
        press_pay(page)
    page.wait_for_url("**/dev/stripe/pay/**")

    assert Order.objects.get().email == "ada@gmial.com"


def test_errors_come_first_and_nothing_typed_is_lost(page, bath, shampoo):
    fill_basket(page)
    page.goto("/checkout/")
    fill_in(page, email="ada.example.com")

    press_pay(page)

    expect(page.get_by_test_id("error-summary")).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("E-mail")).to_have_value("ada.example.com")
    expect(page.get_by_label("Full name")).to_have_value("Ada Lovelace")
    assert not Order.objects.exists()


def test_the_shop_is_told_twice_and_the_order_is_paid_once(page, bath, shampoo):
    fill_basket(page)
    go_to_pay(page)

    pay_with(page, VISA, delivery="Twice")

    expect(page.get_by_text(": Paid").first).to_be_visible()
    assert Order.objects.get().events.filter(kind="paid").count() == 1


def test_the_shop_is_never_told_and_the_way_back_alone_is_enough(page, bath, shampoo):
    fill_basket(page)
    go_to_pay(page)

    pay_with(page, VISA, delivery="Never")

    expect(page.get_by_text(": Paid").first).to_be_visible()


def test_adding_from_the_list_counts_in_the_basket(page, bath, shampoo):
    add_to_basket(page, "Oat shampoo")

    page.goto("/cart/")

    expect(page.get_by_text("Oat shampoo").first).to_be_visible()
