"""The queue of vaccinations: what staff see of a proof, and what they decide."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, Vaccination
from bookings.operations import keep_proof
from checkout.models import EventKind
from tests.factories import VaccinationFactory
from tests.files import PDF, file, image

pytestmark = pytest.mark.django_db

QUEUE = "/backoffice/attention/proofs/"
LATER = date(2090, 1, 1)


@pytest.fixture
def order(sold, at):
    """A visit in ten days whose pet has to prove two vaccinations."""
    order = sold(at(timedelta(days=10), confirmed=True))
    Booking.objects.filter(order_line__order=order).update(
        vaccinations=["rabies", "kennel_cough"], proof_due_by=timezone.now() + timedelta(days=8)
    )
    return order


@pytest.fixture
def pet(order):
    booking = Booking.objects.get(order_line__order=order)
    booking.pet.breed, booking.pet.allergies, booking.pet.temperament = "Beagle", "Chicken", "shy"
    booking.pet.save()
    return booking.pet


@pytest.fixture
def proof(pet):
    return keep_proof(pet, vaccine="rabies", valid_until=date(2028, 5, 1), proof=file())


def decide(desk, proof, **typed):
    return desk.post(
        f"{QUEUE}{proof.pk}/",
        {f"{proof.pk}-{name}": value for name, value in typed.items()}
        | ({"refuse": "yes"} if "reason" in typed else {}),
    )


def status_of(proof):
    return Vaccination.objects.get(pk=proof.pk).status


def test_every_page_says_how_many_wait(desk, proof):
    assertContains(desk.get("/backoffice/"), "1 vaccination to look at")
    assertContains(desk.get("/backoffice/orders/"), '<span class="n">1</span>')


def test_the_queue_shows_the_pet_its_visit_and_what_they_say(desk, order, proof):
    page = desk.get(QUEUE)

    assertContains(page, f"{proof.pet.name}: Rabies")
    assertContains(page, "Beagle")
    assertContains(page, order.number)
    assertContains(page, "1 May 2028")
    assertContains(page, f'href="{QUEUE}{proof.pk}/file/"')
    assertNotContains(page, proof.proof.name)


def test_an_empty_queue_says_so(desk):
    assertContains(desk.get(QUEUE), "Everything is looked at")


@pytest.mark.parametrize(
    ("content", "ending", "kind"), [(PDF, "pdf", "application/pdf"), (image("WEBP"), "webp", "image/webp")]
)
def test_a16_a_file_is_sent_to_be_kept_and_never_shown(desk, pet, content, ending, kind):
    proof = keep_proof(pet, vaccine="rabies", valid_until=LATER, proof=file(content, f"proof.{ending}"))

    response = desk.get(f"{QUEUE}{proof.pk}/file/")

    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"] == f'attachment; filename="proof-{proof.pk}.{ending}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == kind
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_a16_a_proof_is_for_staff_who_work_on_orders(client, editor, proof):
    assert client.get(f"{QUEUE}{proof.pk}/file/").status_code == 403
    client.logout()
    assert client.get(f"{QUEUE}{proof.pk}/file/").status_code == 302


@pytest.mark.parametrize("pk", ["0", "999999999", "9" * 30])
def test_a16_a_number_that_was_guessed_is_not_found(desk, proof, pk):
    assert desk.get(f"{QUEUE}{pk}/file/").status_code == 404
    assert desk.post(f"{QUEUE}{pk}/").status_code == 404


def test_a_file_that_is_gone_is_not_found(desk, pet):
    assert desk.get(f"{QUEUE}{VaccinationFactory(pet=pet).pk}/file/").status_code == 404


def test_approving_it_writes_down_the_date_that_staff_read(desk, order, proof):
    assertRedirects(decide(desk, proof, valid_until="2027-12-31"), QUEUE)

    proof.refresh_from_db()
    assert (proof.status, proof.valid_until, proof.reviewed_by) == (
        "approved",
        date(2027, 12, 31),
        desk.user.get_username(),
    )
    event = order.events.get(kind=EventKind.PROOF_APPROVED)
    assert event.actor == desk.user.get_username()


def test_refusing_it_needs_a_reason_that_the_customer_reads(desk, order, proof):
    assertContains(decide(desk, proof, reason=" "), "Write why", status_code=422)
    assert status_of(proof) == "waiting"

    assertRedirects(decide(desk, proof, reason="The stamp is missing."), QUEUE)

    assert status_of(proof) == "refused"
    assert order.messages.get().kind == "proof_refused"


@pytest.mark.parametrize("typed", ["", "soon", "2027-02-30", "0000-01-01", "\x00"])
def test_a_date_that_is_none_is_said_and_kept(desk, proof, typed):
    response = decide(desk, proof, valid_until=typed)

    assertContains(response, "Enter ", status_code=422)
    assert status_of(proof) == "waiting"


def test_a_second_opinion_comes_too_late(desk, order, proof):
    decide(desk, proof, reason="The stamp is missing.")

    response = decide(desk, proof, valid_until="2028-01-01")

    assertContains(desk.get(response.url), "has already decided about this proof")
    assert status_of(proof) == "refused"


def test_a_double_click_approves_once(desk, order, proof):
    for _ in range(2):
        decide(desk, proof, valid_until="2028-01-01")

    assert order.events.filter(kind=EventKind.PROOF_APPROVED).count() == 1


def test_the_order_and_the_day_say_what_to_know_of_the_pet(desk, order, pet):
    page = desk.get(f"/backoffice/orders/{order.number}/")

    assertContains(page, "Beagle, ")
    assertContains(page, "Shy")
    assertContains(page, "Chicken")
    assertContains(page, "Rabies, Kennel cough")
    day = Booking.objects.get(order_line__order=order).starts_at
    assertContains(desk.get(f"/backoffice/?day={timezone.localtime(day).date()}"), "Chicken")


def test_allergies_and_notes_are_read_by_staff_only(client, order, pet):
    pet.notes = "Bites"
    pet.save()

    page = client.get(order.get_absolute_url())

    assertNotContains(page, "Chicken")
    assertNotContains(page, "Bites")
