"""A receipt as it is shown and printed: the tax in it by rate, and how it was paid, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from checkout.models import PaymentPurpose, Receipt, ReceiptKind, ReceiptLine
from checkout.states import card_words


@dataclass
class TaxSum:
    """What was paid at one tax rate; below zero it went back."""

    rate: Decimal
    tax: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax


def tax_sums(lines: Iterable[ReceiptLine]) -> list[TaxSum]:
    """The tax by rate, lowest first."""
    sums: dict[Decimal, TaxSum] = {}
    for line in lines:
        at_rate = sums.setdefault(line.tax_rate, TaxSum(line.tax_rate))
        at_rate.tax += line.tax
        at_rate.gross += line.amount
    return [sums[rate] for rate in sorted(sums)]


class Sheet:
    """One receipt for paper."""

    def __init__(self, receipt: Receipt):
        self.receipt = receipt
        self.order = receipt.payment.order
        self.lines = list(receipt.lines.all())
        self.taxes = tax_sums(self.lines)

    @property
    def belongs_to(self) -> str:
        """The number of the receipt that a credit note is about."""
        if self.receipt.kind == ReceiptKind.RECEIPT:
            return ""
        return self.receipt.payment.receipts.get(kind=ReceiptKind.RECEIPT).number

    @property
    def paid_with(self) -> str:
        """“Visa ending 4242”, “At the shop”; of a part of the order also which part."""
        receipt = self.receipt
        method = card_words(receipt.card) or receipt.get_method_display() or receipt.get_provider_display()
        if receipt.purpose == PaymentPurpose.FULL:
            return method
        return _("%(method)s (%(purpose)s)") % {
            "method": method, "purpose": receipt.get_purpose_display().lower(),
        }  # fmt: skip

    @property
    def total_label(self) -> str:
        match self.receipt.kind:
            case ReceiptKind.RECEIPT:
                return _("Paid")
            case ReceiptKind.CREDIT_NOTE:
                return _("Sent back")
        return _("Came back to us")
