"""The price that a list shows and sorts by: the database keeps it, whoever writes."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from catalog.models import Offering, Variant
from tests.factories import ProductFactory, VariantFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db


def price_from(offering):
    return Offering.objects.values_list("price_from", flat=True).get(pk=offering.pk)


def test_it_is_the_lowest_price_of_what_is_for_sale():
    toy = ProductFactory()
    assert price_from(toy) is None

    VariantFactory(offering=toy, name="Large", price="9.00")
    small = VariantFactory(offering=toy, name="Small", price="4.00")
    assert price_from(toy) == Decimal("4.00")

    Variant.objects.filter(pk=small.pk).update(is_active=False)
    assert price_from(toy) == Decimal("9.00")


def test_it_follows_a_choice_that_moves_or_goes():
    toy, other = ProductFactory(), ProductFactory()
    small = VariantFactory(offering=toy, price="4.00", stock=0)

    Variant.objects.filter(pk=small.pk).update(offering=other)
    assert (price_from(toy), price_from(other)) == (None, Decimal("4.00"))

    small.delete()
    assert price_from(other) is None


def test_an_offering_that_is_saved_as_it_was_read_does_not_bring_an_old_price_back():
    toy = ProductFactory()
    variant = VariantFactory(offering=toy, price="4.00")
    read = Offering.objects.get(pk=toy.pk)
    Variant.objects.filter(pk=variant.pk).update(price="5.00")

    read.name = "Toy"
    read.save()

    assert price_from(toy) == Decimal("5.00")


def test_a_sale_does_not_touch_the_offering():
    variant = VariantFactory(price="4.00")
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin FROM catalog_offering WHERE id = %s", [variant.offering_id])
        before = cursor.fetchone()
        with transaction.atomic():
            Variant.objects.filter(pk=variant.pk).update(stock=3)
        cursor.execute("SELECT xmin FROM catalog_offering WHERE id = %s", [variant.offering_id])
        assert cursor.fetchone() == before


@pytest.mark.django_db(transaction=True)
def test_two_choices_that_change_at_once_both_count():
    toy = ProductFactory()
    small = VariantFactory(offering=toy, name="Small", price="4.00")
    large = VariantFactory(offering=toy, name="Large", price="9.00")

    with Rival(lambda: Variant.objects.filter(pk=small.pk).update(price="20.00")):
        Variant.objects.filter(pk=large.pk).update(price="10.00")

    assert price_from(toy) == Decimal("10.00")
