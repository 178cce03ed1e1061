from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from checkout.models.order import Order
from checkout.models.refund import Dispute, Refund


class Message(models.Model):
    """One mail about one fact: the key is unique, so the fact is told once. Sent by a job of the same transaction."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=100, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    # For a reminder: the main booking of its visit, and the time it speaks of. Once the visit has changed, it is dropped.
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    starts_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    # For news of money: which.
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                name="message_sent_or_dropped", condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True)
            ),
            models.CheckConstraint(
                name="message_about_a_visit_says_when",
                condition=Q(booking__isnull=True, starts_at__isnull=True)
                | Q(booking__isnull=False, starts_at__isnull=False),
            ),
        ]

    def __str__(self):
        return self.key
