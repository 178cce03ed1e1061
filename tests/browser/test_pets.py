"""A customer with two pets, and staff who look at a vaccination, in a browser with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from bookings.models import Vaccination
from tests.browser.conftest import PASSWORD
from tests.browser.shopping import fill_in, pay_with, press_pay, sign_in
from tests.factories import ServiceVariantFactory
from tests.files import image


@pytest.fixture
def strict(bath):
    """The bath, which takes dogs of two sizes if they are vaccinated against rabies."""
    bath.offering.rules.vaccinations = ["rabies"]
    bath.offering.rules.save()
    ServiceVariantFactory(offering=bath.offering, name="Large dog", pet_size="large", price="50.00")
    return bath


def tell_of(page, name, weight):
    """On the page of a service: the short form, which leads back to the times for this pet."""
    if not page.get_by_label("Name", exact=True).is_visible():
        page.locator("#new-pet summary").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Weight in kg").fill(weight)
    page.get_by_role("button", name="Show what is for this pet").click()


def test_two_dogs_come_one_after_the_other_and_a_proof_is_sent_and_approved(page, new_browser, strict, desk):
    page.goto("/shop/bath-and-tidy/")
    tell_of(page, "Rex", "31,5")
    expect(page.get_by_test_id("visit-total")).to_have_text("€50.00")
    page.locator("#times").get_by_test_id("slot").first.click()
    page.wait_for_url("**/cart/")
    expect(page.get_by_test_id("for")).to_have_text("For Rex")

    page.goto("/shop/bath-and-tidy/")
    tell_of(page, "Luna", "12")
    expect(page.get_by_test_id("visit-total")).to_have_text("€35.00")
    page.get_by_role("group", name="Next to Rex’s visit").get_by_test_id("slot").first.click()
    page.wait_for_url("**/cart/")
    expect(page.get_by_test_id("for")).to_have_text(["For Rex", "For Luna"])

    page.goto("/checkout/")
    expect(page.get_by_role("heading", name="What should we know about Rex?")).to_be_visible()
    fill_in(page, pets=())
    press_pay(page)
    pay_with(page)
    page.wait_for_url("**/orders/**")
    expect(page.get_by_test_id("proof-due")).to_have_count(2)

    page.get_by_role("link", name="Send a photo or a PDF").first.click()
    page.get_by_label("Which vaccination").select_option(index=1)
    page.get_by_label("Valid until").fill("2028-05-01")
    page.get_by_label("Photo or PDF").set_input_files({"name": "card.jpg", "mimeType": "image/jpeg", "buffer": image()})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("We are looking at it")).to_be_visible()

    office = new_browser(width=1280)
    sign_in(office, desk.username, PASSWORD)
    office.get_by_role("link", name="1 vaccination to look at").click()
    with office.expect_download() as download:
        office.get_by_role("link", name="Get the file").click()
    assert download.value.suggested_filename == f"proof-{Vaccination.objects.get().pk}.webp"
    office.get_by_role("button", name="Approve").click()
    expect(office.get_by_text("Everything is looked at")).to_be_visible()

    page.reload()
    expect(page.get_by_test_id("asked").filter(has_text="Rex").get_by_text("Approved")).to_be_visible()


def test_a_dog_for_which_nothing_is_there_is_told_so(page, bath):
    page.goto("/shop/bath-and-tidy/")
    tell_of(page, "Tiny", "3")

    expect(page.get_by_text("Bath and tidy is not for Tiny.")).to_be_visible()
    expect(page.get_by_test_id("slot")).to_have_count(0)
