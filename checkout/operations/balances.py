"""What is still to be paid of an order that was accepted: reminded of, postponed, and given up for when it does not come."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from bookings.models import BookingStatus
from bookings.terms import BALANCE_GRACE
from checkout.balance_mails import key_of
from checkout.models import SHOP, EventKind, Message, Order, OrderLine, OrderStatus, ParcelStatus
from checkout.operations.cancelling import call_off
from checkout.operations.paying import lock_order, queue_message
from checkout.terms import begins
from petshop.core import clock
from petshop.core.errors import ShopError

REMIND_BEFORE = timedelta(days=3)
NOT_PAID = "The rest was not paid in time"
WAITING = Q(booking__status=BookingStatus.CONFIRMED) | Q(parcel__in=[ParcelStatus.TO_PACK, ParcelStatus.READY])


class NotAfterIt(ShopError):
    """The rest of a visit is due before it begins, and not in the past."""

    def __init__(self):
        super().__init__(_("Choose a moment that is still to come, and before the visit begins."))


class NothingToPay(ShopError):
    def __init__(self, order: Order):
        super().__init__(_("Nothing is left to pay for order %(number)s.") % {"number": order.number})


def lines_due(until: datetime):
    """What is to be paid by then and is not, of orders that stand."""
    due = OrderLine.objects.filter(due_by__lte=until, cancelled_at=None, due_later__gt=F("waived"))
    return due.filter(WAITING, order__status=OrderStatus.CONFIRMED)


def queue_balance_mails() -> int:
    """Queue the mails that remind of what is due in three days, or say that it is missing; how many. Safe to repeat."""
    now = clock.now()
    orders = Order.objects.filter(lines__in=lines_due(now + REMIND_BEFORE)).distinct().order_by("pk")
    due = {}
    for order in orders.prefetch_related("lines", "payments"):
        if not order.outstanding or order.due_by is None:
            continue
        if order.due_by <= now:
            due[key_of("balance_overdue", order)] = order, "balance_overdue"
        elif order.placed_at <= order.due_by - REMIND_BEFORE:  # whoever ordered later than that knows
            due[key_of("balance_due", order)] = order, "balance_due"
    for known in Message.objects.filter(key__in=due).values_list("key", flat=True):
        del due[known]
    for key, (order, kind) in due.items():
        with transaction.atomic():
            queue_message(order, kind=kind, key=key)
    return len(due)


def orders_to_lapse() -> list[Order]:
    """Those that waited for their rest for as long as was said. Their payment pages must be closed before `lapse_balance`."""
    overdue = lines_due(clock.now() - BALANCE_GRACE)
    return list(Order.objects.filter(lines__in=overdue).distinct().order_by("pk"))


@transaction.atomic(durable=True)
def lapse_balance(order: Order) -> bool:
    """Call off what was not paid in time, by the terms that were accepted; True if it was this call. Safe to repeat.

    What has been paid or postponed meanwhile stays. Raises PaymentIsUnderWay, and changes nothing.
    """
    _cart, order = lock_order(order.pk)
    if order.status != OrderStatus.CONFIRMED or not order.outstanding:
        return False
    lines = list(lines_due(clock.now() - BALANCE_GRACE).filter(order=order).order_by("pk"))
    return bool(lines and call_off(order, lines, actor=SHOP, cause=NOT_PAID).parts)


@transaction.atomic(durable=True)
def postpone_balance(order: Order, *, until: datetime, actor: str, cause: str) -> Order:
    """Give a customer more time, or less, to pay the rest. Raises NothingToPay or NotAfterIt; then nothing has changed."""
    _cart, order = lock_order(order.pk)
    if order.status != OrderStatus.CONFIRMED or order.due_by is None or not order.outstanding:
        raise NothingToPay(order)
    due = [line for line in order.lines.select_related("booking") if line.due_by and line.to_pay_later]
    if until <= clock.now() or any(line.is_visit and until > begins(line) for line in due):
        raise NotAfterIt
    before = order.due_by
    for line in due:
        line.due_by = until
        line.save(update_fields=["due_by"])
    order.record(
        EventKind.BALANCE_POSTPONED,
        actor=actor,
        cause=cause,
        **{"from": before.isoformat(), "to": until.isoformat()},
    )
    return order
