"""Somebody who knows shops and not Django furnishes one, from the first shelf to the first free time, and never leaves the admin."""

import re

import pytest
from playwright.sync_api import expect

from petshop.core.roles import CATALOG_EDITORS, ensure_roles
from tests.browser.conftest import PASSWORD
from tests.factories import UserFactory

DJANGO = re.compile(
    r"\b(object|inline|slug|offering|queryset|variant|superuser)s?\b|Django|Select .* to change", re.IGNORECASE
)


@pytest.fixture
def editor(transactional_db):
    user = UserFactory(username="ada", staff=True)
    user.set_password(PASSWORD)
    user.save()
    user.groups.set(group for group in ensure_roles() if group.name == CATALOG_EDITORS)
    return user


@pytest.fixture(params=[True, False], ids=["with-js", "without-js"])
def desktop(new_browser, editor, request):
    page = new_browser(javascript=request.param, width=1280)
    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def open_list(page, name):
    page.goto("/admin/")
    page.locator("#content").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    in_shop_words(page)


def add(page, name):
    page.locator(".object-tools").get_by_role("link", name=f"Add {name}").click()
    in_shop_words(page)


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist .success").first).to_contain_text("added successfully")
    in_shop_words(page)


def in_shop_words(page):
    """What is to be read on this page says nothing of how it was made."""
    assert DJANGO.findall(page.locator("#container").inner_text()) == []


def row(page, kind, number, **typed):
    for name, value in typed.items():
        field = page.locator(f"#id_{kind}-{number}-{name}")
        field.select_option(value) if name == "pet_size" else field.fill(value)


def test_a_shop_is_furnished_without_leaving_the_admin(desktop, new_browser):
    page = desktop
    for shelf in ("Toys", "Grooming"):
        open_list(page, "Categories")
        add(page, "category")
        page.get_by_label("Name:").fill(shelf)
        save(page)

    # A product with two choices, and what came with the van.
    open_list(page, "Products")
    add(page, "product")
    page.get_by_label("Name:").fill("Rope tug")
    page.get_by_label("Category:").select_option("Toys")
    page.get_by_label("Dogs").check()
    page.get_by_label("In one line:").fill("Two can pull.")
    row(page, "variants", 0, name="Small", price="6.50", sku="ROPE-S")
    row(page, "variants", 1, name="Large", price="9.50", sku="ROPE-L")
    page.get_by_label("In the shop").check()
    save(page)
    page.get_by_role("row", name="Rope tug").get_by_role("link", name="0", exact=True).click()
    page.get_by_label("change: Rope tug, Small").fill("12")
    page.get_by_label("change: Rope tug, Large").fill("7")
    page.get_by_role("button", name="Write down").click()
    expect(page.get_by_text("2 stock changes were written down.")).to_be_visible()
    in_shop_words(page)

    # Who works, and when.
    open_list(page, "Groomers and rooms")
    add(page, "groomer or room")
    page.get_by_label("Name:", exact=True).fill("Maya")
    save(page)
    open_list(page, "Opening hours")
    for number in range(7):
        day = page.locator(".week tbody tr").nth(number)
        expect(day).to_contain_text("closed")
        day.get_by_label("Opens").first.fill("09:00")
        day.get_by_label("Closes").first.fill("13:00")
        day.get_by_label("Opens").nth(1).fill("16:00")
        day.get_by_label("Closes").nth(1).fill("20:00")
    page.get_by_role("button", name="Save the week").click()
    expect(page.get_by_text("The opening hours are saved.")).to_be_visible()

    # A service with two choices, an extra, and somebody who does it. What is missing is said.
    open_list(page, "Services")
    add(page, "service")
    page.get_by_role("link", name="Appointment").click()
    in_shop_words(page)
    page.get_by_label("Name:").fill("Bath and tidy")
    page.get_by_label("Category:").select_option("Grooming")
    page.get_by_label("Dogs").check()
    row(page, "variants", 0, name="Small dog", duration="45", price="30", pet_size="small")
    row(page, "variants", 1, name="Large dog", duration="60", price="45", pet_size="large")
    row(page, "add_ons", 0, name="Nail trim", duration="15", price="8")
    page.get_by_label("In the shop").check()
    save(page)
    expect(page.get_by_text("not in the shop yet. It has no groomer or room that can do it.")).to_be_visible()
    page.get_by_role("link", name="Bath and tidy").last.click()
    page.get_by_role("group", name="Who can do it").get_by_label("Maya").check()
    page.get_by_label("In the shop").check()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist .warning")).to_have_count(0)

    # The same with a customer's eyes.
    customer = new_browser()
    customer.goto("/shop/rope-tug/")
    expect(customer.get_by_text("€9.50").first).to_be_visible()
    customer.goto("/shop/bath-and-tidy/")
    expect(customer.get_by_text("+€8.00").first).to_be_visible()
    customer.locator(".cal a[aria-label*='free'], .cal a[aria-label*='few']").nth(1).click()
    expect(customer.locator("#times").get_by_test_id("slot").first).to_be_visible()

    # And who did all this.
    page.goto("/admin/")
    page.get_by_role("link", name="All changes").click()
    expect(page.get_by_role("row", name="Bath and tidy").first).to_contain_text("ada")
    in_shop_words(page)
