"""Which animals a service, its choices and a room are for, as an editor says it in the Django admin."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.models import Resource, ServiceRules
from catalog.models import Variant
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import ResourceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def variant():
    return ServiceVariantFactory()


def service_page(variant):
    return reverse("admin:catalog_service_change", args=[variant.offering_id])


def test_a_service_demands_the_vaccinations_that_are_ticked(client, editor, variant):
    form = form_on(client.get(service_page(variant)))

    form |= {"rules-0-vaccinations": ["rabies", "kennel_cough"], "rules-0-proof_due": ["72"]}
    client.post(service_page(variant), form)

    rules = ServiceRules.objects.get()
    assert (rules.vaccinations, rules.proof_due) == (["rabies", "kennel_cough"], timedelta(hours=72))

    form = form_on(client.get(service_page(variant)))
    assert form["rules-0-vaccinations"] == ["rabies", "kennel_cough"]
    client.post(service_page(variant), form | {"rules-0-vaccinations": []})
    rules.refresh_from_db()
    assert rules.vaccinations == []


@pytest.mark.parametrize(
    "typed", [{"rules-0-vaccinations": ["hiccups"]}, {"rules-0-proof_due": ["-1"]}, {"rules-0-proof_due": [""]}]
)
def test_rules_about_vaccinations_that_make_no_sense_are_refused(client, editor, variant, typed):
    form = form_on(client.get(service_page(variant)))

    response = client.post(service_page(variant), form | typed)

    assert response.status_code == 200
    rules = ServiceRules.objects.get()
    assert (rules.vaccinations, rules.proof_due) == ([], timedelta(hours=48))


def test_a_choice_is_for_one_animal(client, editor, variant):
    form = form_on(client.get(service_page(variant)))

    client.post(service_page(variant), form | {"variants-0-pet_species": ["cat"]})

    assert Variant.objects.get().pet_species == "cat"


def test_a_room_takes_the_pets_that_are_ticked(client, editor):
    room = ResourceFactory()
    address = reverse("admin:bookings_resource_change", args=[room.pk])
    form = form_on(client.get(address))

    client.post(address, form | {"species": ["dog"], "sizes": ["small", "medium"]})

    room = Resource.objects.get()
    assert (room.species, room.sizes) == (["dog"], ["small", "medium"])
    client.post(address, form_on(client.get(address)) | {"species": ["unicorn"]})
    room.refresh_from_db()
    assert room.species == ["dog"]
