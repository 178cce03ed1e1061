"""Proofs of vaccinations: asked for, sent, and looked at."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.files import File
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingStatus, Pet, ProofStatus, Vaccination
from bookings.operations.places import lock_bookings
from bookings.vaccinations import due_by, missing, waiting_of
from petshop.core.errors import ShopError


class ProofDecided(ShopError):
    """Somebody else has looked at it already, and decided otherwise."""

    def __init__(self, vaccination: Vaccination):
        self.vaccination = vaccination
        super().__init__(
            _("%(name)s of the staff has already decided about this proof.") % {"name": vaccination.reviewed_by}
        )


def ask_for_proofs(visits: Iterable[Booking], now: datetime) -> None:
    """Say until when each of these visits' pets must prove what is missing; nothing is due of those that miss nothing.

    Inside the caller's transaction, with the visits locked: once they are confirmed, and again whenever their time, their
    pet or what it has proven changes. Whoever was given a time keeps it.
    """
    for visit in visits:
        due = None
        if visit.vaccinations and missing(visit):
            due = min(visit.starts_at, max(filter(None, [visit.proof_due_by, due_by(visit, now)])))
        if due != visit.proof_due_by:
            visit.proof_due_by = due
            visit.save(update_fields=["proof_due_by"])


def keep_proof(pet: Pet, *, vaccine: str, valid_until: date, proof: File) -> Vaccination:
    """Keep what a customer sent, until somebody of the staff looks at it. Inside the caller's transaction."""
    return Vaccination.objects.create(pet=pet, vaccine=vaccine, valid_until=valid_until, proof=proof)


def approve_proof(vaccination: Vaccination, *, valid_until: date, by: str) -> bool:
    """It is so, until that day; nothing more is due of the visits for which that is enough. True if it is news.

    Inside the caller's transaction. Safe to repeat. Raises ProofDecided if it was refused before.
    """
    visits, now = lock_visits_of(vaccination)
    vaccination.valid_until = valid_until
    is_news = decide(vaccination, ProofStatus.APPROVED, by=by, now=now)
    ask_for_proofs(visits, now)
    return is_news


def refuse_proof(vaccination: Vaccination, *, reason: str, by: str) -> bool:
    """It proves nothing; where it was needed, there is a day's time at least to send another. True if it is news.

    Inside the caller's transaction. Safe to repeat. Raises ProofDecided if it was approved before.
    """
    visits, now = lock_visits_of(vaccination)
    vaccination.reason = reason
    is_news = decide(vaccination, ProofStatus.REFUSED, by=by, now=now)
    ask_for_proofs(visits, now)
    return is_news


def lock_visits_of(vaccination: Vaccination) -> tuple[list[Booking], datetime]:
    """The visits for which this proof matters, locked; the lock on its own row comes after theirs."""
    asked = Booking.objects.awaiting_proof().filter(pet=vaccination.pet_id, part_of=None)
    visits, now = lock_bookings(list(asked))
    return [visit for visit in visits if visit.proof_due_by and visit.status == BookingStatus.CONFIRMED], now


def decide(vaccination: Vaccination, status: ProofStatus, *, by: str, now: datetime) -> bool:
    current = Vaccination.objects.select_for_update(no_key=True).get(pk=vaccination.pk)
    if current.status == status:
        return False
    if current.status != ProofStatus.WAITING:
        raise ProofDecided(current)
    vaccination.status, vaccination.reviewed_by, vaccination.reviewed_at = status, by, now
    vaccination.save(update_fields=["valid_until", "status", "reason", "reviewed_by", "reviewed_at"])
    return True


def overdue_vaccinations(visit: Booking) -> list[str]:
    """What the pet of a booked visit should have proven by now; nothing, while staff have a proof of it to look at.

    Locks the visit inside the caller's transaction, which then may call it off. Safe to repeat, and to come at the moment
    at which the proof does. Where everything is proven after all, nothing is due any more.
    """
    [visit], now = lock_bookings([visit])
    if visit.status != BookingStatus.CONFIRMED or visit.proof_due_by is None or visit.proof_due_by > now:
        return []
    lacking = missing(visit)
    if not lacking:
        ask_for_proofs([visit], now)
    return [] if set(lacking) & waiting_of(visit.pet_id) else lacking
