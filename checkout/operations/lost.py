"""What was paid for and was not to be had any more: it waits for its customer's choice, or is given up."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from bookings.models import Booking, Pet
from checkout.fulfilment import NothingToDo
from checkout.models import EventKind, Order, OrderLine, Payment
from checkout.operations.concerns import flag, unflag
from petshop.core import clock


def offer_choice(order: Order, line: OrderLine, payment: Payment, *, until: datetime) -> None:
    """Let its customer choose what to have instead; staff see it until then."""
    line.choose_by = until
    line.save(update_fields=["choose_by"])
    flag(payment, order, concern_of(order, line))


def choice_made(order: Order, line: OrderLine) -> None:
    """Nobody waits for it any more. The order is locked, and its payments are."""
    line.choose_by = None
    line.save(update_fields=["choose_by"])
    for payment in order.payments.succeeded():
        unflag(payment, concern_of(order, line))


def chosen_already() -> NothingToDo:
    """What whoever chooses once more, or in another tab, is told."""
    return NothingToDo(_("You have chosen already."))


def let_go(order: Order, line: OrderLine) -> None:
    """Nobody chooses any more what to have instead: it is called off, and its time was never its own."""
    choice_made(order, line)
    line.booking = None
    line.save(update_fields=["booking"])


def give_up(order: Order, line: OrderLine, *, actor: str, cause: str) -> None:
    """All of its money goes back, and nothing of it is kept."""
    if line.choose_by:
        let_go(order, line)
    line.cancelled_at, line.kept = clock.now(), Decimal(0)
    if order.outstanding:
        line.waived = line.due_later
    line.save(update_fields=["cancelled_at", "kept", "waived"])
    order.record(
        EventKind.VISIT_CANCELLED if line.is_visit else EventKind.LINE_CANCELLED,
        actor=actor,
        cause=cause,
        line=line.pk,
        title=line.title,
        kept=str(line.kept),
        comes_back=str(line.comes_back),
    )


def concern_of(order: Order, line: OrderLine) -> str:
    """What staff read; each line's is its own, even if two are of the same name."""
    number = list(order.lines.order_by("pk").values_list("pk", flat=True)).index(line.pk) + 1
    return f"Line {number}, {line.title}: paid, but no longer to be had"


def visit_without_time(line: OrderLine) -> Booking:
    """The visit as it was sold, for whoever looks for another time; not saved, if there is no trace of it left."""
    if line.booking:
        return line.booking
    return Booking(
        variant=line.variant,
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        nights=line.nights.count() or None,
        pet=Pet(name=line.pet_name, species=line.pet_species, size=line.pet_size),
    )


def why_no_other_time(line: OrderLine) -> str:
    """Why its customer cannot choose another time for this visit, in a sentence; empty if they can."""
    if line.refunded:
        return _("Money for this visit has been sent back already.")
    if not (line.variant.is_active and line.variant.offering.is_published):
        return _("We do not offer this any more.")
    return ""
