"""The terms of a visit from the basket to the status page: frozen with its line when it is ordered, and read back."""

from datetime import datetime, timedelta
from decimal import Decimal

from bookings import terms
from bookings.terms import Step, Terms
from checkout.models import CartLine, OrderLine
from petshop.core.money import round_money

MINUTE = timedelta(minutes=1)
ALWAYS = timedelta(days=36500)  # before any visit


def terms_now(line: CartLine) -> Terms:
    """What the service of a basket's visit promises at this moment, as far as `read_terms` read it at once."""
    return terms.terms_of(line.variant.offering)


def words_now(line: CartLine, *, now: datetime) -> list[str]:
    """What would be accepted with a basket's visit, as sentences; the same as on the order's page."""
    of, starts_at = terms_now(line), line.booking.starts_at
    deposit = terms.deposit_of(of, starts_at, now=now)
    return [*filter(None, [deposit]), *in_words(of, starts_at, now=now)]


def frozen_terms(line: CartLine) -> dict:
    """The same as an order keeps it, whatever the service's rules become. Times are minutes before the visit, so that
    they stay true when it is moved."""
    now = terms_now(line)
    deposit = {
        "deposit_percent": now.deposit_percent,
        "balance_due_minutes": now.balance_due // MINUTE,
    }
    return (deposit if now.deposit_percent else {}) | {
        "cancellation": [{"minutes": step.before // MINUTE, "percent": step.percent} for step in now.steps],
        "moves_at_most": now.moves_at_most,
        "move_until_minutes": now.move_until // MINUTE,
        "what_to_bring": now.what_to_bring,
    }


def sold_terms(line: OrderLine) -> Terms:
    """What was accepted with a visit, and what its moves have made of it: see `OrderLine.kept_at_least`.

    An older order froze one step, by the moment from which it counts, and no moves.
    """
    rules = line.rules
    if "free_until" in rules:
        before = line.starts_at - datetime.fromisoformat(rules["free_until"])
        steps = [Step(before, rules.get("late_fee_percent", 0))]
    else:
        steps = [Step(step["minutes"] * MINUTE, step["percent"]) for step in rules.get("cancellation", [])]
    if line.kept_at_least:
        steps.append(Step(ALWAYS, line.kept_at_least))
    return Terms(
        steps=terms.rising(steps),
        moves_at_most=rules.get("moves_at_most", 0),
        move_until=rules.get("move_until_minutes", 0) * MINUTE,
        what_to_bring=rules.get("what_to_bring", ""),
        deposit_percent=rules.get("deposit_percent"),
        balance_due=rules.get("balance_due_minutes", 0) * MINUTE,
    )


def begins(line: OrderLine) -> datetime:
    """When the visit begins: as the calendar has it now, else as it was sold."""
    return line.booking.starts_at if line.booking else line.starts_at


def kept_percent(line: OrderLine, *, now: datetime) -> int:
    """How much of a visit's price is kept if it is cancelled at this moment, by the terms that were accepted."""
    return sold_terms(line).kept_percent(begins(line), now=now)


def kept_amount(line: OrderLine, *, now: datetime, currency: str | None = None) -> Decimal:
    """The same as money, rounded to what can be charged. What is left of what was paid for it goes back."""
    return round_money(line.worth * kept_percent(line, now=now) / 100, currency)


def can_be_moved(line: OrderLine, *, moves: int, now: datetime) -> bool:
    """Whether the customer may still move this visit, by the terms that were accepted, after so many moves."""
    return sold_terms(line).can_be_moved(begins(line), moves=moves, now=now)


def accepted_words(line: OrderLine, *, moves: int = 0, now: datetime, is_owed: bool = False) -> list[str]:
    """What was accepted, as sentences: what cancelling costs from now on, how often it may be moved, and by when its rest is
    due, while something of its order is still owed."""
    if not line.is_visit or not line.rules:
        return []
    balance = [terms.balance_of(line.due_by)] if is_owed and line.due_by and line.to_pay_later else []
    return [*in_words(sold_terms(line), begins(line), moves=moves, now=now), *balance]


def in_words(of: Terms, starts_at: datetime, *, moves: int = 0, now: datetime) -> list[str]:
    return [terms.cancellation_of(of, starts_at, now=now), terms.moving_of(of, starts_at, moves=moves, now=now)]
