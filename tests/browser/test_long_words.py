"""Names and notes of one long word stay inside the page, on a phone and on the staff's desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import AddOn, PetSize, Species
from checkout.cart import COOKIE
from checkout.operations import PetDetails, add_visit
from tests.browser.conftest import PASSWORD
from tests.browser.shopping import sign_in
from tests.checkout.conftest import place
from tests.factories import AddOnFactory, CartFactory


@pytest.fixture
def order(bath):
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    add_ons = [AddOnFactory(offering=bath.offering, name="X" * 80, price="900000.00")]
    cart = CartFactory()
    add_visit(cart, bath, starts_at=noon, add_ons=add_ons)
    pet = PetDetails(name="M" * 60, species=Species.DOG, size=PetSize.MEDIUM, notes="W" * 900)
    return place(cart, name="W" * 120, pets={cart.lines.get().pk: pet})


def sideways(page) -> int:
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [320, 1280])
def test_one_long_word_makes_no_page_wider(new_browser, order, desk, width):
    page = new_browser(width=width)
    page.goto(order.get_absolute_url())
    assert sideways(page) == 0
    page.goto("/shop/?q=" + "W" * 200)
    assert sideways(page) == 0
    page.goto(f"/shop/bath-and-tidy/?add_on={AddOn.objects.get().pk}")
    assert sideways(page) == 0
    page.context.add_cookies([{"name": COOKIE, "value": order.cart.token, "domain": "localhost", "path": "/"}])
    for address in ("/cart/", "/checkout/"):
        page.goto(address)
        assert page.get_by_text("X" * 80).count()
        assert sideways(page) == 0, address

    sign_in(page, "desk", PASSWORD)
    day = timezone.localtime(order.lines.get().starts_at).date()
    for address in (f"/backoffice/?day={day}", "/backoffice/orders/", f"/backoffice/orders/{order.number}/"):
        page.goto(address)
        assert sideways(page) == 0, address
