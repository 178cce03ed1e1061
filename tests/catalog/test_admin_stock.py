"""Receiving and counting stock in the Django admin: always a movement, never a number typed over another."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from catalog.models import StockMovement
from catalog.operations import take_stock
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.factories import ServiceFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def variant():
    return VariantFactory(stock=10)


def page_of(product):
    return reverse("admin:catalog_product_stock", args=[product.pk])


def line(variant, delta, reason, note=""):
    prefix = f"variant-{variant.pk}"
    return {f"{prefix}-delta": [delta], f"{prefix}-reason": [reason], f"{prefix}-note": [note]}


def test_a_delivery_is_received_with_the_name_of_who_did(client, editor, variant):
    form = form_on(client.get(page_of(variant.offering)))

    response = client.post(
        page_of(variant.offering), form | line(variant, "12", "received", "Tuesday's van"), follow=True
    )

    assertContains(response, "1 stock change was written down.")
    variant.refresh_from_db()
    assert variant.stock == 22
    movement = StockMovement.objects.first()
    assert (movement.delta, movement.reason, movement.actor, movement.note) == (12, "received", "ada", "Tuesday's van")


def test_s06_what_is_sold_while_somebody_counts_is_not_counted_back(client, editor, variant):
    form = form_on(client.get(page_of(variant.offering)))
    take_stock(variant, 3, reference="line:1", actor="customer")

    client.post(page_of(variant.offering), form | line(variant, "2", "corrected"))

    variant.refresh_from_db()
    assert variant.stock == 9


def test_taking_more_than_there_is_is_said_on_its_line_and_moves_nothing(client, editor, variant):
    other = VariantFactory(offering=variant.offering, name="Other", stock=5)
    form = form_on(client.get(page_of(variant.offering)))

    form |= line(variant, "4", "received") | line(other, "-6", "spoiled")
    response = client.post(page_of(variant.offering), form)

    assertContains(response, "There are only 5 left", status_code=422)
    assertContains(response, 'value="-6"', status_code=422)
    variant.refresh_from_db()
    assert variant.stock == 10


def test_a_double_click_receives_one_delivery(client, editor, variant):
    form = form_on(client.get(page_of(variant.offering))) | line(variant, "12", "received")

    client.post(page_of(variant.offering), form)
    again = client.post(page_of(variant.offering), form)

    assertContains(again, "since this page was opened", status_code=422)
    variant.refresh_from_db()
    assert variant.stock == 22


@pytest.mark.parametrize(
    ("delta", "reason"),
    [
        ("-1", "received"),
        ("1", "spoiled"),
        ("1", "sold"),
        ("1", ""),
        ("1.5", "received"),
        ("1e3", "received"),
        ("100001", "received"),
        ("9" * 5000, "received"),
        ("\x00", "received"),
        ("x", "received"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(client, editor, variant, delta, reason):
    form = form_on(client.get(page_of(variant.offering))) | line(variant, delta, reason)

    response = client.post(page_of(variant.offering), form)

    assertContains(response, "errorlist", status_code=422)
    variant.refresh_from_db()
    assert variant.stock == 10


def test_looking_changes_nothing_and_services_have_no_shelf(client, editor, variant):
    assert client.get(page_of(variant.offering), line(variant, "5", "received")).status_code == 200
    assert client.get(page_of(ServiceFactory())).status_code == 404
    variant.refresh_from_db()
    assert variant.stock == 10


def test_the_desk_may_look_at_stock_but_not_move_it(client, variant):
    sign_in(client, FRONT_DESK)

    assert client.get(page_of(variant.offering)).status_code == 403
    assert client.post(page_of(variant.offering), line(variant, "5", "received")).status_code == 403
    assert client.get(reverse("admin:catalog_stockmovement_changelist")).status_code == 200


def test_a_movement_is_looked_at_and_never_changed(client, editor, variant):
    movement = StockMovement.objects.get()
    address = reverse("admin:catalog_stockmovement_change", args=[movement.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"delta": "99"}).status_code == 403
    assert client.get(reverse("admin:catalog_stockmovement_add")).status_code == 403
    assert client.post(reverse("admin:catalog_stockmovement_delete", args=[movement.pk])).status_code == 403


def test_the_history_of_a_product_says_who_moved_its_stock(client, editor, variant):
    form = form_on(client.get(page_of(variant.offering)))
    client.post(page_of(variant.offering), form | line(variant, "-2", "spoiled"))

    history = client.get(reverse("admin:catalog_product_history", args=[variant.offering.pk]))

    assertContains(history, "ada")
    assertContains(history, f"Stock of “{variant}”: -2, Spoiled or lost.")
