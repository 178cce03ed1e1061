import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from checkout.models.order import OrderLine
from checkout.models.payment import Payment


class RefundStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")  # our row is committed; Stripe may or may not know of it
    PENDING = "pending", _("On its way")
    SUCCEEDED = "succeeded", _("Sent back")
    FAILED = "failed", _("Came back to us")
    REJECTED = "rejected", _("Rejected by Stripe")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_REFUND = [RefundStatus.REQUESTED, RefundStatus.PENDING]
# Their money is with us, and can be sent back once more. The database lets no refund leave these states.
FRUITLESS_REFUND = [RefundStatus.FAILED, RefundStatus.REJECTED, RefundStatus.CANCELLED]


class RefundOrigin(models.TextChoices):
    SHOP = "shop", _("The shop")
    CUSTOMER = "customer", _("The customer")
    LATE = "late", _("Money that came too late")
    SURPLUS = "surplus", _("More money than was due")
    COUNTER = "counter", _("Given back at the shop")
    DASHBOARD = "dashboard", _("Stripe's dashboard")


class RefundQuerySet(models.QuerySet):
    def open(self):
        """Those of which we do not know yet what became of them."""
        return self.filter(status__in=OPEN_REFUND)

    def counted(self):
        """Those whose money is with the customer, or on its way."""
        return self.exclude(status__in=FRUITLESS_REFUND)


class Refund(models.Model):
    """Money of one payment that goes back. Its `uuid` is Stripe's idempotency key and our name for it there.

    From its first moment a trigger counts it in `Payment.refunded`, and takes it off again when it comes to nothing.
    Without lines it is of money that nothing was due for; or it was made in Stripe's dashboard, and nobody has said yet
    what it was for.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.REQUESTED)
    origin = models.CharField(max_length=10, choices=RefundOrigin)
    reason = models.CharField(max_length=300)
    actor = models.CharField(max_length=150)  # as in OrderEvent
    stripe_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)  # when it was known to have succeeded or come to nothing
    last_checked_at = models.DateTimeField(null=True, blank=True)
    # How often Stripe failed and kept the failure under our key, so that the next question took another one.
    keys_spent = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    error = models.CharField(max_length=300, blank=True)  # what Stripe or the bank said
    press = models.CharField(max_length=40, blank=True, db_default="")  # the button that was pressed for it

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["requested_at"],
                name="refund_open",
                condition=Q(status__in=[str(status) for status in OPEN_REFUND]),
            )
        ]
        constraints = [
            models.UniqueConstraint(name="refund_once_per_press", fields=["payment", "press"], condition=~Q(press="")),
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="refund_status_known", condition=Q(status__in=RefundStatus.values)),
            models.CheckConstraint(name="refund_origin_known", condition=Q(origin__in=RefundOrigin.values)),
            models.CheckConstraint(name="refund_has_an_actor", condition=~Q(actor="")),
            models.CheckConstraint(name="refund_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="refund_settled_says_when",
                condition=Q(status__in=[str(status) for status in OPEN_REFUND], settled_at__isnull=True)
                | ~Q(status__in=[str(status) for status in OPEN_REFUND]) & Q(settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_known_to_stripe",
                condition=Q(stripe_id__isnull=False)
                | Q(origin=RefundOrigin.COUNTER)
                | Q(status__in=[str(RefundStatus.REQUESTED), str(RefundStatus.REJECTED)]),
            ),
        ]

    def __str__(self):
        return f"{self.payment.order}, {self.amount} {self.payment.currency}, {self.status}"

    @property
    def is_fruitless(self) -> bool:
        """Whether it came to nothing: its money is with us."""
        return self.status in FRUITLESS_REFUND

    @property
    def is_surplus(self) -> bool:
        """Whether it is of money that nothing was due for, and so of none of its order's lines."""
        return self.origin == RefundOrigin.SURPLUS

    @property
    def can_be_sent_again(self) -> bool:
        """Whether it came to nothing, and it is known what for."""
        return self.is_fruitless and (self.is_surplus or bool(self.lines.all()))

    @property
    def is_unexplained(self) -> bool:
        """Whether it was made in Stripe's dashboard, and nobody has said yet what for."""
        return self.origin == RefundOrigin.DASHBOARD and not self.is_fruitless and not self.lines.all()

    @property
    def press_again(self) -> str:
        """The press of the one refund that takes its place, if it came to nothing and somebody sends it again."""
        return f"again-{self.pk}"


class RefundLine(models.Model):
    """What a refund is for: so much of one line. Append-only; a trigger counts it in `OrderLine.refunded`."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refund_lines")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)  # in the amount
    quantity = models.PositiveSmallIntegerField(null=True, blank=True)  # pieces or nights; none: a part of the price
    nights = ArrayField(models.DateField(), default=list, db_default=[], blank=True)  # of a stay: the ones it is for
    restocked = models.PositiveSmallIntegerField(default=0, db_default=0)  # pieces that went back on the shelf with it

    class Meta:
        verbose_name = _("part of a refund")
        verbose_name_plural = _("parts of a refund")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="refund_line_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="refund_line_tax_is_in_it", condition=Q(tax__gte=0, tax__lte=F("amount"))),
            models.UniqueConstraint(name="refund_line_once", fields=["refund", "order_line"]),
        ]

    def __str__(self):
        return f"{self.order_line}, {self.amount}"


class DisputeStatus(models.TextChoices):
    """Stripe's own words. A warning is a question of the bank, before any money is taken."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response", _("The bank asks")
    WARNING_UNDER_REVIEW = "warning_under_review", _("The bank reads our answer")
    WARNING_CLOSED = "warning_closed", _("The bank asks no more")
    NEEDS_RESPONSE = "needs_response", _("Waits for our answer")
    UNDER_REVIEW = "under_review", _("The bank reads our answer")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    PREVENTED = "prevented", _("Prevented")


# Decided for us: as if there had been none.
DISPUTE_OVER = [DisputeStatus.WARNING_CLOSED, DisputeStatus.WON, DisputeStatus.PREVENTED]


class DisputeQuerySet(models.QuerySet):
    def standing(self):
        """Those that are undecided or lost."""
        return self.exclude(status__in=DISPUTE_OVER)

    def blocking(self):
        """Those of which Stripe refuses to send money back on top of what the bank has taken."""
        return self.standing().filter(is_charge_refundable=False)


class Dispute(models.Model):
    """A customer's bank wants a payment back. Nothing of the order changes by itself: a person decides."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=100, unique=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=30, choices=DisputeStatus)
    reason = models.CharField(max_length=60)  # Stripe's word, such as "fraudulent"
    due_by = models.DateTimeField(null=True, blank=True)  # until then the bank hears what we have to say
    is_charge_refundable = models.BooleanField()
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="dispute_amount_positive", condition=Q(amount__gt=0))]

    def __str__(self):
        return f"{self.payment.order}, {self.amount} {self.payment.currency}, {self.status}"
