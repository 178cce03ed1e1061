"""Every page of the Django admin opens for whom it is meant, and for nobody else."""

from io import StringIO

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking, ClassDate, Closure, Course, OpeningHours, Resource, SpecialDay
from catalog.models import Category, Picture, Product, Question, Service, StockMovement
from checkout.models import (
    Concern,
    DeliveryZone,
    Dispute,
    Message,
    Order,
    OrderEvent,
    Payment,
    Promotion,
    Receipt,
    Refund,
    WebhookEvent,
)
from checkout.operations.receipting import issue_receipt
from petshop.core.models import User
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK, ensure_roles, permissions_of
from tests.admin_pages import sign_in
from tests.factories import (
    AddOnFactory,
    BookingFactory,
    CategoryFactory,
    ClassDateFactory,
    ClosureFactory,
    ConcernFactory,
    CourseFactory,
    DeliveryZoneFactory,
    DisputeFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
    PromotionFactory,
    QuestionFactory,
    RefundFactory,
    ResourceFactory,
    ServiceFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db

OURS = [
    model for model in admin.site._registry if model.__module__.split(".")[0] in {"catalog", "bookings", "checkout"}
]
FOR_EDITORS = {
    Product,
    Service,
    Category,
    Question,
    StockMovement,
    Resource,
    OpeningHours,
    SpecialDay,
    Closure,
    Booking,
    Course,
    ClassDate,
    DeliveryZone,
    Promotion,
}
TO_LOOK_AT = {
    Order, Payment, Receipt, Refund, Dispute, Concern, OrderEvent, Message, WebhookEvent, StockMovement, Booking,
}  # fmt: skip


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def a_row_of_each():
    variant = VariantFactory()
    line = OrderLineFactory(variant=variant, order=OrderFactory(subtotal=variant.price))
    payment = PaymentFactory(order=line.order, status="succeeded", settled_at=timezone.now())
    booking = BookingFactory(confirmed=True)
    rows = [
        issue_receipt(payment, line.order),
        RefundFactory(payment=payment, press="once"),
        DisputeFactory(payment=payment),
    ]
    rows += [ConcernFactory(payment=payment)]
    rows += [payment, line.order, booking, booking.resource, ClosureFactory(), QuestionFactory()]
    rows += [line.variant.offering.category, StockMovement.objects.first()]
    rows += [OpeningHours.objects.create(weekday=0, opens_at="09:00", closes_at="18:00")]
    rows += [CourseFactory(), ClassDateFactory(), DeliveryZoneFactory(), PromotionFactory()]
    rows += [SpecialDay.objects.create(date="2027-12-24", opens_at="10:00", closes_at="14:00")]
    rows += [Product.objects.products().first(), Service.objects.services().first()]
    rows += [line.order.events.create(kind="note", actor="ada", cause="She called.")]
    rows += [Message.objects.create(order=line.order, kind="confirmation", key="k", to="ada@example.com")]
    rows += [WebhookEvent.objects.create(event_id="evt_1", type="x", livemode=False, body="{}")]
    return {type(row): row for row in rows}


def test_every_page_opens_for_the_owner(client, a_row_of_each):
    sign_in(client, is_superuser=True)

    for model in OURS:
        row = a_row_of_each[model]
        assert client.get(address(model, "changelist")).status_code == 200, model
        assert client.get(address(model, "change", row.pk)).status_code == 200, model
        assert client.get(address(model, "history", row.pk)).status_code == 200, model
        expected = 403 if model in TO_LOOK_AT else 200
        assert client.get(address(model, "add")).status_code == expected, model
        assert client.get(address(model, "delete", row.pk)).status_code == expected, model


def test_what_has_consequences_is_only_looked_at(client, a_row_of_each):
    sign_in(client, is_superuser=True)

    for model in TO_LOOK_AT:
        row = a_row_of_each[model]
        assert client.post(address(model, "change", row.pk), {}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert client.post(address(model, "add"), {}).status_code == 403


def test_editors_see_what_is_for_sale_and_no_customer(client, a_row_of_each):
    sign_in(client, CATALOG_EDITORS)

    for model in OURS:
        status = 200 if model in FOR_EDITORS else 403
        assert client.get(address(model, "changelist")).status_code == status, model
        assert client.get(address(model, "change", a_row_of_each[model].pk)).status_code == status, model
    assert client.get(reverse("admin:core_user_changelist")).status_code == 403
    assert client.get(reverse("admin:core_user_add")).status_code == 403
    assert client.get(reverse("admin:auth_group_changelist")).status_code == 403


def test_editors_do_not_delete_what_old_orders_speak_of(client, a_row_of_each):
    sign_in(client, CATALOG_EDITORS)

    for model in [Product, Service, Resource]:
        assert client.post(address(model, "delete", a_row_of_each[model].pk), {"post": "yes"}).status_code == 403


def test_the_desk_looks_at_orders_and_changes_no_price(client, a_row_of_each):
    sign_in(client, FRONT_DESK)

    for model in [Product, Service, Resource, OpeningHours, Closure, Booking, Order, Payment, OrderEvent, Message]:
        assert client.get(address(model, "changelist")).status_code == 200, model
        assert client.get(address(model, "change", a_row_of_each[model].pk)).status_code == 200, model
    page = address(Product, "change", a_row_of_each[Product].pk)
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "Mine"}).status_code == 403


def test_an_order_in_the_admin_gives_no_secret_link_away(client, a_row_of_each):
    sign_in(client, is_superuser=True)
    order = a_row_of_each[Order]

    assertNotContains(client.get(address(Order, "change", order.pk)), order.token)
    assertNotContains(client.get(address(Order, "changelist")), order.token)


@pytest.mark.parametrize("model", OURS)
def test_strangers_and_customers_are_sent_to_the_login_page(client, model):
    response = client.get(address(model, "changelist"))

    assert response.status_code == 302
    assert "/admin/login/" in response.url


def test_baskets_and_pictures_have_no_page_of_their_own():
    for model in [apps.get_model("checkout.Cart"), Picture]:
        with pytest.raises(NoReverseMatch):
            address(model, "changelist")


def test_the_index_is_in_the_order_of_a_working_day(client):
    sign_in(client, is_superuser=True)

    page = client.get(reverse("admin:index"))

    names = [app["name"] for app in page.context["app_list"]]
    assert names[:4] == ["What we sell", "When we do it", "Orders and money", "The shop itself"]
    assert [model["object_name"] for model in page.context["app_list"][0]["models"]][:2] == ["Product", "Service"]
    assertContains(page, "Family Petshop")


def test_a_colleague_is_added_and_their_sign_in_time_cannot_be_typed(client):
    sign_in(client, is_superuser=True)
    passwords = {"usable_password": "true", "password1": "a long enough secret", "password2": "a long enough secret"}

    response = client.post(reverse("admin:core_user_add"), {"username": "grace", **passwords})

    grace = User.objects.get(username="grace")
    assert response.url == reverse("admin:core_user_change", args=[grace.pk])
    assertNotContains(client.get(response.url), 'name="last_login_0"')


LISTS = {
    "catalog_product": VariantFactory,
    "catalog_service": lambda: ResourceFactory(services=[AddOnFactory().offering]),
    "catalog_category": CategoryFactory,
    "catalog_question": lambda: QuestionFactory(offering=VariantFactory().offering),
    "catalog_stockmovement": VariantFactory,
    "bookings_resource": lambda: ResourceFactory(services=[ServiceFactory(), ServiceFactory()]),
    "bookings_openinghours": lambda: OpeningHours.objects.create(weekday=0, opens_at="09:00", closes_at="18:00"),
    "bookings_specialday": lambda: SpecialDay.objects.create(resource=ResourceFactory(), date="2099-12-24"),
    "bookings_closure": lambda: ClosureFactory(resource=ResourceFactory()),
    "bookings_booking": lambda: BookingFactory(confirmed=True),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_asks_more_for_ten_rows_than_for_two(client, name, django_assert_max_num_queries):
    sign_in(client, CATALOG_EDITORS)
    page, add = reverse(f"admin:{name}_changelist"), LISTS[name]
    add()
    add()
    client.get(page)  # what is asked once for each process
    with CaptureQueriesContext(connection) as two:
        client.get(page)
    for _ in range(8):
        add()

    with django_assert_max_num_queries(len(two)):
        client.get(page)
    assert len(two) <= 14


def test_an_empty_list_says_so_and_so_does_a_search_that_finds_nothing(client):
    sign_in(client, CATALOG_EDITORS)
    page = reverse("admin:catalog_product_changelist")

    assertContains(client.get(page), "There is nothing here yet.")
    assertContains(client.get(page, {"q": "unicorn"}), "Nothing is like this.")


def test_roles_are_exactly_what_is_written_however_often_they_are_made():
    ensure_roles()
    group = Group.objects.get(name=CATALOG_EDITORS)
    group.permissions.clear()

    call_command("roles", stdout=StringIO())

    for name in [CATALOG_EDITORS, FRONT_DESK]:
        held = Group.objects.get(name=name).permissions.select_related("content_type")
        assert sorted(f"{p.content_type.app_label}.{p.codename}" for p in held) == sorted(permissions_of(name))
