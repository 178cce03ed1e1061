"""The mails about what is still to be paid of an order that was accepted: soon due, overdue, and here."""

from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from bookings.terms import BALANCE_GRACE
from checkout.letters import news
from checkout.models import Message, Order, OrderStatus, Receipt, ReceiptKind
from checkout.states import all_of, clock_time, day
from petshop.core.money import format_money

ABOUT_A_DATE = ["balance_due", "balance_overdue"]


def key_of(kind: str, order: Order) -> str:
    """Of this date: once it is postponed, what is said of it is another fact."""
    return f"{kind}:{order.pk}:{int(order.due_by.timestamp())}"


def why_not(message: Message) -> str:
    """Why a message must not be sent any more: the rest may be here by now, or be due later."""
    if message.kind not in ABOUT_A_DATE:
        return ""
    order = message.order
    if order.status != OrderStatus.CONFIRMED or not order.outstanding:
        return _("Nothing is left to pay.")
    if order.due_by is None or message.key != key_of(message.kind, order):
        return _("It is due at another time by now.")
    return ""


def balance_due(order: Order, message: Message) -> EmailMultiAlternatives:
    """How much is due by when, with the way to pay it."""
    words = said_of(order, order.due_by)
    return news(
        order,
        subject=_("%(amount)s due by %(day)s: order %(number)s") % words,
        title=_("%(amount)s is due by %(day)s, %(time)s.") % words,
        lead=_("It is the rest of your order %(number)s. You can pay it on your order’s page, or call us.") % words,
    )


def balance_overdue(order: Order, message: Message) -> EmailMultiAlternatives:
    """What happens by when if the rest is not paid."""
    words = said_of(order, order.due_by + BALANCE_GRACE)
    return news(
        order,
        subject=_("%(amount)s is still missing: order %(number)s") % words,
        title=_("%(amount)s was due, and is not here.") % words,
        lead=_(
            "Please pay it on your order’s page, or call us. If it is not here by %(day)s, %(time)s, we cancel what it is for."
        )
        % words,
    )


def balance_paid(order: Order, message: Message) -> EmailMultiAlternatives:
    """That everything is paid."""
    receipts = Receipt.objects.filter(payment__order=order, kind=ReceiptKind.RECEIPT)
    words = {
        "amount": format_money(order.total, order.currency),
        "number": order.number,
        "receipts": all_of([receipt.number for receipt in receipts]),
    }
    return news(
        order,
        subject=_("Order %(number)s is paid") % words,
        title=_("Thank you: everything is paid.") % words,
        lead=_("Order %(number)s comes to %(amount)s, and nothing is left to pay. On its page: receipt %(receipts)s.")
        % words,
    )


def said_of(order: Order, moment: datetime) -> dict[str, str]:
    return {
        "amount": format_money(order.outstanding, order.currency),
        "day": day(moment),
        "time": clock_time(moment),
        "number": order.number,
    }
