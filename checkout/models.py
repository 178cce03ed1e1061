import secrets
import uuid

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Length, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingStatus, Resource
from catalog.models import Kind, PetSize, Species, Variant

models.CharField.register_lookup(Length)

NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that can be misread over the phone


def new_token() -> str:
    """192 random bits: what a secret link carries."""
    return secrets.token_urlsafe(24)


def new_number() -> str:
    """Short enough to say aloud, random so that it tells nobody how much we sell."""
    return "FP-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(5))


# The basket


class Cart(models.Model):
    """One browser's basket, found by the token in its cookie. Its row is the lock against a double click."""

    token = models.CharField(max_length=40, unique=True, default=new_token)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="cart_token_is_long", condition=Q(token__length__gte=32)),
        ]

    def __str__(self):
        return f"Basket {self.pk}"


class CartLineQuerySet(models.QuerySet):
    def with_things(self):
        """With all that a line needs to say its name, time and price."""
        return self.select_related(
            "variant__offering__category", "variant__offering__rules", "booking__resource", "wanted_resource"
        ).prefetch_related("variant__offering__pictures")

    def visits(self):
        return self.filter(variant__duration__isnull=False)

    def products(self):
        return self.filter(variant__duration__isnull=True)


class CartLine(models.Model):
    """Some of a product's variant, or one visit. A visit's line outlives its booking and remembers the wanted start."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE)
    quantity = models.PositiveSmallIntegerField(default=1)
    price = models.DecimalField(max_digits=14, decimal_places=2)  # what it cost when it was put in
    booking = models.OneToOneField(Booking, on_delete=models.SET_NULL, null=True, blank=True, related_name="cart_line")
    wanted_start = models.DateTimeField(null=True, blank=True)
    wanted_resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, null=True, blank=True)
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CartLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="cart_line_quantity_in_reach", condition=Q(quantity__gte=1, quantity__lte=99)),
            models.CheckConstraint(
                name="cart_line_visit_is_one",
                condition=Q(wanted_start__isnull=True, booking__isnull=True)
                | Q(quantity=1, wanted_start__isnull=False),
            ),
            models.UniqueConstraint(
                name="cart_line_once_per_product",
                fields=["cart", "variant"],
                condition=Q(wanted_start__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.quantity} × {self.variant}"

    @property
    def is_visit(self) -> bool:
        return self.wanted_start is not None

    @property
    def unit_price(self):
        return self.variant.price

    @property
    def total(self):
        return self.unit_price * self.quantity


# Orders


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("Awaiting payment")
    CONFIRMED = "confirmed", _("Accepted")  # a deposit was taken, or it is paid at the shop
    PAID = "paid", _("Paid")
    FULFILLED = "fulfilled", _("Fulfilled")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Not paid in time")


# From "" an order comes into being. Every other change that is not listed here is refused by the database.
TRANSITIONS = [
    ("", OrderStatus.PENDING),
    (OrderStatus.PENDING, OrderStatus.CONFIRMED),
    (OrderStatus.PENDING, OrderStatus.PAID),
    (OrderStatus.PENDING, OrderStatus.EXPIRED),
    (OrderStatus.PENDING, OrderStatus.CANCELLED),
    (OrderStatus.CONFIRMED, OrderStatus.PAID),
    (OrderStatus.CONFIRMED, OrderStatus.CANCELLED),
    (OrderStatus.EXPIRED, OrderStatus.PAID),
    (OrderStatus.EXPIRED, OrderStatus.CANCELLED),
    (OrderStatus.PAID, OrderStatus.FULFILLED),
    (OrderStatus.PAID, OrderStatus.CANCELLED),
    (OrderStatus.FULFILLED, OrderStatus.CANCELLED),
]

BOOKED = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.NO_SHOW]


class Handover(models.TextChoices):
    """How the products come to the customer."""

    VISIT = "visit", _("At my appointment")
    PICKUP = "pickup", _("Pick up in the shop")


class OrderQuerySet(models.QuerySet):
    def with_lines(self):
        """With all that the three words of its lines and its totals need, in a fixed number of queries."""
        return self.prefetch_related("lines__booking__resource", "lines__booking__pet", "payments")

    def newest_first(self):
        return self.order_by("-placed_at", "-pk")

    def needing_attention(self):
        """Where money came that we could not answer as promised; a person must look."""
        return self.filter(Exists(Payment.objects.filter(order=OuterRef("pk"), needs_attention=True)))

    def booked_not_paid(self, now):
        """A time is kept for them, and their money has not come: live holds, and visits to be paid at the shop."""
        kept = OrderLine.objects.filter(
            Q(booking__status__in=BOOKED) | Q(booking__status=BookingStatus.HELD, booking__held_until__gt=now),
            order=OuterRef("pk"),
        )
        return self.filter(Exists(kept), status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED])

    def paid_not_booked(self):
        """Their money came, and at least one of their visits has no time."""
        lost = OrderLine.objects.filter(order=OuterRef("pk")).visits().exclude(booking__status__in=BOOKED)
        return self.filter(Exists(lost), status__in=[OrderStatus.PAID, OrderStatus.FULFILLED])

    def overdue(self, now):
        """Awaiting payment for longer than their places were promised; Stripe must be asked before they expire."""
        return self.filter(status=OrderStatus.PENDING, held_until__lte=now)


class Order(models.Model):
    """What was promised to somebody, with the names, prices and rules of its moment. Changed by operations only."""

    number = models.CharField(_("number"), max_length=12, unique=True, default=new_number)
    token = models.CharField(max_length=40, unique=True, default=new_token)
    cart = models.ForeignKey(Cart, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders")
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    handover = models.CharField(_("products"), max_length=10, choices=Handover, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    currency = models.CharField(max_length=3)
    subtotal = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    held_until = models.DateTimeField()  # the end of its Stripe page plus grace; then its places may be taken
    placed_at = models.DateTimeField(db_default=Now())

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(F("placed_at").desc(), F("id").desc(), name="order_newest_first"),
            models.Index(fields=["held_until"], name="order_overdue", condition=Q(status="pending")),
        ]
        constraints = [
            models.CheckConstraint(name="order_status_known", condition=Q(status__in=OrderStatus.values)),
            models.CheckConstraint(name="order_token_is_long", condition=Q(token__length__gte=32)),
            models.CheckConstraint(name="order_total_adds_up", condition=Q(total=F("subtotal") - F("discount"))),
            models.CheckConstraint(
                name="order_discount_within_subtotal", condition=Q(discount__gte=0, discount__lte=F("subtotal"))
            ),
            models.UniqueConstraint(
                name="order_one_pending_per_cart", fields=["cart"], condition=Q(status=OrderStatus.PENDING)
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("checkout:order", args=[self.token])

    @property
    def is_paid(self) -> bool:
        return self.status in (OrderStatus.PAID, OrderStatus.FULFILLED)


class ParcelStatus(models.TextChoices):
    TO_PACK = "to_pack", _("To pack")
    READY = "ready", _("Ready")
    HANDED_OVER = "handed_over", _("Handed over")
    CANCELLED = "cancelled", _("Cancelled")


class OrderLineQuerySet(models.QuerySet):
    def visits(self):
        return self.exclude(kind=Kind.PRODUCT)

    def products(self):
        return self.filter(kind=Kind.PRODUCT)


class OrderLine(models.Model):
    """One thing that was promised, frozen as accepted (a trigger refuses changes of everything but the last group)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="order_lines")
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=120)
    variant_name = models.CharField(max_length=80, blank=True)
    art = models.CharField(max_length=80, blank=True)
    tint = models.CharField(max_length=10, blank=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)
    quantity = models.PositiveSmallIntegerField(default=1)
    tax_rate = models.DecimalField(max_digits=4, decimal_places=2)
    total = models.GeneratedField(
        expression=F("unit_price") * F("quantity"),
        output_field=models.DecimalField(max_digits=14, decimal_places=2),
        db_persist=True,
    )
    # For a visit, as it was sold: the booking may move or be lost, the promise stays readable.
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    resource_name = models.CharField(max_length=60, blank=True)
    pet_name = models.CharField(max_length=60, blank=True)
    pet_species = models.CharField(max_length=10, choices=Species, blank=True)
    pet_size = models.CharField(max_length=10, choices=PetSize, blank=True)
    rules = models.JSONField(default=dict, blank=True)  # free_until (ISO, UTC), late_fee_percent, what_to_bring

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="order_line")
    parcel = models.CharField(max_length=12, choices=ParcelStatus, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="order_line_buys_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="order_line_price_not_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="order_line_is_a_visit_or_a_parcel",
                condition=Q(kind=Kind.PRODUCT, booking__isnull=True, starts_at__isnull=True) & ~Q(parcel="")
                | ~Q(kind=Kind.PRODUCT) & Q(starts_at__isnull=False, quantity=1, parcel=""),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_visit(self) -> bool:
        return self.kind != Kind.PRODUCT

    @property
    def title(self) -> str:
        """What was bought, in words: “Full groom, Large dog”."""
        return f"{self.name}, {self.variant_name}" if self.variant_name else self.name


class EventKind(models.TextChoices):
    """What can happen to an order; the timeline's words are in `states.timeline`."""

    PLACED = "placed", _("Order placed")
    PAYMENT_OPENED = "payment_opened", _("Payment page opened")
    PAYMENT_CLOSED = "payment_closed", _("Payment page closed")
    PAYMENT_PROCESSING = "payment_processing", _("Payment is being processed")
    PAID = "paid", _("Payment received")
    PAYMENT_FLAGGED = "payment_flagged", _("Payment needs a look")
    VISIT_LOST = "visit_lost", _("Time no longer free")
    STOCK_LOST = "stock_lost", _("Sold out before the money came")
    EXPIRED = "expired", _("Not paid in time")
    CANCELLED = "cancelled", _("Cancelled")
    MESSAGE_SENT = "message_sent", _("Message sent")
    CHECKED_IN = "checked_in", _("Checked in")
    COMPLETED = "completed", _("Visit done")
    NO_SHOW = "no_show", _("Did not come")
    PACKED = "packed", _("Packed")
    HANDED_OVER = "handed_over", _("Handed over")
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


# Money


class PaymentPurpose(models.TextChoices):
    FULL = "full", _("The whole order")
    DEPOSIT = "deposit", _("Deposit")
    BALANCE = "balance", _("Balance")
    CHANGE = "change", _("Change of a visit")


class PaymentProvider(models.TextChoices):
    STRIPE = "stripe", _("Card")
    NONE = "none", _("Nothing to pay")
    COUNTER = "counter", _("At the shop")


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
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    needs_attention = models.BooleanField(default=False)
    attention_reason = models.CharField(max_length=300, blank=True)
    last_checked_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="payment_status_known", condition=Q(status__in=PaymentStatus.values)),
            models.CheckConstraint(name="payment_mode_known", condition=Q(mode__in=["local", "test", "live"])),
            models.CheckConstraint(
                name="payment_amount_positive_unless_free",
                condition=Q(amount__gt=0) & ~Q(provider=PaymentProvider.NONE)
                | Q(amount=0, provider=PaymentProvider.NONE),
            ),
            models.UniqueConstraint(
                name="payment_one_live_per_order",
                fields=["order"],
                condition=Q(status__in=[str(status) for status in LIVE_PAYMENT]),
            ),
        ]

    def __str__(self):
        return f"{self.order}, {self.amount} {self.currency}, {self.status}"


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
        indexes = [models.Index(fields=["received_at"], name="webhook_event_waiting", condition=Q(processed_at=None))]

    def __str__(self):
        return f"{self.type} {self.event_id}"


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

    def __str__(self):
        return self.key
