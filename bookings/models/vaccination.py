"""What a pet is vaccinated against, and how we know."""

import secrets

from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.pet import Pet
from catalog.models import Species


class Vaccine(models.TextChoices):
    RABIES = "rabies", _("Rabies")
    DISTEMPER = "distemper", _("Distemper (DHPP)")
    KENNEL_COUGH = "kennel_cough", _("Kennel cough")
    CAT_FLU = "cat_flu", _("Cat flu (FVRCP)")
    MYXOMATOSIS = "myxomatosis", _("Myxomatosis")


# A service for dogs and cats may demand several: of a cat only those that there are for cats.
VACCINES_OF = {
    Species.DOG: [Vaccine.RABIES, Vaccine.DISTEMPER, Vaccine.KENNEL_COUGH],
    Species.CAT: [Vaccine.RABIES, Vaccine.CAT_FLU],
    Species.SMALL: [Vaccine.MYXOMATOSIS],
    Species.BIRD: [],
    Species.FISH: [],
}


class ProofStatus(models.TextChoices):
    WAITING = "waiting", _("To be looked at")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


def private_storage():
    """Where files lie that no address leads to."""
    return storages["private"]


def private_name(_vaccination, filename: str) -> str:
    """A name that nobody can guess and that says nothing; only the ending, which is ours, is kept."""
    return f"proofs/{secrets.token_urlsafe(24)}.{filename.rpartition('.')[2]}"


class VaccinationQuerySet(models.QuerySet):
    def waiting(self):
        """What staff still have to look at, the oldest first."""
        return self.filter(status=ProofStatus.WAITING).order_by("sent_at", "pk")


class Vaccination(models.Model):
    """One vaccination of a pet. It counts once somebody of the staff has looked at its proof and approved the date."""

    pet = models.ForeignKey(Pet, on_delete=models.CASCADE, related_name="vaccinations")
    vaccine = models.CharField(_("against"), max_length=20, choices=Vaccine)
    valid_until = models.DateField(_("valid until"))
    # A picture or a PDF; none for what staff have seen at the desk.
    proof = models.FileField(_("proof"), storage=private_storage, upload_to=private_name, max_length=100, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=ProofStatus, default=ProofStatus.WAITING)
    sent_at = models.DateTimeField(db_default=Now(), editable=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=150, blank=True)  # the name that a member of staff signs in with
    reason = models.CharField(_("why not"), max_length=300, blank=True)

    objects = VaccinationQuerySet.as_manager()

    class Meta:
        verbose_name = _("vaccination")
        verbose_name_plural = _("vaccinations")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["sent_at", "id"], name="vaccination_waiting", condition=Q(status="waiting")),
        ]
        constraints = [
            models.CheckConstraint(name="vaccination_vaccine_known", condition=Q(vaccine__in=Vaccine.values)),
            models.CheckConstraint(name="vaccination_status_known", condition=Q(status__in=ProofStatus.values)),
            models.CheckConstraint(
                name="vaccination_reviewed_by_somebody",
                condition=Q(status=ProofStatus.WAITING, reviewed_at__isnull=True, reviewed_by="")
                | ~Q(status=ProofStatus.WAITING) & Q(reviewed_at__isnull=False) & ~Q(reviewed_by=""),
            ),
            models.CheckConstraint(
                name="vaccination_refused_with_a_reason", condition=~Q(status=ProofStatus.REFUSED) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="vaccination_waits_with_a_proof", condition=~Q(status=ProofStatus.WAITING) | ~Q(proof="")
            ),
        ]

    def __str__(self):
        return f"{self.pet}: {self.get_vaccine_display()}"
