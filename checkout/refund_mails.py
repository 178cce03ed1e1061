"""The mails about money that went back, or should have: to its customer, and to the shop."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.letters import letter
from checkout.models import (
    DISPUTE_OVER,
    DisputeStatus,
    Message,
    Order,
    ReceiptKind,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from checkout.states import card_words
from petshop.core.dates import written_day
from petshop.core.money import format_money


def why_not(message: Message) -> str:
    """Why a message must not be sent any more: what had gone back may have failed on the way since."""
    if message.kind == "sent_back" and message.refund.status != RefundStatus.SUCCEEDED:
        return _("The refund did not arrive.")
    return ""


def sent_back(order: Order, message: Message) -> EmailMultiAlternatives:
    """How much went back, for what, and to which card."""
    refund = message.refund
    amount = format_money(refund.amount, refund.payment.currency)
    return letter(
        order,
        "sent_back",
        subject=_("%(amount)s sent back: order %(number)s") % {"amount": amount, "number": order.number},
        title=_("We have sent %(amount)s back.") % {"amount": amount},
        lead=" ".join(filter(None, [why(refund), way_back(refund)])),
        parts=refund.lines.select_related("order_line"),
        note=refund.receipts.filter(kind=ReceiptKind.CREDIT_NOTE).first(),
    )


def why(refund: Refund) -> str:
    """Of what nobody ordered, what it was: to whoever paid twice, the amount alone says too little."""
    if refund.origin == RefundOrigin.SURPLUS:
        return _("It came once too often: nothing was due any more.")
    return ""


def way_back(refund: Refund) -> str:
    if refund.origin == RefundOrigin.COUNTER:
        return _("You got it at the shop.")
    return on_its_way(card_words(refund.payment.card))


def on_its_way(card: str) -> str:
    if card:
        return _("To your card, %(card)s. Most banks show it within five to ten days.") % {"card": card}
    return _("The way it was paid. Most banks show it within five to ten days.")


def refund_failed(order: Order, message: Message) -> EmailMultiAlternatives:
    """To the shop: the customer still waits for this money."""
    refund = message.refund
    amount = format_money(refund.amount, refund.payment.currency)
    return to_staff(
        order,
        _("Refund of %(amount)s failed: order %(number)s") % {"amount": amount, "number": order.number},
        _("%(amount)s did not go back to %(name)s: %(state)s. %(error)s") % {
            "amount": amount, "name": order.name, "state": refund.get_status_display(), "error": refund.error,
        },
        _("The money is still here, and can be sent back once more, or in another way."),
    )  # fmt: skip


def disputed(order: Order, message: Message) -> EmailMultiAlternatives:
    """To the shop: what the bank wants, why, and by when it wants to hear from us; or how it has decided."""
    dispute = message.dispute
    names = {"amount": format_money(dispute.amount, dispute.payment.currency), "number": order.number}
    what = _("The bank of %(name)s disputes the payment of %(amount)s (%(reason)s).") % {
        "name": order.name, "amount": names["amount"], "reason": dispute.reason,
    }  # fmt: skip
    if dispute.status == DisputeStatus.LOST:
        return to_staff(
            order,
            _("Dispute lost: %(amount)s, order %(number)s") % names,
            what,
            _("It has decided for its customer: the money is gone. Send nothing back on top of it."),
        )
    if dispute.status in DISPUTE_OVER:
        return to_staff(
            order,
            _("Dispute over: %(amount)s, order %(number)s") % names,
            what,
            _("It has decided for us: the money is ours."),
        )
    next_step = _("Nothing of the order was changed. Please decide, and answer in Stripe's dashboard.")
    if dispute.due_by:
        next_step = _("Nothing of the order was changed. Please decide, and answer in Stripe's dashboard by %(day)s.") % {
            "day": written_day(dispute.due_by, "l j F Y"),
        }  # fmt: skip
    return to_staff(order, _("Payment disputed: %(amount)s, order %(number)s") % names, what, next_step)


def to_staff(order: Order, subject: str, *sentences: str) -> EmailMultiAlternatives:
    address = settings.SITE_URL + reverse("backoffice:order", args=[order.number])
    return EmailMultiAlternatives(subject=subject, body="\n\n".join([*sentences, address]) + "\n")
