"""What promotions take off a basket, line by line, to the smallest coin. Pure.

They work one after the other, each on what those before it have left of the price: first those that work by themselves, in
the order in which they were made, then the one whose code was typed. What one takes off is rounded once and then shared, so
the parts are exactly the whole, and no line ever costs less than nothing.

A bundle counts by the piece: a bath and three bottles of shampoo are one bath with one bottle, and two bottles more. Where
there is a choice, the dearest piece belongs to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter

from checkout.models import Gives
from checkout.shares import split
from petshop.core.money import quantum, round_money


@dataclass(frozen=True)
class Goods:
    """What promotions look at in a basket's line."""

    total: Decimal
    quantity: int
    offering: int
    category: int
    kind: str


@dataclass(frozen=True)
class Item:
    """One offering, one shelf or one kind of thing."""

    name: str
    offering: int | None = None
    category: int | None = None
    kind: str = ""
    is_reduced: bool = True

    def fits(self, goods: Goods) -> bool:
        return goods.offering == self.offering or goods.category == self.category or goods.kind == self.kind

    @property
    def width(self) -> int:
        """An offering is narrower than a shelf, and that than a kind."""
        return 0 if self.offering else 1 if self.category else 2


@dataclass(frozen=True)
class Deal:
    """A promotion as it is at this moment, for this basket."""

    promotion: int
    name: str
    gives: str
    value: Decimal | None = None
    code: str = ""
    minimum: Decimal = Decimal(0)
    is_bundle: bool = False
    items: tuple[Item, ...] = ()
    per_customer: int | None = None  # how many orders of one customer may have it
    refused: str = ""  # why it does not count, whatever is in the basket

    @property
    def order(self) -> tuple[bool, int]:
        """Its place among the others."""
        return bool(self.code), self.promotion

    def fits(self, goods: Goods) -> bool:
        return not self.items or any(item.fits(goods) for item in self.items)


@dataclass(frozen=True)
class Reduction:
    """What a promotion takes off each line, in the lines' order."""

    deal: Deal
    amounts: tuple[Decimal, ...]


def reductions(deals: Sequence[Deal], basket: Sequence[Goods], currency: str | None = None) -> list[Reduction]:
    """What each of these takes off; those that take nothing off the lines are left out."""
    left = [goods.total for goods in basket]
    found = []
    for deal in sorted(deals, key=attrgetter("order")):
        if deal.refused or missing_amount(deal, basket):
            continue
        amounts = amounts_of(deal, basket, left, currency)
        if any(amounts):
            found.append(Reduction(deal, tuple(amounts)))
            left = [before - amount for before, amount in zip(left, amounts, strict=True)]
    return found


def frees_delivery(deals: Sequence[Deal], basket: Sequence[Goods]) -> Deal | None:
    """The first promotion for which this basket is delivered for nothing."""
    giving = [deal for deal in deals if deal.gives == Gives.DELIVERY and not deal.refused]
    counting = [deal for deal in giving if reduced_pieces(deal, basket)[0] and not missing_amount(deal, basket)]
    return min(counting, key=attrgetter("order"), default=None)


def missing_amount(deal: Deal, basket: Sequence[Goods]) -> Decimal:
    """How much more must be in the basket, before anything is off, until the promotion counts; nought if it is enough."""
    return max(deal.minimum - sum((goods.total for goods in basket), Decimal(0)), Decimal(0))


def amounts_of(deal: Deal, basket: Sequence[Goods], left: Sequence[Decimal], currency: str | None) -> list[Decimal]:
    """What it takes off each line, of which so much is left."""
    count, pieces = reduced_pieces(deal, basket)
    worth = [
        whole_coins(Fraction(rest) * taken / goods.quantity, currency)
        for goods, rest, taken in zip(basket, left, pieces, strict=True)
    ]
    most = sum(worth, Decimal(0))
    match deal.gives:
        case Gives.PERCENT:
            amount = min(round_money(most * deal.value / 100, currency), most)
        case Gives.AMOUNT:
            amount = min(whole_coins(Fraction(deal.value) * count, currency), most)
        case _:
            amount = Decimal(0)  # the delivery is no line of the basket
    return split(amount, worth, currency)


def whole_coins(amount: Fraction, currency: str | None) -> Decimal:
    """As much of it as can be paid."""
    coin = quantum(currency)
    return int(amount / Fraction(coin)) * coin


def reduced_pieces(deal: Deal, basket: Sequence[Goods]) -> tuple[int, list[int]]:
    """How many times it counts, and how many pieces of each line get cheaper by it."""
    if not deal.is_bundle:
        pieces = [goods.quantity if deal.fits(goods) else 0 for goods in basket]
        return int(any(pieces)), pieces
    known = 0, [0] * len(basket)
    for count in range(1, sum(goods.quantity for goods in basket) + 1):
        pieces = pieces_of(deal, basket, count)
        if pieces is None:
            break
        known = count, pieces
    return known


def pieces_of(deal: Deal, basket: Sequence[Goods], count: int) -> list[int] | None:
    """How many pieces of each line get cheaper by so many bundles; None if there are not as many.

    The narrowest item chooses first: its things are all that it can have. Of those the dearest.
    """
    free, reduced = [goods.quantity for goods in basket], [0] * len(basket)
    by_price = sorted(range(len(basket)), key=lambda place: -basket[place].total / basket[place].quantity)
    for item in sorted(deal.items, key=lambda item: item.width):
        wanted = count
        for place in by_price:
            if item.fits(basket[place]):
                taken = min(wanted, free[place])
                free[place] -= taken
                wanted -= taken
                reduced[place] += taken * item.is_reduced
        if wanted:
            return None
    return reduced
