"""What staff do after the sale."""

import pytest

from bookings.models import BookingStatus
from checkout import fulfilment
from checkout.models import EventKind, OrderStatus, ParcelStatus
from petshop.core.errors import ShopError
from tests.checkout.conftest import place
from tests.checkout.test_paying import apply_truth, truth_about

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(cart):
    order = place(cart)
    apply_truth(truth_about(order))
    order.refresh_from_db()
    return order


@pytest.fixture
def visit(order):
    return order.lines.visits().get()


def test_an_order_is_fulfilled_when_its_visit_is_over_and_its_products_are_handed_over(order, visit):
    fulfilment.check_in(visit, actor="desk")
    fulfilment.complete(visit, actor="desk")
    fulfilment.pack(order, actor="desk")
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID

    fulfilment.hand_over(order, actor="desk")

    order.refresh_from_db()
    assert order.status == OrderStatus.FULFILLED
    done = [EventKind.CHECKED_IN, EventKind.COMPLETED, EventKind.PACKED, EventKind.HANDED_OVER, EventKind.FULFILLED]
    assert list(order.events.filter(actor="desk").values_list("kind", flat=True)) == done


def test_a_visit_that_nobody_came_to_is_over_too(order, visit):
    fulfilment.mark_no_show(visit, actor="desk")
    fulfilment.hand_over(order, actor="desk")

    order.refresh_from_db()
    assert order.status == OrderStatus.FULFILLED
    visit.booking.refresh_from_db()
    assert visit.booking.status == BookingStatus.NO_SHOW


def test_a_visit_is_not_checked_in_twice(order, visit):
    fulfilment.check_in(visit, actor="desk")

    with pytest.raises(ShopError):
        fulfilment.check_in(visit, actor="desk")

    assert order.events.filter(kind=EventKind.CHECKED_IN).count() == 1


def test_what_is_not_paid_is_neither_checked_in_nor_packed(cart):
    order = place(cart)

    with pytest.raises(ShopError, match="awaiting payment"):
        fulfilment.check_in(order.lines.visits().get(), actor="desk")
    with pytest.raises(ShopError, match="awaiting payment"):
        fulfilment.pack(order, actor="desk")

    assert order.lines.products().get().parcel == ParcelStatus.TO_PACK


def test_products_are_handed_over_once(order):
    fulfilment.hand_over(order, actor="desk")

    with pytest.raises(fulfilment.NothingToDo):
        fulfilment.hand_over(order, actor="desk")
