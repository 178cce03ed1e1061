import secrets
from decimal import Decimal
from functools import cached_property

from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.functions import Length, Now
from django.utils.timezone import localtime

from bookings.models import Booking, BookingStatus, Pet, Resource
from bookings.nights import Night, nights
from catalog.models import AddOn, Variant

models.CharField.register_lookup(Length)


def new_token() -> str:
    """192 random bits: what a secret link or a basket's cookie carries."""
    return secrets.token_urlsafe(24)


class Cart(models.Model):
    """One browser's basket, found by the token in its cookie. Its row is the lock against a double click."""

    token = models.CharField(max_length=40, unique=True, default=new_token)
    pets = models.ManyToManyField(Pet, related_name="+", blank=True)  # that this browser has told us of
    promotion = models.ForeignKey(  # whose code was typed
        "checkout.Promotion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    postal_code = models.CharField(max_length=10, blank=True, default="", db_default="")  # where things are brought to
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="cart_token_is_long", condition=Q(token__length__gte=32)),
        ]

    def __str__(self):
        return f"Basket {self.pk}"

    def pending_order(self):
        """The order that this basket is being paid as, or None; the database allows one."""
        return next(iter(self.orders.filter(status="pending")), None)


class CartLineQuerySet(models.QuerySet):
    def with_things(self):
        """With all that a line needs to say its name, time and price."""
        return self.with_variants().prefetch_related(
            Prefetch("add_ons", CartLineAddOn.objects.select_related("add_on"))
        )

    def with_variants(self):
        """With what names them: all but their extras."""
        return self.select_related("variant__offering__category", "booking__resource")

    def still_held(self, now):
        """The visits whose time is kept at this moment."""
        return self.filter(booking__status=BookingStatus.HELD, booking__held_until__gt=now)

    def visits(self):
        return self.filter(variant__duration__isnull=False)

    def products(self):
        return self.filter(variant__duration__isnull=True)


class CartLine(models.Model):
    """Some of a product's variant, or one visit. A visit's line outlives its booking and remembers the wanted start."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE)
    quantity = models.PositiveSmallIntegerField(default=1)
    price = models.DecimalField(max_digits=14, decimal_places=2)  # what one cost, with its extras, when it was put in
    booking = models.OneToOneField(Booking, on_delete=models.SET_NULL, null=True, blank=True, related_name="cart_line")
    wanted_start = models.DateTimeField(null=True, blank=True)
    wanted_nights = models.PositiveSmallIntegerField(null=True, blank=True)  # of a stay
    wanted_resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, null=True, blank=True)
    wanted_pet = models.ForeignKey(Pet, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    wants_delivery = models.BooleanField(default=False, db_default=False)  # of a product: brought, not collected
    press = models.CharField(max_length=40, blank=True)  # the button that was last pressed for it
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CartLineQuerySet.as_manager()
    off = ()  # what promotions take off it, once its basket is looked into

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="cart_line_quantity_in_reach", condition=Q(quantity__gte=1, quantity__lte=99)),
            models.CheckConstraint(
                name="cart_line_visit_is_one",
                condition=Q(wanted_start__isnull=True, booking__isnull=True)
                | Q(quantity=1, wanted_start__isnull=False),
            ),
            models.CheckConstraint(
                name="cart_line_nights_are_of_a_visit",
                condition=Q(wanted_nights__isnull=True) | Q(wanted_nights__gte=1, wanted_start__isnull=False),
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
    def is_delivered(self) -> bool:
        """Whether it is brought to its customer: they want it so, and it can be."""
        return self.wants_delivery and not self.is_visit and self.variant.offering.can_be_delivered

    @cached_property
    def chosen(self) -> "list[CartLineAddOn]":
        """The extras that were chosen with it. Read once."""
        return list(self.add_ons.all())

    @cached_property
    def extras(self) -> list[AddOn]:
        """The same as the catalog has them now."""
        return [chosen.add_on for chosen in self.chosen]

    @property
    def full_title(self) -> str:
        """What it is, in words: “Full groom, Large dog + Nail trim”."""
        return " + ".join([str(self.variant), *(add_on.name for add_on in self.extras)])

    @property
    def nights(self) -> list[Night]:
        """The nights of a stay, each at the price that it has now; none of anything else."""
        if not self.wanted_nights:
            return []
        arrival = localtime(self.wanted_start).date()
        return nights(
            self.variant.price, self.variant.offering.seasons.all(), arrival=arrival, count=self.wanted_nights
        )

    @property
    def price_of_time(self) -> Decimal:
        """What it costs without its extras."""
        return sum((night.price for night in self.nights), Decimal(0)) if self.wanted_nights else self.variant.price

    @cached_property
    def unit_price(self) -> Decimal:
        return sum((add_on.price for add_on in self.extras), self.price_of_time)

    @property
    def total(self):
        return self.unit_price * self.quantity


class CartLineAddOn(models.Model):
    """An extra that was chosen for a visit. Its minutes are those that the visit's time was held with."""

    line = models.ForeignKey(CartLine, on_delete=models.CASCADE, related_name="add_ons")
    add_on = models.ForeignKey(AddOn, on_delete=models.CASCADE, related_name="cart_lines")
    duration = models.DurationField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="cart_line_add_on_once", fields=["line", "add_on"]),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return self.add_on.name

    @property
    def price(self):
        return self.add_on.price
