"""The mails about an order."""

import unicodedata

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from checkout import (
    balance_mails,
    cancel_mails,
    change_mails,
    late_mails,
    payment_mails,
    proof_mails,
    refund_mails,
    states,
)
from checkout.calendar_file import calendar_file, cancellation_file
from checkout.headline import headline
from checkout.letters import letter
from checkout.models import SHOP, EventKind, Message, Order, Receipt, ReceiptKind, WebhookEvent
from checkout.totals import included_taxes
from checkout.visit_mail import CANCELLED, date_of, near_day, subject, visit_of, why_not
from petshop.core import clock
from petshop.core.typed import isolated

SUBJECT_AT_MOST = 200


def send(message: Message) -> None:
    """Send a message once: what was sent stays sent, however often and by how many workers this is called.

    One about a visit that was moved or called off meanwhile, or has begun, is dropped: written down, and never sent.
    So is one about money that went back and did not arrive.

    The message's row stays locked while the mail server answers, so that a second worker waits and then finds it sent.
    That is no customer's request and no other lock is held. Only a crash between the mail server's yes and our commit
    can send a mail twice; claiming it before would lose it there instead. Raises what the mail server raises.
    """
    try:
        with transaction.atomic():
            message = Message.objects.select_for_update().get(pk=message.pk)
            if message.sent_at or message.dropped_at:
                return
            if reason := no_longer_true(message):
                drop(message, reason)
            else:
                deliver(message)
    except Exception as error:
        Message.objects.filter(pk=message.pk, sent_at=None).update(error=str(error)[:1000])
        raise


def no_longer_true(message: Message) -> str:
    """Why what it says is not so any more; empty as long as it is."""
    reasons = (mails.why_not(message) for mails in (refund_mails, balance_mails, payment_mails, change_mails))
    return why_not(message, now=clock.now()) or next(filter(None, reasons), "")


def drop(message: Message, reason: str) -> None:
    """Never send it, and keep why."""
    message.dropped_at, message.error = clock.now(), reason
    message.save(update_fields=["dropped_at", "error"])


def deliver(message: Message) -> None:
    order = Order.objects.with_lines().get(pk=message.order_id)
    mail = MAILS[message.kind](order, message)
    mail.to = [message.to]
    mail.send()
    message.subject, message.sent_at, message.error = mail.subject, clock.now(), ""
    message.save(update_fields=["subject", "sent_at", "error"])
    order.record(
        EventKind.MESSAGE_SENT,
        actor=SHOP,
        cause=f"{message.kind.replace('_', ' ').capitalize()} sent",
        message=message.pk,
        about=message.kind,
        to=message.to,
        subject=message.subject,
    )


def confirmation(order: Order, message: Message | None = None) -> EmailMultiAlternatives:
    """What was paid and booked, with the visits as a calendar file."""
    now = clock.now()
    lines = states.shown_lines(order, now=now)
    taxes = included_taxes((line.tax_rate, line.amount) for line in order.every_line)
    return letter(
        order,
        "confirmation",
        subject=confirmation_subject(order),
        calendar=calendar_file(order, now=now),
        headline=headline(order, now=now),
        visits=[shown for shown in lines if shown.line.is_visit],
        products=[shown for shown in lines if not shown.line.is_visit],
        tax=sum(tax for _rate, tax in taxes),
        receipt=Receipt.objects.filter(payment__order=order, kind=ReceiptKind.RECEIPT).last(),
    )


def reminder(order: Order, message: Message) -> EmailMultiAlternatives:
    """When to come, what to bring, and until when the visit can be moved or called off."""
    now = clock.now()
    date = date_of(message)
    shown = next(shown for shown in states.shown_lines(order, now=now) if shown.line.booking_id == message.booking_id)
    return letter(
        order,
        "reminder",
        subject=one_line(subject(shown.line, date.starts_at, now=now)),
        calendar=calendar_file(order, now=now),
        title=visit_of(shown.line),
        day=near_day(date.starts_at, now=now),
        date=date,
        shown=shown,
    )


def confirmation_subject(order: Order) -> str:
    """“Biscuit's bath: Saturday 28 November, 10:30”, for the first visit that is to take place."""
    visits = [line for line in order.parts if line.is_visit]
    booked = sorted((line for line in visits if states.is_booked(line)), key=lambda line: states.times(line)[0])
    if len(booked) < len(visits):
        subject = _("About your visit: order %(number)s") % {"number": order.number}
    elif booked:
        line = booked[0]
        starts_at = states.times(line)[0]
        subject = _("%(pet)s's %(service)s: %(day)s, %(time)s") % {
            "pet": isolated(line.pet_name) or _("Your pet"),
            "service": line.name[:1].lower() + line.name[1:],
            "day": states.day(starts_at),
            "time": states.clock_time(starts_at),
        }
    else:
        words = _("We keep your order %(number)s for you") if order.outstanding else _("Your order %(number)s is paid")
        subject = words % {"number": order.number}
    return one_line(subject)


def one_line(text: str) -> str:
    """Fit for a header: nothing that could begin a second one, and not too long."""
    shown = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return Truncator(" ".join(shown.split())).chars(SUBJECT_AT_MOST)


def about_visit(order: Order, message: Message) -> EmailMultiAlternatives:
    """What has become of one visit, with its calendar file: opened, it moves the entry or takes it out."""
    now = clock.now()
    shown = next(each for each in states.shown_lines(order, now=now) if each.line.booking_id == message.booking_id)
    line, is_cancelled = shown.line, message.kind in CANCELLED
    names = {
        "pet": isolated(line.pet_name) or _("Your pet"),
        "service": line.name[:1].lower() + line.name[1:],
        "day": states.day(shown.starts_at),
        "time": states.clock_time(shown.starts_at),
    }
    title = _("%(pet)s's %(service)s is cancelled.") if is_cancelled else _("%(pet)s's %(service)s has moved.")
    subject = (
        _("Cancelled: %(pet)s's %(service)s on %(day)s, %(time)s")
        if is_cancelled
        else _("New time: %(pet)s's %(service)s, %(day)s, %(time)s")
    )
    return letter(
        order,
        "visit",
        subject=one_line(subject % names),
        calendar=cancellation_file(order, [line], now=now) if is_cancelled else calendar_file(order, now=now),
        shown=shown,
        is_cancelled=is_cancelled,
        is_lapsed=message.kind == "lapsed",
        title=title % names,
        lead=shown.words.next,
    )


def given_up_event(event: WebhookEvent) -> EmailMultiAlternatives:
    """To the shop: what Stripe told us of a payment is not in our books, and only a person can find out why."""
    names = {"event": event.event_id, "type": event.type, "tries": event.attempts, "error": event.error}
    sentences = [
        _("Stripe told us of %(event)s (%(type)s). It was tried %(tries)d times, and is given up: %(error)s") % names,
        _("Look for it in Stripe's dashboard. Once its cause is mended, “reconcile_payments --since” tries it again."),
    ]
    return EmailMultiAlternatives(
        subject=_("Not in our books: %(type)s, %(event)s") % names,
        body="\n\n".join(sentences) + "\n",
        to=[settings.SHOP_EMAIL],
    )


MAILS = {
    "confirmation": confirmation,
    "reminder": reminder,
    "moved": about_visit,
    "cancelled": about_visit,
    "lapsed": about_visit,
    "balance_due": balance_mails.balance_due,
    "balance_overdue": balance_mails.balance_overdue,
    "balance_paid": balance_mails.balance_paid,
    "payment_failed": payment_mails.payment_failed,
    "payment_link": payment_mails.payment_link,
    "change_link": change_mails.change_link,
    "change_lost": change_mails.change_lost,
    "called_off": cancel_mails.called_off,
    "proof_refused": proof_mails.refused,
    "late": late_mails.late,
    "late_refund": late_mails.late_refund,
    "surplus": late_mails.surplus,
    "sent_back": refund_mails.sent_back,
    "refund_failed": refund_mails.refund_failed,
    "disputed": refund_mails.disputed,
}
