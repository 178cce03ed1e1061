"""What a service demands of a pet, until when it must be proven, and what becomes of a visit if it is not."""

from datetime import date, timedelta

import pytest

from bookings.models import Booking, ProofStatus, Vaccination, Vaccine
from bookings.operations import (
    ProofDecided,
    approve_proof,
    assign_pets,
    cancel_bookings,
    confirm_bookings,
    hold_booking,
    overdue_vaccinations,
    refuse_proof,
)
from bookings.vaccinations import demanded, missing
from catalog.models import Species
from petshop.core import clock
from tests.bookings.test_operations import status_of
from tests.factories import PetFactory, VaccinationFactory

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
RABIES, COUGH, FLU = Vaccine.RABIES, Vaccine.KENNEL_COUGH, Vaccine.CAT_FLU


@pytest.fixture
def strict(bath):
    """The bath, for which dogs and cats must be vaccinated."""
    rules = bath.offering.rules
    rules.vaccinations = [FLU, COUGH, RABIES]
    rules.save()
    return bath


@pytest.fixture
def rex():
    return PetFactory(name="Rex")


@pytest.fixture
def book(strict, maya, rex, on_the_wall):
    """Book a visit of Rex's, so many days ahead."""

    def book(*, days=10, wall="10:00"):
        booking = hold_booking(strict, starts_at=on_the_wall(wall, days=days), pet=rex)
        assign_pets({booking: rex})
        assert confirm_bookings([booking]) == []
        booking.refresh_from_db()
        return booking

    return book


def proven(pet, *vaccines, until=date(2090, 1, 1)):
    for vaccine in vaccines:
        VaccinationFactory(pet=pet, vaccine=vaccine, valid_until=until, approved=True)


def put_off(booking, by=AN_HOUR):
    Booking.objects.filter(pk=booking.pk).update(proof_due_by=clock.now() - by)


def due(booking):
    return Booking.objects.get(pk=booking.pk).proof_due_by


@pytest.mark.parametrize(
    ("species", "expected"), [("dog", [RABIES, COUGH]), ("cat", [RABIES, FLU]), ("bird", []), ("small", [])]
)
def test_of_each_animal_only_that_is_demanded_which_there_is_for_it(strict, species, expected):
    assert demanded(strict.offering, PetFactory(species=species)) == expected


def test_a_visit_for_which_something_is_missing_is_confirmed_and_says_until_when(book):
    booking = book(days=10)

    assert booking.status == "confirmed"
    assert booking.vaccinations == [RABIES, COUGH]
    assert booking.proof_due_by == booking.starts_at - timedelta(hours=48)


def test_a_visit_that_is_soon_leaves_a_day_but_never_more_than_there_is(book):
    tomorrow = book(days=2, wall="17:00")

    assert tomorrow.starts_at - timedelta(hours=48) < clock.now() + timedelta(hours=24)
    assert abs(tomorrow.proof_due_by - (clock.now() + timedelta(hours=24))) < timedelta(minutes=1)


def test_nothing_is_due_of_a_visit_that_is_sooner_than_a_day_but_at_its_start(book):
    booking = book(days=1, wall="09:00")

    expected = min(booking.starts_at, clock.now() + timedelta(hours=24))
    assert abs(booking.proof_due_by - expected) < timedelta(minutes=1)


def test_nothing_is_due_of_a_pet_that_has_proven_everything(book, rex):
    proven(rex, RABIES, COUGH)

    assert book().proof_due_by is None


@pytest.mark.parametrize(("before", "is_enough"), [(1, False), (0, True), (-1, True)])
def test_it_must_be_valid_on_the_last_day_itself(book, rex, on_the_wall, before, is_enough):
    last_day = on_the_wall("10:00", days=10).date()
    proven(rex, RABIES, COUGH, until=last_day - timedelta(days=before))

    assert (book(days=10).proof_due_by is None) is is_enough


def test_what_waits_or_was_refused_proves_nothing(book, rex):
    proven(rex, COUGH)
    VaccinationFactory(pet=rex, vaccine=RABIES)
    VaccinationFactory(pet=rex, vaccine=RABIES, refused=True)

    assert missing(book()) == [RABIES]


def test_what_the_service_demands_later_is_not_asked_of_visits_that_are_booked(book, rex, strict):
    booking = book()
    strict.offering.rules.vaccinations = [RABIES, COUGH, Vaccine.DISTEMPER]
    strict.offering.rules.save()

    proven(rex, RABIES, COUGH)

    assert missing(Booking.objects.get(pk=booking.pk)) == []


def test_approving_what_is_enough_lets_the_visit_be(book, rex):
    booking = book()
    proven(rex, COUGH)
    proof = VaccinationFactory(pet=rex, vaccine=RABIES)

    assert approve_proof(proof, valid_until=date(2090, 1, 1), by="sam")

    assert due(booking) is None
    proof.refresh_from_db()
    assert (proof.status, proof.reviewed_by) == (ProofStatus.APPROVED, "sam")


def test_approving_one_of_two_leaves_the_other_due(book, rex):
    booking = book()

    approve_proof(VaccinationFactory(pet=rex, vaccine=RABIES), valid_until=date(2090, 1, 1), by="sam")

    assert due(booking) == booking.proof_due_by


def test_a_date_before_the_last_day_is_approved_and_not_enough(book, rex):
    booking = book()
    proven(rex, COUGH)

    proof = VaccinationFactory(pet=rex, vaccine=RABIES)
    approve_proof(proof, valid_until=booking.last_day - timedelta(days=1), by="sam")

    assert due(booking) == booking.proof_due_by


def test_a_refusal_leaves_a_day_to_send_another(book, rex):
    booking = book()
    put_off(booking)

    assert refuse_proof(VaccinationFactory(pet=rex, vaccine=RABIES), reason="Unreadable", by="sam")

    assert due(booking) > clock.now() + timedelta(hours=23)


def test_a_decision_is_made_once(rex):
    proof = VaccinationFactory(pet=rex, vaccine=RABIES)

    assert refuse_proof(proof, reason="Unreadable", by="sam")
    assert not refuse_proof(proof, reason="Unreadable", by="mia")
    with pytest.raises(ProofDecided, match="sam"):
        approve_proof(proof, valid_until=date(2090, 1, 1), by="mia")

    assert Vaccination.objects.get().reviewed_by == "sam"


def test_what_should_have_been_proven_by_now_is_named_until_the_visit_is_over(book):
    booking = book()
    put_off(booking)

    assert overdue_vaccinations(booking) == [RABIES, COUGH]
    cancel_bookings([booking])
    assert overdue_vaccinations(booking) == []


def test_nothing_is_overdue_before_its_time(book):
    booking = book()

    assert overdue_vaccinations(booking) == []
    assert status_of(booking) == "confirmed"


def test_nobody_loses_a_visit_while_staff_have_a_proof_to_look_at(book, rex):
    booking = book()
    put_off(booking)
    VaccinationFactory(pet=rex, vaccine=RABIES)

    assert overdue_vaccinations(booking) == []
    assert status_of(booking) == "confirmed"


def test_a_proof_of_something_else_keeps_nothing(book, rex):
    booking = book()
    put_off(booking)
    VaccinationFactory(pet=rex, vaccine=Vaccine.DISTEMPER)

    assert overdue_vaccinations(booking) == [RABIES, COUGH]


def test_what_was_proven_meanwhile_keeps_the_visit(book, rex):
    booking = book()
    put_off(booking)
    proven(rex, RABIES, COUGH)  # by somebody who had not seen this visit yet

    assert overdue_vaccinations(booking) == []
    assert (status_of(booking), due(booking)) == ("confirmed", None)


def test_a_pet_that_is_here_stays(book):
    booking = book()
    put_off(booking)
    Booking.objects.update(status="checked_in")

    assert overdue_vaccinations(booking) == []


def test_an_animal_without_vaccines_has_nothing_to_prove(strict, maya, on_the_wall):
    strict.pet_size, strict.offering.species = "", [Species.DOG, Species.BIRD]
    strict.save()
    strict.offering.save()
    bird = PetFactory(species=Species.BIRD, size="")
    booking = hold_booking(strict, starts_at=on_the_wall("10:00"), pet=bird)
    assign_pets({booking: bird})

    confirm_bookings([booking])

    assert due(booking) is None
