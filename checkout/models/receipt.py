"""Receipts and credit notes: what was paid and what went back, written down once and for ever."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from checkout.models.order import OrderLine
from checkout.models.payment import CounterMethod, Payment, PaymentProvider, PaymentPurpose
from checkout.models.refund import Refund


class ReceiptKind(models.TextChoices):
    RECEIPT = "receipt", _("Receipt")
    CREDIT_NOTE = "credit_note", _("Credit note")
    REVERSAL = "reversal", _("Credit note taken back")  # the money had gone back, and the bank sent it to us again


class Receipt(models.Model):
    """One payment that was received, or one refund that arrived, as it was then: it reads the same for ever.

    Numbers of a series follow each other without a gap, in the order of time: a trigger refuses any other, and every
    change and deletion. What came is above zero and what went is below, so that receipts of any kind can be added up.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)  # R-2026-000123
    series = models.CharField(max_length=16)  # R-2026; of money that is not real TEST-R-2026 or LOCAL-R-2026
    serial = models.PositiveIntegerField()  # 123
    kind = models.CharField(_("kind"), max_length=12, choices=ReceiptKind)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts")
    issued_at = models.DateTimeField(_("issued"))
    seller_name = models.CharField(max_length=200)
    seller_address = models.CharField(max_length=300)
    seller_tax_id = models.CharField(max_length=40, blank=True)
    customer_name = models.CharField(_("customer"), max_length=120)
    purpose = models.CharField(max_length=10, choices=PaymentPurpose)
    provider = models.CharField(max_length=10, choices=PaymentProvider)
    method = models.CharField(max_length=10, choices=CounterMethod, blank=True, default="", db_default="")
    card = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["issued_at"], name="receipt_by_day")]
        constraints = [
            models.UniqueConstraint(name="receipt_number_of_its_series_once", fields=["series", "serial"]),
            models.UniqueConstraint(
                name="receipt_once_for_each_payment", fields=["payment"], condition=Q(kind=ReceiptKind.RECEIPT)
            ),
            models.UniqueConstraint(name="receipt_once_for_each_refund", fields=["refund", "kind"]),
            models.CheckConstraint(
                name="receipt_kind_says_which_way_the_money_went",
                condition=Q(kind=ReceiptKind.RECEIPT, refund__isnull=True, amount__gte=0)
                | Q(kind=ReceiptKind.CREDIT_NOTE, refund__isnull=False, amount__lt=0)
                | Q(kind=ReceiptKind.REVERSAL, refund__isnull=False, amount__gt=0),
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def is_real(self) -> bool:
        """Whether money moved: receipts of test payments are in series of their own."""
        return self.payment.mode == "live"


class ReceiptLine(models.Model):
    """A line of a receipt: what was paid for one thing and the tax in it, and below it what belongs to it in words.

    Without an order's line it is money that nothing was bought with, such as what was paid twice.
    """

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt_lines"
    )
    name = models.CharField(max_length=220)
    details = models.JSONField(default=list, blank=True)  # sentences: the time of a visit, its extras and nights
    quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=2)  # of all of it, before the discount
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # of this receipt: less than all of it for a deposit
    tax_rate = models.DecimalField(max_digits=4, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)  # in the amount

    class Meta:
        verbose_name = _("line of a receipt")
        verbose_name_plural = _("lines of a receipt")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="receipt_line_tax_is_in_it",
                condition=Q(amount__gte=0, tax__gte=0, tax__lte=F("amount"))
                | Q(amount__lt=0, tax__lte=0, tax__gte=F("amount")),
            ),
            models.CheckConstraint(
                name="receipt_line_discount_is_in_its_price",
                condition=Q(discount__gte=0, discount__lte=F("price")),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def net(self) -> Decimal:
        return self.amount - self.tax

    @property
    def is_part(self) -> bool:
        """Whether it is not about the whole price: a deposit, a balance or a part that went back."""
        return abs(self.amount) != self.full_amount

    @property
    def full_amount(self) -> Decimal:
        """What its customer pays for all of it."""
        return self.price - self.discount
