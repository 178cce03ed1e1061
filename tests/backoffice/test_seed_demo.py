"""The demo shop: everything that exists so far is in it, it is healthy, and the same seed makes it again."""

from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.timezone import get_default_timezone

from backoffice.audit.queries import violations
from backoffice.demo import catalog
from backoffice.demo.cast import Cast
from backoffice.demo.fill import add_logins, fill_shop
from backoffice.demo.later import LATER, back
from backoffice.demo.orders import COURSE, STORIES
from backoffice.demo.people import TUBS
from backoffice.demo.play import play, to_be_sold
from backoffice.demo.roster import working_moment
from backoffice.demo.weeks import ordinary_weeks
from bookings.models import Booking, BookingStatus, Closure, Course, Resource
from catalog.models import AddOn, Category, Offering, Question, StockMovement, Variant
from catalog.search import search
from checkout.models import (
    CartLine,
    EventKind,
    Message,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    ParcelStatus,
    Payment,
)
from petshop.core import clock, demo_logins
from petshop.core.models import User
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_this_machine_only(settings):
    """A test runs as production does, with DEBUG off; the demo is for a rehearsal at most."""
    settings.REHEARSAL = True


def seed(number=1):
    """With one ordinary week on each side: all of it takes a quarter of a minute."""
    call_command("seed_demo", seed=number, weeks=1, stdout=StringIO())


def perform(stories, *, number=1, moment=None):
    cast = Cast(number, moment or timezone.now())
    fill_shop(cast.today, to_be_sold(stories))
    play(stories, cast)
    return cast


def digest():
    """The whole shop in names, times, prices and states; without ids, secrets and the moment of this run."""
    offerings = Variant.objects.order_by("offering__name", "name").values_list(
        "offering__name", "name", "price", "stock"
    )
    visits = Booking.objects.order_by("starts_at", "resource__name", "status", "pet__name").values_list(
        "variant__offering__name", "variant__name", "resource__name", "starts_at", "ends_at", "status", "pet__name"
    )
    orders = Order.objects.order_by("number").values_list("number", "name", "status", "handover", "total")
    lines = OrderLine.objects.order_by("order__number", "name").values_list("name", "unit_price", "quantity", "parcel")
    events = OrderEvent.objects.order_by("order__number", "pk").values_list("kind", "actor", "cause")
    return [list(rows) for rows in (offerings, visits, orders, lines, events)]


def test_the_demo_shop_is_healthy_in_a_currency_without_cents(settings):
    settings.SHOP_CURRENCY = "JPY"

    perform(STORIES[:3])

    assert violations(connection) == []
    assert Order.objects.filter(status=OrderStatus.FULFILLED).count() == 3


@pytest.mark.django_db(transaction=True)  # in one transaction of thousands of savepoints it takes four times as long
def test_the_demo_shop_is_whole_and_healthy(mailoutbox):
    seed()

    assert violations(connection) == []
    assert Offering.objects.published().products().count() == 40
    assert Offering.objects.published().services().count() == 10
    assert Category.objects.filter(offerings__kind="product").distinct().count() == 8
    assert Resource.objects.count() == 12
    assert {kind.bookings.exists() for kind in Closure.objects.all()} == {True}
    assert Question.objects.filter(offering=None).exists()
    assert AddOn.objects.exists()
    assert StockMovement.objects.aggregate(Sum("delta")) == {
        "delta__sum": Variant.objects.aggregate(Sum("stock"))["stock__sum"]
    }
    on_the_shelf = {choice.sku: choice.stock for thing in catalog.PRODUCTS for choice in thing.choices}
    assert dict(Variant.objects.filter(duration=None).values_list("sku", "stock")) == on_the_shelf

    assert set(Booking.objects.values_list("status", flat=True)) == set(BookingStatus)
    assert set(Order.objects.values_list("status", flat=True)) == {
        OrderStatus.PENDING,
        OrderStatus.CONFIRMED,
        OrderStatus.PAID,
        OrderStatus.FULFILLED,
        OrderStatus.EXPIRED,
        OrderStatus.CANCELLED,
    }
    paid = OrderLine.objects.products().filter(order__status__in=[OrderStatus.PAID, OrderStatus.FULFILLED])
    assert {*paid.values_list("parcel", flat=True)} == {
        ParcelStatus.TO_PACK,
        ParcelStatus.READY,
        ParcelStatus.HANDED_OVER,
    }
    assert OrderEvent.objects.filter(kind=EventKind.VISIT_MOVED).count() == 1
    assert OrderLine.objects.exclude(cancelled_at=None).count() == 1
    assert Order.objects.needing_attention().count() == 1  # a time that was lost
    assert Order.objects.paid_not_booked().count() == 1
    unpaid = Order.objects.booked_not_paid(clock.now())
    assert unpaid.filter(status=OrderStatus.PENDING).count() == 1
    assert unpaid.filter(status=OrderStatus.CONFIRMED).exists()  # with a deposit, or to be paid at the shop
    assert Payment.objects.succeeded().filter(amount=0).count() == 1
    assert CartLine.objects.filter(booking__status=BookingStatus.HELD, booking__order_line=None).count() == 1

    today = timezone.localdate()
    days = {timezone.localdate(start) for start in Booking.objects.visits().values_list("starts_at", flat=True)}
    assert {today + timedelta(days=days) for days in range(-7, 8)} <= days
    assert Order.objects.values("email").annotate(times=Count("pk")).filter(times__gte=2).exists()
    assert not Order.objects.filter(placed_at__gt=timezone.now()).exists()
    assert not OrderEvent.objects.filter(at__gt=timezone.now()).exists()

    assert not Message.objects.filter(sent_at=None).exists()
    assert len(mailoutbox) == Message.objects.count() == Payment.objects.succeeded().count() + 4


def test_the_same_seed_makes_the_same_shop():
    before = transaction.savepoint_create()
    perform(STORIES[::3], number=7)
    once = digest()
    transaction.savepoint_rollback(before)

    perform(STORIES[::3], number=7)

    assert digest() == once


def test_another_seed_sends_other_customers():
    now = timezone.now()

    assert Cast(7, now).queue == Cast(7, now).queue
    assert Cast(8, now).queue != Cast(7, now).queue


def test_ordinary_weeks_are_the_seeds_own():
    today = timezone.localdate()

    once, again, other = (ordinary_weeks(Random(seed), today, 4) for seed in (7, 7, 8))

    assert once == again != other
    assert {story.day // 7 for story in once} == set(range(-4, 4))
    assert ordinary_weeks(Random(7), today, 0) == []


def wall(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), get_default_timezone())


@pytest.mark.parametrize(("weekday", "hour"), [(6, 2), (2, 23)])
def test_the_desk_has_something_done_now_and_to_do_at_any_hour(weekday, hour):
    """On the last Sunday before the shop opens, on the last Wednesday when it has closed: what is played never lies ahead of its own present."""
    today = timezone.localdate()
    day = today - timedelta(days=(today.weekday() - weekday) % 7)
    stories = [story for story in STORIES if story.part]

    cast = perform(stories, moment=wall(day, hour))

    assert violations(connection) == []
    visits = Booking.objects.on_day(day).filter(part_of=None)
    assert len(visits) == len(stories)
    for visit in visits:
        match visit.status:
            case BookingStatus.COMPLETED | BookingStatus.NO_SHOW:
                assert visit.ends_at <= cast.seen_at
            case BookingStatus.CHECKED_IN:
                assert visit.starts_at <= cast.seen_at < visit.ends_at
            case BookingStatus.CONFIRMED:
                assert visit.starts_at > cast.seen_at
    assert {visit.status for visit in visits} == {
        BookingStatus.COMPLETED,
        BookingStatus.NO_SHOW,
        BookingStatus.CHECKED_IN,
        BookingStatus.CONFIRMED,
    }
    assert not OrderEvent.objects.filter(at__gt=cast.moment).exists()


SUNDAY, WEDNESDAY = date(2027, 1, 17), date(2027, 1, 20)


@pytest.mark.parametrize(
    ("now", "seen_from"),
    [
        (wall(WEDNESDAY, 3), wall(WEDNESDAY, 11)),
        (wall(WEDNESDAY, 12, 34), wall(WEDNESDAY, 12, 34)),
        (wall(WEDNESDAY, 23, 59), wall(WEDNESDAY, 17)),
        (wall(SUNDAY, 8), wall(SUNDAY, 11, 40)),
        (wall(SUNDAY, 20), wall(SUNDAY, 13, 20)),
    ],
)
def test_today_is_looked_at_from_its_working_hours(now, seen_from):
    assert working_moment(now) == seen_from


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), date(2027, 9, 20)])
def test_a_visit_keeps_its_wall_time_when_the_clocks_change_on_its_way(day):
    booked = wall(day + LATER, 10).astimezone(UTC)

    assert back(booked) == wall(day, 10)
    assert back(day + LATER) == day


def test_guests_come_stay_and_leave_today_each_in_a_place_of_their_own():
    stories = [story for story in STORIES if story.nights]

    perform(stories)

    assert violations(connection) == []
    today = timezone.localdate()
    stays = Booking.objects.filter(nights__isnull=False)
    assert len(stays) == len(stories)
    assert {(stay.arrives_on - today).days for stay in stays} >= {-3, -2, -1, 0}
    here = stays.filter(arrives_on__lt=today, leaves_on__gt=today)
    assert {stay.status for stay in here} == {BookingStatus.CHECKED_IN}
    for stay in stays:
        line = stay.order_line
        assert [night.day for night in line.nights.all()] == [
            stay.arrives_on + timedelta(days=number) for number in range(stay.nights)
        ]
        assert (line.starts_at, line.ends_at) == (stay.starts_at, stay.ends_at)
        assert (timezone.localtime(stay.starts_at).hour, timezone.localtime(stay.ends_at).hour) == (15, 11)


def test_one_course_is_running_and_one_is_to_come():
    perform([story for story in STORIES if story.visits in (["puppy-school"], [COURSE])])

    assert violations(connection) == []
    today = timezone.localdate()
    running, following = Course.objects.order_by("first_day")
    assert running.first_day < today < following.first_day
    for course in (running, following):
        evenings = [timezone.localtime(evening.starts_at) for evening in course.dates.all()]
        assert [evening.date() for evening in evenings] == [course.first_day + timedelta(weeks=n) for n in range(6)]
        assert {evening.hour for evening in evenings} == {18}
        assert all(evening.joined for evening in course.dates.with_joined(clock.now()))
    pupils = Booking.objects.filter(variant__whole_course=True, part_of=None, status=BookingStatus.CHECKED_IN)
    assert pupils.count() == 4
    for pupil in pupils:
        assert [booking.starts_at for booking in pupil.family] == [
            datetime.fromisoformat(begins) for begins, _ends in pupil.order_line.dates
        ]


def test_a_groom_in_the_demo_needs_a_tub():
    perform([story for story in STORIES if story.visits == ["full-groom"]][:2])

    grooms = Booking.objects.filter(variant__offering__slug="full-groom", part_of=None)
    assert {groom.parts.get().resource.name for groom in grooms} <= set(TUBS)
    assert len(grooms) == 2


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

    assert Offering.objects.count() == 50
    assert not User.objects.exists()
    assert not Order.objects.exists()
