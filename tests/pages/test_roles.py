"""Who may do what, at every address of the shop. The matrix is written out here, beside the one in the product, so that
one mistake is not two; an address that is in neither fails."""

import re
from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from bookings.models import OpeningHours, Resource, SpecialDay
from bookings.operations import keep_proof
from catalog.models import Product, Service
from checkout.models import Concern, Message, Refund, WebhookEvent
from checkout.operations.receipting import issue_receipt
from petshop.core.models import Policy
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from petshop.core.tasks import send_password_link
from tests.admin_pages import sign_in
from tests.factories import (
    BookingFactory,
    ClassDateFactory,
    ClosureFactory,
    ConcernFactory,
    CounterPaymentFactory,
    CourseFactory,
    DeliveryZoneFactory,
    DisputeFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
    PetFactory,
    PromotionFactory,
    QuestionFactory,
    RefundFactory,
    UserFactory,
    VariantFactory,
    VisitChangeFactory,
)
from tests.files import file
from tests.pages.addresses import addresses, filled
from tests.pages.test_crawl import everything

pytestmark = pytest.mark.django_db

ROLES = ["guest", "customer", "editor", "desk", "owner"]
EVERYBODY, STAFF, DESK, EDITORS, NOBODY = " ".join(ROLES), "editor desk owner", "desk owner", "editor owner", ""

# Who is let in to look, and who to press.
PAGES = {
    "/": (EVERYBODY, NOBODY),
    "/shop/": (EVERYBODY, NOBODY),
    "/shop/<slug:slug>/": (EVERYBODY, NOBODY),
    "/help/": (EVERYBODY, NOBODY),
    "/help/<slug:slug>/": (EVERYBODY, NOBODY),
    "/contact/": (EVERYBODY, NOBODY),
    "/privacy/": (EVERYBODY, NOBODY),
    "/healthz": (EVERYBODY, NOBODY),
    "/readyz": (EVERYBODY, NOBODY),
    "/robots.txt": (EVERYBODY, NOBODY),
    "/sitemap.xml": (EVERYBODY, NOBODY),
    "/cart/": (EVERYBODY, NOBODY),
    "/cart/pets/": (EVERYBODY, EVERYBODY),
    "/cart/delivery/": (NOBODY, EVERYBODY),
    "/cart/pets/<int:pk>/": (NOBODY, NOBODY),  # whose browser it is not known to
    "/cart/code/": (NOBODY, EVERYBODY),
    "/cart/lines/": (NOBODY, EVERYBODY),
    "/cart/visits/": (NOBODY, EVERYBODY),
    "/cart/lines/<int:pk>/": (NOBODY, NOBODY),  # whose basket it is not in
    "/cart/lines/<int:pk>/extension/": (NOBODY, NOBODY),
    "/checkout/": (EVERYBODY, EVERYBODY),
    # Whoever has the secret link.
    "/orders/<token:token>/": (EVERYBODY, NOBODY),
    "/orders/<token:token>/receipt/": (EVERYBODY, NOBODY),
    "/orders/<token:token>/receipt/<slug:receipt_number>/": (EVERYBODY, NOBODY),
    "/orders/<token:token>/proofs/": (EVERYBODY, EVERYBODY),
    "/orders/<token:token>/calendar.ics": (EVERYBODY, NOBODY),
    "/orders/<token:token>/payment/": (NOBODY, EVERYBODY),
    "/orders/<token:token>/basket/": (NOBODY, EVERYBODY),
    "/orders/<token:token>/choice/": (NOBODY, NOBODY),  # of a line of that order
    "/orders/<token:token>/reschedule/": (EVERYBODY, EVERYBODY),
    "/orders/<token:token>/change/": (NOBODY, EVERYBODY),
    "/orders/<token:token>/cancellation/": (EVERYBODY, EVERYBODY),
    "/feeds/<token:token>.ics": (EVERYBODY, NOBODY),  # whoever has the secret address
    "/webhooks/stripe/": (NOBODY, EVERYBODY),  # which asks for Stripe's signature
    # Only in development, or in a rehearsal.
    "/dev/mail/": (NOBODY, NOBODY),
    "/dev/stripe/pay/<str:session>/": (NOBODY, NOBODY),
    "/dev/stripe/pay/<str:session>/authentication/": (NOBODY, NOBODY),
    "/backoffice/": (DESK, NOBODY),
    "/backoffice/holds/<int:pk>/": (NOBODY, DESK),
    "/backoffice/orders/": (DESK, NOBODY),
    "/backoffice/attention/": (DESK, NOBODY),
    "/backoffice/reports/receipts/": (DESK, NOBODY),
    "/backoffice/reports/receipts/file/": (DESK, NOBODY),
    "/backoffice/reports/receipts/<slug:receipt_number>/": (DESK, NOBODY),
    "/backoffice/attention/proofs/": (DESK, NOBODY),
    "/backoffice/attention/proofs/<int:pk>/": (NOBODY, DESK),
    "/backoffice/attention/proofs/<int:pk>/file/": (DESK, NOBODY),
    "/backoffice/orders/new/": (DESK, DESK),
    "/backoffice/orders/<number>/": (DESK, NOBODY),
    "/backoffice/orders/<number>/notes/": (NOBODY, DESK),
    "/backoffice/orders/<number>/parcel/": (NOBODY, DESK),
    "/backoffice/orders/<number>/payment/": (DESK, DESK),
    "/backoffice/orders/<number>/payments/<int:pk>/back/": (DESK, DESK),
    "/backoffice/orders/<number>/refund/": (DESK, DESK),
    "/backoffice/orders/<number>/refund/<slug:press>/": (DESK, NOBODY),
    "/backoffice/orders/<number>/refunds/<int:pk>/": (DESK, DESK),
    "/backoffice/orders/<number>/refunds/<int:pk>/again/": (NOBODY, DESK),
    "/backoffice/orders/<number>/concerns/<int:pk>/": (NOBODY, DESK),
    "/backoffice/orders/<number>/visits/<int:pk>/": (NOBODY, DESK),
    "/backoffice/orders/<number>/visits/<int:pk>/time/": (DESK, DESK),
    "/backoffice/orders/<number>/change/": (DESK, DESK),
    "/backoffice/orders/<number>/cancellation/": (DESK, DESK),
    "/admin/login/": ("guest customer", EVERYBODY),  # who is in goes on to the admin
    "/admin/password_reset/": (EVERYBODY, EVERYBODY),
    "/admin/password_reset/sent/": (EVERYBODY, NOBODY),
    "/admin/password_reset/<uidb64>/<token>/": (EVERYBODY, EVERYBODY),  # which asks for the token
    "/admin/": (STAFF, STAFF),
    "/admin/logout/": (NOBODY, STAFF),
    "/admin/password_change/": (STAFF, STAFF),
    "/admin/password_change/done/": (STAFF, NOBODY),
    "/admin/jsi18n/": (STAFF, NOBODY),
    "/admin/changes/": (STAFF, NOBODY),  # with what each of them may look at anyway
    "/admin/autocomplete/": (NOBODY, NOBODY),  # without a field that it completes
    "/admin/<app_label>/": (STAFF, STAFF),
    "/admin/<url>": (NOBODY, NOBODY),
    "/admin/r/<path:content_type_id>/<path:object_id>/": (NOBODY, NOBODY),
    "/admin/core/user/<id>/password/": ("owner", "owner"),
    "/admin/catalog/product/file/": (EDITORS, EDITORS),
    "/admin/catalog/product/file/export/": (EDITORS, NOBODY),
    "/admin/catalog/product/<int:pk>/stock/": (EDITORS, EDITORS),
    "/admin/bookings/resource/<int:pk>/feed/": (EDITORS, EDITORS),
    "/admin/catalog/product/<int:pk>/copy/": (EDITORS, EDITORS),
    "/admin/catalog/service/<int:pk>/copy/": (EDITORS, EDITORS),
}

MEDIA = "/media/<path:path>"

# The admin's lists: who may view, add, change and delete. What has consequences is changed by nobody here.
LISTS = {
    "catalog.product": {"editor": "view add change", "desk": "view", "owner": "view add change delete"},
    "catalog.service": {"editor": "view add change", "desk": "view", "owner": "view add change delete"},
    "catalog.category": {"editor": "view add change", "desk": "view", "owner": "view add change delete"},
    "catalog.question": {"editor": "view add change delete", "owner": "view add change delete"},
    "catalog.stockmovement": {"editor": "view", "desk": "view", "owner": "view"},
    "bookings.resource": {"editor": "view add change", "desk": "view", "owner": "view add change delete"},
    "bookings.course": {"editor": "view add change delete", "desk": "view", "owner": "view add change delete"},
    "bookings.classdate": {"editor": "view add change delete", "desk": "view", "owner": "view add change delete"},
    "bookings.openinghours": {"editor": "view add change delete", "desk": "view", "owner": "view add change delete"},
    "bookings.specialday": {"editor": "view add change delete", "desk": "view", "owner": "view add change delete"},
    "bookings.closure": dict.fromkeys(["editor", "desk", "owner"], "view add change delete"),
    "bookings.booking": {"editor": "view", "desk": "view", "owner": "view"},
    "checkout.promotion": {"editor": "view add change", "desk": "view", "owner": "view add change delete"},
    "checkout.order": {"desk": "view", "owner": "view"},
    "checkout.orderevent": {"desk": "view", "owner": "view"},
    "checkout.payment": {"desk": "view", "owner": "view"},
    "checkout.concern": {"desk": "view", "owner": "view"},
    "checkout.refund": {"desk": "view", "owner": "view"},
    "checkout.receipt": {"desk": "view", "owner": "view"},
    "checkout.dispute": {"desk": "view", "owner": "view"},
    "checkout.message": {"desk": "view", "owner": "view"},
    "checkout.webhookevent": {"owner": "view"},
    "core.policy": {"editor": "view add change delete", "owner": "view add change delete"},
    "checkout.deliveryzone": {"editor": "view add change delete", "owner": "view add change delete"},
    "core.user": {"owner": "view add change delete"},
    "auth.group": {"owner": "view add change delete"},
    "procrastinate.procrastinatejob": {"owner": "view"},
}
# What each page of a list asks for, to look and to press.
PAGES_OF_A_LIST = {
    "": ("view", "view"),
    "add/": ("add", "add"),
    "<path:object_id>/change/": ("view", "change"),
    "<path:object_id>/history/": ("view", "view"),
    "<path:object_id>/delete/": ("delete", "delete"),
}


def routes_of_lists():
    for model in admin.site._registry:
        for page, needed in PAGES_OF_A_LIST.items():
            yield f"/admin/{model._meta.app_label}/{model._meta.model_name}/{page}", (model, needed)


def matrix():
    """Every address with who may look and who may press."""
    known = dict(PAGES)
    for route, (model, needed) in routes_of_lists():
        may = LISTS[model._meta.label_lower]
        known[route] = tuple(" ".join(role for role in may if act in may[role].split()) for act in needed)
    return known | {"/admin/bookings/openinghours/": (STAFF, EDITORS)}  # no list, but the week, which is saved there


def test_a10_every_address_is_in_the_matrix():
    # Uploads are the proxy's, but for development. An address with nothing behind the number leads to the page that changes it.
    declared = {
        route
        for route in addresses()
        if route != MEDIA and not re.fullmatch(r"/admin/\w+/\w+/<path:object_id>/", route)
    }

    assert declared - set(matrix()) == set()
    assert set(matrix()) - declared == set()
    assert set(LISTS) == {model._meta.label_lower for model in admin.site._registry}


@pytest.fixture
def rows(settings):
    """Something behind every address."""
    settings.DEBUG = settings.REHEARSAL = False
    bath = BookingFactory(confirmed=True)
    bottle = VariantFactory()
    order = OrderFactory(status="paid", subtotal=bath.variant.price + bottle.price)
    line = OrderLineFactory(order=order, variant=bottle)
    visit = OrderLineFactory(
        order=order,
        variant=bath.variant,
        kind="appointment",
        booking=bath,
        starts_at=bath.starts_at,
        ends_at=bath.ends_at,
        parcel="",
    )
    payment = PaymentFactory(order=order, status="succeeded", settled_at=bath.starts_at)
    receipt = issue_receipt(payment, order)
    send_password_link.defer(user_id=None)
    some = [bath, bath.resource, order, payment, ClosureFactory(), QuestionFactory(), UserFactory()]
    some += [line.variant.movements.get(), line.variant.offering.category, Group.objects.create(name="some")]
    some += [Product.objects.products().first(), Service.objects.services().first(), ProcrastinateJob.objects.last()]
    some += [
        CourseFactory(),
        ClassDateFactory(),
        OpeningHours.objects.create(weekday=0, opens_at="09:00", closes_at="18:00"),
        SpecialDay.objects.create(date="2027-12-24", opens_at="10:00", closes_at="14:00"),
    ]
    some += [order.events.create(kind="note", actor="ada", cause="She called.")]
    for slug in (Policy.PRIVACY, "by-bike"):
        policy, _ = Policy.objects.get_or_create(slug=slug, defaults={"title": slug, "text": "Every word of it."})
    some += [policy]
    some += [Message.objects.create(order=order, kind="confirmation", key="k", to="ada@example.com")]
    some += [WebhookEvent.objects.create(event_id="evt_1", type="x", livemode=False, body="{}")]
    VisitChangeFactory(order=order)
    some += [receipt, RefundFactory(payment=payment, press="once"), DisputeFactory(payment=payment)]
    some += [DeliveryZoneFactory(), PromotionFactory(), ConcernFactory(payment=payment)]
    of = {type(row): row for row in some}
    Resource.objects.filter(pk=bath.resource_id).update(feed_token=order.token)
    real = {"token": order.token, "number": order.number, "slug": bath.variant.offering.slug, "app_label": "catalog"}
    real |= {
        "receipt_number": receipt.number,
        "content_type_id": "0",
        "url": "nothing",
        "session": "cs_local_none",
        "uidb64": "MQ",
        "press": "once",
    }
    proof = keep_proof(PetFactory(), vaccine="rabies", valid_until=date(2028, 1, 1), proof=file())
    pks = {
        "proofs": proof.pk,
        "refunds": of[Refund].pk,
        "concerns": of[Concern].pk,
        "payments": CounterPaymentFactory(order=order).pk,
        "visits": visit.pk,
        "holds": bath.pk,
        "product": line.variant.offering_id,
        "service": bath.variant.offering_id,
        "resource": bath.resource_id,
    }
    return of, real, pks | {"user": of[type(some[6])].pk}


def address_of(route, rows):
    of, real, pks = rows
    lists = dict(routes_of_lists())
    if route in lists:
        row = of[lists[route][0]]
        return route.replace("<path:object_id>", str(row.pk))
    for part, pk in pks.items():
        route = re.sub(rf"/{part}/<(int:pk|id)>", f"/{part}/{pk}", route)
    [address] = filled(route.replace("/help/<slug:slug>/", "/help/by-bike/"), real)
    return address


def is_let_in(response):
    sign_in_page, admin_index = reverse("admin:login"), reverse("admin:index")
    is_sent_away = response.status_code == 302 and (
        response.url.startswith(sign_in_page) or response.url == admin_index
    )
    return not is_sent_away and response.status_code not in (403, 404, 405)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
def test_i13_nothing_but_a_post_changes_anything(client, rows, method):
    """Not even for the owner, at any address; looking at all of them is part of the test below."""
    sign_in(client, is_superuser=True)
    before = everything()

    for route in matrix():
        answer = client.generic(method, address_of(route, rows), b"post=yes&to=ready&text=x&remove=1")
        assert answer.status_code < 500, route

    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_a10_everybody_may_do_what_the_matrix_says_and_nothing_else(client, rows, role):
    match role:
        case "customer":
            client.force_login(UserFactory())
        case "editor":
            sign_in(client, CATALOG_EDITORS)
        case "desk":
            sign_in(client, FRONT_DESK)
        case "owner":
            sign_in(client, is_superuser=True)
    wrong = {}

    for route, expected in sorted(matrix().items(), key=lambda entry: "logout" in entry[0]):
        address = address_of(route, rows)
        answers = client.get(address), client.post(address)
        may = tuple(role in who.split() for who in expected)
        if tuple(is_let_in(answer) for answer in answers) != may:
            wrong[route] = may, [answer.status_code for answer in answers]
        assert all(answer.status_code < 500 for answer in answers), address

    assert wrong == {}
