"""The promotions that are in question for a basket at this moment, and in words why one does not count."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.models import Kind
from checkout.discounts import Deal, Goods, Item, missing_amount, reduced_pieces
from checkout.models import Cart, Gives
from petshop.core.money import format_money


def asked_with(cart: Cart | None, customer: str = "") -> dict:
    """What the database's `promotions_for` asks; `customer` is the e-mail address that was typed, once one was."""
    return {
        "cart": cart.pk if cart else None,
        "typed": cart.promotion_id if cart else None,
        "customer": customer_of(customer),
    }


def customer_of(email: str) -> str:
    """Whoever writes to the same address is the same customer."""
    return email.strip().lower()


def deals_for(cart: Cart, *, customer: str = "") -> list[Deal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), promotions_for(%(cart)s, %(typed)s, %(customer)s)", asked_with(cart, customer)
        )
        now, found = cursor.fetchone()
    return read_deals(found, now)


def read_deals(found: str | None, now: datetime) -> list[Deal]:
    """What `promotions_for` found. What works by itself is left out when it does not count; of what was typed is said why."""
    deals = [deal_of(row, why_refused(row, localdate(now))) for row in json.loads(found or "[]")]
    return [deal for deal in deals if deal.code or not deal.refused]


def deal_of(row: dict, refused: str) -> Deal:
    return Deal(
        promotion=row["id"],
        name=row["name"],
        gives=row["gives"],
        value=Decimal(row["value"]) if row["value"] else None,
        code=row["code"],
        minimum=Decimal(row["minimum"]),
        is_bundle=row["is_bundle"],
        items=tuple(Item(**item | {"name": item["name"] or str(Kind(item["kind"]).label)}) for item in row["items"]),
        per_customer=row["uses_per_customer"],
        refused=refused,
    )


def why_refused(row: dict, today: date) -> str:
    """Why it does not count, whatever is in the basket; empty if it may."""
    first_day, last_day = (row[name] and date.fromisoformat(row[name]) for name in ("first_day", "last_day"))
    if not row["is_active"]:
        return _("This code is no longer valid.")
    if first_day and today < first_day:
        return _("This code is valid from %(day)s.") % {"day": written_day(first_day, today)}
    if last_day and last_day < today:
        return _("This code was valid until %(day)s.") % {"day": written_day(last_day, today)}
    if row["is_used_up"]:
        return _("This code has been used up.")
    if row["is_used_by_customer"]:
        return _("You have used this code before.")
    return ""


def written_day(day: date, today: date) -> str:
    """1 December; with its year where that is another one."""
    return date_format(day, "j F" if day.year == today.year else "j F Y")


def why_not(deal: Deal, basket: Sequence[Goods], *, is_delivered: bool = False) -> str:
    """Why a promotion takes nothing off this basket, and what would help."""
    if deal.refused:
        return deal.refused
    if not basket:
        return _("There is nothing in your basket yet.")
    count, _pieces = reduced_pieces(deal, basket)
    if not count:
        words = (
            _("This code is only for %(things)s together.")
            if deal.is_bundle
            else _("This code is only for %(things)s.")
        )
        return words % {"things": ", ".join(item.name for item in deal.items)}
    if missing := missing_amount(deal, basket):
        return _("Add %(amount)s more.") % {"amount": format_money(missing)}
    if deal.gives == Gives.DELIVERY and not is_delivered:
        return _("This code counts once something is delivered.")
    return _("There is nothing left to take off.")
