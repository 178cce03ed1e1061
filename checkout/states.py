"""What an order says of itself: three words for each line, and the next step. Pure: reads what is loaded, asks nobody.

The same words for the customer's page, the mails and the backoffice; those about its money are in `money_words`. Load
orders with `Order.objects.with_lines()`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings.models import BookingStatus
from bookings.terms import BALANCE_GRACE
from checkout.models import (
    ACCEPTED,
    OPEN_REFUND,
    Handover,
    Order,
    OrderLine,
    OrderStatus,
    ParcelStatus,
    Refund,
    RefundStatus,
)
from checkout.money_words import Word, line_money_word, money_word, still_to_pay
from checkout.terms import accepted_words, can_be_moved
from petshop.core.dates import written_day, written_time
from petshop.core.money import format_money
from petshop.core.typed import isolated

# Of several lines the one that most needs somebody speaks for the order.
LOUDEST_VISIT = [
    "lost", "lapsed", "held", "checked_in", "confirmed", "no_show", "completed", "cancelled",
]  # fmt: skip
LOUDEST_PARCEL = ["sold_out", "to_pack", "ready", "handed_over", "cancelled"]


@dataclass(frozen=True)
class LineWords:
    money: Word
    fulfilment: Word
    next: str


@dataclass(frozen=True)
class OrderWords:
    reservation: Word | None
    payment: Word
    products: Word | None
    next: str


def line_words(order: Order, line: OrderLine, *, now: datetime) -> LineWords:
    fulfilment = fulfilment_word(order, line, now=now)
    return LineWords(line_money_word(order, line), fulfilment, next_step(order, line, fulfilment.code, now=now))


def order_words(order: Order, *, now: datetime) -> OrderWords:
    """One row of a list: the order's reservation, payment and products, and what happens next."""
    words = [(line, line_words(order, line, now=now)) for line in order.parts]
    visits = [word for line, word in words if line.is_visit]
    products = [word for line, word in words if not line.is_visit]
    visit = loudest(visits, LOUDEST_VISIT)
    parcel = loudest(products, LOUDEST_PARCEL)
    speaking = next((word for word in (visit, parcel) if word and not is_over(word.fulfilment)), visit or parcel)
    return OrderWords(
        reservation=visit.fulfilment if visit else None,
        payment=money_word(order),
        products=parcel.fulfilment if parcel else None,
        next=speaking.next if speaking else "",
    )


def loudest(words: list[LineWords], ranking: list[str]) -> LineWords | None:
    return min(words, key=lambda word: ranking.index(word.fulfilment.code), default=None)


def is_over(word: Word) -> bool:
    return word.code in ("completed", "no_show", "handed_over", "cancelled")


# The words of a visit, a parcel, a refund


def refund_word(refund: Refund) -> Word:
    """How far a refund is. What is wrong with it is for staff to know: to the customer we write."""
    match refund.status:
        case RefundStatus.SUCCEEDED:
            return Word(_("Sent back"), "ok", "succeeded")
        case RefundStatus.REQUESTED:
            return Word(_("Being sent back"), "info", "requested")
        case RefundStatus.PENDING:
            return Word(_("On its way"), "info", "pending")
    return Word(_("Did not arrive"), "bad", refund.status)


def fulfilment_word(order: Order, line: OrderLine, *, now: datetime) -> Word:
    return visit_word(order, line, now=now) if line.is_visit else parcel_word(order, line)


def visit_word(order: Order, line: OrderLine, *, now: datetime) -> Word:
    """What the calendar says of this visit; without a place in it, what became of the order says why."""
    if line.cancelled_at:
        return Word(_("Cancelled"), "", "cancelled")
    booking = line.booking
    status = booking.status if booking else BookingStatus.CANCELLED
    match status:
        case BookingStatus.HELD if booking.is_alive(now):
            return Word(_("Held"), "warn", "held")
        case BookingStatus.HELD if order.status == OrderStatus.PENDING:
            return Word(_("No longer kept"), "bad", "lapsed")
        case BookingStatus.CONFIRMED:
            return Word(_("Confirmed"), "ok", "confirmed")
        case BookingStatus.CHECKED_IN:
            return Word(_("Checked in"), "grape", "checked_in")
        case BookingStatus.COMPLETED:
            return Word(_("Done"), "ok", "completed")
        case BookingStatus.NO_SHOW:
            return Word(_("No-show"), "bad", "no_show")
    if order.status == OrderStatus.PENDING:
        return Word(_("No longer kept"), "bad", "lapsed")
    if order.is_accepted:
        return Word(_("Time no longer free"), "bad", "lost")
    return Word(_("Cancelled"), "", "cancelled")


def parcel_word(order: Order, line: OrderLine) -> Word:
    if line.cancelled_at or order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        return Word(_("Cancelled"), "", "cancelled")
    match line.parcel:
        case ParcelStatus.READY if line.is_delivered:
            return Word(_("Packed"), "info", "ready")
        case ParcelStatus.READY:
            return Word(_("Ready"), "ok", "ready")
        case ParcelStatus.HANDED_OVER if line.is_delivered:
            return Word(_("Sent"), "ok", "handed_over")
        case ParcelStatus.HANDED_OVER:
            return Word(_("Handed over"), "ok", "handed_over")
        case ParcelStatus.CANCELLED if order.is_accepted and not line.cancelled_at:
            return Word(_("Sold out"), "bad", "sold_out")
        case ParcelStatus.CANCELLED:
            return Word(_("Cancelled"), "", "cancelled")
    return Word(_("To pack"), "info", "to_pack")


# What happens next


def next_step(order: Order, line: OrderLine, code: str, *, now: datetime) -> str:
    """Who does what by when, as a sentence."""
    if money_word(order).code == "flagged":
        return _("We are looking at your payment, and we will write to you.")
    if order.status == OrderStatus.PENDING:
        return next_step_unpaid(order, code)
    if order.status == OrderStatus.EXPIRED:
        return _("Nothing was charged. Order again whenever you like.")
    if order.status == OrderStatus.CANCELLED:
        return money_back(order, *order.made_of(line)) or _("Nothing more to do.")
    pet = isolated(line.pet_name) or _("your pet")
    starts_at, ends_at = times(line)
    match code:
        case "cancelled" if said := money_back(order, *order.made_of(line)):
            return said
        case "lost" | "sold_out" if line.choose_by:
            return next_step_choosing(line, now=now)
        case "lost":
            return _("We call you about another time or your money back.")
        case "confirmed" if pays_first(order, line):
            return next_step_paying(order, line, now=now)
        case "confirmed" if line.booking.proof_due_by and line.proof_waits:
            return _("We are looking at what you sent about %(pet)s.") % {"pet": pet}
        case "confirmed" if line.booking.proof_due_by:
            by = line.booking.proof_due_by
            return _("Send us proof of %(pet)s’s vaccinations by %(day)s, %(time)s.") % {
                "pet": pet, "day": day(by), "time": clock_time(by),
            }  # fmt: skip
        case "confirmed" if ends_at < now:
            return _("We write down how the visit of %(day)s went.") % {"day": day(starts_at)}
        case "confirmed" if rest := still_to_pay(order, line):
            return _("Bring %(pet)s on %(day)s at %(time)s, and pay %(amount)s at the shop.") % {
                "pet": pet, "day": day(starts_at), "time": clock_time(starts_at), "amount": format_money(rest),
            }  # fmt: skip
        case "confirmed":
            return _("Bring %(pet)s on %(day)s at %(time)s.") % {
                "pet": pet, "day": day(starts_at), "time": clock_time(starts_at),
            }  # fmt: skip
        case "checked_in":
            return _("We look after %(pet)s until about %(time)s.") % {"pet": pet, "time": ends(line)}
        case "no_show":
            return _("Call us to find another time.")
        case "sold_out":
            return _("We call you about a replacement or your money back.")
        case "to_pack" if line.is_delivered:
            return _("We pack it and bring it to %(street)s.") % {"street": isolated(order.street)}
        case "to_pack" | "ready" if rest := still_to_pay(order, line):
            return _("Collect it by %(day)s, and pay %(amount)s at the shop.") % {
                "day": day(line.due_by), "amount": format_money(rest),
            }  # fmt: skip
        case "to_pack":
            return next_step_packing(order)
        case "ready" if line.is_delivered:
            return _("It is on its way to %(street)s soon.") % {"street": isolated(order.street)}
        case "ready":
            return _("Collect it at the desk.")
    return _("Nothing more to do.")


def pays_first(order: Order, line: OrderLine) -> bool:
    """Whether the next thing to do about a booked visit is to pay the rest of it, before anything must be proven."""
    if not line.due_by or not still_to_pay(order, line):
        return False
    return line.booking.proof_due_by is None or line.due_by < line.booking.proof_due_by


def next_step_paying(order: Order, line: OrderLine, *, now: datetime) -> str:
    amount = format_money(still_to_pay(order, line))
    if now < line.due_by:
        return _("Pay the remaining %(amount)s by %(day)s.") % {"amount": amount, "day": day(line.due_by)}
    end = line.due_by + BALANCE_GRACE
    return _("Pay the remaining %(amount)s now: on %(day)s, %(time)s the visit is cancelled.") % {
        "amount": amount, "day": day(end), "time": clock_time(end),
    }  # fmt: skip


def money_back(order: Order, *lines: OrderLine) -> str:
    """What a customer hears of the money of what was called off, as its refunds tell it; nothing, if none comes back."""
    back, owed = sum(line.comes_back for line in lines), sum(line.still_owed for line in lines)
    amount = {"amount": format_money(back, order.currency)}
    if owed:
        return _("We write to you about the %(amount)s that is still yours.") % {
            "amount": format_money(owed, order.currency)
        }
    if back and any(refund.status in OPEN_REFUND for refund in order.refunds):
        return _("%(amount)s is on its way back to you.") % amount
    return _("%(amount)s was sent back to you.") % amount if back else ""


def next_step_choosing(line: OrderLine, *, now: datetime) -> str:
    """For what the money came too late for: the customer's choice until then, and what happens without one."""
    if line.choose_by <= now:
        return _("We are sending your money back.")
    words = {"day": day(line.choose_by), "time": clock_time(line.choose_by)}
    if line.is_visit:
        return _("Choose another time or your money back by %(day)s, %(time)s, else we send it back.") % words
    return _("Wait for it or choose your money back by %(day)s, %(time)s, else we send it back.") % words


def next_step_unpaid(order: Order, code: str) -> str:
    if money_word(order).code == "processing":
        return _("We are waiting for your bank.")
    if code == "lapsed":
        return _("Pay to see whether the time is still free, or choose another one.")
    return _("Pay by %(time)s to keep it.") % {"time": clock_time(order.held_until)}


def next_step_packing(order: Order) -> str:
    visits = [line for line in order.parts if line.is_visit and is_booked(line)]
    if order.handover == Handover.VISIT and visits:
        return _("We pack it for your visit on %(day)s.") % {"day": day(min(times(line)[0] for line in visits))}
    return _("We pack it and keep it for you at the desk.")


# Times and names, for every page and mail about an order


def times(line: OrderLine) -> tuple[datetime | None, datetime | None]:
    """When the visit is: as the calendar has it now, else as it was sold."""
    if line.booking:
        return line.booking.starts_at, line.booking.ends_at
    return line.starts_at, line.ends_at


def ends(line: OrderLine) -> str:
    """When the visit is over, in words: with its day for whoever stays overnight."""
    starts_at, ends_at = times(line)
    is_overnight = localtime(starts_at).date() != localtime(ends_at).date()
    return f"{written_day(ends_at, 'D j M')}, {clock_time(ends_at)}" if is_overnight else clock_time(ends_at)


def moves(line: OrderLine) -> int:
    """How often its customer has moved this visit."""
    return line.booking.moves if line.booking else 0


def is_booked(line: OrderLine) -> bool:
    """Whether this visit has a place in the calendar that is meant to take place."""
    return bool(line.booking) and line.booking.status in (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


def day(moment: datetime) -> str:
    return written_day(moment, "l j F")


def clock_time(moment: datetime) -> str:
    return written_time(moment)


def all_of(names: list[str]) -> str:
    """“Biscuit”, “Biscuit and Olive”, “Biscuit, Olive and Pepper”; each once."""
    *first, last = dict.fromkeys(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last


# A line as its page and its mail show it


@dataclass(frozen=True)
class ShownLine:
    line: OrderLine
    words: LineWords
    starts_at: datetime | None
    ends_at: datetime | None
    terms: list[str]  # what it costs to cancel it and how often it may be moved, as it was accepted
    can_be_moved: bool  # by its customer
    can_be_cancelled: bool
    place: int  # among the visits or among the products of its order, from 1 on: how its addresses name it
    number: int  # among all lines of its order, from 1 on
    choices: object | None = None  # instead of what its money came too late for: see `choices_of`

    @property
    def ends(self) -> str:
        return ends(self.line)

    @property
    def kept(self) -> Decimal:
        """What of all that was paid for it is kept since it was called off."""
        return sum((each.kept or Decimal(0) for each in self.line.order.made_of(self.line)), Decimal(0))

    @property
    def other_dates(self) -> list[tuple[datetime, datetime]]:
        """The further dates of a whole course: as they were sold, or as they are since it was moved."""
        if self.line.dates and self.line.booking and self.line.booking.sequence:
            return [(booking.starts_at, booking.ends_at) for booking in self.line.booking.family[1:]]
        return [(datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in self.line.dates[1:]]


def shown_lines(order: Order, *, now: datetime) -> list[ShownLine]:
    return [shown_line(order, line, now=now) for line in order.parts]


def place_of(order: Order, line: OrderLine) -> int:
    """Which of the order's visits, or products, it is, from 1 on: a name for it that says nothing of other orders."""
    return sorted(other.pk for other in order.parts if other.is_visit == line.is_visit).index(line.pk) + 1


def shown_line(order: Order, line: OrderLine, *, now: datetime) -> ShownLine:
    words = line_words(order, line, now=now)
    is_coming = words.fulfilment.code == "confirmed" and line.booking.starts_at > now and order.status in ACCEPTED
    return ShownLine(
        line,
        words,
        *times(line),
        accepted_words(line, moves=moves(line), now=now, is_owed=bool(order.outstanding)),
        can_be_moved=is_coming and can_be_moved(line, moves=moves(line), now=now),
        can_be_cancelled=is_coming or (words.fulfilment.code in ("to_pack", "ready") and order.status in ACCEPTED),
        place=place_of(order, line),
        number=order.parts.index(line) + 1,
    )


def card_words(card: str) -> str:
    """“Visa 4242” as people say it."""
    brand, _space, last = card.rpartition(" ")
    return _("%(brand)s ending %(last)s") % {"brand": brand, "last": last} if brand else card
