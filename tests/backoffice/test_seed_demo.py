"""The demo shop: everything that exists so far is in it once, it is healthy, and the same seed makes it again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from backoffice.audit.queries import violations
from backoffice.demo.cast import Cast
from backoffice.demo.fill import add_logins, fill_shop
from bookings.models import Booking, BookingStatus, Closure, Resource
from catalog.models import Offering, Question, StockMovement, Variant
from catalog.search import search
from checkout.models import CartLine, Message, Order, OrderEvent, OrderLine, OrderStatus, ParcelStatus, Payment
from petshop.core import clock, demo_logins
from petshop.core.models import User
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_this_machine_only(settings):
    """A test runs as production does, with DEBUG off; the demo is for a rehearsal at most."""
    settings.REHEARSAL = True


def seed(number=1):
    call_command("seed_demo", seed=number, stdout=StringIO())


def digest():
    """The whole shop in names, times, prices and states; without ids, secrets and the moment of this run."""
    offerings = Variant.objects.order_by("offering__name", "name").values_list(
        "offering__name", "name", "price", "stock"
    )
    visits = Booking.objects.order_by("starts_at", "resource__name", "status").values_list(
        "variant__offering__name", "variant__name", "resource__name", "starts_at", "ends_at", "status", "pet__name"
    )
    orders = Order.objects.order_by("number").values_list("number", "name", "status", "handover", "total")
    lines = OrderLine.objects.order_by("order__number", "name").values_list("name", "unit_price", "quantity", "parcel")
    events = OrderEvent.objects.order_by("order__number", "pk").values_list("kind", "actor", "cause")
    return [list(rows) for rows in (offerings, visits, orders, lines, events)]


def test_the_demo_shop_is_healthy_in_a_currency_without_cents(settings):
    settings.SHOP_CURRENCY = "JPY"

    seed()

    assert violations(connection) == []
    assert Order.objects.filter(status=OrderStatus.PAID).exists()


def test_the_demo_shop_is_whole_and_healthy(mailoutbox):
    seed()

    assert violations(connection) == []
    assert Offering.objects.published().products().count() == 40
    assert Offering.objects.published().services().count() == 8
    assert Resource.objects.count() == 6
    assert Closure.objects.get().bookings.get().status == BookingStatus.CLOSURE
    assert Question.objects.filter(offering=None).exists()
    assert StockMovement.objects.aggregate(Sum("delta")) == {
        "delta__sum": Variant.objects.aggregate(Sum("stock"))["stock__sum"]
    }

    assert set(Booking.objects.values_list("status", flat=True)) == set(BookingStatus)
    assert set(Order.objects.values_list("status", flat=True)) == {
        OrderStatus.PENDING,
        OrderStatus.PAID,
        OrderStatus.FULFILLED,
        OrderStatus.EXPIRED,
    }
    paid = OrderLine.objects.products().filter(order__status__in=[OrderStatus.PAID, OrderStatus.FULFILLED])
    assert {*paid.values_list("parcel", flat=True)} == {
        ParcelStatus.TO_PACK,
        ParcelStatus.READY,
        ParcelStatus.HANDED_OVER,
    }
    assert Order.objects.needing_attention().count() == 1
    assert Order.objects.paid_not_booked().count() == 1
    assert Order.objects.booked_not_paid(clock.now()).count() == 1
    assert Payment.objects.succeeded().filter(amount=0).count() == 1
    assert CartLine.objects.filter(booking__status=BookingStatus.HELD, booking__order_line=None).count() == 1

    today = timezone.localdate()
    days = {timezone.localdate(start) for start in Booking.objects.visits().values_list("starts_at", flat=True)}
    assert {today + timedelta(days=days) for days in range(-7, 8)} <= days
    assert not Order.objects.filter(status=OrderStatus.PAID, placed_at__gt=timezone.now()).exists()

    assert not Message.objects.filter(sent_at=None).exists()
    assert len(mailoutbox) == Message.objects.count() == Payment.objects.succeeded().count()


def test_the_same_seed_makes_the_same_shop():
    before = transaction.savepoint_create()
    seed(7)
    once = digest()
    transaction.savepoint_rollback(before)

    seed(7)

    assert digest() == once


def test_another_seed_sends_other_customers():
    today = timezone.localdate()

    assert Cast(7, today).customers == Cast(7, today).customers
    assert Cast(8, today).customers != Cast(7, today).customers


def test_one_search_finds_the_bath_and_the_shampoo():
    fill_shop(timezone.localdate())

    found = search(Offering.objects.published(), "bath shampoo")

    assert {"Bath and tidy", "Fern oat shampoo"} <= {offering.name for offering in found[:3]}


def test_its_people_can_sign_in_and_reach_their_pages(client):
    add_logins()

    signed_in = client.post("/admin/login/", {"username": demo_logins.ADMIN, "password": demo_logins.PASSWORD})
    assert signed_in.status_code == 302
    assert User.objects.get(username=demo_logins.DESK).has_perm("checkout.change_order")
    assert User.objects.get(username=demo_logins.EDITOR).has_perm("catalog.change_variant")


def test_a_shop_that_sells_something_is_left_alone():
    ProductFactory()

    with pytest.raises(CommandError, match="nothing was changed"):
        seed()
    call_command("seed_demo", if_empty=True)

    assert Offering.objects.count() == 1


def test_a_real_shop_is_not_filled_by_accident(settings):
    settings.REHEARSAL = False

    with pytest.raises(CommandError, match="--yes"):
        seed()

    assert not Offering.objects.exists()


def test_a_real_shop_gets_no_logins_and_with_stripe_keys_no_orders(settings):
    settings.REHEARSAL = False
    settings.IS_LOCAL_STRIPE = False

    call_command("seed_demo", yes=True, stdout=StringIO())

    assert Offering.objects.count() == 48
    assert not User.objects.exists()
    assert not Order.objects.exists()
