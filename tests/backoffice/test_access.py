"""Who may open what. The matrix is written out here, beside the one in the product, so that one mistake is not two."""

from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import path, reverse

from backoffice import views
from backoffice.access import guarded
from backoffice.urls import urlpatterns
from bookings.operations import keep_proof
from checkout.operations.receipting import issue_receipt
from tests.factories import (
    ConcernFactory,
    CounterPaymentFactory,
    PetFactory,
    RefundFactory,
    UserFactory,
    VisitChangeFactory,
)
from tests.files import file

LOGIN, NO, YES = "login", 403, "in"
MATRIX = {
    #             anonymous, customer, editor, desk
    "today": (LOGIN, NO, NO, YES),
    "hold": (LOGIN, NO, NO, YES),
    "orders": (LOGIN, NO, NO, YES),
    "new_order": (LOGIN, NO, NO, YES),
    "order": (LOGIN, NO, NO, YES),
    "attention": (LOGIN, NO, NO, YES),
    "proofs": (LOGIN, NO, NO, YES),
    "proof": (LOGIN, NO, NO, YES),
    "proof_file": (LOGIN, NO, NO, YES),
    "receipts": (LOGIN, NO, NO, YES),
    "receipts_file": (LOGIN, NO, NO, YES),
    "receipt": (LOGIN, NO, NO, YES),
    "notes": (LOGIN, NO, NO, YES),
    "visit": (LOGIN, NO, NO, YES),
    "parcel": (LOGIN, NO, NO, YES),
    "concern": (LOGIN, NO, NO, YES),
    "payment": (LOGIN, NO, NO, YES),
    "payment_back": (LOGIN, NO, NO, YES),
    "refund": (LOGIN, NO, NO, YES),
    "refund_made": (LOGIN, NO, NO, YES),
    "refund_again": (LOGIN, NO, NO, YES),
    "refund_lines": (LOGIN, NO, NO, YES),
    "visit_time": (LOGIN, NO, NO, YES),
    "change": (LOGIN, NO, NO, YES),
    "cancellation": (LOGIN, NO, NO, YES),
}
BUTTONS = {"hold", "notes", "visit", "parcel", "proof", "concern", "refund_again"}
ASK_FIRST = {
    "new_order",
    "visit_time",
    "change",
    "cancellation",
    "payment",
    "payment_back",
    "refund",
    "refund_lines",
}  # pages with a button of their own


@pytest.fixture
def address(sold, at):
    order = sold(at(confirmed=True), products=1)
    receipt = issue_receipt(order.payments.get(), order)
    concern = ConcernFactory(payment=order.payments.get())
    refund = RefundFactory(payment=order.payments.get(), press="once")
    counter = CounterPaymentFactory(order=order)
    proof = keep_proof(PetFactory(), vaccine="rabies", valid_until=date(2028, 1, 1), proof=file())

    def of(name):
        return {
            "hold": reverse("backoffice:hold", args=[order.lines.visits().get().booking_id]),
            "order": reverse("backoffice:order", args=[order.number]),
            "notes": reverse("backoffice:notes", args=[order.number]),
            "visit": reverse("backoffice:visit", args=[order.number, order.lines.visits().get().pk]),
            "parcel": reverse("backoffice:parcel", args=[order.number]),
            "receipt": reverse("backoffice:receipt", args=[receipt.number]),
            "payment": reverse("backoffice:payment", args=[order.number]),
            "payment_back": reverse("backoffice:payment_back", args=[order.number, counter.pk]),
            "refund": reverse("backoffice:refund", args=[order.number]),
            "refund_made": reverse("backoffice:refund_made", args=[order.number, refund.press]),
            "refund_again": reverse("backoffice:refund_again", args=[order.number, refund.pk]),
            "refund_lines": reverse("backoffice:refund_lines", args=[order.number, refund.pk]),
            "concern": reverse("backoffice:concern", args=[order.number, concern.pk]),
            "visit_time": reverse("backoffice:visit_time", args=[order.number, order.lines.visits().get().pk]),
            "change": reverse("backoffice:change", args=[VisitChangeFactory(order=order).order.number]),
            "cancellation": reverse("backoffice:cancellation", args=[order.number]),
            "proof": reverse("backoffice:proof", args=[proof.pk]),
            "proof_file": reverse("backoffice:proof_file", args=[proof.pk]),
        }.get(name) or reverse(f"backoffice:{name}")

    return of


def answers(client, url):
    return [client.get(url), client.post(url)]


def test_every_address_is_in_the_matrix():
    assert {pattern.name for pattern in urlpatterns} == set(MATRIX)


def test_an_address_that_nobody_decided_about_keeps_the_shop_from_starting():
    with pytest.raises(ImproperlyConfigured, match="secrets"):
        guarded([path("secrets/", views.today, name="secrets")])


@pytest.mark.parametrize("name", MATRIX)
def test_a10_strangers_are_sent_to_the_login_page(client, address, name):
    assert MATRIX[name][0] == LOGIN
    for response in answers(client, address(name)):
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/?next=/backoffice/")


@pytest.mark.parametrize("name", MATRIX)
def test_a10_a_customer_who_is_signed_in_is_refused(client, address, name):
    assert MATRIX[name][1] == NO
    client.force_login(UserFactory())

    assert [response.status_code for response in answers(client, address(name))] == [403, 403]


@pytest.mark.parametrize("name", MATRIX)
def test_a10_a_catalog_editor_sees_no_customer(editor, address, name):
    assert MATRIX[name][2] == NO
    assert [response.status_code for response in answers(editor, address(name))] == [403, 403]


@pytest.mark.parametrize("name", MATRIX)
def test_a10_the_front_desk_comes_in(desk, address, name):
    assert MATRIX[name][3] == YES
    page, button = answers(desk, address(name))

    assert (page.status_code, button.status_code in (302, 422)) == (
        (405, True) if name in BUTTONS else (200, name in ASK_FIRST)
    )


@pytest.mark.parametrize("name", sorted(set(MATRIX) - BUTTONS - ASK_FIRST))
def test_a_page_takes_no_posts(desk, address, name):
    assert desk.post(address(name)).status_code == 405


def test_a_permission_without_being_staff_opens_nothing(desk, address):
    desk.user.is_staff = False
    desk.user.save(update_fields=["is_staff"])

    assert desk.get(address("today")).status_code == 403


def test_a14_staff_who_leave_are_out_with_their_next_click(desk, address):
    desk.user.is_active = False
    desk.user.save(update_fields=["is_active"])

    response = desk.get(address("today"))

    assert response.status_code == 302
    assert "/admin/login/" in response.url


def test_signing_in_leads_to_the_page_that_was_asked_for(client, address):
    response = client.get(address("orders") + "?q=biscuit")

    assert response.url == "/admin/login/?next=/backoffice/orders/%3Fq%3Dbiscuit"


def test_signing_in_after_pressing_a_button_leads_to_a_page(client, address):
    response = client.post(address("parcel"))

    assert response.url == "/admin/login/?next=/backoffice/"


@pytest.mark.parametrize("name", sorted(set(MATRIX) - BUTTONS))
def test_v01_no_cache_and_no_search_engine_keeps_a_page(desk, address, name):
    response = desk.get(address(name))

    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    is_file = response.streaming or response["Content-Type"].startswith("text/csv")
    assert is_file or b'<meta name="robots" content="noindex, nofollow">' in response.content


def test_a_missing_order_is_a_page_that_is_not_kept_either(desk):
    response = desk.get("/backoffice/orders/FP-22222/")

    assert response.status_code == 404
    assert "no-store" in response["Cache-Control"]
    assert b"There is no such order" in response.content


@pytest.mark.parametrize("name", sorted(BUTTONS))
def test_a12_a_button_of_another_site_does_nothing(desk, address, name):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies

    assert strict.post(address(name), {"to": "ready", "text": "x"}).status_code == 403
