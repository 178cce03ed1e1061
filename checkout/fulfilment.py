"""What staff do with an order after the sale: visits happen, parcels are packed and handed over."""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from checkout.models import ACCEPTED, EventKind, Order, OrderLine, OrderStatus, ParcelStatus
from petshop.core.errors import ShopError


class NothingToDo(ShopError):
    """The order, or its parcel, is not in a state in which this can be done."""


class PaymentIsUnderWay(ShopError):
    """A payment page of the order is open: what is paid there must be known first."""

    def __init__(self, order: Order):
        super().__init__(_("Order %(number)s is being paid at this moment.") % {"number": order.number})


def check_in(line: OrderLine, *, actor: str) -> None:
    """The pet is here. Raises ShopError for a visit that is not confirmed, or of an order that was not accepted."""
    change_visit(line, calendar.check_in, EventKind.CHECKED_IN, actor=actor)


def complete(line: OrderLine, *, actor: str) -> None:
    """The visit is done; an order of which everything is done becomes fulfilled."""
    change_visit(line, calendar.complete, EventKind.COMPLETED, actor=actor)


def mark_no_show(line: OrderLine, *, actor: str) -> None:
    """Nobody came. The money stays as the accepted rule says; refunds are another matter."""
    change_visit(line, calendar.mark_no_show, EventKind.NO_SHOW, actor=actor)


@transaction.atomic
def change_visit(line: OrderLine, change: Callable, kind: EventKind, *, actor: str) -> None:
    order = lock_accepted(line.order_id)
    line = order.lines.select_related("booking").get(pk=line.pk)
    if line.booking is None:
        raise NothingToDo(_("This visit has no time."))
    change(line.booking)
    order.record(kind, actor=actor, cause=line.title, line=line.pk)
    fulfil_if_done(order, actor=actor)


@transaction.atomic
def pack(order: Order, *, actor: str) -> None:
    """The products are packed, and wait at the desk or for the driver."""
    move_parcel(order, {"parcel": ParcelStatus.TO_PACK}, ParcelStatus.READY, EventKind.PACKED, actor=actor)


@transaction.atomic
def hand_over(order: Order, *, actor: str) -> None:
    """The customer has the products that were to be collected; packed or not, they are gone."""
    gone = {"parcel__in": [ParcelStatus.TO_PACK, ParcelStatus.READY], "is_delivered": False}
    move_parcel(order, gone, ParcelStatus.HANDED_OVER, EventKind.HANDED_OVER, actor=actor)


@transaction.atomic
def send(order: Order, *, actor: str) -> None:
    """The products that were to be delivered are on their way to the customer."""
    gone = {"parcel__in": [ParcelStatus.TO_PACK, ParcelStatus.READY], "is_delivered": True}
    move_parcel(order, gone, ParcelStatus.HANDED_OVER, EventKind.SENT, actor=actor)


def move_parcel(order: Order, which: dict, after: ParcelStatus, kind: EventKind, *, actor: str) -> None:
    order = lock_accepted(order.pk)
    if not order.lines.filter(**which).update(parcel=after):
        raise NothingToDo(_("There is nothing left to do with these products."))
    order.record(kind, actor=actor, cause=str(kind.label))
    fulfil_if_done(order, actor=actor)


def lock_accepted(order_id: int) -> Order:
    order = Order.objects.select_for_update().get(pk=order_id)
    check_accepted(order)
    return order


def check_accepted(order: Order) -> None:
    if order.status not in ACCEPTED:
        raise NothingToDo(
            _("Order %(number)s is %(state)s.") % {"number": order.number, "state": order.get_status_display().lower()}
        )


def fulfil_if_done(order: Order, *, actor: str) -> None:
    """The locked order is fulfilled once every visit is over and every product with the customer.

    One of which everything was cancelled is not: nothing of it took place, and its money is still to be sent back.
    """
    lines = list(order.lines.select_related("booking"))
    is_done = all(line.is_done for line in lines) and not all(line.cancelled_at for line in lines)
    if order.status == OrderStatus.PAID and is_done:
        order.move_to(OrderStatus.FULFILLED, EventKind.FULFILLED, actor=actor, cause="Everything is done")


def close_if_over(order: Order, *, actor: str, cause: str) -> None:
    """The locked order is cancelled once everything of it is called off and nothing of its money is still owed.

    What nobody could send back keeps it open: its money is here, and a person must look. Safe to repeat.
    """
    lines = list(order.lines.all())
    is_over = all(line.cancelled_at and not line.still_owed for line in lines)
    if is_over and order.status != OrderStatus.CANCELLED:
        order.move_to(OrderStatus.CANCELLED, EventKind.CANCELLED, actor=actor, cause=cause)


def pay_if_covered(order: Order, *, actor: str) -> None:
    """What is left of an order with a balance may be paid already: nobody asks for the rest of what was called off."""
    if order.status == OrderStatus.CONFIRMED and not order.outstanding:
        order.move_to(OrderStatus.PAID, EventKind.BALANCE_WAIVED, actor=actor, cause="What is left of it is paid")
