"""What a person does in the shop, by the words on its pages. Journeys are made of these steps."""

import re

from playwright.sync_api import Page, expect

VISA = "Visa 4242, pays"


def choose_a_time(page: Page, *, day: int = 0):
    """Take the first time of a day that has some. Returns what its button says."""
    page.get_by_role("link", name="Bath and tidy").first.click()
    book_first_time(page, day=day)


def book_first_time(page: Page, *, day: int = 1):
    page.locator(".cal a[aria-label*='free'], .cal a[aria-label*='few']").nth(day).click()
    page.locator("#times").get_by_test_id("slot").first.click()


def add_to_basket(page: Page, name: str):
    page.goto("/shop/")
    page.get_by_role("button", name=f"Add {name} to basket").click()
    expect(page.get_by_role("link", name=re.compile("Basket, [1-9]"))).to_be_visible()


def fill_in(page: Page, *, email="ada@example.com", pets=("Biscuit",)):
    """Answer the checkout's questions."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("Phone").or_(page.get_by_label("Mobile")).fill("600 100 200")
    for number, name in enumerate(pets):
        page.locator("input[name^=pet-][name$=-name]").nth(number).fill(name)


def press_pay(page: Page):
    page.get_by_test_id("pay").click()


def pay_with(page: Page, card: str = VISA, *, delivery: str | None = None):
    """On the payment page: choose when the shop is told, and press a test card."""
    if delivery:
        page.get_by_role("radio", name=delivery, exact=True).check()
    page.get_by_role("button", name=card).click()


def sign_in(page: Page, name: str, password: str):
    page.goto("/backoffice/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
