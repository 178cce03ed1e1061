"""What a pet must be vaccinated against for a visit, what of it is proven, and until when the rest must be."""

from datetime import date, datetime, timedelta

from bookings.calendar import rules_of
from bookings.models import VACCINES_OF, Booking, Pet, ProofStatus, Vaccination, Vaccine
from catalog.models import Offering

AT_LEAST = timedelta(hours=24)  # is left to send a proof, of a visit that is not sooner


def demanded(offering: Offering, pet: Pet) -> list[str]:
    """What this service demands of such an animal, in the order of the list of vaccines."""
    wanted = set(rules_of(offering).vaccinations) & set(VACCINES_OF[pet.species])
    return [vaccine for vaccine in Vaccine.values if vaccine in wanted]


def missing(visit: Booking) -> list[str]:
    """What its pet must still prove: to be valid on the last day of the visit, as somebody of the staff has seen."""
    if not visit.vaccinations or visit.pet_id is None:
        return []
    proven = proven_of(visit.pet_id, on=visit.last_day)
    return [vaccine for vaccine in visit.vaccinations if vaccine not in proven]


def proven_of(pet_id: int, *, on: date) -> set[str]:
    """What this pet is vaccinated against on that day."""
    approved = Vaccination.objects.filter(pet=pet_id, status=ProofStatus.APPROVED, valid_until__gte=on)
    return set(approved.values_list("vaccine", flat=True))


def waiting_of(pet_id: int) -> set[str]:
    """Of which vaccinations of this pet staff have still to look at a proof."""
    return set(Vaccination.objects.waiting().filter(pet=pet_id).values_list("vaccine", flat=True))


def due_by(visit: Booking, now: datetime) -> datetime:
    """Until when its proofs can be sent: as long before the visit as its service says, but with a day's time at least."""
    proof_due = rules_of(visit.variant.offering).proof_due
    return max(visit.starts_at - proof_due, min(visit.starts_at, now + AT_LEAST))
