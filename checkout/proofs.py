"""Which proofs of vaccinations the visits of an order need, and how far each has come."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bookings.models import Booking, BookingStatus, ProofStatus, Vaccination, Vaccine
from checkout.models import Order, OrderLine
from petshop.core.dates import written_day
from petshop.core.typed import isolated


@dataclass(frozen=True)
class Asked:
    """One vaccination that one visit needs, and the last that was sent of it."""

    line: OrderLine
    vaccine: str
    last_day: date
    due_by: datetime | None
    sent: Vaccination | None

    @property
    def key(self) -> str:
        return f"{self.line.pk}-{self.vaccine}"

    @property
    def vaccine_label(self) -> str:
        return str(Vaccine(self.vaccine).label)

    @property
    def label(self) -> str:
        """“Rex: Rabies, valid on 12 December 2026”."""
        words = {"pet": isolated(self.line.pet_name), "vaccine": self.vaccine_label, "day": self.last_day_in_words}
        return _("%(pet)s: %(vaccine)s, valid on %(day)s") % words

    @property
    def last_day_in_words(self) -> str:
        return written_day(self.last_day, "j F Y")

    @property
    def is_proven(self) -> bool:
        return self.is_sent_as(ProofStatus.APPROVED) and self.sent.valid_until >= self.last_day

    @property
    def is_too_short(self) -> bool:
        return self.is_sent_as(ProofStatus.APPROVED) and not self.is_proven

    @property
    def is_waiting(self) -> bool:
        return self.is_sent_as(ProofStatus.WAITING)

    @property
    def is_refused(self) -> bool:
        return self.is_sent_as(ProofStatus.REFUSED)

    @property
    def can_be_sent(self) -> bool:
        return self.due_by is not None and not (self.is_proven or self.is_waiting)

    def is_sent_as(self, status: ProofStatus) -> bool:
        return self.sent is not None and self.sent.status == status


def asked_of(order: Order) -> list[Asked]:
    """What the order's booked visits must prove, and have proven, in the order of the visits."""
    booked = Booking.objects.filter(order_line__order=order, status=BookingStatus.CONFIRMED).exclude(vaccinations=[])
    visits = list(booked.select_related("order_line").order_by("starts_at", "pk"))
    sent = defaultdict(list)
    for vaccination in Vaccination.objects.filter(pet__in=[visit.pet_id for visit in visits]).order_by("pk"):
        sent[vaccination.pet_id, vaccination.vaccine].append(vaccination)
    return [
        Asked(
            visit.order_line, vaccine, visit.last_day, visit.proof_due_by, telling(sent[visit.pet_id, vaccine], visit)
        )
        for visit in visits
        for vaccine in visit.vaccinations
    ]


def telling(sent: list[Vaccination], visit: Booking) -> Vaccination | None:
    """Of what was sent for one vaccination the one that is enough for this visit, else the last."""
    enough = [each for each in sent if each.status == ProofStatus.APPROVED and each.valid_until >= visit.last_day]
    return next(iter(enough or reversed(sent)), None)
