"""What has happened to an order, for its page and the backoffice. Pure, like `states`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.models import CUSTOMER, SHOP, CounterMethod, EventKind, OrderEvent
from checkout.states import card_words, clock_time, day
from petshop.core.money import format_money


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `detail` and `actor` may be empty."""

    at: datetime
    icon: str
    tone: str
    text: str
    detail: str
    actor: str


ICONS = {
    EventKind.PLACED: ("shopping-bag", ""),
    EventKind.PAYMENT_OPENED: ("external-link", ""),
    EventKind.PAYMENT_CLOSED: ("x", ""),
    EventKind.PAYMENT_PROCESSING: ("hourglass", "info"),
    EventKind.DEPOSIT_PAID: ("credit-card", "ok"),
    EventKind.ACCEPTED: ("store", "ok"),
    EventKind.PAID: ("credit-card", "ok"),
    EventKind.BALANCE_POSTPONED: ("calendar-clock", ""),
    EventKind.BALANCE_WAIVED: ("circle-check", ""),
    EventKind.PAYMENT_FLAGGED: ("triangle-alert", "bad"),
    EventKind.CONCERN_CLEARED: ("circle-check", "ok"),
    EventKind.VISIT_LOST: ("calendar-x", "bad"),
    EventKind.VISIT_REBOOKED: ("calendar-clock", "ok"),
    EventKind.VISIT_MOVED: ("calendar-clock", "info"),
    EventKind.CHANGE_ASKED: ("calendar-clock", ""),
    EventKind.CHANGE_PAID: ("credit-card", "ok"),
    EventKind.CHANGE_ENDED: ("calendar-clock", ""),
    EventKind.VISIT_CANCELLED: ("calendar-x", "warn"),
    EventKind.LINE_CANCELLED: ("x", "warn"),
    EventKind.PROOF_SENT: ("shield-check", "info"),
    EventKind.PROOF_APPROVED: ("shield-check", "ok"),
    EventKind.PROOF_REFUSED: ("shield-check", "bad"),
    EventKind.STOCK_LOST: ("package", "bad"),
    EventKind.STOCK_FOUND: ("package-check", "ok"),
    EventKind.SURPLUS: ("credit-card", "warn"),
    EventKind.REFUND_REQUESTED: ("rotate-ccw", "info"),
    EventKind.REFUNDED: ("hand-coins", "ok"),
    EventKind.REFUND_FAILED: ("rotate-ccw", "bad"),
    EventKind.REFUND_EXPLAINED: ("rotate-ccw", ""),
    EventKind.DISPUTED: ("triangle-alert", "bad"),
    EventKind.DISPUTE_CLOSED: ("triangle-alert", "warn"),
    EventKind.EXPIRED: ("clock", "warn"),
    EventKind.CANCELLED: ("ban", "bad"),
    EventKind.MESSAGE_SENT: ("mail", "info"),
    EventKind.CHECKED_IN: ("paw", "grape"),
    EventKind.COMPLETED: ("heart", "ok"),
    EventKind.NO_SHOW: ("user-x", "bad"),
    EventKind.PACKED: ("package-check", "info"),
    EventKind.HANDED_OVER: ("shopping-bag", "ok"),
    EventKind.SENT: ("truck", "ok"),
    EventKind.FULFILLED: ("circle-check", "ok"),
    EventKind.NOTE: ("sticky-note", "warn"),
}
MESSAGES = {  # how the timeline tells of a mail, by its kind
    "moved": gettext_lazy("News of the new time sent to %(address)s"),
    "reminder": gettext_lazy("Reminder sent to %(address)s"),
    "cancelled": gettext_lazy("Cancellation sent to %(address)s"),
    "called_off": gettext_lazy("Cancellation sent to %(address)s"),
    "lapsed": gettext_lazy("Cancellation sent to %(address)s"),
    "balance_due": gettext_lazy("Reminder of the rest sent to %(address)s"),
    "balance_overdue": gettext_lazy("News of the missing rest sent to %(address)s"),
    "balance_paid": gettext_lazy("News of the payment sent to %(address)s"),
    "payment_link": gettext_lazy("Payment link sent to %(address)s"),
    "change_link": gettext_lazy("News of another time sent to %(address)s"),
    "change_lost": gettext_lazy("News of the refund sent to %(address)s"),
    "payment_failed": gettext_lazy("News of the payment sent to %(address)s"),
    "proof_refused": gettext_lazy("News of the proof sent to %(address)s"),
    "sent_back": gettext_lazy("News of the refund sent to %(address)s"),
    "late": gettext_lazy("News of money that came too late sent to %(address)s"),
    "late_refund": gettext_lazy("News of the refund sent to %(address)s"),
    "surplus": gettext_lazy("News of money that nothing was due for sent to %(address)s"),
    "refund_failed": gettext_lazy("News of the failed refund sent to %(address)s"),
    "disputed": gettext_lazy("News of the dispute sent to %(address)s"),
}
FOR_STAFF_ONLY = [
    EventKind.NOTE,
    EventKind.PAYMENT_OPENED,
    EventKind.PAYMENT_CLOSED,
    EventKind.PAYMENT_FLAGGED,
    EventKind.CONCERN_CLEARED,
    EventKind.REFUND_EXPLAINED,
    EventKind.DISPUTED,
    EventKind.DISPUTE_CLOSED,
    EventKind.FULFILLED,
]
MAILS_FOR_STAFF = ["refund_failed", "disputed", "late", "surplus"]


def timeline(events: Iterable[OrderEvent], *, for_staff: bool) -> list[Entry]:
    """What happened, newest first. Customers see neither notes nor who of the staff did it."""
    shown = [event for event in events if for_staff or is_for_customer(event)]
    entries = []
    for event in sorted(shown, key=lambda event: (event.at, event.pk or 0), reverse=True):
        icon, tone = ICONS[event.kind]
        entries.append(
            Entry(
                at=event.at,
                icon=icon,
                tone=tone,
                text=event_text(event),
                detail=event_detail(event, for_staff=for_staff),
                actor=actor_name(event.actor) if for_staff else "",
            )
        )
    return entries


def is_for_customer(event: OrderEvent) -> bool:
    return event.kind not in FOR_STAFF_ONLY and event.details.get("about") not in MAILS_FOR_STAFF


def event_text(event: OrderEvent) -> str:
    details = event.details
    match event.kind:
        case EventKind.PAID if details.get("amount") and Decimal(details["amount"]):
            return _("Payment of %(amount)s received") % {"amount": format_money(Decimal(details["amount"]))}
        case EventKind.PAID:
            return _("Nothing to pay")
        case EventKind.CHANGE_PAID if "amount" in details:
            return _("Difference of %(amount)s received") % {"amount": format_money(Decimal(details["amount"]))}
        case EventKind.CHANGE_ASKED if "to" in details:
            return _("Kept until it is paid: %(day)s, %(time)s") % written(details["to"])
        case EventKind.CHANGE_ENDED if "to" in details:
            return _("Let go: %(day)s, %(time)s") % written(details["to"])
        case EventKind.DEPOSIT_PAID if "amount" in details:
            return _("Deposit of %(amount)s received") % {"amount": format_money(Decimal(details["amount"]))}
        case EventKind.BALANCE_POSTPONED if "to" in details:
            return _("The rest is due by %(day)s, %(time)s") % written(details["to"])
        case EventKind.REFUND_REQUESTED | EventKind.REFUNDED | EventKind.REFUND_FAILED if "amount" in details:
            return refund_text(EventKind(event.kind), format_money(Decimal(details["amount"])))
        case EventKind.PAYMENT_PROCESSING:
            return _("Your bank is looking at the payment")
        case EventKind.VISIT_LOST:
            return _("A time was no longer free")
        case EventKind.EXPIRED:
            return _("The order ended unpaid")
        case EventKind.VISIT_MOVED if "to" in details:
            return _("Visit moved to %(day)s, %(time)s") % written(details["to"])
        case EventKind.VISIT_REBOOKED if "to" in details:
            return _("Another time chosen: %(day)s, %(time)s") % written(details["to"])
        case EventKind.SURPLUS if "amount" in details:
            amount = format_money(Decimal(details["amount"]))
            return _("%(amount)s came for which nothing was due") % {"amount": amount}
        case EventKind.MESSAGE_SENT if details.get("to"):
            words = MESSAGES.get(details.get("about"), _("Confirmation sent to %(address)s"))
            return words % {"address": details["to"]}
        case EventKind.CHECKED_IN:
            return _("Checked in")
        case EventKind.NOTE:
            return details.get("text", "")
    return EventKind(event.kind).label


def event_detail(event: OrderEvent, *, for_staff: bool) -> str:
    match event.kind:
        case EventKind.PAID | EventKind.DEPOSIT_PAID | EventKind.CHANGE_PAID:
            return way_of(event.details, for_staff=for_staff)
        case EventKind.MESSAGE_SENT:
            return event.details.get("subject", "")
        case EventKind.VISIT_MOVED if "from" in event.details:
            was = _("%(title)s: it was on %(day)s, %(time)s") % {
                "title": event.details["title"], **written(event.details["from"]),
            }  # fmt: skip
            sentences = [f"{was}.", price_of(event.details)] if "costs" in event.details else [was]
            return f"{' '.join(sentences).rstrip('.')}. {event.cause}" if for_staff else " ".join(sentences)
        case EventKind.VISIT_CANCELLED | EventKind.LINE_CANCELLED if "kept" in event.details:
            what = money_of(event.details)
            return f"{what} {event.cause}" if for_staff else what
        case EventKind.PROOF_SENT | EventKind.PROOF_APPROVED | EventKind.PROOF_REFUSED:
            return event.cause
        case EventKind.VISIT_REBOOKED:
            return event.details.get("title", "")
        case EventKind.CHANGE_ASKED | EventKind.CHANGE_ENDED:
            title = event.details.get("title", "")
            return f"{title}. {event.cause}" if for_staff else title
        case (
            EventKind.STOCK_FOUND
            | EventKind.VISIT_LOST
            | EventKind.STOCK_LOST
            | EventKind.CHECKED_IN
            | EventKind.COMPLETED
        ):
            return event.cause
        case EventKind.NOTE:
            return ""
    return event.cause if for_staff else ""


def way_of(details: dict, *, for_staff: bool) -> str:
    """“Visa ending 4242”, “Cash”; and for staff what they wrote beside it."""
    method = details.get("method")
    way = CounterMethod(method).label if method else card_words(details.get("card", ""))
    return ": ".join(filter(None, [str(way), details.get("note", "") if for_staff else ""]))


def refund_text(kind: EventKind, amount: str) -> str:
    sentences = {
        EventKind.REFUND_REQUESTED: _("%(amount)s is being sent back"),
        EventKind.REFUNDED: _("%(amount)s was sent back"),
        EventKind.REFUND_FAILED: _("%(amount)s could not be sent back"),
    }
    return sentences[kind] % {"amount": amount}


def price_of(details: dict) -> str:
    """Of a visit that was moved to another price."""
    amounts = {"costs": format_money(Decimal(details["costs"])), "cost": format_money(Decimal(details["cost"]))}
    return _("It costs %(costs)s instead of %(cost)s.") % amounts


def written(moment: str) -> dict[str, str]:
    then = datetime.fromisoformat(moment)
    return {"day": day(then), "time": clock_time(then)}


def money_of(details: dict) -> str:
    """“Bath: EUR 17.50 comes back, EUR 17.50 is kept.”"""
    back, kept = Decimal(details["comes_back"]), Decimal(details["kept"])
    amounts = {"title": details["title"], "back": format_money(back), "kept": format_money(kept)}
    if back and kept:
        return _("%(title)s: %(back)s comes back, %(kept)s is kept.") % amounts
    if kept:
        return _("%(title)s: %(kept)s is kept.") % amounts
    return _("%(title)s: %(back)s comes back.") % amounts if back else f"{details['title']}."


def actor_name(actor: str) -> str:
    return {CUSTOMER: _("Customer"), SHOP: _("Shop")}.get(actor, actor)
