"""Staff move a sold visit: who may, what is written down, and what is refused."""

from datetime import UTC, timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, BookingStatus
from bookings.operations import check_in, hold_booking
from checkout import payments
from checkout.models import Message, OrderEvent
from tests.checkout import conftest as checkout_fixtures
from tests.factories import CartFactory, ResourceFactory

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
bath, ten_tomorrow = checkout_fixtures.bath, checkout_fixtures.ten_tomorrow


@pytest.fixture
def line(bath, ten_tomorrow):
    """A bath with Maya at ten tomorrow, paid: EUR 35.00."""
    order = checkout_fixtures.place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))
    attempt = checkout_fixtures.open_page(order)
    checkout_fixtures.pay(attempt)
    payments.settle(attempt.session_id)
    return order.lines.get()


def address(line, page):
    return f"/backoffice/orders/{line.order.number}/visits/{line.pk}/{page}/"


def order_page(line):
    return f"/backoffice/orders/{line.order.number}/"


def said(client, response):
    return [str(message) for message in client.get(response.url).context["messages"]]


def start_of(line):
    return Booking.objects.get(order_line=line).starts_at


# Who may


def test_an_editor_neither_sees_nor_presses(editor, line):
    assert editor.get(address(line, "time")).status_code == 403
    assert editor.post(address(line, "time"), {"reason": "x"}).status_code == 403
    assert Booking.objects.get(order_line=line).status == BookingStatus.CONFIRMED


def test_p25_looking_changes_nothing(desk, line):
    before = list(Booking.objects.values()), OrderEvent.objects.count()

    assert desk.get(address(line, "time")).status_code == 200

    assert (list(Booking.objects.values()), OrderEvent.objects.count()) == before


def test_the_orders_page_leads_there_while_the_visit_is_booked(desk, line):
    page = desk.get(order_page(line))
    assertContains(page, address(line, "time"))

    check_in(line.booking)

    page = desk.get(order_page(line))
    assertNotContains(page, address(line, "time"))


# Moving


def test_a_free_time_is_one_press_and_its_reason_is_kept_under_a_name(desk, line, ten_tomorrow):
    two = ten_tomorrow + 4 * AN_HOUR
    assertContains(desk.get(address(line, "time")), f'value="{two.astimezone(UTC):%Y-%m-%dT%H:%M:%S}')

    answer = desk.post(
        address(line, "time"), {"reason": "She called", "start": two.astimezone(UTC).isoformat(), "resource": ""}
    )

    assertRedirects(answer, order_page(line), fetch_redirect_response=False)
    assert start_of(line) == two
    event = OrderEvent.objects.get(kind="visit_moved")
    assert (event.actor, event.cause) == (desk.user.get_username(), "She called")
    assert Message.objects.filter(kind="moved").count() == 1
    page = desk.get(order_page(line))
    assertContains(page, "She called")
    assertContains(page, f"by {desk.user.get_username()}")
    assertNotContains(desk.get(line.order.get_absolute_url()), "She called")


def typed(moment, **more):
    return {"reason": "She called", "day": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M}"} | more


def test_any_other_time_is_typed_out_of_hours_too_and_as_often_as_needed(desk, line, ten_tomorrow):
    for hours in (-3, 10, 9):
        desk.post(address(line, "time"), typed(ten_tomorrow + hours * AN_HOUR))
        assert start_of(line) == ten_tomorrow + hours * AN_HOUR

    assert Booking.objects.get(order_line=line).moves == 0


def test_c13_the_time_that_a_customer_holds_is_refused_with_the_reason(desk, line, bath, ten_tomorrow):
    held = hold_booking(bath, starts_at=ten_tomorrow + 4 * AN_HOUR)

    answer = desk.post(address(line, "time"), typed(ten_tomorrow + 4 * AN_HOUR))

    assertContains(answer, "A customer has this time in the basket, until", status_code=422)
    assertContains(answer, 'value="She called"', status_code=422)
    assert start_of(line) == ten_tomorrow
    held.refresh_from_db()
    assert held.status == BookingStatus.HELD


def test_with_somebody_else(desk, line, bath, ten_tomorrow):
    tom = ResourceFactory(name="Tom", slug="tom", services=[bath.offering])
    assertContains(desk.get(f"{address(line, 'time')}?resource=tom"), '<option value="tom" selected>')

    desk.post(address(line, "time"), typed(ten_tomorrow, resource="tom"))

    assert Booking.objects.get(order_line=line).resource == tom


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "  "}, "Write why"),
        ({"day": "", "time": ""}, "Press one of the free times"),
        ({"day": "2027-02-30"}, "Enter the date"),
        ({"time": "25:00"}, "Enter the time"),
        ({"day": "9999-12-31"}, "no such time"),
        ({"day": "2027-03-28", "time": "02:30"}, "no such time"),
        ({"start": "soon"}, "could not be read"),
        ({"resource": "nobody"}, "cannot do this service"),
    ],
)
def test_what_cannot_be_read_is_said_and_moves_nothing(desk, line, ten_tomorrow, changes, words):
    answer = desk.post(address(line, "time"), typed(ten_tomorrow + AN_HOUR, **changes))

    assertContains(answer, words, status_code=422)
    assert start_of(line) == ten_tomorrow


def test_c17_whoever_was_quicker_is_told(desk, line, ten_tomorrow):
    check_in(line.booking)

    for method in (desk.get, desk.post):
        answer = method(address(line, "time"), typed(ten_tomorrow))
        assert said(desk, answer) == ["This visit is not booked any more; look what has happened."]
