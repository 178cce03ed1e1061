"""Choosing a time with nothing but the keyboard, with and without script; each of the four shapes, by what is heard."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking
from tests import kinds

MOST_STOPS = 200  # of the Tab key, before somebody gives up


@pytest.fixture(autouse=True)
def a_database(transactional_db):
    pass


def tab_to(page: Page, target):
    """Go there with the Tab key."""
    target = target.first
    for _ in range(MOST_STOPS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {target}")


def press(page: Page, target, key="Enter"):
    tab_to(page, target)
    page.keyboard.press(key)


def choose_day(page: Page, day):
    press(page, page.get_by_role("link", name=re.compile(rf"^{day.day} {day:%B}, (free|few)")))


def slots(page: Page, *heard):
    """The buttons that hold a time, by what is heard: service, day and time, in any order."""
    ahead = "".join(f"(?=.*{re.escape(part)})" for part in heard)
    return page.locator("#times").get_by_role("button", name=re.compile(f"^{ahead}"))


def update(page: Page):
    """Without script the choices are sent by a button; with it they have been sent already."""
    button = page.get_by_role("button", name="Update times and price")
    if button.count():
        press(page, button)


def a_day():
    """A day of next month: both the day after it and that after it are in the same month."""
    return (timezone.localdate().replace(day=1) + timedelta(days=32)).replace(day=12)


def written(day):
    return f"{day.day} {day:%B}"


def open_at(page: Page, variant, day, **more):
    query = "&".join(f"{name}={value}" for name, value in {"variant": variant.pk, "day": day, **more}.items())
    page.goto(f"{variant.offering.get_absolute_url()}?{query}")


def test_an_appointment(page):
    bath, day = kinds.bath_in_a_tub(), a_day()
    open_at(page, bath, day + timedelta(days=1))

    choose_day(page, day)
    press(page, slots(page, "Bath in a tub", written(day), "10:00"))

    page.wait_for_url("**/cart/")
    assert Booking.objects.get(part_of=None).starts_at == kinds.on(day, "10:00")


def test_a_stay_of_two_nights(page):
    kennel, day = kinds.boarding(), a_day()
    open_at(page, kennel, day)

    press(page, page.get_by_label("Nights"), "ArrowDown")
    update(page)
    expect(page.get_by_text("Keep 2 nights")).to_be_visible()
    choose_day(page, day)
    press(page, slots(page, "Boarding", written(day), "15:00", written(day + timedelta(days=2)), "11:00"), "Space")

    page.wait_for_url("**/cart/")
    booking = Booking.objects.get()
    assert (booking.arrives_on, booking.nights) == (day, 2)


def test_two_days_of_daycare_at_once(page):
    daycare, day = kinds.daycare(), a_day()
    days = [day, day + timedelta(days=1)]
    open_at(page, daycare, day)
    expect(slots(page, "Daycare", written(day), "08:00")).to_be_visible()

    press(page, page.locator("#several-days > summary"))
    for each in days:
        press(page, page.get_by_role("checkbox", name=re.compile(rf"\b{written(each)}\b")), "Space")
    press(page, page.get_by_role("button", name="Keep these days"))

    page.wait_for_url("**/cart/")
    assert {timezone.localtime(booking.starts_at).date() for booking in Booking.objects.all()} == set(days)


def test_a_whole_course(page):
    single, course = kinds.puppy_school()
    first = timezone.localtime(single.offering.class_dates.order_by("starts_at").first().starts_at).date()
    open_at(page, single, first)
    expect(slots(page, "Puppy school", written(first), "18:00")).to_be_visible()

    press(page, page.get_by_role("radio", name=re.compile("^Single date")), "ArrowDown")
    update(page)
    expect(page.get_by_text("Keep the course from")).to_be_visible()
    choose_day(page, first)
    press(page, slots(page, "Puppy school", written(first), "18:00"))

    page.wait_for_url("**/cart/")
    main = Booking.objects.get(part_of=None)
    assert (main.variant, main.parts.count()) == (course, 2)


def test_t08_a_browser_in_tokyo_sees_the_shops_own_time(new_browser):
    bath, day = kinds.bath_in_a_tub(), a_day()
    page = new_browser(zone="Asia/Tokyo")
    open_at(page, bath, day)
    expect(page.get_by_text("all times are the shop’s own")).to_be_visible()

    slots(page, "Bath in a tub", written(day), "10:00").click()

    page.wait_for_url("**/cart/")
    expect(page.get_by_test_id("visit-line")).to_contain_text("10:00")
    assert Booking.objects.get(part_of=None).starts_at == kinds.on(day, "10:00")
