"""What an editor does with promotions in the Django admin, and what baskets then cost."""

from decimal import Decimal

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from checkout.basket import look_into
from checkout.models import Gives, Promotion
from checkout.operations import use_code
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import CartFactory, PromotionFactory

pytestmark = pytest.mark.django_db

NEW = reverse("admin:checkout_promotion_add")
LIST = reverse("admin:checkout_promotion_changelist")


@pytest.fixture(autouse=True)
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


def filled_in(client, *items, **typed):
    form = form_on(client.get(NEW)) | {name: [str(value)] for name, value in typed.items()}
    for number, item in enumerate(items):
        form |= {f"items-{number}-{name}": [str(value)] for name, value in ({"is_reduced": "on"} | item).items()}
        form |= {f"items-{number}-{name}": form.get(f"items-{number}-{name}", [""]) for name in ("id", "promotion")}
    form["items-TOTAL_FORMS"] = [str(len(items))]
    return form


def test_a_bundle_is_made_and_counts_at_once(client, cart, bath, shampoo):
    form = filled_in(
        client,
        {"offering": bath.offering_id},
        {"category": shampoo.offering.category_id},
        name="Bath and shampoo",
        value="15",
        is_bundle="on",
    )

    assert client.post(NEW, form).status_code == 302

    assert look_into(cart).quote.discount == Decimal("5.93")
    assertContains(client.get(LIST), "15 %")


@pytest.mark.parametrize("code", ["welcome10", "Welcome-10", " WELCOME 10 "])
def test_a_code_is_kept_as_it_is_printed(client, cart, code):
    assert client.post(NEW, filled_in(client, name="Welcome", code=code, value="10")).status_code == 302

    assert Promotion.objects.get().code == "WELCOME10"
    use_code(cart, "welcome10")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"code": "WELC0ME10"}, "Another promotion has this code, or one that reads like it."),
        ({"code": "ABC"}, "A code is 4 to 20 letters and digits, without a space."),
        ({"code": "ÄÖÜ10"}, "A code is 4 to 20 letters and digits, without a space."),
        ({"value": ""}, "Say how much: percent up to 100, or an amount."),
        ({"value": "101"}, "Say how much: percent up to 100, or an amount."),
        ({"gives": Gives.DELIVERY}, "For free delivery leave it empty."),
        ({"gives": Gives.AMOUNT, "value": "-1"}, "A price cannot be below zero."),
        ({"minimum": "-1"}, "A price cannot be below zero."),
        ({"first_day": "2027-02-02", "last_day": "2027-02-01"}, "It cannot end before it begins."),
        ({"uses_per_customer": "1"}, "Orders are counted for each customer only where a code is typed."),
        ({"is_bundle": "on"}, "Name what must be together: two things or more."),
    ],
)
def test_what_makes_no_sense_is_said_and_what_was_typed_is_kept(client, typed, words):
    PromotionFactory(code="WELCOME10")

    page = client.post(NEW, filled_in(client, **{"name": "Spring", "value": "10"} | typed))

    assertContains(page, words)
    assertContains(page, 'value="Spring"')
    assert Promotion.objects.count() == 1


def test_an_item_is_one_thing(client, bath):
    twice = {"offering": bath.offering_id, "kind": "product"}

    page = client.post(NEW, filled_in(client, twice, name="Spring", value="10"))

    assertContains(page, "one of them in each row")


def test_no_fewer_uses_are_allowed_than_there_were(client, cart):
    promotion = PromotionFactory(code="WELCOME10", used=2)
    address = reverse("admin:checkout_promotion_change", args=[promotion.pk])
    form = form_on(client.get(address))

    assertContains(client.post(address, form | {"uses_at_most": ["1"]}), "It has been used more often already.")
    assert client.post(address, form | {"uses_at_most": ["3"], "used": ["0"]}).status_code == 302

    promotion.refresh_from_db()
    assert (promotion.uses_at_most, promotion.used) == (3, 2)


def test_one_that_orders_have_is_not_taken_away(client, editor, cart):
    editor.is_superuser = True
    editor.save()
    promotion = PromotionFactory()
    promotion.uses.create(order=CartFactory().orders.create(**PLACED), customer="ada@example.com", amount=1)

    page = client.post(reverse("admin:checkout_promotion_delete", args=[promotion.pk]), {"post": "yes"})

    assertContains(page, "protected")
    assert Promotion.objects.exists()


PLACED = {
    "email": "ada@example.com",
    "name": "Ada",
    "currency": "EUR",
    "subtotal": 0,
    "total": 0,
    "held_until": "2027-01-01T00:00Z",
}
