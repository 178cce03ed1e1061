"""A time is held for a pet with somebody who takes it, and a pet is never in two places."""

import pytest

from bookings.calendar import able, free_times
from bookings.guests import Guest
from bookings.models import Booking
from bookings.operations import NotForThisPet, PetElsewhere, SlotTaken, assign_pets, hold_booking
from catalog.models import PetSize, Species
from petshop.core import clock
from tests.bookings.test_operations import let_run_out, status_of
from tests.factories import PetFactory, ResourceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def any_size(bath):
    return ServiceVariantFactory(offering=bath.offering, name="Any dog", pet_size="")


@pytest.fixture
def rex():
    return PetFactory(name="Rex", size=PetSize.LARGE)


@pytest.fixture
def small_room(bath):
    return ResourceFactory(services=[bath.offering], sizes=[PetSize.SMALL])


def test_a_time_is_held_for_the_pet_that_was_chosen(any_size, maya, rex, on_the_wall):
    booking = hold_booking(any_size, starts_at=on_the_wall("10:00"), pet=rex)

    booking.refresh_from_db()
    assert booking.pet == rex


def test_a_pet_is_held_in_one_place_at_a_time(any_size, maya, tom, rex, on_the_wall):
    hold_booking(any_size, starts_at=on_the_wall("10:00"), pet=rex)

    with pytest.raises(PetElsewhere, match="Rex is already somewhere else"):
        hold_booking(any_size, starts_at=on_the_wall("10:30"), pet=rex)

    assert Booking.objects.count() == 1
    hold_booking(any_size, starts_at=on_the_wall("11:00"), pet=rex)


def test_a_dead_hold_of_the_same_pet_gives_way(any_size, maya, tom, rex, on_the_wall):
    dead = hold_booking(any_size, starts_at=on_the_wall("10:00"), pet=rex)
    let_run_out(dead)

    hold_booking(any_size, starts_at=on_the_wall("10:30"), resource=tom, pet=rex)

    assert status_of(dead) == "cancelled"


def test_who_takes_no_pet_of_its_size_is_not_asked(any_size, maya, small_room, rex, on_the_wall):
    assert set(able(any_size.offering)) == {maya, small_room}
    assert set(able(any_size.offering, guest=Guest(Species.DOG, PetSize.LARGE))) == {maya}

    assert hold_booking(any_size, starts_at=on_the_wall("10:00"), pet=rex).resource == maya
    with pytest.raises(SlotTaken):
        hold_booking(any_size, starts_at=on_the_wall("12:00"), resource=small_room, pet=rex)
    day = on_the_wall("10:00").date()
    with_small_room = {"first": day, "last": day, "now": clock.now(), "resource": small_room}
    assert free_times(any_size, **with_small_room)[day]
    assert not free_times(any_size, **with_small_room, pet=rex)[day]


def test_a_choice_for_large_dogs_is_not_done_where_only_small_ones_are_taken(bath, small_room, on_the_wall):
    for_large = ServiceVariantFactory(offering=bath.offering, name="Large dog", pet_size=PetSize.LARGE)

    with pytest.raises(SlotTaken):
        hold_booking(for_large, starts_at=on_the_wall("10:00"))


@pytest.mark.parametrize(
    ("species", "size", "fits"),
    [("dog", "medium", True), ("dog", "", True), ("dog", "large", False), ("cat", "medium", False)],
)
def test_a_choice_is_held_only_for_a_pet_that_it_is_for(bath, maya, on_the_wall, species, size, fits):
    pet = PetFactory(name="Nox", species=species, size=size)

    if fits:
        assert hold_booking(bath, starts_at=on_the_wall("10:00"), pet=pet).pet == pet
    else:
        with pytest.raises(NotForThisPet, match="is not for Nox"):
            hold_booking(bath, starts_at=on_the_wall("10:00"), pet=pet)
        assert not Booking.objects.exists()


def test_a_visit_for_cats_is_not_held_for_a_dog(bath, maya, rex, on_the_wall):
    for_cats = ServiceVariantFactory(offering=bath.offering, name="Cat", pet_species=Species.CAT, pet_size="")

    with pytest.raises(NotForThisPet):
        hold_booking(for_cats, starts_at=on_the_wall("10:00"), pet=rex)


def test_a_pet_that_is_named_later_must_fit_too(any_size, small_room, rex, on_the_wall):
    booking = hold_booking(any_size, starts_at=on_the_wall("10:00"))

    with pytest.raises(NotForThisPet) as refused:
        assign_pets({booking: rex})

    assert refused.value.booking == booking
    booking.refresh_from_db()
    assert booking.pet is None
