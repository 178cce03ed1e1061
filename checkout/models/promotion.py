"""What makes things cheaper: a code that a customer types, or a rule that works by itself; and which orders it was used for."""

import re

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Kind, Offering
from checkout.models.order import Order

# What is easily taken for another sign counts as that one: nobody has to know whether a flyer says O or nought.
TAKEN_FOR = ("OIL", "011")
CODE = r"^[A-Z0-9]{4,20}$"


def code_key(typed: str) -> str:
    """What tells one code from another: not its case, not a space or a dash, and none of what is easily misread."""
    return re.sub(r"[\s-]", "", typed).upper().translate(str.maketrans(*TAKEN_FOR))


class Gives(models.TextChoices):
    PERCENT = "percent", _("Percent off")
    AMOUNT = "amount", _("Amount off")
    DELIVERY = "delivery", _("Free delivery")


class Promotion(models.Model):
    """A promotion. Without a code it works by itself. `used` counts the orders that have it, and those alone."""

    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(_("code"), max_length=20, blank=True)
    key = models.GeneratedField(
        expression=Func(F("code"), Value(TAKEN_FOR[0]), Value(TAKEN_FOR[1]), function="translate"),
        output_field=models.CharField(max_length=20),
        db_persist=True,
    )
    gives = models.CharField(_("what it gives"), max_length=10, choices=Gives, default=Gives.PERCENT)
    value = models.DecimalField(_("how much"), max_digits=14, decimal_places=2, null=True, blank=True)
    is_bundle = models.BooleanField(_("only together"), default=False)
    minimum = models.DecimalField(_("from an order of"), max_digits=14, decimal_places=2, default=0)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    uses_at_most = models.PositiveIntegerField(_("orders at most"), null=True, blank=True)
    uses_per_customer = models.PositiveSmallIntegerField(_("orders of one customer at most"), null=True, blank=True)
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    is_active = models.BooleanField(_("in force"), default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ["pk"]
        indexes = [models.Index(fields=["id"], name="promotion_by_itself", condition=Q(code="", is_active=True))]
        constraints = [
            models.CheckConstraint(
                name="promotion_code_readable",
                condition=Q(code="") | Q(code__regex=CODE),
                violation_error_message=_("A code is 4 to 20 letters and digits, without a space."),
            ),
            models.UniqueConstraint(
                name="promotion_code_once",
                fields=["key"],
                condition=~Q(code=""),
                violation_error_message=_("Another promotion has this code, or one that reads like it."),
            ),
            models.CheckConstraint(
                name="promotion_value_fits_what_it_gives",
                condition=Q(gives=Gives.PERCENT, value__isnull=False, value__gt=0, value__lte=100)
                | Q(gives=Gives.AMOUNT, value__isnull=False, value__gt=0)
                | Q(gives=Gives.DELIVERY, value__isnull=True),
                violation_error_message=_(
                    "Say how much: percent up to 100, or an amount. For free delivery leave it empty."
                ),
            ),
            models.CheckConstraint(name="promotion_minimum_not_negative", condition=Q(minimum__gte=0)),
            models.CheckConstraint(
                name="promotion_days_in_order",
                condition=Q(first_day__isnull=True) | Q(last_day__isnull=True) | Q(first_day__lte=F("last_day")),
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                name="promotion_used_within_its_limit",
                condition=Q(uses_at_most__isnull=True) | Q(used__lte=F("uses_at_most")),
                violation_error_message=_("It has been used more often already."),
            ),
            models.CheckConstraint(
                name="promotion_of_one_customer_has_a_code",
                condition=Q(uses_per_customer__isnull=True) | ~Q(code="") & Q(uses_per_customer__gte=1),
                violation_error_message=_("Orders are counted for each customer only where a code is typed."),
            ),
        ]

    def __str__(self):
        return self.name


class PromotionItem(models.Model):
    """What a promotion is about: one offering, one shelf or one kind of thing. None at all: everything that is for sale.

    Of a bundle every item must be in the basket, and those with `is_reduced` get cheaper.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="items")
    # Taking one of these away would make the promotion one for more things, or for everything.
    offering = models.ForeignKey(
        Offering,
        verbose_name=_("product or service"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    category = models.ForeignKey(
        Category, verbose_name=_("or a whole shelf"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("or all of a kind"), max_length=12, choices=Kind, blank=True)
    is_reduced = models.BooleanField(_("gets cheaper"), default=True)

    class Meta:
        verbose_name = _("what it is for")
        verbose_name_plural = _("what it is for")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="promotion_item_is_one_thing",
                condition=Q(offering__isnull=False, category__isnull=True, kind="")
                | Q(offering__isnull=True, category__isnull=False, kind="")
                | Q(offering__isnull=True, category__isnull=True, kind__in=Kind.values),
                violation_error_message=_(
                    "Choose a product or service, or a shelf, or a kind: one of them in each row."
                ),
            ),
        ]

    def __str__(self):
        return str(self.offering or self.category or self.get_kind_display())


class PromotionUse(models.Model):
    """An order that has a promotion. Given back when the order ends unpaid; then it counts for nothing."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="uses")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="promotions")
    customer = models.CharField(max_length=254)  # whose it is: the e-mail address in small letters
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    used_at = models.DateTimeField(db_default=Now(), editable=False)
    given_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["promotion", "customer"], name="promotion_use_of_a_customer")]
        constraints = [
            models.UniqueConstraint(name="promotion_use_once_per_order", fields=["promotion", "order"]),
            models.CheckConstraint(name="promotion_use_takes_something_off", condition=Q(amount__gt=0)),
        ]

    def __str__(self):
        return f"{self.promotion}: {self.order}"
