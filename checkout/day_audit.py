"""One day in Stripe's books beside the same day in ours: what was received, what went back, and what Stripe kept.

A day is the shop's own, and Stripe's clock says what belongs to it. What we heard of later, after midnight or after a day
without webhooks, is looked up by its name; so only what is really missing on one side is a difference.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import stripe
from django.conf import settings
from django.utils import timezone

from checkout.models import FRUITLESS_REFUND, Payment, PaymentProvider, Refund, RefundStatus
from checkout.payments import client, no_answer
from checkout.refunds import STATUS
from petshop.core.money import format_money, from_stripe


@dataclass(frozen=True)
class Entry:
    """A charge or a refund as one of the two books has it. A refund that came to nothing does not count."""

    name: str  # Stripe's
    order: str
    currency: str
    amount: Decimal
    status: str
    counts: bool = True

    def __str__(self):
        return f"{self.name}, {format_money(self.amount, self.currency)} {self.status}, order {self.order}"


@dataclass
class Comparison:
    """The charges, or the refunds, of a day in both books, by name."""

    theirs: dict[str, Entry]
    ours: dict[str, Entry]

    def differences(self) -> list[str]:
        """A sentence for each entry that the two books do not agree on."""
        both = self.theirs.keys() & self.ours.keys()
        pairs = [(self.theirs[name], self.ours[name]) for name in sorted(both)]
        return [
            *(f"Only at Stripe: {self.theirs[name]}" for name in sorted(self.theirs.keys() - both)),
            *(f"Only in our books: {self.ours[name]}" for name in sorted(self.ours.keys() - both)),
            *(f"At Stripe: {theirs}; in our books: {ours}" for theirs, ours in pairs if facts(theirs) != facts(ours)),
        ]

    def __str__(self):
        return f"{summed(self.theirs.values())} at Stripe, {summed(self.ours.values())} in our books"


@dataclass
class DayAudit:
    """What both books say of a day, and what Stripe keeps for itself."""

    day: date
    received: Comparison
    sent_back: Comparison
    fees: Counter = field(default_factory=Counter)  # by the currency that Stripe pays out
    net: Counter = field(default_factory=Counter)
    unbooked: int = 0  # what is not in Stripe's balance yet: of these nobody knows the fee

    @property
    def differences(self) -> list[str]:
        return self.received.differences() + self.sent_back.differences()

    def lines(self) -> list[str]:
        """The audit as it is printed."""
        kept = f"Stripe keeps {written(self.fees)}, {written(self.net)} is left"
        return [
            f"{self.day:%Y-%m-%d}, {settings.PAYMENT_MODE} mode, {settings.STRIPE_SITE}",
            f"Received: {self.received}",
            f"Sent back: {self.sent_back}",
            f"{kept}; {self.unbooked} not booked yet" if self.unbooked else kept,
            *self.differences,
        ]


def audit_day(day: date) -> DayAudit:
    """Compare the charges and refunds of a day with our rows. Changes nothing. Raises StripeIsDown."""
    zone = timezone.get_current_timezone()
    begins = datetime.combine(day, time.min, tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    try:
        charges, refunds = charges_of(begins, ends), refunds_of(begins, ends)
        audit = DayAudit(
            day,
            received=Comparison(
                {charge.id: entry_of(charge, charge, charge.status) for charge in charges},
                our_payments(begins, ends, [charge.id for charge in charges]),
            ),
            sent_back=Comparison(
                {refund.id: entry_of(refund, refund.charge, refund_status(refund)) for refund in refunds},
                our_refunds(begins, ends, [refund.id for refund in refunds]),
            ),
        )
    except stripe.StripeError as error:
        raise no_answer(error) from error
    for thing in [*charges, *(refund for refund in refunds if refund_status(refund) not in FRUITLESS_REFUND)]:
        count_fee(audit, thing)
    return audit


# Stripe's books


def charges_of(begins: datetime, ends: datetime) -> list:
    """What was received; a card that was declined and a bank that still thinks brought nothing."""
    listed = listing(client(retries=3).v1.charges.list, begins, ends, "data.balance_transaction")
    known = our_names(Payment.objects.filter(charge_id__in=[charge.id for charge in listed]), "charge_id")
    return [charge for charge in listed if charge.paid and (charge.id in known or is_of_this_site(charge))]


def refunds_of(begins: datetime, ends: datetime) -> list:
    """What went back, also by hand in the dashboard, which names nobody: then its charge says whose it is."""
    listed = listing(client(retries=3).v1.refunds.list, begins, ends, "data.balance_transaction", "data.charge")
    known = our_names(Refund.objects.filter(stripe_id__in=[refund.id for refund in listed]), "stripe_id")
    return [
        refund
        for refund in listed
        if refund.id in known or is_of_this_site(refund) or refund.charge and is_of_this_site(refund.charge)
    ]


def listing(list_all: Callable, begins: datetime, ends: datetime, *expand: str) -> list:
    window = {"gte": int(begins.timestamp()), "lt": int(ends.timestamp())}
    return list(list_all({"created": window, "limit": 100, "expand": list(expand)}).auto_paging_iter())


def our_names(rows, column: str) -> set[str]:
    return set(rows.values_list(column, flat=True))


def is_of_this_site(thing) -> bool:
    """Whether it was made by us, and not by another shop on the same account."""
    return said_of(thing).get("site") == settings.STRIPE_SITE


def said_of(thing) -> dict:
    return thing.metadata.to_dict() if thing and thing.metadata else {}


def refund_status(refund) -> str:
    return STATUS.get(refund.status, RefundStatus.PENDING)


def entry_of(thing, charge, status: str) -> Entry:
    return Entry(
        name=thing.id,
        order=said_of(charge).get("order", "unknown"),
        currency=thing.currency.upper(),
        amount=from_stripe(thing.amount, thing.currency),
        status=status,
        counts=status not in FRUITLESS_REFUND,
    )


def count_fee(audit: DayAudit, thing) -> None:
    booked = thing.balance_transaction
    if booked is None:
        audit.unbooked += 1
        return
    audit.fees[booked.currency.upper()] += from_stripe(booked.fee, booked.currency)
    audit.net[booked.currency.upper()] += from_stripe(booked.net, booked.currency)


# Our books


def our_payments(begins: datetime, ends: datetime, listed: list[str]) -> dict[str, Entry]:
    """Those that Stripe has listed, and those of the day of which it knows nothing."""
    received = Payment.objects.succeeded().filter(mode=settings.PAYMENT_MODE, provider=PaymentProvider.STRIPE)
    received = received.select_related("order").order_by("pk")
    ours = list(received.filter(charge_id__in=listed))
    for payment in received.filter(settled_at__gte=begins, settled_at__lt=ends).exclude(charge_id__in=listed):
        if not is_known(client(retries=3).v1.charges.retrieve, payment.charge_id):
            ours.append(payment)
    return {
        entry.name: entry
        for entry in (
            Entry(each.charge_id or f"payment {each.uuid}", str(each.order), each.currency, each.amount, each.status)
            for each in ours
        )
    }


def our_refunds(begins: datetime, ends: datetime, listed: list[str]) -> dict[str, Entry]:
    """Those that Stripe has listed, and those of the day of which it knows nothing, though it did not refuse them."""
    refunds = Refund.objects.filter(payment__mode=settings.PAYMENT_MODE).select_related("payment__order").order_by("pk")
    ours = list(refunds.filter(stripe_id__in=listed))
    promised = refunds.filter(requested_at__gte=begins, requested_at__lt=ends).exclude(status=RefundStatus.REJECTED)
    for refund in promised.exclude(pk__in=[each.pk for each in ours]):
        if not is_known(client(retries=3).v1.refunds.retrieve, refund.stripe_id):
            ours.append(refund)
    return {
        entry.name: entry
        for entry in (
            Entry(
                each.stripe_id or f"refund {each.uuid}",
                str(each.payment.order),
                each.payment.currency,
                each.amount,
                each.status,
                counts=each.status not in FRUITLESS_REFUND,
            )
            for each in ours
        )
    }


def is_known(retrieve: Callable, name: str | None) -> bool:
    """Whether Stripe has it at all, on whatever day."""
    if not name:
        return False
    try:
        retrieve(name)
    except stripe.InvalidRequestError:
        return False
    return True


# In words


def facts(entry: Entry) -> tuple:
    """What both books must agree on. How far a refund is on its way they need not."""
    return entry.currency, entry.amount, entry.counts


def summed(entries: Iterable[Entry]) -> str:
    sums, counted = Counter(), [entry for entry in entries if entry.counts]
    for entry in counted:
        sums[entry.currency] += entry.amount
    return f"{written(sums)} in {len(counted)}"


def written(sums: Counter) -> str:
    amounts = [format_money(Decimal(sums[currency]), currency) for currency in sorted(sums)]
    return " + ".join(amounts) or format_money(Decimal(0))
