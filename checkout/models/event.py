"""What happened to an order, one row each."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from checkout.models.order import TRANSITIONS, Order, OrderStatus


class EventKind(models.TextChoices):
    """What can happen to an order; the timeline's words are in `timeline`."""

    PLACED = "placed", _("Order placed")
    PAYMENT_OPENED = "payment_opened", _("Payment page opened")
    PAYMENT_CLOSED = "payment_closed", _("Payment page closed")
    PAYMENT_PROCESSING = "payment_processing", _("Payment is being processed")
    DEPOSIT_PAID = "deposit_paid", _("Deposit received")
    ACCEPTED = "accepted", _("Accepted, to be paid at the shop")
    PAID = "paid", _("Payment received")
    BALANCE_POSTPONED = "balance_postponed", _("More time to pay the rest")
    BALANCE_WAIVED = "balance_waived", _("Nothing left to pay")
    PAYMENT_FLAGGED = "payment_flagged", _("Payment needs a look")
    CONCERN_CLEARED = "concern_cleared", _("Somebody had a look")
    VISIT_LOST = "visit_lost", _("Time no longer free")
    VISIT_REBOOKED = "visit_rebooked", _("Another time chosen")
    VISIT_MOVED = "visit_moved", _("Visit moved")
    CHANGE_ASKED = "change_asked", _("Another time kept")
    CHANGE_PAID = "change_paid", _("Difference received")
    CHANGE_ENDED = "change_ended", _("Another time let go")
    VISIT_CANCELLED = "visit_cancelled", _("Visit cancelled")
    LINE_CANCELLED = "line_cancelled", _("Part of the order cancelled")
    PROOF_SENT = "proof_sent", _("Proof of a vaccination sent")
    PROOF_APPROVED = "proof_approved", _("Vaccination approved")
    PROOF_REFUSED = "proof_refused", _("Proof of a vaccination refused")
    STOCK_LOST = "stock_lost", _("Sold out before the money came")
    STOCK_FOUND = "stock_found", _("In stock after all")
    SURPLUS = "surplus", _("More money than was due")
    REFUND_REQUESTED = "refund_requested", _("Refund requested")
    REFUNDED = "refunded", _("Money sent back")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    REFUND_EXPLAINED = "refund_explained", _("Said what a refund was for")
    DISPUTED = "disputed", _("Payment disputed")
    DISPUTE_CLOSED = "dispute_closed", _("Dispute decided")
    EXPIRED = "expired", _("Not paid in time")
    CANCELLED = "cancelled", _("Cancelled")
    MESSAGE_SENT = "message_sent", _("Message sent")
    CHECKED_IN = "checked_in", _("Checked in")
    COMPLETED = "completed", _("Visit done")
    NO_SHOW = "no_show", _("Did not come")
    PACKED = "packed", _("Packed")
    HANDED_OVER = "handed_over", _("Handed over")
    SENT = "sent", _("Sent")
    FULFILLED = "fulfilled", _("Everything done")
    NOTE = "note", _("Note")


class OrderEvent(models.Model):
    """What happened, who did it and why. Append-only: a trigger refuses change and deletion."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10, blank=True)  # empty: the order's state did not change
    actor = models.CharField(max_length=150)  # "customer", "shop" or the name a member of staff signs in with
    cause = models.CharField(max_length=300)  # the reason in a few words
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="order_event_has_an_actor", condition=~Q(actor="")),
            models.CheckConstraint(name="order_event_has_a_cause", condition=~Q(cause="")),
            models.CheckConstraint(
                name="order_event_transition_allowed",
                condition=Q(from_status="", to_status="")
                | Q(*(Q(from_status=str(a), to_status=str(b)) for a, b in TRANSITIONS), _connector=Q.OR),
            ),
            models.UniqueConstraint(
                name="order_event_paid_once", fields=["order"], condition=Q(to_status=OrderStatus.PAID)
            ),
            models.UniqueConstraint(
                name="order_event_fulfilled_once", fields=["order"], condition=Q(to_status=OrderStatus.FULFILLED)
            ),
        ]

    def __str__(self):
        return f"{self.order}: {self.get_kind_display()}"
