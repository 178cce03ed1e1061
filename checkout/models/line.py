"""What was bought with an order: its lines, their extras and nights, frozen as they were accepted."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingStatus, ProofStatus, Vaccination
from catalog.models import AddOn, Kind, PetSize, Species, Variant

OVER = [BookingStatus.COMPLETED, BookingStatus.NO_SHOW]
CHARGE = "charge"  # a line's kind that is for sale nowhere: delivery, or what another time of a visit costs more


@dataclass(frozen=True)
class Off:
    """What a promotion took off."""

    name: str
    amount: Decimal


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
        return self.exclude(kind__in=[Kind.PRODUCT, CHARGE])

    def products(self):
        return self.filter(kind=Kind.PRODUCT)

    def at_shop(self):
        """What is paid when its customer comes."""
        return self.filter(due_later__gt=0, due_later=F("total") - F("discount"))

    def lost(self):
        """What its money came too late for, and nobody has chosen yet what to have instead."""
        return self.filter(choose_by__isnull=False)


class OrderLine(models.Model):
    """One thing that was promised, frozen as accepted (a trigger refuses changes of everything but the last group)."""

    order = models.ForeignKey("checkout.Order", on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(  # none: a charge
        Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="order_lines"
    )
    kind = models.CharField(max_length=12, choices=[*Kind.choices, (CHARGE, _("Charge"))])
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
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0, db_default=0)  # what of the total is off
    reductions = models.JSONField(default=list, db_default=[], blank=True)  # by what: [{"name": ..., "amount": ...}]
    due_later = models.DecimalField(  # of its amount, what is not asked for when the order is placed
        max_digits=14, decimal_places=2, default=0, db_default=0
    )
    is_delivered = models.BooleanField(default=False, db_default=False)  # of a product: brought, not collected
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

    # Of a charge for another time: the visit that it is for, with which it is called off.
    visit = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="charges")

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="order_line")
    parcel = models.CharField(max_length=12, choices=ParcelStatus, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    kept = models.DecimalField(  # of what was paid for it, since it was called off; the rest goes back
        max_digits=14, decimal_places=2, null=True, blank=True
    )
    # By when what is due later must be here; staff may postpone it. None: it is paid at the visit.
    due_by = models.DateTimeField(null=True, blank=True)
    waived = models.DecimalField(  # of what was due later, what nobody asks for any more since it was cancelled
        max_digits=14, decimal_places=2, default=0, db_default=0
    )
    # What of its amount it costs at the time that its visit was moved to; None as long as that is all of it.
    amount_there = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    # In percent, what cancelling cost when its customer moved it: no later time makes that less.
    kept_at_least = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Its money came too late, and it was not to be had: until then its customer chooses, then the money goes back by itself.
    choose_by = models.DateTimeField(null=True, blank=True)
    refunded = models.DecimalField(  # of what was paid for it; counted by a trigger
        max_digits=14, decimal_places=2, default=0, db_default=0, editable=False
    )

    objects = OrderLineQuerySet.as_manager()
    proof_waits = False  # `with_waiting_proofs()` knows better

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["order"], name="order_line_to_pack", condition=Q(parcel="to_pack")),
            models.Index(
                fields=["due_by"],
                name="order_line_balance_due",
                condition=Q(due_by__isnull=False, cancelled_at__isnull=True),
            ),
            models.Index(fields=["choose_by"], name="order_line_lost", condition=Q(choose_by__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="order_line_buys_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="order_line_price_not_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="order_line_is_a_visit_or_a_parcel",
                condition=Q(kind=Kind.PRODUCT, booking__isnull=True, starts_at__isnull=True) & ~Q(parcel="")
                | Q(kind=CHARGE, booking__isnull=True, starts_at__isnull=True, quantity=1, parcel="")
                | ~Q(kind__in=[str(Kind.PRODUCT), CHARGE]) & Q(starts_at__isnull=False, quantity=1, parcel=""),
            ),
            models.CheckConstraint(
                name="order_line_sells_a_variant_or_charges",
                condition=Q(variant__isnull=True, kind=CHARGE) | Q(variant__isnull=False) & ~Q(kind=CHARGE),
            ),
            models.CheckConstraint(
                name="order_line_discount_within_its_price",
                condition=Q(discount__gte=0, discount__lte=F("unit_price") * F("quantity")),
            ),
            models.CheckConstraint(
                name="order_line_due_later_within_its_amount",
                condition=Q(due_later__gte=0, due_later__lte=F("unit_price") * F("quantity") - F("discount")),
            ),
            models.CheckConstraint(
                name="order_line_waived_of_what_was_due_later",
                condition=Q(waived=0) | Q(waived__gt=0, waived__lte=F("due_later"), cancelled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_line_due_by_for_what_is_due_later",
                condition=Q(due_by__isnull=True) | Q(due_later__gt=0),
            ),
            models.CheckConstraint(
                name="order_line_cancelled_keeps_no_more_than_its_price",
                condition=Q(cancelled_at__isnull=True, kept__isnull=True)
                | Q(
                    cancelled_at__isnull=False,
                    kept__isnull=False,
                    kept__gte=0,
                    kept__lte=F("unit_price") * F("quantity") - F("discount"),
                ),
            ),
            models.CheckConstraint(
                name="order_line_costs_no_more_where_it_was_moved",
                condition=Q(amount_there__isnull=True)
                | Q(
                    amount_there__gte=0,
                    amount_there__lte=F("unit_price") * F("quantity") - F("discount"),
                )
                & (Q(starts_at__isnull=False) | Q(visit__isnull=False)),
            ),
            models.CheckConstraint(
                name="order_line_for_a_visit_is_a_charge",
                condition=Q(visit__isnull=True) | Q(kind=CHARGE),
            ),
            models.CheckConstraint(
                name="order_line_kept_at_least_is_a_percentage",
                condition=Q(kept_at_least=0) | Q(kept_at_least__lte=100, starts_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_line_lost_is_neither_had_nor_cancelled",
                condition=Q(choose_by__isnull=True)
                | Q(cancelled_at__isnull=True, parcel__in=["", str(ParcelStatus.CANCELLED)]),
            ),
            models.CheckConstraint(
                name="order_line_refunded_within_its_price",
                condition=Q(refunded__gte=0, refunded__lte=F("unit_price") * F("quantity") - F("discount")),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_visit(self) -> bool:
        return self.kind not in (Kind.PRODUCT, CHARGE)

    @property
    def is_charge(self) -> bool:
        return self.kind == CHARGE

    @property
    def amount(self) -> Decimal:
        """What its customer pays for it."""
        return self.total - self.discount

    @property
    def worth(self) -> Decimal:
        """What it costs where it is now: nights that were moved to may cost less than those that were sold."""
        return self.amount if self.amount_there is None else self.amount_there

    @property
    def off(self) -> "list[Off]":
        """What is off it, by the names that promotions had when it was sold."""
        named = [Off(each["name"], Decimal(each["amount"])) for each in self.reductions]
        rest = self.discount - sum((each.amount for each in named), Decimal(0))
        return [*named, Off(_("Discount"), rest)] if rest else named

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do for it: the visit is over or called off, or the customer has the product."""
        if self.choose_by:
            return False
        if self.is_charge:
            return True
        if self.is_visit:
            return bool(self.cancelled_at) or (self.booking is not None and self.booking.status in OVER)
        return self.parcel in (ParcelStatus.HANDED_OVER, ParcelStatus.CANCELLED)

    @cached_property
    def chosen(self) -> "list[OrderLineAddOn]":
        """The extras that were sold with it. Read once."""
        return list(self.add_ons.all())

    @property
    def due_now(self) -> Decimal:
        """What of its amount is asked for when the order is placed."""
        return self.amount - self.due_later

    @property
    def to_pay_later(self) -> Decimal:
        """What of it is, or was, asked for after the order was placed."""
        return self.due_later - self.waived

    @property
    def is_paid_at_shop(self) -> bool:
        """Whether all of it is paid when its customer comes, instead of before."""
        return bool(self.due_later) and self.due_later == self.amount

    @property
    def comes_back(self) -> Decimal:
        """What went back of it since it was called off, is on its way, or is still owed."""
        return self.refunded + self.still_owed if self.cancelled_at else Decimal(0)

    @property
    def still_owed(self) -> Decimal:
        """What of that is not even on its way: a person must look."""
        if not self.cancelled_at:
            return Decimal(0)
        return max(self.order.left_of(self) - self.kept, Decimal(0))

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

    @property
    def counted_title(self) -> str:
        """And how many of them: “2 × Shampoo”."""
        return f"{self.quantity} × {self.full_title}" if self.quantity > 1 else self.full_title


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
