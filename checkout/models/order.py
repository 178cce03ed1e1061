import secrets
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, prefetch_related_objects
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingStatus
from checkout.models.cart import Cart, new_token
from checkout.models.line import Off, OrderLine

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
    (OrderStatus.EXPIRED, OrderStatus.CONFIRMED),
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
        return self.prefetch_related(Prefetch("lines", lines), "payments__refunds__lines", "concerns")

    def newest_first(self):
        return self.order_by("-placed_at", "-pk")

    def needing_attention(self):
        """Where something happened that we could not answer as promised; a person must look."""
        return self.filter(concerns__isnull=False, concerns__cleared_at=None).distinct()

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
    # Where what is delivered is brought to; nothing is, if they are empty.
    street = models.CharField(_("street"), max_length=120, blank=True, default="", db_default="")
    postal_code = models.CharField(_("postal code"), max_length=10, blank=True, default="", db_default="")
    city = models.CharField(_("town"), max_length=80, blank=True, default="", db_default="")
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
    def every_line(self) -> list[OrderLine]:
        """All that its total is made of, for whoever only shows it: read once."""
        return list(self.lines.all())

    @cached_property
    def parts(self) -> list[OrderLine]:
        """The things that were bought, without what is paid beside them."""
        return [line for line in self.every_line if not line.is_charge]

    @cached_property
    def charges(self) -> list[OrderLine]:
        """What is paid beside the things themselves, such as delivery."""
        return [line for line in self.every_line if line.is_charge]

    def made_of(self, line: OrderLine) -> list[OrderLine]:
        """All that was paid for a thing: its own price, and what its dearer times cost beside it, oldest first."""
        return [line, *(charge for charge in self.charges if charge.visit_id == line.pk)]

    @property
    def off(self) -> list[Off]:
        """What each promotion took off in all, for whoever only shows it."""
        amounts: dict[str, Decimal] = {}
        for each in (off for line in self.every_line for off in line.off):
            amounts[each.name] = amounts.get(each.name, Decimal(0)) + each.amount
        return [Off(name, amount) for name, amount in amounts.items()]

    @cached_property
    def attempts(self) -> list:
        """Its payments, whatever became of them, for whoever only shows it: read once."""
        return list(self.payments.all())

    @cached_property
    def refunds(self) -> list:
        """What went back or should have, payment by payment, for whoever only shows it. Read once, and only if there is any."""
        found = [refund for payment in self.attempts if payment.may_have_refunds for refund in payment.refunds.all()]
        prefetch_related_objects(found, "lines")
        return found

    @cached_property
    def open_concerns(self) -> list:
        """What a person must look at, for whoever only shows it: read once."""
        return [concern for concern in self.concerns.all() if concern.is_open]

    @property
    def due_now(self) -> Decimal:
        """What of it is asked for when it is placed."""
        return sum((line.due_now for line in self.every_line), Decimal(0))

    @property
    def received(self) -> Decimal:
        """What its payments have brought that was due, whatever of it went back since."""
        due = [payment for payment in self.attempts if payment.is_received and not payment.is_surplus]
        return sum((payment.amount for payment in due), Decimal(0))

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid for it; nobody asks for the balance of what was cancelled."""
        waived = sum((line.waived for line in self.every_line), Decimal(0))
        return max(self.total - waived - self.received, Decimal(0))

    def paid_for(self, line: OrderLine) -> Decimal:
        """What was paid for one of its lines: all of it once the order is covered, without its balance after a deposit."""
        if not self.received:
            return Decimal(0)
        return line.amount - (line.due_later if self.outstanding else line.waived)

    def left_of(self, line: OrderLine) -> Decimal:
        """What was paid for one of its lines and has not gone back."""
        return self.paid_for(line) - line.refunded

    @property
    def due_by(self) -> datetime | None:
        """By when the rest of it must be here; None if it is paid at the visit, or nothing is left to pay."""
        return min((line.due_by for line in self.every_line if line.due_by and line.to_pay_later), default=None)

    @property
    def is_paid(self) -> bool:
        return self.status in (OrderStatus.PAID, OrderStatus.FULFILLED)

    @property
    def is_accepted(self) -> bool:
        """Whether it stands: paid, with a deposit, or to be paid at the shop."""
        return self.status in ACCEPTED

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
