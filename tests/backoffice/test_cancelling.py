"""Staff cancel a line of an order or all of it: what is shown first, what they decide, and what is written down."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking, BookingStatus
from bookings.operations import check_in
from catalog.models import StockMovement
from checkout import fulfilment
from checkout.models import Message, Order, OrderEvent, OrderStatus, Refund
from tests.checkout import conftest as checkout_fixtures
from tests.checkout.test_cancelling import delivered as delivered
from tests.checkout.test_changes import asked, paid_page
from tests.checkout.test_changes import dear as dear
from tests.checkout.test_moving import begin_in, paid
from tests.checkout.test_moving import stay as stay
from tests.pages.test_crawl import everything

pytestmark = pytest.mark.django_db

bath, shampoo = checkout_fixtures.bath, checkout_fixtures.shampoo
cart, ten_tomorrow = checkout_fixtures.cart, checkout_fixtures.ten_tomorrow


@pytest.fixture
def order(cart):
    """A bath at 35.00, of which half is kept from a day before on, and a bottle of shampoo at 4.50."""
    order = paid(cart)
    begin_in(order.lines.visits().get(), timedelta(hours=23))
    return order


@pytest.fixture
def line(order):
    return order.lines.visits().get()


@pytest.fixture
def bottle(order):
    return order.lines.products().get()


def address(order, *lines):
    query = "&".join(f"line={line.pk}" for line in lines)
    return f"/backoffice/orders/{order.number}/cancellation/{'?' if query else ''}{query}"


def typed(page, **changes):
    plan = page.context["plan"]
    said = {
        "left": str(plan.left),
        "kept": str(plan.kept),
        "part": [str(part.line.pk) for part in plan.parts],
        "shelf": [str(part.line.pk) for part in plan.parts if part.line.parcel],
        "keep": "terms",
        "reason": "She called",
    }
    return said | changes


def press(desk, where, **changes):
    return desk.post(where, typed(desk.get(where), **changes))


def asked_back():
    return sum((refund.amount for refund in Refund.objects.all()), Decimal(0))


def said(client, response):
    return [str(message) for message in client.get(response.url).context["messages"]]


def test_an_editor_neither_sees_nor_presses(editor, order):
    assert editor.get(address(order)).status_code == 403
    assert editor.post(address(order), {"reason": "x"}).status_code == 403
    assert Order.objects.get().status == OrderStatus.PAID


def test_p25_looking_changes_nothing(desk, order, line, bottle):
    before = everything()

    for where in (address(order), address(order, line), address(order, bottle)):
        assert desk.get(where).status_code == 200
        assert desk.head(where).status_code == 200

    assert everything() == before


def test_the_orders_page_leads_there_for_as_long_as_there_is_something_to_cancel(desk, order, line, bottle):
    page = desk.get(f"/backoffice/orders/{order.number}/")
    for where in (address(order), address(order, line), address(order, bottle)):
        assertContains(page, f'href="{where}"')

    press(desk, address(order))

    page = desk.get(f"/backoffice/orders/{order.number}/")
    assertNotContains(page, "cancellation/")
    assertContains(page, "It was cancelled.")


def test_delivery_goes_with_the_thing_that_was_to_be_brought(desk, delivered):
    page = desk.get(address(delivered, delivered.lines.products().get()))

    assertContains(page, "<h1>Cancel Oat shampoo?</h1>", html=True)
    assertContains(page, "€3.90 comes back by the terms")
    press(desk, address(delivered), keep="nothing")
    assert asked_back() == Decimal("43.40")


def test_what_was_paid_for_a_dearer_time_goes_with_its_visit(desk, stay, dear):
    paid_page(asked(stay, dear))

    page = desk.get(address(stay.order))
    assertContains(page, "Another time: Boarding, Medium dog")
    assertContains(page, "€10.00 comes back by the terms")
    press(desk, address(stay.order), keep="nothing")
    assert asked_back() == 50


def test_each_way_to_decide_says_what_comes_back(desk, order, line):
    page = desk.get(address(order, line))

    assertContains(page, "By the terms that were agreed: €17.50 is kept, €17.50 comes back")
    assertContains(page, "Keep nothing: €35.00 comes back")
    assertContains(page, "Keep all of it: nothing of €35.00 comes back")
    assertContains(page, "Keep another part of €35.00")
    assertContains(page, "Free again: ")
    assertContains(page, "Maya")


@pytest.mark.parametrize(
    ("decided", "kept"),
    [
        ({"keep": "terms"}, "17.50"),
        ({"keep": "nothing"}, "0.00"),
        ({"keep": "all"}, "35.00"),
        ({"keep": "amount", "amount": "12.34"}, "12.34"),
        ({"keep": "nothing", "amount": "12.34"}, "0.00"),
    ],
)
def test_what_is_decided_is_what_happens_and_is_written_down_with_its_reason(desk, order, line, decided, kept):
    answer = press(desk, address(order, line), **decided)

    assert answer.status_code == 302
    line.refresh_from_db()
    assert line.kept == Decimal(kept)
    assert asked_back() == Decimal("35.00") - line.kept
    event = OrderEvent.objects.get(kind="visit_cancelled")
    assert (event.actor, event.cause) == (desk.user.get_username(), "She called")
    if asked_back():
        assert Refund.objects.get().actor == desk.user.get_username()
        assert f"€{asked_back()} is on its way back" in said(desk, answer)[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "  "}, "Write why"),
        ({"keep": "half"}, "Choose how much we keep"),
        ({"keep": ""}, "Choose how much we keep"),
        ({"keep": "amount", "amount": ""}, "Enter how much to keep"),
        ({"keep": "amount", "amount": "35.01"}, "up to €35.00"),
        ({"keep": "amount", "amount": "-1"}, "greater than or equal to 0"),
        ({"keep": "amount", "amount": "1e400"}, "amount"),
        ({"left": "34.00"}, "Meanwhile €17.50 comes back"),
        ({"kept": "0.00"}, "Meanwhile €17.50 comes back"),
        ({"left": ""}, "required"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(desk, order, line, changes, words):
    answer = press(desk, address(order, line), **{"reason": "She called"} | changes)

    assertContains(answer, words, status_code=422)
    if "reason" not in changes:
        assertContains(answer, 'value="She called"', status_code=422)
    assert not Refund.objects.exists()
    assert Booking.objects.get(order_line=line).status == BookingStatus.CONFIRMED


def test_after_look_and_press_again_the_second_press_is_enough(desk, order, line):
    answer = press(desk, address(order, line), kept="0.00")

    assert desk.post(address(order, line), typed(answer)).status_code == 302
    assert asked_back() == Decimal("17.50")


def test_the_whole_order_ends_with_one_press_and_one_mail(desk, order):
    press(desk, address(order), keep="nothing")

    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert asked_back() == order.total
    assert Message.objects.filter(kind="called_off").count() == 1


def test_s05_what_is_not_ticked_is_not_sold_again(desk, order, bottle):
    page = desk.get(address(order, bottle))
    assertContains(page, "Back on the shelf")

    press(desk, address(order, bottle), shelf=[])
    desk.post(address(order, bottle), typed(page))

    bottle.variant.refresh_from_db()
    assert bottle.variant.stock == 9
    assert StockMovement.objects.filter(variant=bottle.variant, reason="spoiled").count() == 1


def test_what_the_customer_has_is_taken_back_only_by_its_own_name(desk, order, bottle):
    fulfilment.hand_over(order, actor="robin")
    page = desk.get(address(order))
    assertContains(page, "You have this already")
    assert [part.line.is_visit for part in page.context["plan"].parts] == [True]

    assertContains(desk.get(f"/backoffice/orders/{order.number}/"), "Take back")
    press(desk, address(order, bottle))

    bottle.refresh_from_db()
    bottle.variant.refresh_from_db()
    assert (bottle.parcel, bottle.variant.stock, asked_back()) == ("cancelled", 10, Decimal("4.50"))


def test_c17_whoever_was_quicker_is_told(desk, order, line):
    page = desk.get(address(order, line))
    check_in(line.booking)

    for press_or_look in (desk.get, lambda where: desk.post(where, typed(page))):
        assert said(desk, press_or_look(address(order, line))) == ["This visit is “Checked in” by now."]
    assert not Refund.objects.exists()


def test_a_second_press_says_that_it_is_done(desk, order, line):
    page = desk.get(address(order, line))
    for _press in range(2):
        answer = desk.post(address(order, line), typed(page))

    assert said(desk, answer)[-1] == "It is cancelled already."
    assert Refund.objects.count() == 1


def test_an_order_that_nobody_has_paid_is_ended_with_its_page(desk, cart):
    order = checkout_fixtures.place(cart)
    checkout_fixtures.open_page(order)
    page = desk.get(address(order))
    assertContains(page, "Its payment page is closed first.")
    assertNotContains(page, "How much we keep")

    desk.post(address(order), typed(page))

    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert not Refund.objects.exists()


def test_a_line_of_another_order_is_as_unknown_as_none(desk, order):
    for guess in ("0", "999999", "x", "%00"):
        answer = desk.get(f"{address(order)}?line={guess}")
        assert said(desk, answer) == ["It is cancelled already."]
