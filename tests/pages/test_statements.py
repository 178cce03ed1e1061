"""How often each page asks the database: the same in a small shop and in one that has grown, and nothing twice."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Kind, Offering, Picture
from tests.checkout.customer import carrying
from tests.factories import (
    BookingFactory,
    CartFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
    ProductFactory,
    QuestionFactory,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    VariantFactory,
)
from tests.statements import asked_for, repeated, shape

pytestmark = pytest.mark.django_db


def grow():
    """Twenty more products and services, with choices, pictures, questions and visits, and people who do them."""
    bath, shampoo = Offering.objects.get(slug="bath"), Offering.objects.get(slug="oat-shampoo")
    for number in range(20):
        product = ProductFactory(category=shampoo.category)
        for size in ("small", "large"):
            VariantFactory(offering=product, name=size)
        service = ServiceFactory(category=bath.category)
        ServiceVariantFactory(offering=service)
        for offering in (product, service, bath, shampoo):
            Picture.objects.create(offering=offering, file=f"offerings/{number}.jpg", width=800, height=600)
            QuestionFactory(offering=offering)
        groomer = ResourceFactory(services=[bath, service], art="team/maya.svg")
        BookingFactory(resource=groomer, variant=bath.variants.first(), confirmed=True)


def basket_of(products: int, visits: int):
    variants = [VariantFactory() for _ in range(products)]
    return CartFactory(holding=[*variants, *(BookingFactory() for _ in range(visits))])


def order_of(products: int, visits: int):
    """Paid, with everything booked."""
    variants = VariantFactory.create_batch(products)
    bookings = BookingFactory.create_batch(visits, confirmed=True)
    order = OrderFactory(
        status="paid", subtotal=sum(thing.price for thing in [*variants, *(b.variant for b in bookings)])
    )
    for variant in variants:
        OrderLineFactory(order=order, variant=variant)
    for booking in bookings:
        OrderLineFactory(
            order=order,
            variant=booking.variant,
            kind=Kind.APPOINTMENT,
            parcel="",
            booking=booking,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
        )
    PaymentFactory(order=order, status="succeeded")
    return order


@pytest.mark.parametrize(
    ("page", "small", "grown"),
    [
        ("/", (10, 6), (10, 6)),
        ("/shop/oat-shampoo/", (8, 4), (8, 4)),
        ("/shop/bath/", (15, 11), (15, 11)),  # one of them for the pets of this browser
        ("/help/", (3, 3), (3, 3)),
        ("/contact/", (4, 4), (4, 4)),
    ],
)
def test_a_page_asks_as_often_in_a_shop_that_has_grown(client, small_shop, page, small, grown):
    """The first time after something changed in the catalog, and then."""
    carrying(client, basket_of(products=1, visits=1))
    asked = [asked_for(client, page), asked_for(client, page)]
    grow()

    asked += [asked_for(client, page), asked_for(client, page)]

    assert [each.total() for each in asked] == [*small, *grown], "\n".join(asked[-1])
    assert [repeated(each) for each in asked] == [[]] * 4


@pytest.mark.parametrize("page", ["/", "/shop/oat-shampoo/", "/shop/bath/"])
def test_what_is_remembered_is_shown_as_it_is_now(client, small_shop, page):
    assertContains(client.get(page), "Harvey kibble")

    Offering.objects.filter(slug="kibble").update(name="Nora kibble")

    assertContains(client.get(page), "Nora kibble")
    assertNotContains(client.get(page), "Harvey kibble")


def test_another_month_of_the_picker_asks_no_more(client, small_shop):
    client.get("/shop/bath/")

    month = asked_for(client, "/shop/bath/?month=2000-01")

    assert month.total() == 11
    assert repeated(month) == []


@pytest.mark.parametrize(("products", "visits"), [(1, 1), (3, 2)])
def test_a_basket_asks_as_often_whatever_is_in_it(client, products, visits):
    carrying(client, basket_of(products, visits))

    asked = asked_for(client, "/cart/")

    assert asked.total() == 4, "\n".join(asked)
    assert repeated(asked) == []


@pytest.mark.parametrize(("products", "visits"), [(1, 1), (3, 2)])
def test_an_orders_page_asks_as_often_whatever_is_in_it(client, products, visits):
    carrying(client, basket_of(products=1, visits=0))

    asked = asked_for(client, order_of(products, visits).get_absolute_url())

    assert asked.total() == 6, "\n".join(asked)
    assert repeated(asked) == []


def test_the_same_question_with_another_value_counts_as_repeated(client, small_shop):
    with CaptureQueriesContext(connection) as queries:
        for offering in Offering.objects.only("pk"):
            list(offering.variants.all())

    assert len({shape(query["sql"]) for query in queries}) == 2
