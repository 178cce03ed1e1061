"""Two editors at the same moment, on two connections."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from catalog.models import Category, Question
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.concurrency import at_once
from tests.factories import QuestionFactory, VariantFactory
from tests.rival import Rival

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_two_shelves_of_one_name_are_refused_on_the_form(client):
    sign_in(client, CATALOG_EDITORS)
    address = reverse("admin:catalog_category_add")
    form = form_on(client.get(address)) | {"name": ["Toys"], "slug": ["toys"]}

    with Rival(lambda: Category.objects.create(name="Toys", slug="toys")):
        response = client.post(address, form)

    assertContains(response, "already exists")
    assert Category.objects.count() == 1


def test_what_a_rival_deletes_is_gone_and_not_an_error(client):
    sign_in(client, CATALOG_EDITORS)
    question = QuestionFactory()
    address = reverse("admin:catalog_question_change", args=[question.pk])
    form = form_on(client.get(address)) | {"question": ["May I?"]}

    with Rival(question.delete):
        response = client.post(address, form, follow=True)

    assertContains(response, "Perhaps it was deleted?")
    assert not Question.objects.exists()


def test_one_delivery_received_at_two_desks_at_once_is_received_once(client):
    editor = sign_in(client, CATALOG_EDITORS)
    variant = VariantFactory(stock=10)
    address = reverse("admin:catalog_product_stock", args=[variant.offering.pk])
    form = form_on(client.get(address)) | {f"variant-{variant.pk}-delta": ["12"]}

    def press():
        desk = Client()
        desk.force_login(editor)
        return desk.post(address, form).status_code

    results = at_once(4, press)

    assert sorted(results) == [302, 422, 422, 422]
    variant.refresh_from_db()
    assert variant.stock == 22
