"""The mails about money that came too late, or for nothing: to the shop, and to whoever gets all of it back."""

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from checkout.letters import letter
from checkout.models import Message, Order
from checkout.refund_mails import on_its_way, to_staff
from checkout.states import card_words, clock_time, day, shown_lines
from petshop.core import clock
from petshop.core.money import format_money


def late(order: Order, message: Message) -> EmailMultiAlternatives:
    """To the shop: what could not be kept, and what happens now."""
    number = {"number": order.number}
    waiting = [line for line in order.parts if line.choose_by]
    if not waiting:
        return to_staff(
            order,
            _("Money came too late: order %(number)s") % number,
            _("%(name)s paid when nothing of the order could be kept any more.") % {"name": order.name},
            _("Nothing is to be done: something else was chosen, or the money goes back."),
        )
    until = min(line.choose_by for line in waiting)
    return to_staff(
        order,
        _("Money came too late: order %(number)s") % number,
        _("%(name)s paid, but no longer to be had: %(lines)s.") % {
            "name": order.name, "lines": ", ".join(line.title for line in waiting),
        },
        _("The customer can choose another time or the money on the order's page until %(day)s, %(time)s. Then it goes back by itself.")
        % {"day": day(until), "time": clock_time(until)},
    )  # fmt: skip


def surplus(order: Order, message: Message) -> EmailMultiAlternatives:
    """To the shop: money came for which nothing was due."""
    refund = message.refund
    amount = {"amount": format_money(refund.amount, refund.payment.currency), "number": order.number}
    return to_staff(
        order,
        _("%(amount)s too much: order %(number)s") % amount,
        _("%(amount)s came from %(name)s, though nothing was due: %(reason)s.") % {
            **amount, "name": order.name, "reason": refund.reason,
        },
        _("It goes back by itself."),
    )  # fmt: skip


def late_refund(order: Order, message: Message) -> EmailMultiAlternatives:
    """To its customer: we are sorry, nothing of it could be kept, and all of the money goes back."""
    amount = format_money(sum(line.comes_back for line in order.parts), order.currency)
    card = next((payment.card for payment in order.attempts if payment.card), "")
    return letter(
        order,
        "late_refund",
        subject=_("We are sorry, and your money goes back: order %(number)s") % {"number": order.number},
        title=_("We are sorry: your money came, and your time was gone.")
        if any(line.is_visit for line in order.parts)
        else _("We are sorry: your money came, and it was sold out."),
        lead=_("All of it, %(amount)s, goes back to you.") % {"amount": amount} + " " + on_its_way(card_words(card)),
        lines=shown_lines(order, now=clock.now()),
    )
