import secrets
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingStatus, ProofStatus, Vaccination
from catalog.models import AddOn, Kind, PetSize, Species, Variant
from checkout.models.cart import Cart, new_token

NUMBER_ALPHABET = (
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # pragma: allowlist secret (nothing that can be misread over the phone)
)


def new_number() -> str:
    """Short enough to say aloud, random so that it tells nobody how much we sell."""
    return "FP-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(5))


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

# In other states an order promised nothing, or nothing any more.
ACCEPTED = [OrderStatus.CONFIRMED, OrderStatus.PAID, OrderStatus.FULFILLED]

# Who acts when nobody has signed in.
CUSTOMER = "customer"
SHOP = "shop"

OVER = [BookingStatus.COMPLETED, BookingStatus.NO_SHOW]
BOOKED = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.NO_SHOW]


class Handover(models.TextChoices):
    """How the products come to the customer."""

    VISIT = "visit", _("At my appointment")
    PICKUP = "pickup", _("Pick up in the shop")


class OrderQuerySet(models.QuerySet):
    def with_lines(self):
        """With all that the three words of its lines and its totals need, in a fixed number of queries."""
        lines = OrderLine.objects.with_waiting_proofs().select_related("booking__resource", "booking__pet")
        lines = lines.prefetch_related("add_ons")
        return self.prefetch_related(Prefetch("lines", lines), "payments__refunds")

    def newest_first(self):
        return self.order_by("-placed_at", "-pk")

    def needing_attention(self):
        """Where money came that we could not answer as promised; a person must look."""
        return self.filter(payments__needs_attention=True).distinct()

    def booked_not_paid(self, now):
        """A time is kept for them, and their money has not come: live holds, and visits to be paid at the shop."""
        kept = OrderLine.objects.filter(
            Q(booking__status__in=BOOKED) | Q(booking__status=BookingStatus.HELD, booking__held_until__gt=now),
            order=OuterRef("pk"),
        )
        return self.filter(Exists(kept), status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED])

    def paid_not_booked(self):
        """Their money came, and at least one of their visits has no time, which nobody called off."""
        lost = OrderLine.objects.filter(order=OuterRef("pk"), cancelled_at=None).visits()
        lost = lost.exclude(booking__status__in=BOOKED)
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

    @cached_property
    def parts(self) -> "list[OrderLine]":
        """Its lines, for whoever only shows it: read once."""
        return list(self.lines.all())

    @cached_property
    def attempts(self) -> list:
        """Its payments, whatever became of them, for whoever only shows it: read once."""
        return list(self.payments.all())

    @cached_property
    def refunds(self) -> list:
        """What went back or should have, payment by payment, for whoever only shows it. Read once, and only if there is any."""
        return [refund for payment in self.attempts if payment.may_have_refunds for refund in payment.refunds.all()]

    @property
    def is_paid(self) -> bool:
        return self.status in (OrderStatus.PAID, OrderStatus.FULFILLED)

    def bookings(self) -> list[Booking]:
        """The places that are kept for it, in id order."""
        return list(Booking.objects.filter(order_line__order=self).order_by("pk"))

    def was_expired(self) -> bool:
        """Whether it ran out once, so that its basket was free to change before the money came."""
        return self.events.filter(to_status=OrderStatus.EXPIRED).exists()

    def record(self, kind, *, actor: str, cause: str, **details):
        """Write down something that happened to it and left its state as it was."""
        return self.events.create(kind=kind, actor=actor, cause=cause, details=details)

    def move_to(self, status, kind, *, actor: str, cause: str, **details):
        """Change its state and write down the change; the database refuses a transition that is not in TRANSITIONS."""
        is_new = not self.events.exists()
        event = self.events.create(
            kind=kind,
            from_status="" if is_new else self.status,
            to_status=status,
            actor=actor,
            cause=cause,
            details=details,
        )
        self.status = status
        self.save(update_fields=["status"])
        return event

    record.alters_data = move_to.alters_data = True


class ParcelStatus(models.TextChoices):
    TO_PACK = "to_pack", _("To pack")
    READY = "ready", _("Ready")
    HANDED_OVER = "handed_over", _("Handed over")
    CANCELLED = "cancelled", _("Cancelled")


class OrderLineQuerySet(models.QuerySet):
    def with_waiting_proofs(self):
        """Each line with `proof_waits`: whether staff have something of its visit's pet to look at."""
        waiting = Vaccination.objects.filter(status=ProofStatus.WAITING, pet=OuterRef("booking__pet"))
        return self.annotate(
            proof_waits=Case(When(booking__proof_due_by__isnull=False, then=Exists(waiting)), default=False)
        )

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
    dates = models.JSONField(
        default=list, db_default=[], blank=True
    )  # of a whole course: start and end of each, ISO, UTC
    resource_name = models.CharField(max_length=60, blank=True)
    pet_name = models.CharField(max_length=60, blank=True)
    pet_species = models.CharField(max_length=10, choices=Species, blank=True)
    pet_size = models.CharField(max_length=10, choices=PetSize, blank=True)
    rules = models.JSONField(default=dict, blank=True)  # see `terms.sold_terms`
    answers = models.JSONField(default=list, db_default=[], blank=True)  # [{"question": ..., "answer": ...}]

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="order_line")
    parcel = models.CharField(max_length=12, choices=ParcelStatus, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    kept = models.DecimalField(  # of what was paid for it, by the terms that were accepted; the rest goes back
        max_digits=14, decimal_places=2, null=True, blank=True
    )
    refunded = models.DecimalField(  # of what was paid for it; counted by a trigger
        max_digits=14, decimal_places=2, default=0, db_default=0, editable=False
    )

    objects = OrderLineQuerySet.as_manager()
    proof_waits = False  # `with_waiting_proofs()` knows better

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["order"], name="order_line_to_pack", condition=Q(parcel="to_pack"))]
        constraints = [
            models.CheckConstraint(name="order_line_buys_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="order_line_price_not_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="order_line_is_a_visit_or_a_parcel",
                condition=Q(kind=Kind.PRODUCT, booking__isnull=True, starts_at__isnull=True) & ~Q(parcel="")
                | ~Q(kind=Kind.PRODUCT) & Q(starts_at__isnull=False, quantity=1, parcel=""),
            ),
            models.CheckConstraint(
                name="order_line_cancelled_keeps_no_more_than_its_price",
                condition=Q(cancelled_at__isnull=True, kept__isnull=True)
                | Q(
                    cancelled_at__isnull=False,
                    kept__isnull=False,
                    kept__gte=0,
                    kept__lte=F("unit_price") * F("quantity"),
                ),
            ),
            models.CheckConstraint(
                name="order_line_refunded_within_its_price",
                condition=Q(refunded__gte=0, refunded__lte=F("unit_price") * F("quantity")),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_visit(self) -> bool:
        return self.kind != Kind.PRODUCT

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do for it: the visit is over or called off, or the customer has the product."""
        if self.is_visit:
            return bool(self.cancelled_at) or (self.booking is not None and self.booking.status in OVER)
        return self.parcel in (ParcelStatus.HANDED_OVER, ParcelStatus.CANCELLED)

    @cached_property
    def chosen(self) -> "list[OrderLineAddOn]":
        """The extras that were sold with it. Read once."""
        return list(self.add_ons.all())

    @property
    def comes_back(self) -> Decimal:
        """What is owed for it since it was cancelled."""
        return self.total - self.kept if self.cancelled_at else Decimal(0)

    @property
    def still_owed(self) -> Decimal:
        """What of that is not even on its way."""
        return max(self.comes_back - self.refunded, Decimal(0))

    @property
    def stock_reference(self) -> str:
        """How the stock movements of this line name it."""
        return f"line:{self.pk}"

    @property
    def title(self) -> str:
        """What was bought, in words: “Full groom, Large dog”."""
        return f"{self.name}, {self.variant_name}" if self.variant_name else self.name

    @property
    def full_title(self) -> str:
        """The same with its extras: “Full groom, Large dog + Nail trim”."""
        return " + ".join([self.title, *(add_on.name for add_on in self.chosen)])


class OrderLineAddOn(models.Model):
    """An extra that was sold with a visit. The line's price and its length include it.

    Frozen like its line: triggers refuse every change, and one that comes after its order was placed.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="add_ons")
    add_on = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="order_lines")
    name = models.CharField(max_length=80)
    price = models.DecimalField(max_digits=14, decimal_places=2)
    duration = models.DurationField()

    class Meta:
        verbose_name = _("sold extra")
        verbose_name_plural = _("sold extras")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="order_line_add_on_price_not_negative", condition=Q(price__gte=0)),
            models.CheckConstraint(
                name="order_line_add_on_duration_not_negative", condition=Q(duration__gte=timedelta(0))
            ),
            models.UniqueConstraint(name="order_line_add_on_once", fields=["line", "add_on"]),
        ]

    def __str__(self):
        return self.name


class OrderLineNight(models.Model):
    """A night of a stay at the price it was sold at; the line's price is the sum of its nights and extras.

    Frozen like its line: triggers refuse every change, and one that comes after its order was placed.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="nights")
    day = models.DateField()  # on which it begins, in the shop's calendar
    price = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("sold night")
        verbose_name_plural = _("sold nights")
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(name="order_line_night_price_not_negative", condition=Q(price__gte=0)),
            models.UniqueConstraint(name="order_line_night_once", fields=["line", "day"]),
        ]

    def __str__(self):
        return f"{self.day}"
