"""What an order, or one of its lines, says of its money, in a word. Pure: reads what is loaded, asks nobody."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from checkout.models import Order, OrderLine, OrderStatus, PaymentStatus, RefundOrigin, RefundStatus

# Of several lines the one that most needs somebody speaks for the order.
LOUDEST_MONEY = ["flagged", "processing", "deposit_paid", "to_pay", "unpaid", "paid"]


@dataclass(frozen=True)
class Word:
    """`code` is for filters and tests, `label` for people, `tone` for the colour of its badge."""

    label: str
    tone: str
    code: str


def money_word(order: Order) -> Word:
    payments = order.attempts
    received = [payment for payment in payments if payment.status == PaymentStatus.SUCCEEDED]
    if any(payment.is_disputed for payment in received):
        return Word(_("Disputed"), "bad", "disputed")
    if gone := [refund for refund in order.refunds if refund.status == RefundStatus.SUCCEEDED]:
        if sum(refund.amount for refund in gone) == sum(payment.amount for payment in received):
            return Word(_("Refunded"), "", "refunded")
        if any(refund.origin != RefundOrigin.SURPLUS for refund in gone):
            return Word(_("Part refunded"), "info", "part_refunded")
    words = [word_of_what_came(order, line) for line in order.every_line]
    return min(words, key=lambda word: LOUDEST_MONEY.index(word.code), default=word_of_what_did_not(order))


def line_money_word(order: Order, line: OrderLine) -> Word:
    """The same for one of its lines, by what was paid for it and what of that went back."""
    if any(payment.is_disputed for payment in order.attempts if payment.is_received):
        return Word(_("Disputed"), "bad", "disputed")
    if back := sent_back(order, line):
        is_all = back >= order.paid_for(line)
        return Word(_("Refunded"), "", "refunded") if is_all else Word(_("Part refunded"), "info", "part_refunded")
    return word_of_what_came(order, line)


def sent_back(order: Order, line: OrderLine) -> Decimal:
    """What of it has arrived at its customer."""
    gone = [refund for refund in order.refunds if refund.status == RefundStatus.SUCCEEDED]
    parts = [part for refund in gone for part in refund.lines.all() if part.order_line_id == line.pk]
    return sum((part.amount for part in parts), Decimal(0))


def still_to_pay(order: Order, line: OrderLine) -> Decimal:
    """What of it is not here and still asked for, since the order was accepted."""
    return line.to_pay_later if order.status == OrderStatus.CONFIRMED and order.outstanding else Decimal(0)


def word_of_what_came(order: Order, line: OrderLine) -> Word:
    is_to_pay = bool(still_to_pay(order, line))
    if order.is_accepted and not is_to_pay and (not line.waived or order.paid_for(line)):
        return Word(_("Paid"), "ok", "paid")
    if any(payment.status == PaymentStatus.MISMATCH for payment in order.attempts):
        return Word(_("Being checked"), "bad", "flagged")
    if order.received and order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        return Word(_("Paid"), "warn", "paid")  # what is owed back is a refund of its own
    if is_to_pay and order.paid_for(line):
        return Word(_("Deposit paid"), "warn", "deposit_paid")
    return word_of_what_did_not(order, line)


def word_of_what_did_not(order: Order, line: OrderLine | None = None) -> Word:
    if any(payment.status == PaymentStatus.PROCESSING for payment in order.attempts):
        return Word(_("Processing"), "info", "processing")
    if line and still_to_pay(order, line):
        return Word(_("To pay at the shop"), "warn", "to_pay")
    return Word(_("Unpaid"), "warn" if order.status == OrderStatus.PENDING else "", "unpaid")
