"""What a person must look at, one row for each reason."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from checkout.models.order import Order
from checkout.models.payment import Payment
from checkout.models.refund import Refund


class ConcernQuerySet(models.QuerySet):
    def open(self):
        """Those that nobody has cleared yet."""
        return self.filter(cleared_at=None)


class Concern(models.Model):
    """A reason why a person must look at an order. It stands until somebody clears it and says what they found.

    Frozen but for that, which happens once: a trigger refuses every other change.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="concerns")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    reason = models.TextField()
    raised_at = models.DateTimeField(db_default=Now(), editable=False)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.CharField(max_length=150, blank=True, db_default="")  # as the actor of an OrderEvent
    note = models.CharField(max_length=300, blank=True, db_default="")  # what whoever cleared it has found

    objects = ConcernQuerySet.as_manager()

    class Meta:
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        ordering = ["pk"]
        indexes = [models.Index(fields=["order"], name="concern_open", condition=Q(cleared_at=None))]
        constraints = [
            models.CheckConstraint(name="concern_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="concern_cleared_says_by_whom_and_why",
                condition=Q(cleared_at__isnull=True, cleared_by="", note="")
                | Q(cleared_at__isnull=False) & ~Q(cleared_by="") & ~Q(note=""),
            ),
        ]

    def __str__(self):
        return f"{self.order}: {self.reason}"

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None
