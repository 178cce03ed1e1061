from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from checkout.models.order import Order


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

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self):
        return self.key
