"""Many buyers at one moment, on real PostgreSQL. Each race has a mutant in tests/mutants/ that makes it fail."""

import os
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus, Resource
from bookings.operations import hold_booking
from checkout import operations, payments
from checkout.models import Cart, EventKind, Message, Order, OrderStatus, Payment, PaymentStatus
from checkout.operations import OutOfStock
from tests import kinds
from tests.checkout.conftest import details_for, open_page, pay, place, total_of
from tests.checkout.test_payments import events_of_stripe, sessions, tell
from tests.concurrency import at_once
from tests.factories import CartFactory, ResourceFactory, ServiceFactory, ServiceVariantFactory, VariantFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BUYERS = 500 if os.environ.get("PROOF") else 200
CARTS = 200 if os.environ.get("PROOF") else 40
MEETINGS = 200 if os.environ.get("PROOF") else 8


@pytest.fixture(autouse=True)
def no_deadlock_and_nothing_broken():
    """PostgreSQL never had to end a deadlock, and every invariant holds afterwards."""
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert violations(connection) == []


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def kinds_of(results) -> dict[str, int]:
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in set(names)}


def test_c01_the_last_one_is_sold_once(db):
    last = VariantFactory(stock=1)
    carts = [CartFactory(holding=[last]) for _ in range(BUYERS)]

    results = at_once(BUYERS, lambda: place(carts.pop()))

    assert kinds_of(results) == {"Order": 1, "OutOfStock": BUYERS - 1}
    last.refresh_from_db()
    assert last.stock == 0
    assert Order.objects.count() == 1


def test_c02_two_hundred_browsers_press_the_same_time_and_those_without_it_are_offered_three_others(bath, ten_tomorrow):
    pressed = {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "resource": ""}

    answers = at_once(BUYERS, lambda: Client().post("/cart/visits/", pressed).url)

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert Booking.objects.get().status == BookingStatus.HELD
    assert answers.count("/cart/") == 1
    for offered in set(answers) - {"/cart/"}:
        page = Client().get(offered).content.decode()
        notice = page[page.index('role="alert"') :]
        assert notice[: notice.index("<table")].count('data-testid="slot"') == 3


def test_a_double_click_on_a_time_holds_it_once(bath, ten_tomorrow):
    browser = Client()
    browser.get("/shop/bath-and-tidy/")
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    pressed = {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "resource": "", "press": "one"}

    def press():
        again = Client()
        again.cookies.load(cookies)
        return again.post("/cart/visits/", pressed).url

    assert at_once(4, press) == ["/cart/"] * 4

    assert Booking.objects.count() == 1


def test_c05_carts_in_opposite_order_never_wait_for_each_other(db, ten_tomorrow):
    food, toy = VariantFactory(stock=1000), VariantFactory(stock=1000)
    baths = []
    for _ in range(2):
        service = ServiceFactory()
        ResourceFactory(services=[service], hours=("00:00", "23:30"))
        baths.append(ServiceVariantFactory(offering=service, duration=timedelta(minutes=30)))
    carts = []
    for number in range(20):
        start = ten_tomorrow + timedelta(minutes=30) * (number % 20) - timedelta(hours=4)
        things = [food, toy, *(hold_booking(bath, starts_at=start) for bath in baths)]
        carts.append(CartFactory(holding=things if number % 2 else things[::-1]))

    results = at_once(len(carts), lambda: place_with_two_pets(carts.pop()))

    assert kinds_of(results) == {"Order": 20}
    food.refresh_from_db()
    assert food.stock == 980


def test_c05_a_groomer_and_a_kennel_are_added_in_either_order_and_paid_whole(bath, ten_tomorrow):
    """Room for fewer than want it: whoever places an order has both for as long as it is paid, and nobody waits for ever."""
    kennel = kinds.boarding(kennels=CARTS // 2)
    Resource.objects.filter(name="Maya").update(capacity=CARTS - 6)
    wanted = [(bath, ten_tomorrow), (kennel, kinds.on(kinds.in_days(2), "15:00"))]
    orders = [wanted, wanted[::-1]] * (CARTS // 2)

    def add_both_and_pay():
        cart = Cart.objects.create()
        for variant, start in orders.pop():
            operations.add_visit(cart, variant, starts_at=start)
        return place(cart)

    results = at_once(CARTS, add_both_and_pay)

    assert set(kinds_of(results)) == {"Order", "SlotTaken"}
    placed = [result for result in results if not isinstance(result, Exception)]
    assert CARTS // 2 - 6 <= len(placed) <= CARTS // 2  # six of those with a kennel may find no groomer
    for order in placed:
        kept = {(booking.status, booking.held_until) for booking in order.bookings()}
        assert (len(order.bookings()), len(kept)) == (2, 1)


def place_with_two_pets(cart):
    """Two groomers at one time are for two pets."""
    first, second = cart.lines.visits()
    pets = details_for(cart).pets
    other = operations.PetDetails(name="Olive", species="dog")
    return place(cart, pets={first.pk: pets[first.pk], second.pk: other})


def test_c08_a_double_click_on_pay_is_one_order_and_one_page(cart):
    details, total = details_for(cart), total_of(cart)

    def press_pay():
        return payments.open_checkout(operations.place_order(cart, details=details, agreed_total=total))

    urls = at_once(12, press_pay)

    assert len(set(urls)) == 1
    assert str(urls[0]).startswith("http") or str(urls[0]).startswith("/")
    assert Order.objects.count() == 1
    assert Order.objects.get().payments.count() == 1
    assert len(sessions()) == 1


def test_recording_a_page_and_looking_for_one_lock_the_order_before_its_payment(cart):
    payment = place(cart).payments.get()

    def record_and_look():
        for _ in range(10):
            Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.CREATED)
            operations.record_session(payment, session_id="cs_local_one", url="/")
            operations.live_attempt(payment.order)

    assert at_once(8, record_and_look) == [None] * 8


def test_c09_settled_twelve_times_at_once_is_one_payment_and_one_mail(cart, run_jobs, mailoutbox):
    order = place(cart)
    payment = open_page(order)
    pay(payment, delivery="never")

    results = at_once(12, lambda: payments.settle(payment.session_id))
    run_jobs()

    assert kinds_of(results) == {"Payment": 12}
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.events.filter(kind=EventKind.PAID).count() == 1
    assert Message.objects.count() == len(mailoutbox) == 1


def test_c09_webhook_and_return_page_arrive_together_again_and_again(db):
    toy = VariantFactory(stock=MEETINGS)
    for _round in range(MEETINGS):
        order = place(CartFactory(holding=[toy]), handover="pickup")
        payment = open_page(order)
        pay(payment, delivery="never")
        body, here = events_of_stripe()[-1], {"session": payment.session_id}
        todo = [
            lambda body=body: tell(Client(), body).status_code,
            lambda order=order, here=here: Client().get(order.get_absolute_url(), here).status_code,
        ]

        answers = at_once(2, lambda todo=todo: todo.pop()())

        assert sorted(answers) in ([200, 200], [200, 302])
        assert order.events.filter(kind=EventKind.PAID).count() == order.messages.count() == 1
    toy.refresh_from_db()
    assert toy.stock == 0


def test_c10_one_event_delivered_twenty_times_at_once_has_one_effect(cart, client):
    order = place(cart)
    pay(open_page(order), delivery="never")
    body = events_of_stripe()[-1]

    answers = at_once(20, lambda: tell(type(client)(), body).status_code)

    assert answers == [200] * 20
    assert order.events.filter(kind=EventKind.PAID).count() == 1


def test_money_and_the_end_of_an_order_at_the_same_moment_end_in_one_of_two_ways(db, bath, ten_tomorrow):
    orders = []
    for hour in range(6):
        order = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=hour))]))
        pay(open_page(order), delivery="never")
        orders.append(order)
    todo = [
        work
        for order in orders
        for work in (
            lambda order=order: payments.settle(order.payments.get().session_id),
            lambda order=order: payments.close_order(order, cause="Not paid in time", to_cart=False),
        )
    ]

    results = at_once(len(todo), lambda: todo.pop()())

    assert not [result for result in results if isinstance(result, Exception)]
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.PAID}


def test_c15_two_tabs_that_add_at_the_same_moment_lose_nothing(bath, ten_tomorrow):
    cart, food = CartFactory(), VariantFactory()
    todo = [
        lambda: operations.add_product(cart, food, quantity=1),
        lambda: operations.add_visit(cart, bath, starts_at=ten_tomorrow),
    ] * 4

    at_once(len(todo), lambda: todo.pop()())

    assert cart.lines.products().get().quantity == 4
    assert cart.lines.visits().count() == 1


def test_sold_out_keeps_the_rest_of_the_basket(db):
    last, other = VariantFactory(stock=1), VariantFactory(stock=BUYERS)
    carts = [CartFactory(holding=[last, other]) for _ in range(12)]
    waiting = list(carts)

    results = at_once(12, lambda: place(waiting.pop()))

    assert kinds_of(results) == {"Order": 1, OutOfStock.__name__: 11}
    assert [cart.lines.count() for cart in carts] == [2] * 12
    other.refresh_from_db()
    assert other.stock == BUYERS - 1
