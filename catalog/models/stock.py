"""Why stock is what it is."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models.variant import Variant


class StockReason(models.TextChoices):
    RECEIVED = "received", _("Delivery received")
    SOLD = "sold", _("Sold")
    RETURNED = "returned", _("Back on the shelf")
    CORRECTED = "corrected", _("Counted again")
    SPOILED = "spoiled", _("Spoiled or lost")


class StockMovement(models.Model):
    """Why stock changed. Append-only (a trigger refuses the rest); the sum of a variant's movements is its stock."""

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="movements")
    delta = models.IntegerField(_("change"))
    reason = models.CharField(_("reason"), max_length=10, choices=StockReason)
    reference = models.CharField(_("belongs to"), max_length=40, blank=True)  # "line:12": the app above writes it
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.CheckConstraint(name="stock_movement_moves_something", condition=~Q(delta=0)),
            models.CheckConstraint(name="stock_movement_reason_known", condition=Q(reason__in=StockReason.values)),
            models.CheckConstraint(name="stock_movement_has_an_actor", condition=~Q(actor="")),
            models.CheckConstraint(
                name="stock_movement_sale_takes",
                condition=~Q(reason=StockReason.SOLD) | Q(delta__lt=0),
            ),
            # A line leaves the shelf once, however often its order is asked for.
            models.UniqueConstraint(
                name="stock_movement_once_per_reference",
                fields=["reason", "reference", "variant"],
                condition=~Q(reference=""),
            ),
        ]

    def __str__(self):
        return f"{self.delta:+d} {self.variant}"
