"""Names that are written from right to left, or that try to turn everything round, leave our words where they are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.operations import hold_booking
from catalog.models import PetSize, Species
from checkout.operations import PetDetails
from tests.browser.conftest import PASSWORD
from tests.browser.shopping import sign_in
from tests.browser.test_long_words import sideways
from tests.checkout.conftest import place
from tests.factories import CartFactory

TOWER = "Z" + "\u0301\u0316" * 29
NAMES = {
    "hebrew": "ביסקוויט 7",
    "turned round": "\u202eSiv",
    "tower": TOWER,
    "emoji": "👩‍👩‍👧‍👦🐕‍🦺" * 5,
    "unseen": "Bis\u200b\u200dcuit\ufeff",
}

# Where the text of each place begins, from the left: the first that has all of these words, told apart by its parts.
PLACES = """([selector, words]) => {
  const found = [...document.querySelectorAll(selector)].find((one) => words.every((word) => one.textContent.includes(word)));
  const walker = document.createTreeWalker(found, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return words.map((word) => {
    const node = nodes.find((one) => one.textContent.includes(word));
    const range = document.createRange();
    range.setStart(node, node.textContent.indexOf(word));
    range.setEnd(node, node.textContent.indexOf(word) + word.length);
    return range.getBoundingClientRect().left;
  });
}"""


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_i12_our_words_stay_in_their_order_and_the_page_in_its_width(new_browser, bath, desk, name):
    """The names are as an older shop may have stored them, before its forms left out what turns text round."""
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    cart = CartFactory(holding=[hold_booking(bath, starts_at=noon)])
    pet = PetDetails(name=name[:60], species=Species.DOG, size=PetSize.MEDIUM, notes=name)
    order = place(cart, name=name, pets={cart.lines.get().pk: pet})
    page = new_browser(width=1280)
    sign_in(page, "desk", PASSWORD)

    for address in (order.get_absolute_url(), "/backoffice/orders/", f"/backoffice/orders/{order.number}/"):
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            assert sideways(page) == 0, (address, width)
        if address.startswith("/orders/"):
            service, pet = page.evaluate(PLACES, ["h2", ["Bath", "for "]])
            assert service < pet
    said, day, clock = page.evaluate(PLACES, ["p.muted", ["Placed by", "day ", ":"]])
    assert said < day < clock
