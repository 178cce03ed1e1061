import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from checkout.models.order import Order


class PaymentPurpose(models.TextChoices):
    FULL = "full", _("The whole order")
    DEPOSIT = "deposit", _("Deposit")
    BALANCE = "balance", _("Balance")
    CHANGE = "change", _("Change of a visit")


class PaymentProvider(models.TextChoices):
    STRIPE = "stripe", _("Card")
    NONE = "none", _("Nothing to pay")
    COUNTER = "counter", _("At the shop")


class CounterMethod(models.TextChoices):
    """How money comes over the counter."""

    CASH = "cash", _("Cash")
    TERMINAL = "terminal", _("Card terminal")


class PaymentStatus(models.TextChoices):
    CREATED = "created", _("Being opened")  # our row is committed; Stripe may or may not know of it
    OPEN = "open", _("Open")
    PROCESSING = "processing", _("Processing")
    SUCCEEDED = "succeeded", _("Received")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    ABANDONED = "abandoned", _("Never opened")
    MISMATCH = "mismatch", _("Does not match")


LIVE_PAYMENT = [PaymentStatus.CREATED, PaymentStatus.OPEN, PaymentStatus.PROCESSING]


class PaymentQuerySet(models.QuerySet):
    def live(self):
        """The attempts that can still bring money by themselves; at most one for each order."""
        return self.filter(status__in=LIVE_PAYMENT)

    def succeeded(self):
        return self.filter(status=PaymentStatus.SUCCEEDED)


class Payment(models.Model):
    """One attempt to collect money. Its `uuid` is Stripe's idempotency key and our name for it on every object there."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    purpose = models.CharField(max_length=10, choices=PaymentPurpose, default=PaymentPurpose.FULL)
    change = models.ForeignKey(  # which this attempt is to pay for
        "checkout.VisitChange", on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    provider = models.CharField(max_length=10, choices=PaymentProvider, default=PaymentProvider.STRIPE)
    mode = models.CharField(max_length=5)  # local, test or live, as when it was made
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    lines_snapshot = models.JSONField(default=list)  # name, unit (Stripe's integer), quantity
    session_expires_at = models.DateTimeField()
    session_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    session_url = models.TextField(blank=True)
    intent_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    charge_id = models.CharField(max_length=100, blank=True)
    card = models.CharField(max_length=40, blank=True)  # "Visa 4242", for the receipt
    method = models.CharField(max_length=10, choices=CounterMethod, blank=True, default="", db_default="")
    note = models.CharField(max_length=200, blank=True, default="", db_default="")  # of a counter payment: its receipt
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    # What of it went back or is about to: counted by a trigger, so that two refunds at once wait for each other.
    refunded = models.DecimalField(max_digits=14, decimal_places=2, default=0, db_default=0, editable=False)
    is_surplus = models.BooleanField(default=False, db_default=False)  # nothing was due when it came: it goes back
    is_disputed = models.BooleanField(default=False, db_default=False)  # a dispute stands: see `record_dispute`
    last_checked_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()
    may_have_refunds = True  # who shows one order alone asks together with the payment

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="payment_status_known", condition=Q(status__in=PaymentStatus.values)),
            models.CheckConstraint(name="payment_mode_known", condition=Q(mode__in=["local", "test", "live"])),
            models.CheckConstraint(
                name="payment_amount_positive_unless_free",
                condition=Q(amount__gt=0) & ~Q(provider=PaymentProvider.NONE)
                | Q(amount=0, provider=PaymentProvider.NONE),
            ),
            models.CheckConstraint(
                name="payment_refunded_within_received",
                condition=Q(refunded=0) | Q(refunded__gt=0, refunded__lte=F("amount"), status=PaymentStatus.SUCCEEDED),
            ),
            models.CheckConstraint(
                name="payment_at_the_counter_says_how",
                condition=Q(provider=PaymentProvider.COUNTER, method__in=CounterMethod.values)
                | ~Q(provider=PaymentProvider.COUNTER) & Q(method=""),
            ),
            models.CheckConstraint(
                name="payment_for_a_change_says_which",
                condition=Q(purpose=PaymentPurpose.CHANGE, change__isnull=False)
                | ~Q(purpose=PaymentPurpose.CHANGE) & Q(change__isnull=True),
            ),
            models.UniqueConstraint(
                name="payment_one_live_per_order",
                fields=["order"],
                condition=Q(status__in=[str(status) for status in LIVE_PAYMENT]),
            ),
        ]

    def __str__(self):
        return f"{self.order}, {self.amount} {self.currency}, {self.status}"

    @property
    def is_received(self) -> bool:
        return self.status == PaymentStatus.SUCCEEDED


class WebhookEvent(models.Model):
    """What Stripe told us, kept as it came. A hint only: the handler asks Stripe for the present truth."""

    event_id = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=100)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=100, blank=True)
    body = models.TextField()
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)  # "done" or "ignored"
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("word from Stripe")
        verbose_name_plural = _("words from Stripe")
        indexes = [models.Index(fields=["received_at"], name="webhook_event_waiting", condition=Q(processed_at=None))]

    def __str__(self):
        return f"{self.type} {self.event_id}"


class EventsRead(models.Model):
    """Until when Stripe's own list of what it told us has been read: one row, number 1."""

    until = models.DateTimeField()

    def __str__(self):
        return f"{self.until:%Y-%m-%d %H:%M}"
