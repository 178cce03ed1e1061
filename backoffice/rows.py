"""What a template needs to show one order in a list, and one visit on its order's page."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from math import ceil

from django.utils.translation import gettext as _

from backoffice import work
from bookings.models import Booking
from catalog.models import Species
from checkout import states
from checkout.models import ACCEPTED, Order, OrderLine, Payment, Refund
from checkout.terms import accepted_words
from petshop.core.typed import isolated

ONE_MINUTE = timedelta(minutes=1)
# What somebody has to do something about; a no-show is sad, but nothing waits for it.
TROUBLE = ["lost", "lapsed", "sold_out", "flagged"]


class Row:
    """An order as one line of a list, in the words that its customer reads."""

    def __init__(self, order: Order, now):
        self.order = order
        self.words = states.order_words(order, now=now)
        self.visits = sorted(work.visits(order), key=lambda line: line.starts_at)
        self.products = sum(line.quantity for line in work.products(order))
        held = [line.booking.held_until for line in self.visits if line.booking and line.booking.held_until]
        self.minutes_left = ceil((min(held) - now) / ONE_MINUTE) if held else 0
        self.reasons = [concern.reason for concern in order.open_concerns]
        words = [self.words.reservation, self.words.payment, self.words.products]
        self.is_urgent = bool(self.reasons) or any(word and word.code in TROUBLE for word in words)

    @property
    def more_visits(self) -> int:
        return len(self.visits) - 1 if self.visits else 0

    @property
    def starts_at(self):
        return states.times(self.visits[0])[0] if self.visits else None

    @property
    def groomer(self) -> str:
        first = self.visits[0]
        return first.booking.resource.name if first.booking else first.resource_name

    @property
    def pets(self) -> list[str]:
        return list(dict.fromkeys(line.pet_name for line in self.visits if line.pet_name))


class PaymentCard:
    """A payment on its order's page, with what went back of it and what its customer's bank says."""

    def __init__(self, order: Order, payment: Payment):
        self.payment = payment
        presses = {refund.press for refund in order.refunds}
        self.refunds = [
            (refund, states.refund_word(refund), what_helps(refund, presses)) for refund in payment.refunds.all()
        ]
        self.disputes = list(payment.disputes.all())
        self.receipts = list(payment.receipts.all())


def what_helps(refund: Refund, presses: Collection[str]) -> str:
    """What staff can do about a refund: send it “again”, “explain” what it was for, or nothing."""
    if refund.can_be_sent_again and refund.press_again not in presses:
        return "again"
    return "explain" if refund.is_unexplained else ""


class VisitCard:
    """A visit on its order's page: as the calendar has it now, else as it was sold."""

    def __init__(self, order: Order, line: OrderLine, now, parts: Iterable[Booking] = ()):
        self.order = order
        self.line = line
        self.dates = work.dates(line)
        self.also = [
            part.resource
            for part in parts
            if line.booking and part.part_of_id == line.booking_id and part.starts_at == line.booking.starts_at
        ]
        self.words = states.line_words(order, line, now=now)
        self.steps = work.visit_steps(line, of=order, now=now)
        self.starts_at, self.ends_at = states.times(line)
        self.duration = self.ends_at - self.starts_at
        self.minutes_left = (
            ceil((line.booking.held_until - now) / ONE_MINUTE) if self.words.fulfilment.code == "held" else 0
        )
        is_owed, moves = bool(order.outstanding), states.moves(line)
        self.terms = accepted_words(line, moves=moves, now=now, is_owed=is_owed) if states.is_booked(line) else []

    @property
    def can_be_changed(self) -> bool:
        """Whether staff may still move it or call it off."""
        return self.words.fulfilment.code == "confirmed" and self.order.status in ACCEPTED

    @property
    def pet(self) -> str:
        """“Biscuit, dog, medium, 10 to 25 kg”."""
        kinds = {
            Species.DOG: _("dog"),
            Species.CAT: _("cat"),
            Species.SMALL: _("small pet"),
            Species.BIRD: _("bird"),
            Species.FISH: _("fish"),
        }
        size = self.line.get_pet_size_display()
        return ", ".join(filter(None, [isolated(self.line.pet_name), kinds.get(self.line.pet_species), size.lower()]))
