"""Receipts of what was paid and credit notes of what went back, each issued in the transaction of the fact that it documents.

Their numbers have no gap, as the law asks for: a number is taken under a lock that is held until the transaction ends, so
one that is rolled back gives it back. The lock comes after every other one, and whoever takes it commits soon.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from checkout.models import (
    Order,
    OrderLine,
    Payment,
    Receipt,
    ReceiptKind,
    ReceiptLine,
    Refund,
)
from checkout.shares import split
from petshop.core import clock
from petshop.core.dates import written_day, written_time
from petshop.core.money import format_money, included_tax
from petshop.core.typed import isolated

# Credit notes have a series of their own, and what takes one back is among them. Money that is not real counts apart.
LETTERS = {ReceiptKind.RECEIPT: "R", ReceiptKind.CREDIT_NOTE: "C", ReceiptKind.REVERSAL: "C"}
MARKS = {"live": "", "test": "TEST-", "local": "LOCAL-"}


def issue_receipt(payment: Payment, order: Order) -> Receipt:
    """Write down for what a payment came that has just been received, of nothing as well. Call it last: see above."""
    return issue(ReceiptKind.RECEIPT, payment, order, bought_with(payment, order))


def issue_credit_note(refund: Refund, payment: Payment, order: Order) -> Receipt | None:
    """Write down what went back, once it has arrived and somebody has said what for. Safe to repeat. Call it last."""
    if note := refund.receipts.filter(kind=ReceiptKind.CREDIT_NOTE).first():
        return note
    lines = [
        ReceiptLine(
            order_line=part.order_line,
            name=part.order_line.title,
            quantity=part.quantity,
            price=part.amount,
            amount=-part.amount,
            tax_rate=part.order_line.tax_rate,
            tax=-part.tax,
        )
        for part in refund.lines.select_related("order_line")
    ]
    if payment.is_surplus and not lines:
        lines = [for_nothing(-refund.amount)]
    return issue(ReceiptKind.CREDIT_NOTE, payment, order, lines, refund=refund) if lines else None


def take_credit_note_back(refund: Refund, payment: Payment, order: Order) -> Receipt | None:
    """A refund had arrived and came back to us after all: its credit note stays, and this one says the opposite."""
    note = refund.receipts.filter(kind=ReceiptKind.CREDIT_NOTE).first()
    if note is None:
        return None
    lines = list(note.lines.all())
    for line in lines:
        line.pk, line.amount, line.tax = None, -line.amount, -line.tax
    return issue(ReceiptKind.REVERSAL, payment, order, lines, refund=refund)


def issue(
    kind: ReceiptKind, payment: Payment, order: Order, lines: list[ReceiptLine], *, refund: Refund | None = None
) -> Receipt:
    place = next_place(MARKS[payment.mode] + LETTERS[kind])
    receipt = Receipt.objects.create(
        number=f"{place.series}-{place.serial:06}",
        series=place.series,
        serial=place.serial,
        kind=kind,
        payment=payment,
        refund=refund,
        issued_at=place.at,
        seller_name=settings.SHOP_NAME,
        seller_address=settings.SHOP_ADDRESS,
        seller_tax_id=settings.SHOP_TAX_ID,
        customer_name=order.name,
        purpose=payment.purpose,
        provider=payment.provider,
        method=payment.method,
        card=payment.card,
        currency=payment.currency,
        amount=sum((line.amount for line in lines), Decimal(0)),
    )
    for line in lines:
        line.receipt = receipt
    ReceiptLine.objects.bulk_create(lines)
    return receipt


@dataclass(frozen=True)
class Place:
    """The next place in a series, and the moment at which it was taken."""

    series: str
    serial: int
    at: datetime


def next_place(letters: str) -> Place:
    """Take the next number of this year's series. Until this transaction ends nobody else gets one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock('checkout_receipt'::regclass::bigint)")
    now = clock.now()
    series = f"{letters}-{localtime(now).year}"
    last = Receipt.objects.filter(series=series).aggregate(last=Max("serial"))["last"] or 0
    return Place(series, last + 1, now)


def bought_with(payment: Payment, order: Order) -> list[ReceiptLine]:
    """What a payment is for, line by line, beside what was paid before. What is more than that is for nothing."""
    if payment.is_surplus:
        return [for_nothing(payment.amount)]
    sold = list(order.lines.order_by("pk").prefetch_related("add_ons", "nights"))
    written = ReceiptLine.objects.filter(receipt__kind=ReceiptKind.RECEIPT, order_line__in=sold)
    before = dict.fromkeys((line.pk for line in sold), Decimal(0))
    for line_id, amount in written.values_list("order_line", "amount"):
        before[line_id] += amount
    is_first = not written
    parts = shared_out(payment.amount, sold, before, order.currency)
    lines = [
        sold_line(line, before[line.pk], part, order) for line, part in parts if part or is_first and not line.amount
    ]
    if rest := payment.amount - sum(line.amount for line in lines):
        lines.append(for_nothing(rest))
    return lines


def for_nothing(amount: Decimal) -> ReceiptLine:
    """Money that buys nothing, so that there is no tax in it."""
    with translation.override(settings.LANGUAGE_CODE):
        return ReceiptLine(name=_("More than was to be paid"), price=abs(amount), amount=amount, tax_rate=0, tax=0)


def shared_out(amount: Decimal, sold: list[OrderLine], before: dict[int, Decimal], currency: str):
    """(line, its part of the amount): first of what was due when the order was placed, and then of what came due later."""
    open_now = [max(line.due_now - before[line.pk], Decimal(0)) for line in sold]
    open_later = [
        max(line.amount - line.waived - before[line.pk] - now, Decimal(0))
        for line, now in zip(sold, open_now, strict=True)
    ]
    first = min(amount, sum(open_now))
    later = min(amount - first, sum(open_later))
    parts = zip(sold, split(first, open_now, currency), split(later, open_later, currency), strict=True)
    return [(line, part + more) for line, part, more in parts]


def sold_line(line: OrderLine, before: Decimal, part: Decimal, order: Order) -> ReceiptLine:
    """A part of what a line costs. The tax in it is what is added to the tax so far, so that all parts have all of it."""
    so_far, with_it = (included_tax(paid, line.tax_rate, order.currency) for paid in (before, before + part))
    return ReceiptLine(
        order_line=line,
        name=line.title,
        details=details_of(line, order.currency),
        quantity=line.quantity,
        price=line.total,
        discount=line.discount,
        amount=part,
        tax_rate=line.tax_rate,
        tax=with_it - so_far,
    )


def details_of(line: OrderLine, currency: str) -> list[str]:
    """What belongs to a line, in the shop's own language: whom a visit is for and when, its extras and nights, what is off."""
    with translation.override(settings.LANGUAGE_CODE):
        said = []
        if line.starts_at:
            names = {"day": written_day(line.starts_at, "l j F Y"), "time": written_time(line.starts_at)}
            said.append(": ".join(filter(None, [isolated(line.pet_name), _("%(day)s, %(time)s") % names])))
        for night in line.nights.all():
            said.append(f"{written_day(night.day, 'D j M')}, {format_money(night.price, currency)}")
        for add_on in line.add_ons.all():
            price = format_money(add_on.price, currency)
            said.append(_("with %(add_on)s, %(price)s") % {"add_on": add_on, "price": price})
        said += [f"{off.name}: {format_money(-off.amount, currency)}" for off in line.off]
        return said
