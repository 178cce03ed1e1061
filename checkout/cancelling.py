"""What becomes of the money of lines that are called off: what comes back, what is kept, and why. Pure.

The page that asks and the operation that does it plan with the same function, so what was said is what happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.models import Order, OrderLine, ParcelStatus
from checkout.shares import split
from checkout.states import is_booked
from checkout.terms import kept_amount, kept_percent
from petshop.core.errors import ShopError
from petshop.core.money import format_money, round_money


class Keep(TextChoices):
    """How much of the money stays here. A customer is bound to the terms that were accepted, staff are not."""

    TERMS = "terms", gettext_lazy("By the terms that were agreed")
    NOTHING = "nothing", gettext_lazy("Keep nothing")
    ALL = "all", gettext_lazy("Keep all of it")
    AMOUNT = "amount", gettext_lazy("Keep this much")


class CannotKeep(ShopError):
    """Nobody can keep more than is there, or a part of a coin."""

    def __init__(self, left: Decimal, currency: str):
        super().__init__(_("Enter how much to keep, up to %(left)s.") % {"left": format_money(left, currency)})


@dataclass(frozen=True)
class Seen:
    """The amounts that somebody was shown before they pressed: what is here, and what of it is kept by the terms."""

    left: Decimal
    kept: Decimal


@dataclass(frozen=True)
class Part:
    """One line that is called off: of what was paid for it so much is `left` here, and so much of that is `kept`."""

    line: OrderLine
    left: Decimal
    kept: Decimal

    @property
    def comes_back(self) -> Decimal:
        return self.left - self.kept


@dataclass(frozen=True)
class Plan:
    """All that is called off with one press."""

    parts: tuple[Part, ...] = ()

    @property
    def left(self) -> Decimal:
        return sum((part.left for part in self.parts), Decimal(0))

    @property
    def kept(self) -> Decimal:
        return sum((part.kept for part in self.parts), Decimal(0))

    @property
    def comes_back(self) -> Decimal:
        return self.left - self.kept

    @property
    def seen(self) -> Seen:
        return Seen(self.left, self.kept)

    @property
    def is_of_several(self) -> bool:
        """Whether more than one visit or product ends, whatever is paid beside them."""
        return sum(not part.line.is_charge for part in self.parts) > 1


def planned(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    now: datetime,
    keep: Keep = Keep.TERMS,
    amount: Decimal | None = None,
) -> Plan:
    """What comes back of these lines if they are called off now. Of several, `amount` is kept in proportion.

    Raises CannotKeep for an amount that is not there.
    """
    left = all_left(order, lines)
    match keep:
        case Keep.TERMS:
            kept = [min(by_terms(order, line, now=now), rest) for line, rest in zip(lines, left, strict=True)]
        case Keep.NOTHING:
            kept = [Decimal(0)] * len(left)
        case Keep.ALL:
            kept = left
        case Keep.AMOUNT:
            whole = sum(left, Decimal(0))
            if amount is None or not 0 <= amount <= whole or amount != round_money(amount, order.currency):
                raise CannotKeep(whole, order.currency)
            kept = split(amount, left, order.currency)
    return Plan(tuple(Part(*part) for part in zip(lines, left, kept, strict=True)))


def all_left(order: Order, lines: Sequence[OrderLine]) -> list[Decimal]:
    """What was paid for each line so far and has not gone back; together no more than what is here of the order.

    What was sent back in Stripe's dashboard is of no line until somebody says of which; money for which nothing was due is
    never of any.
    """
    due = [payment for payment in order.attempts if payment.is_received and not payment.is_surplus]
    here = sum((payment.amount - payment.refunded for payment in due), Decimal(0))
    left = []
    for line in lines:
        left.append(min(max(order.left_of(line), Decimal(0)), here))
        here -= left[-1]
    return left


def by_terms(order: Order, line: OrderLine, *, now: datetime) -> Decimal:
    """What the terms keep of a line: of a visit that has its time what was accepted, and as much of what was paid for a
    dearer time beside it; of delivery all once it was made.
    """
    if line.visit_id:
        visit = next(each for each in order.parts if each.pk == line.visit_id)
        percent = kept_percent(visit, now=now) if is_booked(visit) else 0
        return round_money(line.worth * percent / 100, order.currency)
    if line.is_charge:
        was_made = any(each.is_delivered and each.parcel == ParcelStatus.HANDED_OVER for each in order.parts)
        return line.amount if was_made else Decimal(0)
    return kept_amount(line, now=now, currency=order.currency) if is_booked(line) else Decimal(0)


def with_charges(order: Order, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Together with the last things that are delivered goes what is paid for that; where nothing is, with the last of all.

    What was paid for a dearer time of a visit goes with the visit.
    """
    called_off = {line.pk for line in lines}
    things = [line for line in order.parts if line.is_delivered] or order.parts
    is_last = all(line.cancelled_at or line.pk in called_off for line in things)
    along = [line for line in order.charges if (line.visit_id in called_off if line.visit_id else is_last)]
    return [*lines, *(line for line in along if not line.cancelled_at and line.pk not in called_off)]
