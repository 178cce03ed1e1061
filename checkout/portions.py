"""What can be sent back of an order: its pieces, its nights, or any part of what is left of a line. Pure.

The page that asks and the operation that does it compose with the same function, so what was shown is what happens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import BookingStatus
from checkout.models import ACCEPTED, Order, OrderLine, ParcelStatus
from checkout.shares import portion, split
from petshop.core.errors import ShopError
from petshop.core.money import format_money, included_tax, round_money


class CannotBeSentBack(ShopError):
    """More than is left of a line, or a part that it does not have. `line` says of which."""

    def __init__(self, line: OrderLine, sentence: str):
        self.line = line
        super().__init__(sentence)


@dataclass(frozen=True)
class Choice:
    """What somebody wants to send back of one line. With neither pieces, nights nor an amount: all that is left of it.

    An amount with pieces or nights is another price for them; alone it is a part of the line's price.
    """

    line_id: int
    pieces: int = 0
    nights: tuple[date, ...] = ()
    amount: Decimal | None = None  # another amount than they cost
    restock: bool = False
    release: bool = False

    @property
    def is_all(self) -> bool:
        return not self.pieces and not self.nights and self.amount is None


@dataclass(frozen=True)
class Night:
    day: date
    price: Decimal  # what was paid for it


@dataclass(frozen=True)
class Rest:
    """What is left of one line: of what was `paid` for it, its pieces and nights that nothing was sent back for yet."""

    line: OrderLine
    paid: Decimal
    left: Decimal
    tax: Decimal  # in what is left
    pieces: tuple[Decimal, ...]  # what was paid for each
    nights: tuple[Night, ...]
    gone: int  # pieces for which money went back
    restocked: int  # pieces that are on the shelf again
    can_restock: bool
    can_release: bool


@dataclass(frozen=True)
class Part:
    """What goes back of one line."""

    line: OrderLine
    amount: Decimal
    discount: Decimal  # that had been off its price
    tax: Decimal  # in the amount
    left: Decimal  # of the line, afterwards
    pieces: int = 0
    nights: tuple[date, ...] = ()
    restocked: int = 0
    is_over: bool = False  # nothing is left of it: its place is released, or all of its pieces are back

    @property
    def price(self) -> Decimal:
        """What it would have cost without any discount."""
        return self.amount + self.discount


@dataclass(frozen=True)
class Composition:
    """All that goes back with one press."""

    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((part.tax for part in self.parts), Decimal(0))

    @property
    def discount(self) -> Decimal:
        return sum((part.discount for part in self.parts), Decimal(0))

    @property
    def amounts(self) -> dict[int, Decimal]:
        return {part.line.pk: part.amount for part in self.parts}


def rests(order: Order) -> list[Rest]:
    """What is left of each line for which anything was paid. The lines come with their nights and their refunds' lines."""
    return [rest_of(order, line) for line in order.every_line if order.paid_for(line)]


def rest_of(order: Order, line: OrderLine) -> Rest:
    paid, every = order.paid_for(line), line.refund_lines.all()
    gone = [part for part in every if not part.refund.is_fruitless]
    prices = [] if line.is_visit or line.is_charge else split(paid, [line.unit_price] * line.quantity, order.currency)
    gone_pieces = min(sum(part.quantity or 0 for part in gone), len(prices))
    gone_nights = {day for part in gone for day in part.nights}
    return Rest(
        line=line,
        paid=paid,
        left=order.left_of(line),
        tax=included_tax(paid, line.tax_rate) - sum((part.tax for part in gone), Decimal(0)),
        pieces=tuple(prices[gone_pieces:]),
        nights=tuple(night for night in nights_of(order, line, paid) if night.day not in gone_nights),
        gone=gone_pieces,
        restocked=sum(part.restocked for part in every),
        can_restock=bool(prices) and order.status in ACCEPTED and line.parcel != ParcelStatus.CANCELLED,
        can_release=is_confirmed(line) and order.status in ACCEPTED,
    )


def is_confirmed(line: OrderLine) -> bool:
    """Whether it is a visit whose pet has not come yet."""
    return line.is_visit and bool(line.booking) and line.booking.status == BookingStatus.CONFIRMED


def nights_of(order: Order, line: OrderLine, paid: Decimal) -> list[Night]:
    """Each night with its share of what was paid for the stay; the extras have theirs."""
    sold = list(line.nights.all())
    if not sold:
        return []
    extras = line.total - sum(night.price for night in sold)
    shares = split(paid, [*(night.price for night in sold), extras], order.currency)
    return [Night(night.day, share) for night, share in zip(sold, shares, strict=False)]


def compose(order: Order, choices: Iterable[Choice]) -> Composition:
    """What these choices come to at this moment. Raises CannotBeSentBack for one that cannot be."""
    left = {rest.line.pk: rest for rest in rests(order)}
    return Composition(tuple(part_of(order, left[choice.line_id], choice) for choice in choices))


def part_of(order: Order, rest: Rest, choice: Choice) -> Part:
    line, amount = rest.line, amount_of(order, rest, choice)
    if not 0 < amount <= rest.left or amount != round_money(amount, order.currency):
        left = {"left": format_money(rest.left, order.currency), "line": line.title}
        raise CannotBeSentBack(line, _("Of “%(line)s” up to %(left)s can be sent back.") % left)
    pieces = len(rest.pieces) if choice.is_all else choice.pieces
    if choice.restock and not (pieces and rest.can_restock):
        raise CannotBeSentBack(line, _("Say how many pieces of “%(line)s” are back.") % {"line": line.title})
    if choice.release and not rest.can_release:
        raise CannotBeSentBack(
            line, _("“%(line)s” is not booked any more: its place cannot be released.") % {"line": line.title}
        )
    restocked = max(0, min(pieces, rest.gone + pieces - rest.restocked)) if choice.restock else 0
    return Part(
        line=line,
        amount=amount,
        discount=discount_until(line, line.refunded + amount, order) - discount_until(line, line.refunded, order),
        tax=portion(rest.tax, amount, rest.left, order.currency),
        left=rest.left - amount,
        pieces=pieces,
        nights=tuple(night.day for night in rest.nights) if choice.is_all else choice.nights,
        restocked=restocked,
        is_over=choice.release or (bool(restocked) and rest.restocked + restocked == line.quantity),
    )


def amount_of(order: Order, rest: Rest, choice: Choice) -> Decimal:
    """What was paid for it, as far as it is still here; or the other amount that was asked for."""
    if choice.pieces > len(rest.pieces):
        count = len(rest.pieces)
        sentence = ngettext(
            "Of “%(line)s” one piece is left to send back.",
            "Of “%(line)s” %(count)d pieces are left to send back.",
            count,
        )
        raise CannotBeSentBack(rest.line, sentence % {"line": rest.line.title, "count": count})
    prices = {night.day: night.price for night in rest.nights}
    if missing := [day for day in choice.nights if day not in prices]:
        sentence = _("The night of %(day)s was sent back already.") % {"day": missing[0]}
        raise CannotBeSentBack(rest.line, sentence)
    if choice.amount is not None:
        return choice.amount
    if choice.pieces:
        return min(sum(rest.pieces[: choice.pieces]), rest.left)
    if choice.nights and set(choice.nights) < set(prices):
        return min(sum(prices[day] for day in choice.nights), rest.left)
    return rest.left


def discount_until(line: OrderLine, amount: Decimal, order: Order) -> Decimal:
    """How much had been off the part of a line that costs `amount`: its parts together are exactly the line's discount."""
    return round_money(line.discount * amount / line.amount, order.currency) if line.discount else Decimal(0)


def load_rests(order: Order) -> list[OrderLine]:
    """The lines of an order with all that this module reads."""
    lines = order.lines.select_related("variant", "booking__resource", "booking__pet")
    return list(lines.prefetch_related("add_ons", "nights", "refund_lines__refund").order_by("pk"))
