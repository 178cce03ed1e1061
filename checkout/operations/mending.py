"""What staff do about a refund that did not go as asked: send it again, or say what one of Stripe's dashboard was for."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from checkout.fulfilment import NothingToDo, close_if_over
from checkout.models import EventKind, Order, OrderLine, Refund, RefundOrigin, RefundStatus
from checkout.operations.concerns import take_back
from checkout.operations.receipting import issue_credit_note
from checkout.operations.refunding import MoreThanIsLeft, add_part, lock_money, request_refund, request_surplus
from petshop.core.errors import ShopError
from petshop.core.money import format_money


class NotItsAmount(ShopError):
    """What a refund was for adds up to something else than the refund."""

    def __init__(self, order: Order, said: Decimal, amount: Decimal):
        amounts = {"said": format_money(said, order.currency), "amount": format_money(amount, order.currency)}
        super().__init__(_("Together these are %(said)s, and %(amount)s was sent back. Make them the same.") % amounts)


@transaction.atomic(durable=True)
def send_again(refund: Refund, *, actor: str) -> list[Refund]:
    """Ask once more for what came to nothing, line by line as before; what stays failed is its own row. Safe to repeat.

    Raises NothingToDo, MoreThanIsLeft or PaymentIsDisputed; then nothing has changed.
    """
    order, payments = lock_money(refund.payment.order_id)
    refund = Refund.objects.prefetch_related("lines__order_line").get(pk=refund.pk)
    if done := list(Refund.objects.filter(payment__in=payments, press=refund.press_again)):
        return done
    parts = list(refund.lines.all())
    if not refund.can_be_sent_again:
        raise NothingToDo(_("This refund cannot be sent again."))
    if refund.is_surplus:
        payment = next(each for each in payments if each.pk == refund.payment_id)
        again = [request_surplus(order, payment, reason=refund.reason, actor=actor, press=refund.press_again)]
        take_back(refund.concerns, note="Sent again", actor=actor)
        return again
    refunds = request_refund(
        order,
        {part.order_line: part.amount for part in parts},
        reason=refund.reason,
        actor=actor,
        quantities={part.order_line: part.quantity for part in parts if part.quantity},
        nights={part.order_line: part.nights for part in parts},
        press=refund.press_again,
    )
    take_back(refund.concerns, note="Sent again", actor=actor)
    close_if_over(order, actor=actor, cause=refund.reason)
    return refunds


@transaction.atomic(durable=True)
def explain_refund(refund: Refund, amounts: Mapping[OrderLine, Decimal], *, actor: str) -> Refund:
    """Say of which lines a refund was that somebody made in Stripe's dashboard. Then nobody needs to look at it any more.

    Raises NotItsAmount unless it is exactly all of it, MoreThanIsLeft for a line of which less is here, or NothingToDo if
    it was said before or came to nothing; then nothing has changed.
    """
    order, payments = lock_money(refund.payment.order_id)
    refund = Refund.objects.get(pk=refund.pk)
    if refund.origin != RefundOrigin.DASHBOARD or refund.is_fruitless or refund.lines.exists():
        raise NothingToDo(_("Somebody has said already what this refund was for."))
    wanted = {line.pk: amount for line, amount in amounts.items() if amount}
    if (said := sum(wanted.values(), Decimal(0))) != refund.amount:
        raise NotItsAmount(order, said, refund.amount)
    order.attempts = payments
    lines = list(order.lines.filter(pk__in=wanted).order_by("pk"))
    for line in lines:
        amount, left = wanted[line.pk], order.left_of(line)
        if not 0 < amount <= left:
            raise MoreThanIsLeft(order, left, line)
        add_part(refund, order, line, amount)
    titles = ", ".join(f"{line.title}: {format_money(wanted[line.pk], order.currency)}" for line in lines)
    order.record(EventKind.REFUND_EXPLAINED, actor=actor, cause=titles[:300], refund=refund.pk)
    take_back(refund.concerns, note=titles[:300], actor=actor)
    close_if_over(order, actor=actor, cause=titles[:300])
    if refund.status == RefundStatus.SUCCEEDED:
        issue_credit_note(refund, next(each for each in payments if each.pk == refund.payment_id), order)
    return refund
