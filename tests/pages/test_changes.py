"""Who changed what, as staff read it in the admin."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Product
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import OrderFactory, UserFactory, VariantFactory

pytestmark = pytest.mark.django_db

CHANGES = "/admin/changes/"


def write_down(user, row, said="Changed."):
    LogEntry.objects.log_actions(user.pk, [row], CHANGE, change_message=said, single_object=True)


@pytest.fixture
def product():
    return Product.objects.get(pk=VariantFactory(offering__name="Chew toy").offering_id)


def test_an_edit_is_on_everybodys_page_with_what_was_what_before(client, product):
    sign_in(client, CATALOG_EDITORS, username="ada")
    address = reverse("admin:catalog_product_change", args=[product.pk])
    client.post(address, form_on(client.get(address)) | {"name": ["Squeaky toy"]})
    sign_in(client, CATALOG_EDITORS, username="grace")

    page = client.get(CHANGES)

    assertContains(page, "Name: Chew toy → Squeaky toy")
    assertContains(page, "<td>ada</td>", html=True)
    assertContains(page, f'href="{address}"')
    assertContains(client.get("/admin/"), "Squeaky toy")


def test_nobody_reads_there_what_they_may_not_see(client, product):
    owner = UserFactory(is_superuser=True)
    write_down(owner, OrderFactory(), "Called Ada Lovelace.")
    write_down(owner, UserFactory(username="eve"))
    write_down(owner, product, "Seen.")
    sign_in(client, CATALOG_EDITORS)

    for address in (CHANGES, "/admin/"):
        page = client.get(address)
        assertContains(page, "Chew toy")
        assertNotContains(page, "Ada Lovelace")
        assertNotContains(page, "eve")


def test_a_page_asks_as_much_for_fifty_changes_as_for_two(client, product, django_assert_num_queries):
    editor = sign_in(client, CATALOG_EDITORS)
    write_down(editor, product)
    write_down(editor, product)
    client.get(CHANGES)
    with CaptureQueriesContext(connection) as two:
        client.get(CHANGES)
    for _ in range(58):
        write_down(editor, product)

    with django_assert_num_queries(len(two)):
        page = client.get(CHANGES)

    assertContains(page, "Page 1 of 2")
    assert client.get(CHANGES, {"page": "9" * 50}).status_code == 200


def test_what_nobody_changed_says_so(client, product):
    sign_in(client, CATALOG_EDITORS)

    assertContains(
        client.get(reverse("admin:catalog_product_history", args=[product.pk])), "Nobody has changed anything here"
    )
    assertContains(client.get(CHANGES), "Nobody has changed anything yet.")
