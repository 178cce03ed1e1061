"""Making a second product or service like another, in the Django admin."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import ServiceRules
from catalog.models import Offering, Picture, StockMovement
from catalog.operations import NameTaken, copy_offering
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.catalog.test_admin_pictures import image
from tests.concurrency import at_once
from tests.factories import AddOnFactory, QuestionFactory, ResourceFactory, ServiceVariantFactory, VariantFactory


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def page_of(offering):
    return reverse(f"admin:catalog_{'service' if offering.is_service else 'product'}_copy", args=[offering.pk])


@pytest.mark.django_db
def test_a_product_is_duplicated_out_of_the_shop_and_without_stock(client):
    sign_in(client, CATALOG_EDITORS, username="ada")
    variant = VariantFactory(name="Small", sku="T-1", price=Decimal("4.50"), stock=10, offering__name="Chew toy")
    product = variant.offering
    QuestionFactory(offering=product)
    file = ContentFile(image("WEBP"), name="toy.webp")
    picture = Picture.objects.create(offering=product, alt="A toy", file=file)

    response = client.post(page_of(product), form_on(client.get(page_of(product))), follow=True)

    assertContains(response, "This is the copy. It is not in the shop yet.")
    copy = Offering.objects.get(slug="copy-of-chew-toy")
    assert (copy.name, copy.is_published, copy.kind) == ("Copy of Chew toy", False, "product")
    assert (copy.category, copy.species) == (product.category, product.species)
    small = copy.variants.get()
    assert (small.name, small.price, small.sku, small.stock) == ("Small", Decimal("4.50"), None, 0)
    assert copy.questions.get().question == product.questions.get().question
    second = copy.pictures.get()
    assert (second.alt, second.width) == ("A toy", 300)
    assert second.file.name != picture.file.name
    picture.file.delete(save=False)
    assert second.file.read()
    product.refresh_from_db()
    variant.refresh_from_db()
    assert (product.is_published, variant.sku, variant.stock) == (True, "T-1", 10)
    assert StockMovement.objects.count() == 1
    history = client.get(reverse("admin:catalog_product_history", args=[copy.pk]))
    assertContains(history, "Copied from “Chew toy”.")


@pytest.mark.django_db
def test_a_service_is_duplicated_with_its_rules_its_extras_and_who_can_do_it(client):
    sign_in(client, CATALOG_EDITORS)
    variant = ServiceVariantFactory(offering__name="Bath")
    service = variant.offering
    ServiceRules.objects.update(late_fee_percent=70, moves_at_most=5)
    service.cancellation_tiers.create(before=timedelta(hours=2), percent=100)
    service.visit_questions.create(text="Does he bite?", is_required=True)
    sam, nails = ResourceFactory(services=[service]), AddOnFactory(offering=service)

    client.post(page_of(service), {"name": "Puppy bath"})

    copy = Offering.objects.get(slug="puppy-bath")
    assert (copy.resources.get(), copy.rules.late_fee_percent, copy.rules.moves_at_most) == (sam, 70, 5)
    assert (copy.cancellation_tiers.get().before, copy.visit_questions.get().is_required) == (timedelta(hours=2), True)
    assert copy.variants.get().duration == variant.duration
    extra = copy.add_ons.get()
    assert (extra.name, extra.price, extra.duration) == (nails.name, nails.price, nails.duration)
    assert service.add_ons.get() == nails


@pytest.mark.django_db
def test_a_second_press_makes_no_second_copy(client):
    sign_in(client, CATALOG_EDITORS)
    product = VariantFactory(offering__name="Chew toy").offering
    form = form_on(client.get(page_of(product)))

    client.post(page_of(product), form)
    again = client.post(page_of(product), form)

    assertContains(again, "There is already “Copy of Chew toy”.", status_code=422)
    assert Offering.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "\0"])
def test_a_copy_needs_a_name(client, name):
    sign_in(client, CATALOG_EDITORS)
    product = VariantFactory().offering

    assert client.post(page_of(product), {"name": name}).status_code == 422
    assert Offering.objects.count() == 1


@pytest.mark.django_db
def test_a_long_name_is_cut_and_a_lost_picture_is_left_out(client):
    sign_in(client, CATALOG_EDITORS)
    product = VariantFactory(offering__name="x" * 120, offering__slug="x" * 120).offering
    Picture.objects.create(offering=product, file="offerings/lost.webp", width=1, height=1)

    client.post(page_of(product), form_on(client.get(page_of(product))))

    copy = Offering.objects.exclude(pk=product.pk).get()
    assert len(copy.name) == 120
    assert not copy.pictures.exists()


@pytest.mark.django_db
def test_the_desk_duplicates_nothing(client):
    sign_in(client, FRONT_DESK)
    product = VariantFactory().offering

    assert client.get(page_of(product)).status_code == 403
    assert client.post(page_of(product), {"name": "Mine"}).status_code == 403
    assertNotContains(client.get(reverse("admin:catalog_product_change", args=[product.pk])), page_of(product))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_copy():
    product = VariantFactory().offering

    results = at_once(4, lambda: copy_offering(product, name="Copy"))

    assert [type(result) for result in results if isinstance(result, Exception)] == [NameTaken] * 3
    assert Offering.objects.count() == 2
