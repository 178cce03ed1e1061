"""Which orders a page of the backoffice shows. Each answer takes the same few queries, however many orders there are."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bookings.models import BookingStatus, Vaccination
from checkout.models import (
    BOOKED,
    Order,
    OrderLine,
    OrderStatus,
    ParcelStatus,
    Payment,
    PaymentStatus,
    Receipt,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from checkout.models.order import NUMBER_ALPHABET

ORDERS_ON_A_PAGE = 25
ORDER_NUMBER = re.compile(rf"(?:FP[-\s]?)?([{NUMBER_ALPHABET}]{{5}})", re.IGNORECASE)
BEGINNING_OF_A_NUMBER = re.compile(rf"FP[-\s]?([{NUMBER_ALPHABET}]{{1,5}})", re.IGNORECASE)
RECEIPT_NUMBER = re.compile(r"(?:[A-Z]+-)?[RC]-\d{4}-\d{6,10}", re.IGNORECASE | re.ASCII)
PHONE_NUMBER = re.compile(r"[\d\s+()/.-]+")


# Ways to narrow the list


@dataclass(frozen=True)
class Choice:
    """One way to narrow the list of orders: `narrow` takes the orders and the present moment."""

    value: str
    label: str
    narrow: Callable


def has_visit(condition: Q | None = None) -> Exists:
    return Exists(OrderLine.objects.visits().filter(condition or Q(), order=OuterRef("pk")))


def has_payment(status: PaymentStatus) -> Exists:
    return Exists(Payment.objects.filter(order=OuterRef("pk"), status=status))


def in_state(*states: OrderStatus) -> Callable:
    return lambda orders, now: orders.filter(status__in=states)


def with_visit(status: BookingStatus) -> Callable:
    return lambda orders, now: orders.filter(has_visit(Q(booking__status=status)))


def alive(now) -> Q:
    return Q(booking__status=BookingStatus.HELD, booking__held_until__gt=now)


def without_time(*states: OrderStatus) -> Callable:
    """Orders in these states of which a visit has no place in the calendar, and nobody called it off."""
    return lambda orders, now: orders.filter(
        has_visit(~(Q(booking__status__in=BOOKED) | alive(now)) & Q(cancelled_at=None)), status__in=states
    )


def to_pack(orders, now):
    """Paid for or accepted, and something of it is not packed yet."""
    waiting = OrderLine.objects.filter(order=OuterRef("pk"), parcel=ParcelStatus.TO_PACK)
    return orders.filter(Exists(waiting), status__in=[OrderStatus.CONFIRMED, OrderStatus.PAID])


def unpaid(orders, now):
    return orders.filter(
        ~has_payment(PaymentStatus.PROCESSING), ~has_payment(PaymentStatus.MISMATCH), status=OrderStatus.PENDING
    )


def processing(orders, now):
    return orders.filter(
        has_payment(PaymentStatus.PROCESSING), ~has_payment(PaymentStatus.MISMATCH), status=OrderStatus.PENDING
    )


def being_checked(orders, now):
    return orders.filter(has_payment(PaymentStatus.MISMATCH)).exclude(status__in=PAID)


def sum_of(rows, amount: str = "amount"):
    """What they add up to, as part of a query about orders."""
    return Coalesce(Subquery(rows.values("order").annotate(sum=Sum(amount)).values("sum")), Decimal(0))


RECEIVED = Payment.objects.succeeded().filter(order=OuterRef("pk"))
SENT_BACK = Refund.objects.filter(payment__order=OuterRef("pk"), status=RefundStatus.SUCCEEDED)
OF_ITS_PRICE = SENT_BACK.exclude(origin=RefundOrigin.SURPLUS)


def disputed(orders, now):
    return orders.filter(Exists(RECEIVED.filter(is_disputed=True)))


def undisputed(orders):
    return orders.filter(~Exists(RECEIVED.filter(is_disputed=True)))


def part_refunded(orders, now):
    return undisputed(orders).filter(Exists(OF_ITS_PRICE)).exclude(pk__in=refunded(orders, now).values("pk"))


def refunded(orders, now):
    sent_back = SENT_BACK.annotate(order=F("payment__order"))
    return (
        undisputed(orders)
        .filter(Exists(SENT_BACK))
        .alias(back=sum_of(sent_back), came=sum_of(RECEIVED))
        .filter(back=F("came"))
    )


def all_paid(orders, now):
    return undisputed(orders).filter(~Exists(OF_ITS_PRICE), status__in=PAID)


def deposit_paid(orders, now):
    return undisputed(orders).filter(Exists(RECEIVED), ~Exists(SENT_BACK), status=OrderStatus.CONFIRMED)


def to_pay(orders, now):
    return orders.filter(~Exists(RECEIVED), status=OrderStatus.CONFIRMED)


PAID = [OrderStatus.PAID, OrderStatus.FULFILLED]
TABS = [
    Choice("", _("All"), lambda orders, now: orders),
    Choice("attention", _("Needs attention"), lambda orders, now: orders.needing_attention()),
    Choice("booked-not-paid", _("Booked, not paid"), lambda orders, now: orders.booked_not_paid(now)),
    Choice("paid-not-booked", _("Paid, not booked"), lambda orders, now: orders.paid_not_booked()),
    Choice("awaiting", _("Awaiting payment"), in_state(OrderStatus.PENDING)),
    Choice("to-pack", _("To pack"), to_pack),
]
# Named as `states` names the words that the row then shows.
MONEY = [
    Choice("unpaid", _("Unpaid"), unpaid),
    Choice("processing", _("Processing"), processing),
    Choice("flagged", _("Being checked"), being_checked),
    Choice("deposit_paid", _("Deposit paid"), deposit_paid),
    Choice("to_pay", _("To pay at the shop"), to_pay),
    Choice("paid", _("Paid"), all_paid),
    Choice("part_refunded", _("Part refunded"), part_refunded),
    Choice("refunded", _("Refunded"), refunded),
    Choice("disputed", _("Disputed"), disputed),
    Choice("expired", _("Not paid in time"), in_state(OrderStatus.EXPIRED)),
    Choice("cancelled", _("Cancelled"), in_state(OrderStatus.CANCELLED)),
]
VISIT = [
    Choice("held", _("Held"), lambda orders, now: orders.filter(has_visit(alive(now)))),
    Choice("lapsed", _("No longer kept"), without_time(OrderStatus.PENDING)),
    Choice("lost", _("Time no longer free"), without_time(*PAID)),
    Choice("confirmed", _("Confirmed"), with_visit(BookingStatus.CONFIRMED)),
    Choice("checked_in", _("Checked in"), with_visit(BookingStatus.CHECKED_IN)),
    Choice("completed", _("Done"), with_visit(BookingStatus.COMPLETED)),
    Choice("no_show", _("No-show"), with_visit(BookingStatus.NO_SHOW)),
    Choice("cancelled", _("Cancelled"), lambda orders, now: orders.filter(has_visit(Q(cancelled_at__isnull=False)))),
    Choice("none", _("No visit"), lambda orders, now: orders.filter(~has_visit())),
]


def choose(choices: list[Choice], value: str) -> Choice | None:
    """The choice of this name; None for a name that is not among them."""
    return next((choice for choice in choices if choice.value == value), None)


# Search


def matching(orders, text: str):
    """Orders whose number, customer or pet is what was typed: every word must be found somewhere, in any case.

    A whole order number, with or without its FP-, a receipt's number or a phone number with any spaces is understood as such.
    """
    text = text.strip()
    found = Q()
    for word in text.split()[:6]:
        pet = OrderLine.objects.filter(order=OuterRef("pk"), pet_name__icontains=word)
        found &= Q(email__icontains=word) | Q(name__icontains=word) | Exists(pet)
    if RECEIPT_NUMBER.fullmatch(text):
        found |= Q(payments__in=Receipt.objects.filter(number=text.upper()).values("payment"))
    if number := ORDER_NUMBER.fullmatch(text):
        found |= Q(number=f"FP-{number[1].upper()}")
    elif beginning := BEGINNING_OF_A_NUMBER.fullmatch(text):
        found |= Q(number__startswith=f"FP-{beginning[1].upper()}")
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 4 and PHONE_NUMBER.fullmatch(text):
        orders = orders.alias(
            digits=Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace"),
        )
        found |= Q(digits__contains=digits[-9:])  # without the country's prefix, which few people type
    return orders.filter(found)


# Pages of the list


@dataclass(frozen=True)
class Page:
    orders: list[Order]
    after: str  # where the next page begins; empty on the last one


def page_of(orders, after: str) -> Page:
    """Up to a page of orders, newest first, behind the one that `after` names. Neither counts nor skips rows."""
    if last := read_cursor(after):
        placed_at, pk = last
        # The first condition lets the index find the place, the second drops who was shown already.
        orders = orders.filter(Q(placed_at__lt=placed_at) | Q(pk__lt=pk), placed_at__lte=placed_at)
    found = list(orders.newest_first()[: ORDERS_ON_A_PAGE + 1])
    shown = found[:ORDERS_ON_A_PAGE]
    return Page(shown, cursor(shown[-1]) if len(found) > len(shown) else "")


def cursor(order: Order) -> str:
    return f"{order.placed_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ},{order.pk}"


def read_cursor(text: str) -> tuple[datetime, int] | None:
    """The moment and the id in a cursor; None for anything else, which then means the first page."""
    moment, _comma, pk = text.partition(",")
    try:
        placed_at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (placed_at, int(pk)) if re.fullmatch(r"[0-9]{1,18}", pk) else None


def count_attention() -> int:
    """How many orders wait for a person. Above a hundred the number says nothing more, so it stops there."""
    return Order.objects.needing_attention()[:100].count()


def count_proofs() -> int:
    """How many proofs of vaccinations nobody has looked at yet, up to a hundred."""
    return Vaccination.objects.waiting()[:100].count()
