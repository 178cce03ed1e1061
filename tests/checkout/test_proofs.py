"""Sending the proof of a vaccination, and what becomes of a visit for which none comes."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, BookingStatus, ProofStatus, Vaccination
from bookings.operations import ProofDecided, hold_booking
from catalog import pictures
from checkout import jobs, operations
from checkout.models import SHOP, EventKind, OrderLine, Refund
from petshop.core import clock
from tests.checkout.conftest import open_page, pay, place
from tests.factories import CartFactory, VaccinationFactory
from tests.files import HTML, PDF, SVG, file, image
from tests.rival import Rival

pytestmark = pytest.mark.django_db

LONG = (timezone.localdate() + timedelta(days=900)).isoformat()
GPS = 0x8825


@pytest.fixture
def strict(bath):
    rules = bath.offering.rules
    rules.vaccinations = ["rabies", "kennel_cough"]
    rules.save()
    return bath


@pytest.fixture
def order(strict, shampoo, ten_tomorrow):
    """A bath for Biscuit in ten days, paid; two vaccinations are to be proven."""
    cart = CartFactory(holding=[hold_booking(strict, starts_at=ten_tomorrow + timedelta(days=9)), shampoo])
    order = place(cart)
    pay(open_page(order), delivery="now")
    order.refresh_from_db()
    return order


@pytest.fixture
def line(order):
    return order.lines.visits().select_related("booking").get()


def page(order):
    return reverse("checkout:proofs", args=[order.token])


def send(client, order, content=PDF, name="Rex's card.pdf", **typed):
    key = f"{order.lines.visits().get().pk}-rabies"
    return client.post(page(order), {"what": key, "valid_until": LONG, "proof": file(content, name)} | typed)


def overdue(line):
    Booking.objects.filter(pk=line.booking_id).update(proof_due_by=clock.now() - timedelta(minutes=1))


def kinds(order):
    return list(order.events.values_list("kind", flat=True))


# What the customer is told


@pytest.mark.django_db(transaction=True)
def test_the_page_and_the_mail_say_what_must_be_sent_and_by_when(client, run_jobs, order, line, mailoutbox):
    run_jobs()

    assertContains(client.get(order.get_absolute_url()), "Biscuit must be vaccinated: Rabies, Kennel cough.")
    assertContains(client.get(order.get_absolute_url()), f'href="{page(order)}"')
    [mail] = mailoutbox
    assert "Send us proof of Biscuit’s vaccinations by" in mail.body
    assert page(order) in mail.body
    assert page(order) in mail.alternatives[0].content


def test_nothing_is_said_of_visits_that_need_no_proof(client, cart):
    order = place(cart)
    pay(open_page(order), delivery="now")

    assertNotContains(client.get(order.get_absolute_url()), "vaccinated")
    assertContains(client.get(page(order)), "Nothing more has to be proven")


# Sending one


def test_a_proof_waits_for_the_staff(client, order, line):
    assertRedirects(send(client, order), page(order), status_code=303)

    sent = Vaccination.objects.get()
    assert (sent.pet.name, sent.vaccine, sent.valid_until) == ("Biscuit", "rabies", date.fromisoformat(LONG))
    assert sent.status == ProofStatus.WAITING
    assertContains(client.get(page(order)), "We are looking at it")
    assertContains(client.get(order.get_absolute_url()), "We are looking at what you sent")
    assert EventKind.PROOF_SENT in kinds(order)


def test_what_waits_is_not_asked_for_again(client, order):
    send(client, order)

    response = send(client, order)

    assertContains(response, "Choose what you are sending", status_code=422)
    assert Vaccination.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"what": ""}, "Choose what you are sending"),
        ({"what": "0-rabies"}, "Choose what you are sending"),
        ({"what": "\x00"}, "Choose what you are sending"),
        ({"valid_until": ""}, "Enter until when it is valid"),
        ({"valid_until": "soon"}, "Enter the date"),
        ({"valid_until": "2020-01-01"}, "the last day of the visit"),
        ({"valid_until": "9999-12-31"}, "Check the year"),
        ({"proof": ""}, "Choose a photo or a PDF"),
        ({"proof": "a text"}, "Choose a photo or a PDF"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, order, typed, said):
    response = send(client, order, **typed)

    assertContains(response, said, status_code=422)
    assertContains(
        response, f'value="{typed.get("valid_until", LONG)}"' if typed.get("valid_until", "x") else "", status_code=422
    )
    assert not Vaccination.objects.exists()


def test_it_must_be_valid_on_the_last_day_of_the_visit(client, order, line):
    last_day = line.booking.last_day

    assertContains(
        send(client, order, valid_until=last_day - timedelta(days=1)), "must still be valid", status_code=422
    )
    assertRedirects(send(client, order, valid_until=last_day), page(order), status_code=303)


def test_nothing_can_be_sent_for_a_visit_that_is_cancelled(client, order, line):
    Booking.objects.filter(pk=line.booking_id).update(status=BookingStatus.CANCELLED)

    assert send(client, order).status_code == 200
    with pytest.raises(operations.NoProofNeeded):
        operations.send_proof(line, vaccine="rabies", valid_until=date(2090, 1, 1), proof=file())
    assert not Vaccination.objects.exists()


def test_a_vaccination_that_nobody_asked_for_is_not_kept(order, line):
    with pytest.raises(operations.NoProofNeeded):
        operations.send_proof(line, vaccine="distemper", valid_until=date(2090, 1, 1), proof=file())


def test_i07_nobody_fills_the_disk(client, order, line):
    for _ in range(operations.PROOFS_AT_MOST):
        VaccinationFactory(pet=line.booking.pet, refused=True)

    assertContains(send(client, order), "20 files already", status_code=422)


# What is kept of a file


def test_i07_a_photograph_is_kept_without_the_place_where_it_was_taken(client, order):
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (40.0, 25.0, 0.0)}

    send(client, order, image("JPEG", size=(4000, 1000), exif=exif, comment=b"Home"), "card.jpg")

    kept = Vaccination.objects.get().proof
    picture = Image.open(kept)
    assert (picture.format, picture.size) == ("WEBP", (2000, 500))
    assert not picture.getexif()
    assert b"Home" not in kept.open().read()


def test_a_pdf_is_kept_as_it_is(client, order):
    send(client, order, PDF, "card.jpg")

    kept = Vaccination.objects.get().proof
    assert kept.name.endswith(".pdf")
    assert kept.open().read() == PDF


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "card.svg"),
        (SVG, "card.pdf"),
        (HTML, "card.jpg"),
        (HTML, "card.pdf"),
        (HTML + PDF, "card.pdf"),
        (b"GIF89a" + b"\x00" * 50, "card.gif"),
        (b"MZ\x90\x00", "card.exe"),
        (b"\x00" * 20, "card.png"),
    ],
)
def test_i07_what_is_neither_a_picture_nor_a_pdf_is_refused(client, order, content, name):
    response = send(client, order, content, name)

    assertContains(response, "neither a PDF nor", status_code=422)
    assert not Vaccination.objects.exists()


def test_i07_an_empty_file_is_refused(client, order):
    assertContains(send(client, order, b""), "This file is empty", status_code=422)


def test_i07_a_file_that_is_too_large_is_refused(client, order, monkeypatch):
    monkeypatch.setattr(pictures, "BYTES", 1000)
    monkeypatch.setattr("bookings.proof_files.BYTES", 1000)

    assertContains(send(client, order, PDF + b" " * 1000), "may have", status_code=422)
    assertContains(send(client, order, image("PNG") + b"\x00" * 1000, "card.png"), "may have", status_code=422)


def test_i07_a_request_that_is_far_too_large_is_never_read(client, order):
    address = page(order)

    response = client.post(
        address, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(14 * 2**20)
    )

    assert response.status_code == 413


def test_i07_a_decompression_bomb_is_refused(client, order):
    assertContains(send(client, order, image("PNG", (20_000, 20_000), "1"), "x.png"), "too many", status_code=422)


def test_i07_five_hundred_files_are_refused_early(client, order):
    answer = client.post(page(order), {"proof": [file(name=f"{n}.pdf") for n in range(500)]})

    assert answer.status_code == 400
    assert not Vaccination.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a" * 300 + ".pdf", "x.php", '"><script>.pdf', "\u202efdp.exe"]
)
def test_i02_the_name_of_a_file_is_forgotten(client, order, name):
    response = send(client, order, PDF, name)

    assert response.status_code in (302, 303), response.content
    kept = Vaccination.objects.get().proof.name
    assert re.fullmatch(r"proofs/[A-Za-z0-9_-]{32}\.pdf", kept)


# Who may see it


def test_a16_no_address_leads_to_a_proof(client, order, settings):
    send(client, order)
    sent = Vaccination.objects.get()
    name = sent.proof.name

    guesses = [
        f"/media/{name}",
        f"/media/{Path(name).name}",
        f"/media/../private/{name}",
        f"/media/..%2Fprivate%2F{name}",
    ]
    guesses += [f"/static/{name}", f"{page(order)}{Path(name).name}", f"{page(order)}{sent.pk}/", f"/{name}"]
    guesses += [f"/backoffice/attention/proofs/{sent.pk}/file/"]

    for guess in guesses:
        assert client.get(guess).status_code in (302, 400, 404), guess
        assert b"%PDF" not in client.get(guess, follow=True).content
    with pytest.raises(ValueError, match="No address leads"):
        storages["private"].url(name)


def test_a16_the_page_with_the_link_shows_no_file_and_no_name(client, order):
    send(client, order)

    assertNotContains(client.get(page(order)), Vaccination.objects.get().proof.name.removeprefix("proofs/"))


def test_a16_a_link_that_was_guessed_takes_no_proof(client, order):
    guess = page(order).replace(order.token, "A" * 32)

    assert client.get(guess).status_code == 404
    assert client.post(guess, {"proof": file()}).status_code == 404


def test_a16_somebody_elses_link_sends_nothing_for_this_order(client, order, cart):
    other = place(cart)

    key = f"{order.lines.visits().get().pk}-rabies"
    client.post(page(other), {"what": key, "valid_until": LONG, "proof": file()})

    assert not Vaccination.objects.exists()


def test_a16_nobody_else_on_the_machine_can_read_it(client, order):
    send(client, order)

    path = Path(Vaccination.objects.get().proof.path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_page_is_kept_by_nobody(client, order):
    response = client.get(page(order))

    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"


# What the staff decide


def test_approving_everything_makes_the_visit_safe(client, order, line):
    for vaccine in ("rabies", "kennel_cough"):
        proof = VaccinationFactory(pet=line.booking.pet, vaccine=vaccine)
        operations.approve_proof(proof, valid_until=date(2090, 1, 1), actor="sam")

    line.booking.refresh_from_db()
    assert line.booking.proof_due_by is None
    assert kinds(order).count(EventKind.PROOF_APPROVED) == 2
    assertNotContains(client.get(order.get_absolute_url()), "must be vaccinated")


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_told_once_with_its_reason(run_jobs, order, line, mailoutbox):
    proof = VaccinationFactory(pet=line.booking.pet)

    for _ in range(2):
        operations.refuse_proof(proof, reason="The stamp is missing.", actor="sam")
    run_jobs()

    assert len(mailoutbox) == 2  # the other is the confirmation
    assert "The stamp is missing." in mailoutbox[1].body
    assert page(order) in mailoutbox[1].body
    assert kinds(order).count(EventKind.PROOF_REFUSED) == 1


# When none comes


@pytest.mark.django_db(transaction=True)
def test_a_visit_that_nobody_proved_anything_for_is_cancelled(client, run_jobs, order, line, mailoutbox):
    overdue(line)

    for _ in range(2):
        jobs.lapse_visits(timestamp=0)
    run_jobs()

    line = OrderLine.objects.select_related("booking").get(pk=line.pk)
    assert line.booking.status == BookingStatus.CANCELLED
    assert line.cancelled_at
    assert line.kept == 0, "there are more than 24 hours to go, as the terms have it"
    event = order.events.get(kind=EventKind.VISIT_CANCELLED)
    assert (event.actor, event.cause) == (SHOP, "Not proven in time: Rabies, Kennel cough")
    assert not order.concerns.exists()
    assert Refund.objects.get().amount == line.total
    assert len(mailoutbox) == 3  # the confirmation, the end, and the money
    assert "not proven in time" in mailoutbox[1].body
    assert "METHOD:CANCEL" in str(mailoutbox[1].attachments)


def test_a_visit_is_not_cancelled_while_a_proof_waits(client, order, line):
    send(client, order)
    overdue(line)

    jobs.lapse_visits(timestamp=0)

    line.booking.refresh_from_db()
    assert line.booking.status == BookingStatus.CONFIRMED


def test_nothing_lapses_before_its_time(order, line):
    jobs.lapse_visits(timestamp=0)

    line.booking.refresh_from_db()
    assert line.booking.status == BookingStatus.CONFIRMED
    assert not order.payments.get().concerns.open()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_proof_that_comes_as_the_visit_lapses_keeps_it(order, line):
    overdue(line)

    with Rival(lambda: operations.send_proof(line, vaccine="rabies", valid_until=date(2030, 1, 1), proof=file())):
        assert not operations.lapse_visit(line)

    line.booking.refresh_from_db()
    assert line.booking.status == BookingStatus.CONFIRMED
    assert Vaccination.objects.get().status == ProofStatus.WAITING


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_of_the_staff_decide_about_one_proof_and_one_is_told_so(order, line):
    proof = VaccinationFactory(pet=line.booking.pet)

    with Rival(lambda: operations.refuse_proof(proof, reason="No stamp", actor="sam")), pytest.raises(ProofDecided):
        operations.approve_proof(Vaccination.objects.get(), valid_until=date(2030, 1, 1), actor="mia")

    assert Vaccination.objects.get().reviewed_by == "sam"
    assert EventKind.PROOF_APPROVED not in kinds(order)
