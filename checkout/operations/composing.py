"""Staff send money back line by line; with it a place becomes free, or pieces go back on the shelf, as they say."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from catalog.operations import return_stock
from checkout import cancelling
from checkout.fulfilment import PaymentIsUnderWay, close_if_over, fulfil_if_done, pay_if_covered
from checkout.models import LIVE_PAYMENT, Order, OrderLine, Payment, Refund
from checkout.operations.cancelling import tell, write_down
from checkout.operations.changed import end, waiting
from checkout.operations.refunding import for_lines, lock_money, request_refund, share_out
from checkout.portions import Choice, Composition, compose, load_rests
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money


class NotAsAgreed(ShopError):
    """Something else went back meanwhile, and what was shown comes to another amount now."""

    def __init__(self, composed: Composition, currency: str):
        self.composed = composed
        total = {"total": format_money(composed.total, currency)}
        super().__init__(
            _("Meanwhile it comes to %(total)s. Nothing was sent back: please look, and press again.") % total
        )


def preview_refund(order: Order, choices: Sequence[Choice]) -> tuple[Composition, list[tuple[Payment, Decimal]]]:
    """What would go back, and of which payments. Changes nothing; raises as `compose_refund` does."""
    payments = list(order.payments.order_by("pk"))
    composed = composed_of(order, payments, choices)
    shares = share_out(order, for_lines(payments), [(part.line, part.amount) for part in composed.parts])
    return composed, [(payment, sum(amount for _line, amount in parts)) for payment, parts in shares]


@transaction.atomic(durable=True)
def compose_refund(
    order: Order, choices: Sequence[Choice], *, agreed: Mapping[int, Decimal], reason: str, actor: str, press: str
) -> list[Refund]:
    """Send back what was chosen, of the newest payment first: one refund for each payment that it takes.

    `agreed` is what was shown for each line: if it comes to something else by now, it raises NotAsAgreed. `press` names
    the button: pressed twice, in however many tabs, it is one refund. What is restocked is back on the shelf, once; a place
    that is released is free, its customer is told, and what was not sent back is kept. Raises CannotBeSentBack,
    NothingToSendBack, MoreThanIsLeft, PaymentIsDisputed or whatever `cancel_bookings` does as well; then nothing has changed.
    """
    order, payments = lock_money(order.pk)
    if done := list(Refund.objects.filter(payment__in=payments, press=press)):
        return done
    composed = composed_of(order, payments, choices)
    if composed.amounts != agreed:
        raise NotAsAgreed(composed, order.currency)
    parts = composed.parts
    refunds = request_refund(
        order,
        {part.line: part.amount for part in parts},
        reason=reason,
        actor=actor,
        quantities={part.line: part.pieces or len(part.nights) for part in parts if part.pieces or part.nights},
        nights={part.line: list(part.nights) for part in parts},
        restocked={part.line: part.restocked for part in parts},
        press=press,
    )
    put_back(composed, refunds, actor=actor)
    call_off(order, composed, actor=actor, cause=reason)
    return refunds


def composed_of(order: Order, payments: list[Payment], choices: Sequence[Choice]) -> Composition:
    order.attempts, order.every_line = payments, load_rests(order)
    return compose(order, choices)


def put_back(composed: Composition, refunds: list[Refund], *, actor: str) -> None:
    """The pieces that came back with this refund. It is named after it, so the line can return others another day."""
    back = [part for part in composed.parts if part.restocked]
    for part in sorted(back, key=lambda part: part.line.variant_id):
        reference = f"{part.line.stock_reference}:back:{refunds[0].pk}"
        return_stock(part.line.variant, part.restocked, reference=reference, actor=actor)


def call_off(order: Order, composed: Composition, *, actor: str, cause: str) -> None:
    """What is over with this refund: a place that is released, a product that is back to its last piece."""
    over = [part.line for part in composed.parts if part.is_over and not part.line.cancelled_at]
    if over:
        end_all(order, composed, over, actor=actor, cause=cause)
    order, _payments = lock_money(order.pk)  # as it is by now: it may be the rest of what was called off before
    close_if_over(order, actor=actor, cause=cause)
    pay_if_covered(order, actor=actor)
    fulfil_if_done(order, actor=actor)


def end_all(order: Order, composed: Composition, over: list[OrderLine], *, actor: str, cause: str) -> None:
    """Their places are free, and each line says what was kept of it."""
    if any(payment.status in LIVE_PAYMENT for payment in order.attempts):
        raise PaymentIsUnderWay(order)
    visits = [line for line in over if line.is_visit]
    calendar.cancel_bookings([line.booking for line in visits])
    if change := waiting(order, order.attempts, of=[line.pk for line in visits]):
        end(change, order, actor=actor, cause=cause)
    now = clock.now()
    for line in cancelling.with_charges(order, over):
        write_down(order, ended(order, composed, line), now=now, actor=actor, cause=cause, is_wasted=False)
    if visits:
        tell(order, visits, "cancelled")


def ended(order: Order, composed: Composition, line: OrderLine) -> cancelling.Part:
    """What was left of a line before this refund; what of it does not come back now is kept."""
    part = next((part for part in composed.parts if part.line.pk == line.pk), None)
    if part:
        return cancelling.Part(line, left=part.left + part.amount, kept=part.left)
    left = order.left_of(line)
    return cancelling.Part(line, left=left, kept=left)
