"""The list is remembered, and never once it is old."""

from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django.asserts import assertContains

from bookings.models import Resource, ServiceRules
from catalog.models import Category, Change, Offering, Picture, StockReason, Variant
from catalog.operations import move_stock, take_stock
from tests.factories import ProductFactory, QuestionFactory, VariantFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db


def shown(client):
    page = client.get("/shop/?kind=product&category=food").context
    return page["page"].paginator.count, [group.options for group in page["groups"]], page["cards"]


def test_a_list_that_was_shown_asks_for_the_version_and_the_basket_alone(client, small_shop, django_assert_num_queries):
    client.get("/shop/?q=bath&kind=product")

    with django_assert_num_queries(2):
        client.get("/shop/?q=bath&kind=product")


@pytest.mark.parametrize(
    "change",
    [
        lambda: ProductFactory(category=Category.objects.get(slug="food")),
        lambda: Offering.objects.filter(slug="kibble").update(is_published=False),
        lambda: Offering.objects.filter(slug="kibble").update(name="Harry's kibble"),
        lambda: Category.objects.filter(slug="food").update(name="Food and more"),
        lambda: Variant.objects.filter(name="2 kg bag").update(price=1),
        lambda: Variant.objects.filter(name="2 kg bag").update(is_active=False),
        lambda: Variant.objects.filter(offering__slug="kibble").update(stock=0),
        lambda: Picture.objects.bulk_create(
            [Picture(offering=Offering.objects.get(slug="kibble"), file="offerings/kibble.webp", width=8, height=8)]
        ),
        lambda: Offering.objects.filter(slug="oat-shampoo").update(category=Category.objects.get(slug="food")),
    ],
)
def test_what_changes_is_seen_at_once(client, small_shop, change):
    before = shown(client)

    change()

    assert shown(client) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda: Resource.objects.update(is_active=False),
        lambda: Resource.objects.get().services.clear(),
    ],
)
def test_who_does_what_is_seen_at_once(client, small_shop, change):
    assert len(client.get("/shop/?kind=service&available=1").context["cards"]) == 1

    change()

    assert client.get("/shop/?kind=service&available=1").context["cards"] == []


def test_a_sale_changes_no_list_until_it_is_the_last(small_shop):
    variant = Variant.objects.get(name="2 kg bag")
    before = Change.objects.version()

    take_stock(variant, 2, reference="line:1", actor="test")
    assert Change.objects.version() == before

    take_stock(variant, 1, reference="line:2", actor="test")
    sold_out = Change.objects.version()
    assert sold_out != before

    move_stock(variant, 5, reason=StockReason.RECEIVED, actor="test")
    assert Change.objects.version() not in (before, sold_out)


def test_a_page_that_was_shown_says_what_is_left_now(client, small_shop):
    assertContains(client.get("/shop/kibble/"), "Only 3 left")

    take_stock(Variant.objects.get(name="2 kg bag"), 1, reference="line:1", actor="test")

    assertContains(client.get("/shop/kibble/"), "Only 2 left")


def test_a_page_that_was_shown_says_the_terms_and_the_answers_of_now(client, small_shop):
    assertContains(client.get("/shop/bath/"), "Free to cancel until 24 hours before")

    ServiceRules.objects.update(free_cancellation=timedelta(hours=36))
    QuestionFactory(offering=Offering.objects.get(slug="bath"), question="Will he be dry?")

    page = client.get("/shop/bath/")
    assertContains(page, "Free to cancel until 36 hours before")
    assertContains(page, "Will he be dry?")


def test_what_leaves_the_shop_has_no_page_although_it_was_shown(client, small_shop):
    client.get("/shop/kibble/")

    Offering.objects.filter(slug="kibble").update(is_published=False)

    assert client.get("/shop/kibble/").status_code == 404


def test_a_change_that_is_taken_back_was_none(small_shop):
    before = Change.objects.version()

    with transaction.atomic():
        Category.objects.filter(slug="food").update(name="Nothing")
        assert Change.objects.version() != before
        transaction.set_rollback(True)

    assert Change.objects.version() == before


@pytest.mark.django_db(transaction=True)
def test_two_who_sell_the_last_of_something_do_not_wait_for_each_other():
    bed, bowl = VariantFactory(stock=1), VariantFactory(stock=1)
    before = Change.objects.version()
    seen = []

    with transaction.atomic():
        take_stock(bed, 1, reference="line:1", actor="test")
        rival = Rival(lambda: take_stock(bowl, 1, reference="line:2", actor="test"))
        rival.wait_until_awaited = lambda: None
        with rival:
            pass
        seen.append(Change.objects.version())

    assert not rival.is_alive()
    assert len({before, *seen, Change.objects.version()}) == 2


def test_changes_are_not_kept_for_ever():
    for number in range(450):
        Category.objects.create(name=f"Shelf {number}", slug=f"shelf-{number}")

    assert Change.objects.count() <= 300
