"""Money that goes back: how it is asked for, line by line, and of which payments it comes. `recording` says what became of it.

A refund changes no stock and no time by itself: whoever cancels something does that, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from checkout import tasks
from checkout.models import (
    CUSTOMER,
    SHOP,
    Dispute,
    EventKind,
    Order,
    OrderLine,
    Payment,
    PaymentProvider,
    PaymentStatus,
    Refund,
    RefundLine,
    RefundOrigin,
)
from checkout.operations.concerns import flag
from checkout.operations.lost import give_up
from checkout.operations.messages import tell_staff
from checkout.shares import portion
from petshop.core.errors import ShopError
from petshop.core.money import format_money, included_tax, round_money


class NothingToSendBack(ShopError):
    """No amount was given, or one that is no amount of money."""

    def __init__(self):
        super().__init__(_("Please say how much to send back."))


class MoreThanIsLeft(ShopError):
    """`left` can still be sent back: of one line, or of the whole order."""

    def __init__(self, order: Order, left: Decimal, line: OrderLine | None = None):
        self.left, self.line = left, line
        amount = format_money(left, order.currency)
        if line:
            sentence = _("Only %(left)s of “%(line)s” can still be sent back.") % {"left": amount, "line": line.title}
        else:
            sentence = _("Only %(left)s of order %(number)s can still be sent back.") % {
                "left": amount, "number": order.number,
            }  # fmt: skip
        super().__init__(sentence)


class PaymentIsDisputed(ShopError):
    """The customer's bank has taken the money back already; sent back once more it would be lost twice."""

    def __init__(self, order: Order):
        super().__init__(
            _("The customer's bank has disputed the payment of order %(number)s: nothing can be sent back.")
            % {"number": order.number}
        )


def lock_money(order_id: int) -> tuple[Order, list[Payment]]:
    """Lock an order and then all of its payments, by id."""
    order = Order.objects.select_for_update().get(pk=order_id)
    return order, list(order.payments.select_for_update().order_by("pk"))


@transaction.atomic
def request_refund(
    order: Order,
    amounts: Mapping[OrderLine, Decimal],
    *,
    reason: str,
    actor: str,
    origin: RefundOrigin = RefundOrigin.SHOP,
    quantities: Mapping[OrderLine, int] | None = None,
    nights: Mapping[OrderLine, list[date]] | None = None,
    restocked: Mapping[OrderLine, int] | None = None,
    press: str = "",
) -> list[Refund]:
    """Promise to send back so much of each line, of the newest payment first; one refund for each payment it takes.

    A job of the same transaction asks Stripe. `quantities` says of how many pieces or nights an amount is the price,
    `nights` of which, and `restocked` how many pieces the caller puts back on the shelf; `press` names the button.
    Raises NothingToSendBack, MoreThanIsLeft or PaymentIsDisputed; then nothing has changed.
    """
    if strangers := [line for line in amounts if line.order_id != order.pk]:
        raise ValueError(f"{strangers} are not lines of order {order}.")
    wanted = {line.pk: amount for line, amount in amounts.items() if amount}
    order, payments = lock_money(order.pk)
    if not wanted or any(amount < 0 or amount != round_money(amount, order.currency) for amount in wanted.values()):
        raise NothingToSendBack
    lines = list(order.lines.order_by("pk"))
    order.attempts = payments
    for line in lines:
        if wanted.get(line.pk, 0) > order.left_of(line):
            raise MoreThanIsLeft(order, order.left_of(line), line)
    shares = share_out(order, for_lines(payments), [(line, wanted[line.pk]) for line in lines if line.pk in wanted])
    counts = {line.pk: {"quantity": count} for line, count in (quantities or {}).items()}
    for name, said in [("nights", nights), ("restocked", restocked)]:
        for line, value in (said or {}).items():
            counts.setdefault(line.pk, {})[name] = value
    refunds = []
    for payment, parts in shares:
        refund = payment.refunds.create(
            amount=sum(amount for _line, amount in parts), origin=origin, reason=reason, actor=actor, press=press
        )
        for line, amount in parts:
            add_part(refund, order, line, amount, **counts.pop(line.pk, {}))
        promise(refund, order)
        refunds.append(refund)
    for line in lines:
        if line.choose_by and not order.left_of(line):
            give_up(order, line, actor=actor, cause=reason)
    return refunds


def add_part(refund: Refund, order: Order, line: OrderLine, amount: Decimal, **counts) -> None:
    """Write down that so much of a refund is for this line. Of one that was called off, what goes back is not kept after all."""
    tax = tax_in(line, amount, order.paid_for(line))
    RefundLine.objects.create(refund=refund, order_line=line, amount=amount, tax=tax, **counts)
    line.refunded += amount  # as the trigger counted it
    if line.cancelled_at and line.kept > order.left_of(line):
        line.kept = order.left_of(line)
        line.save(update_fields=["kept"])


def send_surplus_back(payment: Payment, order: Order, *, reason: str = "") -> Refund | None:
    """Money came for which nothing was due: the order was paid before, or is over. It goes back by itself, and staff see it.

    Inside the transaction that received it, with order and payment locked. It is for none of the order's lines.
    """
    amount = format_money(payment.amount, payment.currency)
    reason = reason or f"{amount} came for an order that was already {order.get_status_display().lower()}"
    order.record(EventKind.SURPLUS, actor=CUSTOMER, cause=reason, payment=payment.pk, amount=str(payment.amount))
    payment.is_surplus = True
    payment.save(update_fields=["is_surplus"])
    flag(payment, order, reason)
    if not is_refundable(payment):
        return None  # it came by hand, and goes back by hand
    refund = request_surplus(order, payment, reason=reason, actor=SHOP)
    tell_staff(order, kind="surplus", key=f"surplus:{payment.pk}", refund=refund)
    return refund


def request_surplus(order: Order, payment: Payment, *, reason: str, actor: str, press: str = "") -> Refund:
    """Promise to send all of a payment back. Raises MoreThanIsLeft or PaymentIsDisputed; then nothing has changed."""
    share_out(order, [payment], [(None, payment.amount)])
    refund = payment.refunds.create(
        amount=payment.amount, origin=RefundOrigin.SURPLUS, reason=reason, actor=actor, press=press
    )
    promise(refund, order)
    return refund


def promise(refund: Refund, order: Order) -> None:
    """Write down that it was asked for, and have Stripe asked by a job of the same transaction."""
    order.record(
        EventKind.REFUND_REQUESTED,
        actor=refund.actor,
        cause=refund.reason,
        refund=refund.pk,
        amount=str(refund.amount),
        origin=str(refund.origin),
    )
    tasks.defer_refund(refund)


def share_out(order: Order, payments: list[Payment], parts: list[tuple[OrderLine, Decimal]]):
    """(payment, [(line, amount)]) for each payment that is needed: the newest first, each as far as it goes."""
    refundable, can_be_sent = [each for each in payments if is_refundable(each)], unblocked(payments)
    wanted = sum(amount for _line, amount in parts)
    left = sum((each.amount - each.refunded for each in can_be_sent), Decimal(0))
    if wanted > left:
        raise PaymentIsDisputed(order) if len(can_be_sent) < len(refundable) else MoreThanIsLeft(order, left)
    parts, shares = list(parts), []
    for payment in reversed(can_be_sent):
        room, taken = payment.amount - payment.refunded, []
        while room and parts:
            line, amount = parts.pop(0)
            part = min(room, amount)
            taken.append((line, part))
            room -= part
            if part < amount:
                parts.insert(0, (line, amount - part))
        if taken:
            shares.append((payment, taken))
    return shares


def for_lines(payments: Iterable[Payment]) -> list[Payment]:
    """Those that the lines of the order were paid with. Money for which nothing was due is of none, and goes back by itself."""
    return [each for each in payments if not each.is_surplus]


def sendable(payments: Iterable[Payment]) -> Decimal:
    """How much of what these payments brought for lines Stripe can send back at this moment."""
    return sum((each.amount - each.refunded for each in unblocked(for_lines(payments))), Decimal(0))


def unblocked(payments: Iterable[Payment]) -> list[Payment]:
    """Those of which something can be sent back: neither is it gone, nor does the bank want it."""
    refundable = [each for each in payments if is_refundable(each)]
    asked = [each.pk for each in refundable if each.is_disputed]
    blocked = set(
        Dispute.objects.blocking().filter(payment__in=asked).values_list("payment_id", flat=True) if asked else ()
    )
    return [each for each in refundable if each.pk not in blocked]


def why_by_hand(payments: Sequence[Payment]) -> tuple[Payment, str]:
    """The newest payment of which there is money that Stripe cannot send back, and why not."""
    can_be_sent = {each.pk for each in unblocked(payments)}
    received = [each for each in for_lines(payments) if each.is_received and each.pk not in can_be_sent]
    payment = next(each for each in reversed(received) if each.amount > each.refunded)
    if payment.provider != PaymentProvider.STRIPE:
        return payment, "it was paid at the shop"
    if payment.mode != settings.PAYMENT_MODE:
        return payment, f"it was paid in {payment.mode} mode"
    return payment, "the bank disputes the payment"


def is_refundable(payment: Payment) -> bool:
    """Whether Stripe, as we talk to it now, has money of it that it could send back."""
    is_at_stripe = payment.provider == PaymentProvider.STRIPE and payment.mode == settings.PAYMENT_MODE
    return is_at_stripe and payment.status == PaymentStatus.SUCCEEDED and payment.amount > payment.refunded


def tax_in(line: OrderLine, amount: Decimal, paid: Decimal) -> Decimal:
    """The tax in a part of a line that goes back: when all of it has gone, so has exactly all of its tax."""
    counted = RefundLine.objects.filter(order_line=line, refund__in=Refund.objects.counted())
    gone = sum(counted.values_list("tax", flat=True), Decimal(0))
    return portion(included_tax(paid, line.tax_rate) - gone, amount, paid - line.refunded)
