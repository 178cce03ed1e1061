"""The mails about a dearer time of a visit: where its difference is paid, and that it was not to be had any more."""

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from checkout.letters import news
from checkout.models import Message, Order, VisitChange
from petshop.core.dates import written_day, written_time
from petshop.core.money import format_money


def change_link(order: Order, message: Message) -> EmailMultiAlternatives:
    """When the visit can be instead, what that costs more, and where and until when it can be paid."""
    change = order.changes.select_related("line").get(pk=number_in(message))
    names = {
        "visit": change.line.title,
        "day": written_day(change.starts_at, "l j F"),
        "time": written_time(change.starts_at),
        "amount": format_money(change.amount, order.currency),
        "until_day": written_day(change.held_until, "l j F"),
        "until_time": written_time(change.held_until),
    }
    lead = _(
        "%(visit)s can begin on %(day)s at %(time)s instead. That costs %(amount)s more: pay it on your order's page by "
        "%(until_day)s, %(until_time)s, and it is yours. Until then you have both times; if you do nothing, you keep "
        "the one you have."
    )
    return news(
        order,
        subject=_("Another time for your visit: order %(number)s") % {"number": order.number},
        title=_("Another time is kept for you."),
        lead=lead % names,
    )


def key_of(change: VisitChange) -> str:
    """Of its link, which is sent once."""
    return f"change:{change.pk}"


def number_in(message: Message) -> int:
    return int(message.key.removeprefix("change:"))


def change_lost(order: Order, message: Message) -> EmailMultiAlternatives:
    """That the money came too late for the new time and goes back, and that nothing of the old one has changed."""
    return news(
        order,
        subject=_("Your visit keeps its old time: order %(number)s") % {"number": order.number},
        title=_("We are sorry: the new time was gone before your payment reached us."),
        lead=_("Your visit keeps its old time. What you paid for the new one goes back to you."),
    )


def why_not(message: Message) -> str:
    """Why a link is not worth sending any more; empty as long as it is."""
    if message.kind != "change_link":
        return ""
    is_waiting = VisitChange.objects.waiting().filter(pk=number_in(message)).exists()
    return "" if is_waiting else "The difference is not waited for any more"
