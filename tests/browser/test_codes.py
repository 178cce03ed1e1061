"""A code off a flyer: mistyped, put right, and taken out again."""

from playwright.sync_api import expect

from tests.browser.shopping import add_to_basket
from tests.factories import PromotionFactory


def test_a_code_is_typed_put_right_and_taken_out_again(page, shampoo):
    PromotionFactory(name="Welcome", code="WELCOME10", value=10)
    add_to_basket(page, "Oat shampoo")
    page.goto("/cart/")
    total = page.get_by_test_id("total")
    expect(total).to_have_text("€4.50")

    page.get_by_text("I have a code").click()
    page.get_by_label("Code", exact=True).fill("WELCOM")
    page.get_by_label("Code", exact=True).press("Enter")
    expect(page.get_by_test_id("error-summary")).to_contain_text("We do not know this code.")
    expect(page.get_by_label("Code", exact=True)).to_have_value("WELCOM")

    page.get_by_label("Code", exact=True).fill("welcome10")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("“WELCOME10” takes €0.45 off.")).to_be_visible()
    expect(page.get_by_test_id("product-line")).to_contain_text("Welcome: −€0.45")
    expect(total).to_have_text("€4.05")

    page.get_by_test_id("code").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The code is out of your basket.")).to_be_visible()
    expect(total).to_have_text("€4.50")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
