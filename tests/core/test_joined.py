"""A join that is written out reads the same as one that is built."""

import pytest

from bookings.models import Booking
from catalog.models import Offering, Variant
from checkout.models import OrderLine
from petshop.core.joined import Join
from tests.factories import BookingFactory, OrderFactory, OrderLineFactory, VariantFactory

pytestmark = pytest.mark.django_db

VARIANTS = Join(
    """
    FROM catalog_variant AS variant
    JOIN catalog_offering AS offering ON offering.id = variant.offering_id
    LEFT JOIN bookings_booking AS booking ON booking.variant_id = variant.id
    WHERE variant.price >= %s ORDER BY variant.id
    """,
    variant=Variant,
    offering=Offering,
    booking=Booking,
)


def facts(thing):
    """Every field of it, as it was read."""
    return [getattr(thing, field.attname) for field in thing._meta.concrete_fields]


def test_each_row_is_an_object_of_each_model_with_all_its_fields():
    booking = BookingFactory()
    built = Variant.objects.select_related("offering").get(pk=booking.variant_id)

    [[variant, offering, booked]] = VARIANTS.read(0)

    assert facts(variant) == facts(built)
    assert facts(offering) == facts(built.offering)
    assert facts(booked) == facts(Booking.objects.get())


def test_what_else_is_asked_for_comes_after_the_objects():
    VariantFactory(price=5)

    [[variant, twice, word]] = Join(
        "FROM catalog_variant AS variant WHERE price < %s", also=["price * 2", "'x'"], variant=Variant
    ).read(10)

    assert (variant, twice, word) == (Variant.objects.get(), 10, "x")


def test_what_an_outer_join_did_not_find_is_none():
    VariantFactory(price=5)
    dear = VariantFactory(price=50)

    [[variant, offering, booking]] = VARIANTS.read(20)

    assert (variant, offering, booking) == (dear, dear.offering, None)


def test_what_was_read_is_kept_when_it_is_saved():
    VariantFactory()
    [[variant, _offering, _booking]] = VARIANTS.read(0)

    variant.stock = 7
    variant.save(update_fields=["stock"])

    assert facts(Variant.objects.get()) == facts(variant)


def test_fields_that_python_reads_otherwise_than_the_database_are_read():
    rules = {"cancellation": [{"minutes": 60, "percent": 50}]}
    variant = VariantFactory()
    OrderLineFactory(order=OrderFactory(subtotal=variant.price), variant=variant, rules=rules)

    [[line]] = Join("FROM checkout_orderline AS line", line=OrderLine).read()

    assert line.rules == rules
    assert facts(line) == facts(OrderLine.objects.get())
