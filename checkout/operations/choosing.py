"""What a customer has instead of what was not to be had any more when the money came: another time, or the product after all."""

from datetime import datetime

from django.db import transaction

from bookings import operations as calendar
from bookings.models import Resource
from catalog.operations import take_stock
from checkout.fulfilment import NothingToDo
from checkout.models import CUSTOMER, EventKind, OrderLine, ParcelStatus
from checkout.operations.lost import choice_made, chosen_already, visit_without_time, why_no_other_time
from checkout.operations.messages import queue_message
from checkout.operations.moved import lines_of, move_balance
from checkout.operations.refunding import lock_money
from checkout.operations.visits import check_price


@transaction.atomic(durable=True)
def choose_time(
    line: OrderLine, *, starts_at: datetime, resource: Resource | None = None, actor: str = CUSTOMER
) -> OrderLine:
    """Give a visit that has lost its time another one, confirmed at once, for what was paid. Its customer is told.

    Pressed again, it is the same visit. Raises NothingToDo if its customer has chosen already, OtherPrice, SlotTaken,
    PetElsewhere or NotForThisPet; then nothing has changed, and there is still the choice.
    """
    order, _payments = lock_money(line.order_id)
    line = lines_of(order).get(pk=line.pk)
    if line.choose_by is None:
        if line.booking and line.booking.starts_at == starts_at and not line.cancelled_at:
            return line
        raise chosen_already()
    if reason := why_no_other_time(line):
        raise NothingToDo(reason)
    lost = visit_without_time(line)
    check_price(line, lost, starts_at)
    if lost.pet and lost.pet.pk is None:
        lost.pet.save()
    line.booking = calendar.book(
        line.variant,
        starts_at=starts_at,
        resource=resource,
        nights=lost.nights or 0,
        length=lost.ends_at - lost.starts_at,
        pet=lost.pet,
    )
    line.save(update_fields=["booking"])
    if line.due_by:
        move_balance(line)
    choice_made(order, line)
    order.record(
        EventKind.VISIT_REBOOKED,
        actor=actor,
        cause="Chose another time on the order's page",
        line=line.pk,
        title=line.title,
        **{"from": line.starts_at.isoformat(), "to": line.booking.starts_at.isoformat()},
        is_with=str(line.booking.resource),
    )
    queue_message(order, kind="moved", key=f"moved:{line.booking.pk}:{line.booking.sequence}", about=line.booking)
    return line


@transaction.atomic(durable=True)
def take_again(line: OrderLine, *, actor: str = CUSTOMER) -> OrderLine:
    """A product that had sold out is on the shelf again: it is packed for its customer after all. Safe to repeat.

    Raises OutOfStock if it is not, NothingToDo if its customer has chosen the money; then nothing has changed.
    """
    order, _payments = lock_money(line.order_id)
    line = order.lines.products().select_related("variant__offering").get(pk=line.pk)
    if line.choose_by is None:
        if line.parcel != ParcelStatus.CANCELLED:
            return line
        raise chosen_already()
    take_stock(line.variant, line.quantity, reference=f"{line.stock_reference}:late", actor=actor)
    choice_made(order, line)
    line.parcel = ParcelStatus.TO_PACK
    line.save(update_fields=["parcel"])
    order.record(EventKind.STOCK_FOUND, actor=actor, cause=line.title, line=line.pk)
    return line
