"""Whether a basket may be paid at the shop, where nobody holds a card against an empty chair. Pure.

So that nobody blocks the shop with orders that are never paid, it is for small orders and near visits only, and a customer
has few of them open at a time: `operations.TooManyUnpaid`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from checkout.models import CartLine
from checkout.terms import terms_now
from petshop.core.money import format_money

WITHIN = timedelta(days=30)  # the visit begins
KEPT_FOR = timedelta(days=7)  # what is to be collected
UNPAID_AT_MOST = 2  # orders of one customer


def is_offered(lines: Sequence[CartLine]) -> bool:
    """Whether each of these may be paid at the shop: not what asks for a deposit, nor what is brought to its customer."""
    return bool(lines) and all(may_wait(line) for line in lines)


def may_wait(line: CartLine) -> bool:
    asks_deposit = line.is_visit and terms_now(line).deposit_percent
    return line.variant.offering.pay_at_shop and not asks_deposit and not line.is_delivered


def why_not(lines: Sequence[CartLine], total: Decimal, *, now: datetime) -> str:
    """Why this basket, of things that may be, cannot be paid at the shop all the same, in a sentence; empty if it can."""
    if total > settings.PAY_AT_SHOP_AT_MOST:
        most = format_money(settings.PAY_AT_SHOP_AT_MOST)
        return _("Orders of more than %(most)s are paid when they are placed.") % {"most": most}
    if any(line.is_visit and line.booking.starts_at > now + WITHIN for line in lines):
        return _("Visits more than %(days)d days ahead are paid when they are booked.") % {"days": WITHIN.days}
    return ""


def keep_until(lines: Sequence[CartLine], *, now: datetime) -> datetime:
    """Until when products that are not paid yet are kept: a week, or until the last visit that they wait for."""
    return max([now + KEPT_FOR, *(line.booking.ends_at for line in lines if line.is_visit)])
