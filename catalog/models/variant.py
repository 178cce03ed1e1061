"""The priced choices of an offering, and the extras of a service."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.offering import Offering, Species


class PetSize(models.TextChoices):
    SMALL = "small", _("Small, up to 10 kg")
    MEDIUM = "medium", _("Medium, 10 to 25 kg")
    LARGE = "large", _("Large, over 25 kg")

    @classmethod
    def of(cls, weight: Decimal) -> "PetSize":
        """The size of a pet that weighs so many kilograms."""
        return cls.SMALL if weight <= 10 else cls.MEDIUM if weight <= 25 else cls.LARGE


def default_tax_rate():
    return settings.SHOP_TAX_RATE


class VariantQuerySet(models.QuerySet):
    def on_sale(self):
        """What a customer may put into the basket, stock aside."""
        return self.filter(is_active=True, offering__is_published=True)


class Variant(models.Model):
    """One priced choice of an offering: a 2 kg bag, or the bath of a large dog.

    A product's variant has `sku` and `stock`, a service's has `duration`. A stay's takes a day: its price is for a night.
    `begins_at` is the one time of the day at which a seat can be taken; `whole_course` sells all dates of a course as one.
    `stock` is what is still free to sell: placing
    an order takes from it, and only catalog.operations writes it, each time with a StockMovement.
    """

    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="variants")
    name = models.CharField(_("choice"), max_length=80, blank=True, help_text=_("“2 kg bag” or “Large dog”."))
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, help_text=_("Tax included."))
    tax_rate = models.DecimalField(
        _("tax rate"),
        max_digits=4,
        decimal_places=2,
        default=default_tax_rate,
        validators=[MinValueValidator(0), MaxValueValidator(50)],
        help_text=_("Percent, included in the price."),
    )
    sku = models.CharField(_("article number"), max_length=40, unique=True, null=True, blank=True)
    stock = models.PositiveIntegerField(_("in stock"), null=True, blank=True, editable=False)
    duration = models.DurationField(_("duration"), null=True, blank=True)
    begins_at = models.TimeField(
        _("begins at"), null=True, blank=True, help_text=_("Daycare: when the day, or the half day, begins.")
    )
    whole_course = models.BooleanField(
        _("whole course"),
        default=False,
        db_default=False,
        help_text=_("Classes: the price is for all dates of a course."),
    )
    pet_species = models.CharField(_("animal"), max_length=10, choices=Species, blank=True, default="", db_default="")
    pet_size = models.CharField(_("size of the pet"), max_length=10, choices=PetSize, blank=True)
    is_active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "price", "pk"]
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [
            models.CheckConstraint(
                name="variant_price_not_negative",
                condition=Q(price__gte=0),
                violation_error_message=_("A price cannot be below zero."),
            ),
            models.CheckConstraint(
                name="variant_is_stocked_or_timed",
                condition=Q(stock__isnull=False, duration__isnull=True) | Q(stock__isnull=True, duration__isnull=False),
                violation_error_message=_("A choice of a product has stock, a choice of a service has a duration."),
            ),
            models.CheckConstraint(
                name="variant_tax_rate_is_a_percentage", condition=Q(tax_rate__gte=0, tax_rate__lte=50)
            ),
            models.CheckConstraint(
                name="variant_pet_species_known", condition=Q(pet_species__in=["", *Species.values])
            ),
            models.UniqueConstraint(
                name="variant_name_once_per_offering",
                fields=["offering", "name"],
                violation_error_message=_("There is already a choice of this name."),
            ),
        ]

    def __str__(self):
        return f"{self.offering}, {self.name}" if self.name else str(self.offering)

    @property
    def is_service(self) -> bool:
        return self.duration is not None

    @property
    def minutes(self) -> int:
        """How long the visit takes."""
        return int(self.duration.total_seconds() // 60)

    def is_for(self, species: str, size: str) -> bool:
        """Whether it is meant for such a pet. A size that nobody knows rules nothing out."""
        return self.pet_species in ("", species) and (not size or self.pet_size in ("", size))

    def length_with(self, add_ons: "Iterable[AddOn]") -> timedelta:
        """How long the visit takes with these extras."""
        return sum((add_on.duration for add_on in add_ons), self.duration)


class AddOnQuerySet(models.QuerySet):
    def on_sale(self):
        """What a customer may add to a visit."""
        return self.filter(is_active=True, offering__is_published=True)


class AddOn(models.Model):
    """An extra of a service, on top of any of its choices: a nail trim for EUR 8 that makes the visit 10 minutes longer.

    It is taxed as the choice that it is added to. One without minutes is done while the visit lasts anyway.
    """

    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="add_ons")
    name = models.CharField(_("extra"), max_length=80, help_text=_("“Nail trim”."))
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=2, help_text=_("On top of the choice’s price. Tax included.")
    )
    duration = models.DurationField(
        _("duration"), default=timedelta(0), help_text=_("How much longer it makes the visit. 0 is fine.")
    )
    is_active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = AddOnQuerySet.as_manager()

    class Meta:
        ordering = ["position", "price", "pk"]
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        constraints = [
            models.CheckConstraint(
                name="add_on_price_not_negative",
                condition=Q(price__gte=0),
                violation_error_message=_("A price cannot be below zero."),
            ),
            models.CheckConstraint(
                name="add_on_duration_not_negative",
                condition=Q(duration__gte=timedelta(0)),
                violation_error_message=_("An extra cannot make a visit shorter."),
            ),
            models.UniqueConstraint(
                name="add_on_name_once_per_offering",
                fields=["offering", "name"],
                violation_error_message=_("There is already an extra of this name."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def minutes(self) -> int:
        """How much longer the visit takes."""
        return int(self.duration.total_seconds() // 60)
