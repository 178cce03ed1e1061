"""A sold visit has another time: what its line, its order and its customer hear of it. Inside the caller's transaction."""

from decimal import Decimal

from bookings.models import Booking
from checkout.models import EventKind, Order, OrderLine
from checkout.operations.messages import queue_message
from checkout.quotes import MoveQuote, left_there, taken_from
from checkout.terms import sold_terms


def lines_of(order: Order):
    """Its visits, each with all that moving it asks for."""
    lines = order.lines.visits().select_related("variant__offering__rules", "booking__resource", "booking__pet")
    return lines.select_related("booking__variant__offering__rules").prefetch_related("add_ons")


def write_move(
    line: OrderLine, before: Booking, after: Booking, *, quote: MoveQuote, kept: int, actor: str, cause: str
) -> None:
    """Write down where the visit is now and what it costs there, and tell its customer.

    `kept`, in percent, is what cancelling cost its customer when they moved it: from then on it costs that at least.
    """
    order = line.order
    line.booking = after
    if line.due_by:
        move_balance(line)
    if quote.new < quote.old:
        lower(line, quote.old - quote.new)
    line.kept_at_least = max(line.kept_at_least, kept)
    line.save(update_fields=["kept_at_least"])
    order.record(
        EventKind.VISIT_MOVED,
        actor=actor,
        cause=cause,
        line=line.pk,
        title=line.title,
        sequence=after.sequence,
        **{"from": before.starts_at.isoformat(), "to": after.starts_at.isoformat()},
        was_with=str(before.resource),
        is_with=str(after.resource),
        **({} if quote.is_even else {"cost": str(quote.old), "costs": str(quote.new)}),
    )
    queue_message(order, kind="moved", key=f"moved:{after.pk}:{after.sequence}", about=after)


def move_balance(line: OrderLine) -> None:
    """The rest of a visit that was moved is due no sooner than was said, and before it begins."""
    starts_at = line.booking.starts_at
    line.due_by = min(starts_at, max(line.due_by, sold_terms(line).balance_due_by(starts_at)))
    line.save(update_fields=["due_by"])


def lower(line: OrderLine, amount: Decimal) -> None:
    """The visit costs so much less where it is now."""
    for each, part in taken_from(line, amount, room=lambda each: each.worth).items():
        each.amount_there = each.worth - part
        each.save(update_fields=["amount_there"])


def left_with(line: OrderLine, amount: Decimal) -> dict[OrderLine, Decimal]:
    """Of which lines an amount of a visit's price goes back, before they are lowered: each as far as something of it is left."""
    return taken_from(line, amount, room=left_there)
