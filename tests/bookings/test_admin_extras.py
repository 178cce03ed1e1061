"""The extras of a service in the Django admin: added, refused, taken off sale."""

from decimal import Decimal

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from catalog.models import AddOn
from checkout.models import CartLineAddOn
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import AddOnFactory, BookingFactory, CartFactory, OrderLineAddOnFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def variant():
    return ServiceVariantFactory()


def service_page(service):
    return reverse("admin:catalog_service_change", args=[service.pk])


def type_extra(form, number=0, **values):
    """Type an extra into a row of the service's page."""
    form["add_ons-TOTAL_FORMS"] = [str(number + 1)]
    typed = {"name": "Nail trim", "duration": "10", "price": "8", "position": "0", "is_active": "on"} | values
    form |= {f"add_ons-{number}-{name}": [value] for name, value in typed.items()}


def test_an_extra_is_added_to_a_service_with_its_price_and_its_minutes(client, editor, variant):
    form = form_on(client.get(service_page(variant.offering)))

    type_extra(form)
    response = client.post(service_page(variant.offering), form)

    assert response.status_code == 302
    extra = variant.offering.add_ons.get()
    assert (extra.name, extra.price, extra.minutes, extra.is_active) == ("Nail trim", Decimal("8.00"), 10, True)
    assert form_on(client.get(service_page(variant.offering)))["add_ons-0-duration"] == ["10"]


@pytest.mark.parametrize(
    "wrong", [{"price": "-1"}, {"duration": "-5"}, {"duration": ""}, {"price": "1000000"}, {"name": ""}]
)
def test_an_extra_that_cannot_be_is_refused_on_its_row(client, editor, variant, wrong):
    form = form_on(client.get(service_page(variant.offering)))

    type_extra(form, **wrong)
    response = client.post(service_page(variant.offering), form)

    assertContains(response, "errorlist")
    assert not AddOn.objects.exists()


def test_two_extras_of_one_name_are_refused(client, editor, variant):
    AddOnFactory(offering=variant.offering, name="Nail trim")
    form = form_on(client.get(service_page(variant.offering)))

    type_extra(form, 1, name="Nail trim")
    response = client.post(service_page(variant.offering), form)

    assert response.status_code == 200
    assert AddOn.objects.count() == 1


def test_an_extra_that_was_sold_is_not_deleted_but_taken_off_sale(client, editor, variant):
    extra = AddOnFactory(offering=variant.offering)
    OrderLineAddOnFactory(add_on=extra, line__variant=variant, line__order__subtotal=variant.price)
    form = form_on(client.get(service_page(variant.offering)))

    form["add_ons-0-DELETE"] = ["on"]
    refused = client.post(service_page(variant.offering), form)
    assertContains(refused, "sold extra Nail trim")
    assert AddOn.objects.exists()
    del form["add_ons-0-DELETE"], form["add_ons-0-is_active"]
    client.post(service_page(variant.offering), form)

    assert not AddOn.objects.get().is_active


def test_an_extra_that_is_in_a_basket_is_not_deleted_but_taken_off_sale(client, editor, variant):
    extra = AddOnFactory(offering=variant.offering)
    [line] = CartFactory(holding=[BookingFactory(variant=variant)]).lines.all()
    CartLineAddOn.objects.create(line=line, add_on=extra, duration=extra.duration)
    form = form_on(client.get(service_page(variant.offering)))

    form["add_ons-0-DELETE"] = ["on"]
    response = client.post(service_page(variant.offering), form)

    assertContains(response, "Untick “For sale” instead")
    assert AddOn.objects.exists()


def test_an_extra_that_was_never_chosen_can_be_deleted(client, editor, variant):
    AddOnFactory(offering=variant.offering)
    form = form_on(client.get(service_page(variant.offering)))

    form["add_ons-0-DELETE"] = ["on"]
    client.post(service_page(variant.offering), form)

    assert not AddOn.objects.exists()
