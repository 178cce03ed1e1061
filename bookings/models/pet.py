"""Who the visit is for."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import PetSize, Species


class Pet(models.Model):
    """Who the visit is for."""

    name = models.CharField(_("name"), max_length=60)
    species = models.CharField(_("animal"), max_length=10, choices=Species)
    size = models.CharField(_("size"), max_length=10, choices=PetSize, blank=True)
    notes = models.TextField(_("anything we should know"), max_length=1000, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="pet_species_known", condition=Q(species__in=Species.values)),
            models.CheckConstraint(name="pet_size_known", condition=Q(size__in=["", *PetSize.values])),
        ]

    def __str__(self):
        return self.name
