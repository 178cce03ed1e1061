"""Where products are brought to, and what that costs."""

import re
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

POSTAL_CODE = re.compile(r"[0-9A-Z]{3,10}")


def plain_postal_code(typed: str) -> str:
    """A postal code as we keep it: “sw1a 1aa” is SW1A1AA. Empty if that is none anywhere."""
    code = re.sub(r"[\s-]", "", typed).upper()
    return code if POSTAL_CODE.fullmatch(code) else ""


class DeliveryZoneQuerySet(models.QuerySet):
    def of(self, postal_code: str) -> "DeliveryZone | None":
        """The zone that brings things to this postal code: the one that names it most exactly, or None."""
        begins = [postal_code[:length] for length in range(1, len(postal_code) + 1)]
        zones = self.filter(is_active=True, postal_codes__overlap=begins)
        return max(zones, key=lambda zone: (zone.exactness(postal_code), -zone.pk), default=None)


class DeliveryZone(models.Model):
    """Postal codes to which products are brought, for one price."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    postal_codes = ArrayField(
        models.CharField(
            max_length=10, validators=[RegexValidator(r"^[0-9A-Z]{1,10}$", _("Digits and capitals only."))]
        ),
        verbose_name=_("postal codes"),
        help_text=_("Separated by commas. “280” means every postal code that begins with it."),
    )
    fee = models.DecimalField(_("price"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    free_from = models.DecimalField(
        _("free from"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What the delivered products must cost together. Left empty, it is never free."),
    )
    tax_rate = models.DecimalField(_("VAT in the price, in percent"), max_digits=4, decimal_places=2, default=21)
    days = models.CharField(_("how long it takes"), max_length=60, help_text=_("“1 to 2 working days”"))
    is_active = models.BooleanField(_("we deliver there"), default=True)

    objects = DeliveryZoneQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("delivery zone")
        verbose_name_plural = _("delivery zones")
        constraints = [
            models.CheckConstraint(name="delivery_zone_fee_not_negative", condition=Q(fee__gte=0)),
            models.CheckConstraint(
                name="delivery_zone_free_from_not_negative",
                condition=Q(free_from__isnull=True) | Q(free_from__gte=0),
            ),
            models.CheckConstraint(
                name="delivery_zone_tax_rate_is_a_percentage",
                condition=Q(tax_rate__gte=0, tax_rate__lt=100),
                violation_error_message=_("VAT is between 0 and 99.99 percent."),
            ),
            models.CheckConstraint(name="delivery_zone_reaches_somebody", condition=Q(postal_codes__len__gte=1)),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.postal_codes and len(set(self.postal_codes)) < len(self.postal_codes):
            raise ValidationError({"postal_codes": _("A postal code is there twice.")})

    def exactness(self, postal_code: str) -> int:
        """How many of its characters this zone names."""
        return max(len(begin) for begin in self.postal_codes if postal_code.startswith(begin))

    def price_for(self, worth: Decimal) -> Decimal:
        """What it costs to bring products that are worth so much."""
        return Decimal(0) if self.free_from is not None and worth >= self.free_from else self.fee
