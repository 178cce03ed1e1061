"""One order: what staff read, and what their buttons do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import BookingStatus, Pet
from checkout.models import EventKind, OrderStatus, ParcelStatus, PaymentStatus
from tests.factories import ConcernFactory, OrderLineAddOnFactory, PaymentFactory


def page(order):
    return f"/backoffice/orders/{order.number}/"


def visit_of(order):
    return f"{page(order)}visits/{order.lines.visits().get().pk}/"


def said(response):
    return [str(message) for message in response.context["messages"]]


# What it says


def test_the_extras_of_a_visit_are_named_with_their_minutes(desk, sold, at):
    order = sold(at())
    OrderLineAddOnFactory(line=order.lines.get())
    OrderLineAddOnFactory(line=order.lines.get(), name="Bow", duration=timedelta(0), price=Decimal(0))

    response = desk.get(page(order))

    assertContains(response, "<dt>Extras</dt>", html=True)
    assertContains(response, "Nail trim (€8.00, 10 minutes), Bow (€0.00)")


def test_the_page_says_all_there_is(desk, sold, at):
    booking = at(confirmed=True)
    Pet.objects.filter(pk=booking.pet_id).update(notes="Hates the dryer.")
    order = sold(booking, products=2, phone="+34 555 01 42", payment=PaymentStatus.SUCCEEDED)
    order.payments.update(session_id="cs_local_abc", intent_id="pi_local_abc", card="Visa 4242")
    order.record(EventKind.PAID, actor="customer", cause="Paid by card", amount="44.00", card="Visa 4242")

    response = desk.get(page(order))

    for words in [
        "Biscuit", "Confirmed", "To pack", "Ada Lovelace", "mailto:ada@example.com", "tel:+345550142", "“Hates the dryer.”",
        "cs_local_abc", "pi_local_abc", "Visa 4242", "LOCAL", "€44.00", "Payment of €44.00 received", "by Customer",
        order.get_absolute_url(),
    ]:  # fmt: skip
        assertContains(response, words)


@pytest.mark.parametrize("typed", ["fp-7k3m9", "7K3M9", "7k3m9"])
def test_an_order_is_found_by_its_number_as_people_type_it(desk, sold, typed):
    sold(products=1, number="FP-7K3M9")

    assertContains(desk.get(f"/backoffice/orders/{typed}/"), "FP-7K3M9")


@pytest.mark.parametrize("number", ["FP-99999", "x", "FP-7K3M9'--", "%00", "FP-" + "A" * 500])
def test_a_number_that_nobody_has_is_a_404(desk, number):
    for address in ["", "notes/", "visits/1/", "parcel/"]:
        method = desk.post if address else desk.get
        assert method(f"/backoffice/orders/{number}/{address}").status_code == 404


def test_an_order_whose_time_is_lost_says_why(desk, sold, at):
    order = sold(at(status=BookingStatus.CANCELLED))
    ConcernFactory(payment=order.payments.get(), reason="Paid, but no longer to be had: Bath")

    response = desk.get(page(order))

    assertContains(response, "Time no longer free")
    assertContains(response, "Paid, but no longer to be had: Bath")
    assertNotContains(response, 'data-testid="check-in"')


def test_every_attempt_to_pay_is_listed(desk, sold):
    order = sold(products=1)
    PaymentFactory(order=order, amount=Decimal("3.00"), status=PaymentStatus.EXPIRED, mode="test")

    response = desk.get(page(order))

    assertContains(response, "Received")
    assertContains(response, "Expired")
    assertContains(response, "TEST")


@pytest.mark.parametrize(
    ("booking", "order", "job"),
    [
        ({"status": BookingStatus.CHECKED_IN}, {"products": 1}, "Biscuit is here"),
        ({"confirmed": True}, {"products": 1}, "Pack 1 product."),
        ({"confirmed": True}, {"products": 3}, "Pack 3 products."),
        ({"confirmed": True}, {}, "Biscuit comes on"),
        ({"confirmed": True}, {"products": 1, "parcel": ParcelStatus.READY, "handover": "visit"}, "Biscuit comes on"),
        ({"status": BookingStatus.COMPLETED}, {"products": 1, "parcel": ParcelStatus.READY}, "Hand over the products."),
        ({}, {"status": OrderStatus.PENDING}, "Wait for the payment."),
        ({"status": BookingStatus.CANCELLED}, {"status": OrderStatus.EXPIRED}, "It was not paid in time"),
        ({"status": BookingStatus.COMPLETED}, {"status": OrderStatus.FULFILLED}, "Everything is done."),
    ],
)
def test_the_next_job_stands_on_top(desk, sold, at, booking, order, job):
    made = sold(at(**booking), **order)

    assertContains(desk.get(page(made)), job)


def test_trouble_with_money_comes_before_any_other_job(desk, sold, at):
    order = sold(at(confirmed=True), products=1)
    ConcernFactory(payment=order.payments.get(), reason="Ask Stripe")

    assertContains(desk.get(page(order)), "Look into this order.")


# Notes


def test_a_note_is_kept_with_its_author(desk, sold):
    order = sold(products=1)

    response = desk.post(f"{page(order)}notes/", {"text": "She rang: ten minutes late."}, follow=True)

    assertContains(response, "She rang: ten minutes late.")
    note = order.events.get(kind=EventKind.NOTE)
    assert note.actor == desk.user.get_username()
    assert note.details == {"text": "She rang: ten minutes late."}


@pytest.mark.parametrize("text", ["", "   \n "])
def test_an_empty_note_keeps_the_page_and_writes_nothing(desk, sold, text):
    order = sold(products=1)

    response = desk.post(f"{page(order)}notes/", {"text": text})

    assertContains(response, "Write the note first, then save it.", status_code=422)
    assertContains(response, order.number, status_code=422)
    assert not order.events.exists()


def test_i16_a_note_that_cannot_be_kept_stays_in_its_box(desk, sold):
    order, text = sold(products=1), "x" * 1001

    response = desk.post(f"{page(order)}notes/", {"text": text})

    assert response.status_code == 422
    assert response.context["note_form"]["text"].value() == text
    assert not order.events.exists()


def test_i14_a_note_changes_nothing_else(desk, sold):
    order = sold(products=1)

    desk.post(f"{page(order)}notes/", {"text": "Hello", "actor": "boss", "kind": "paid", "status": "cancelled"})

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert [(event.kind, event.actor) for event in order.events.all()] == [("note", desk.user.get_username())]


# Visits


def test_a_pet_comes_and_goes(desk, sold, at):
    order = sold(at(-timedelta(minutes=1), confirmed=True))

    desk.post(visit_of(order), {"to": "checked_in"})
    assert order.bookings()[0].status == BookingStatus.CHECKED_IN
    desk.post(visit_of(order), {"to": "completed"})

    assert order.bookings()[0].status == BookingStatus.COMPLETED
    order.refresh_from_db()
    assert order.status == OrderStatus.FULFILLED
    done = list(order.events.values_list("kind", "actor"))
    me = desk.user.get_username()
    assert done == [("checked_in", me), ("completed", me), ("fulfilled", me)]


def test_a_pet_that_does_not_come(desk, sold, at):
    order = sold(at(-timedelta(minutes=20), confirmed=True), products=1)

    response = desk.post(visit_of(order), {"to": "no_show"}, follow=True)

    assert order.bookings()[0].status == BookingStatus.NO_SHOW
    assertContains(response, "did not come")
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


@pytest.mark.parametrize(
    ("before", "to"),
    [
        (BookingStatus.CHECKED_IN, "checked_in"),
        (BookingStatus.CONFIRMED, "completed"),
        (BookingStatus.COMPLETED, "no_show"),
        (BookingStatus.CANCELLED, "checked_in"),
        (BookingStatus.CONFIRMED, ""),
        (BookingStatus.CONFIRMED, "cancelled"),
        (BookingStatus.CONFIRMED, "ready"),
    ],
)
def test_c17_what_cannot_be_is_refused_with_a_sentence(desk, sold, at, before, to):
    order = sold(at(-timedelta(minutes=1), status=before))

    response = desk.post(visit_of(order), {"to": to}, follow=True)

    [sentence] = said(response)
    assert sentence.endswith(".")
    assertContains(response, "callout bad")
    assert order.bookings()[0].status == before
    assert not order.events.exists()


def test_a_visit_that_is_not_paid_is_not_checked_in(desk, sold, at):
    order = sold(at(), status=OrderStatus.PENDING)

    response = desk.post(visit_of(order), {"to": "checked_in"}, follow=True)

    assert said(response) == [f"Order {order.number} is awaiting payment."]
    assert order.bookings()[0].status == BookingStatus.HELD


def test_the_visit_of_another_order_is_not_found(desk, sold, at):
    order, other = sold(at(confirmed=True)), sold(at(confirmed=True))
    line = other.lines.get()

    assert desk.post(f"{page(order)}visits/{line.pk}/", {"to": "checked_in"}).status_code == 404
    assert other.bookings()[0].status == BookingStatus.CONFIRMED


def test_a_product_is_no_visit(desk, sold):
    order = sold(products=1)

    assert desk.post(f"{page(order)}visits/{order.lines.get().pk}/", {"to": "checked_in"}).status_code == 404


def test_a_button_leads_back_to_the_page_it_stood_on(desk, sold, at):
    order = sold(at(confirmed=True))
    back = "/backoffice/?day=2026-11-14"

    response = desk.post(visit_of(order), {"to": "checked_in", "next": back})

    assertRedirects(response, back)


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "a\0b", "x"]
)
def test_a_button_never_leads_to_another_site(desk, sold, at, back):
    order = sold(at(confirmed=True))

    response = desk.post(visit_of(order), {"to": "checked_in", "next": back})

    assertRedirects(response, page(order))


# Products


def test_products_are_packed_and_handed_over(desk, sold):
    order = sold(products=2)

    desk.post(f"{page(order)}parcel/", {"to": "ready"})
    assert order.lines.get().parcel == ParcelStatus.READY
    desk.post(f"{page(order)}parcel/", {"to": "handed_over"})

    assert order.lines.get().parcel == ParcelStatus.HANDED_OVER
    order.refresh_from_db()
    assert order.status == OrderStatus.FULFILLED
    assert [event.kind for event in order.events.all()] == ["packed", "handed_over", "fulfilled"]


@pytest.mark.parametrize(
    ("order", "to"),
    [
        ({"parcel": ParcelStatus.READY}, "ready"),
        ({"parcel": ParcelStatus.HANDED_OVER, "status": OrderStatus.FULFILLED}, "handed_over"),
        ({"status": OrderStatus.PENDING}, "ready"),
        ({"status": OrderStatus.EXPIRED}, "handed_over"),
        ({}, "lost"),
        ({}, "checked_in"),
    ],
)
def test_a_parcel_that_cannot_move_says_why(desk, sold, order, to):
    made = sold(products=1, **order)
    before = made.lines.get().parcel

    response = desk.post(f"{page(made)}parcel/", {"to": to}, follow=True)

    [sentence] = said(response)
    assert sentence.endswith(".")
    assert made.lines.get().parcel == before
    assert not made.events.exists()


def test_the_button_of_a_parcel_is_there_only_when_it_works(desk, sold):
    for order, button in [
        (sold(products=1), "Mark as packed"),
        (sold(products=1, parcel=ParcelStatus.READY), "Hand over"),
    ]:
        assertContains(desk.get(page(order)), button)
    unpaid = sold(products=1, status=OrderStatus.PENDING)
    assertNotContains(desk.get(page(unpaid)), "Mark as packed")


def test_when_the_hold_ends_is_said(desk, sold, at):
    order = sold(at(held_until=timezone.now() + timedelta(minutes=9, seconds=30)), status=OrderStatus.PENDING)

    assertContains(desk.get(page(order)), "Held, 10 min left")
