"""Who the visit is for."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from catalog.models import PetSize, Species

HEAVIEST = Decimal(200)
# "Dogs" is a shelf, one of them is a dog.
ONE_OF_THEM = {
    Species.DOG: _("Dog"),
    Species.CAT: _("Cat"),
    Species.SMALL: _("Small pet"),
    Species.BIRD: _("Bird"),
    Species.FISH: _("Fish"),
}


class Temperament(models.TextChoices):
    CALM = "calm", _("Calm")
    SHY = "shy", _("Shy")
    LIVELY = "lively", _("Lively")
    ALONE = "alone", _("Not fond of other animals")


class Pet(models.Model):
    """Who the visit is for. A pet that was weighed has the size that its weight says."""

    name = models.CharField(_("name"), max_length=60)
    species = models.CharField(_("animal"), max_length=10, choices=Species)
    breed = models.CharField(_("breed"), max_length=60, blank=True, default="", db_default="")
    weight = models.DecimalField(
        _("weight in kg"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(HEAVIEST)],
    )
    size = models.CharField(_("size"), max_length=10, choices=PetSize, blank=True)
    birth_date = models.DateField(_("born on"), null=True, blank=True)
    temperament = models.CharField(
        _("temperament"), max_length=10, choices=Temperament, blank=True, default="", db_default=""
    )
    allergies = models.TextField(_("allergies"), max_length=500, blank=True, default="", db_default="")
    notes = models.TextField(_("anything we should know"), max_length=1000, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="pet_species_known", condition=Q(species__in=Species.values)),
            models.CheckConstraint(name="pet_size_known", condition=Q(size__in=["", *PetSize.values])),
            models.CheckConstraint(
                name="pet_weight_in_reach", condition=Q(weight__isnull=True) | Q(weight__gt=0, weight__lte=HEAVIEST)
            ),
            models.CheckConstraint(
                name="pet_size_is_what_its_weight_says",
                condition=Q(weight__isnull=True)
                | Q(size=PetSize.SMALL, weight__lte=10)
                | Q(size=PetSize.MEDIUM, weight__gt=10, weight__lte=25)
                | Q(size=PetSize.LARGE, weight__gt=25),
            ),
            models.CheckConstraint(
                name="pet_temperament_known", condition=Q(temperament__in=["", *Temperament.values])
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def facts(self) -> list[str]:
        """What whoever looks after it should know at a glance: breed, weight or size, age, temperament."""
        weight = _("%(weight)s kg") % {"weight": number_format(self.weight.normalize())} if self.weight else ""
        born = _("born %(date)s") % {"date": date_format(self.birth_date, "j M Y")} if self.birth_date else ""
        facts = [self.breed, weight or self.get_size_display(), born, self.get_temperament_display()]
        return [str(fact) for fact in facts if fact]
