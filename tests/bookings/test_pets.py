"""What we know of a pet, and what the database refuses to believe."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from bookings.models import ProofStatus, Resource, Vaccination, Vaccine
from catalog.models import PetSize, Species
from tests.factories import PetFactory, ResourceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("weight", "size"),
    [("0.05", "small"), ("10", "small"), ("10.01", "medium"), ("25", "medium"), ("25.01", "large"), ("90", "large")],
)
def test_a_weight_says_the_size(weight, size):
    assert PetSize.of(Decimal(weight)) == size
    PetFactory(weight=Decimal(weight), size=size)


@pytest.mark.parametrize(("weight", "size"), [("10.01", "small"), ("10", "medium"), ("25", "large"), ("3", "")])
def test_no_pet_has_a_size_that_its_weight_denies(weight, size):
    with pytest.raises(IntegrityError, match="pet_size_is_what_its_weight_says"):
        PetFactory(weight=Decimal(weight), size=size)


@pytest.mark.parametrize("weight", ["0", "-4", "200.01"])
def test_no_pet_weighs_what_no_pet_weighs(weight):
    with pytest.raises(IntegrityError, match="pet_weight_in_reach"):
        PetFactory(weight=Decimal(weight), size=PetSize.of(Decimal(weight)))


def vaccination(**facts):
    facts = {"vaccine": Vaccine.RABIES, "valid_until": date(2027, 5, 1), "proof": "proofs/x.pdf"} | facts
    return Vaccination.objects.create(pet=PetFactory(), **facts)


def test_nobody_waits_for_a_review_without_a_proof():
    with pytest.raises(IntegrityError, match="vaccination_waits_with_a_proof"):
        vaccination(proof="")


@pytest.mark.parametrize("status", [ProofStatus.APPROVED, ProofStatus.REFUSED])
def test_what_is_decided_was_decided_by_somebody(status):
    with pytest.raises(IntegrityError, match="vaccination_reviewed_by_somebody"):
        vaccination(status=status, reason="Unreadable")


def test_a_refusal_says_why():
    with pytest.raises(IntegrityError, match="vaccination_refused_with_a_reason"):
        vaccination(status=ProofStatus.REFUSED, reviewed_at=timezone.now(), reviewed_by="sam")


def test_a_resource_that_names_no_animal_takes_them_all():
    anybody = ResourceFactory()
    cats = ResourceFactory(species=[Species.CAT])
    big_dogs = ResourceFactory(species=[Species.DOG], sizes=[PetSize.LARGE])

    taking = Resource.objects.taking

    assert set(taking()) == {anybody, cats, big_dogs}
    assert set(taking(Species.CAT, PetSize.SMALL)) == {anybody, cats}
    assert set(taking(Species.DOG, PetSize.LARGE)) == {anybody, big_dogs}
    assert set(taking(Species.DOG, PetSize.SMALL)) == {anybody}
    assert set(taking(Species.DOG)) == {anybody, big_dogs}, "nobody knows its size"


@pytest.mark.parametrize(
    ("species", "size", "is_for"),
    [("dog", "large", True), ("dog", "", True), ("dog", "small", False), ("cat", "large", False)],
)
def test_a_choice_is_for_the_pets_that_it_names(species, size, is_for):
    choice = ServiceVariantFactory.build(offering=None, pet_species="dog", pet_size="large")

    assert choice.is_for(species, size) == is_for


def test_a_choice_that_names_no_pet_is_for_all_of_them():
    choice = ServiceVariantFactory.build(offering=None, pet_species="", pet_size="")

    assert choice.is_for("cat", "")
    assert choice.is_for("dog", "large")
