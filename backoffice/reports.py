"""The receipts of a month for whoever keeps the books: by day, by tax rate, by way of payment, and as a CSV file."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.utils.timezone import get_default_timezone, localdate, localtime
from django.views.decorators.http import require_safe

from backoffice.views import office_page
from catalog.files import harmless
from checkout.models import CounterMethod, PaymentProvider, Receipt, ReceiptKind, ReceiptLine
from checkout.receipts import Sheet, TaxSum, tax_sums
from petshop.core.money import round_money

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
COLUMNS = [
    "number",
    "date",
    "kind",
    "order",
    "customer",
    "paid with",
    "card",
    "currency",
    "tax rate",
    "net",
    "tax",
    "gross",
]


@dataclass(frozen=True)
class Month:
    """A month of the shop's calendar."""

    first: date

    @classmethod
    def read(cls, text: str, today: date) -> "Month":
        """The month that was asked for, as 2026-11; anything else is the present one."""
        asked = MONTH.fullmatch(text)
        return cls(date(int(asked[1]), int(asked[2]), 1) if asked else today.replace(day=1))

    def __str__(self):
        return f"{self.first:%Y-%m}"

    @property
    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def after(self) -> "Month":
        return Month((self.first + timedelta(days=31)).replace(day=1))

    def receipts(self):
        """Those that were issued in it, of the money that moves here: test payments are in no book of a live shop."""
        begins, ends = (datetime.combine(day, time(), get_default_timezone()) for day in (self.first, self.after.first))
        issued = Receipt.objects.filter(issued_at__gte=begins, issued_at__lt=ends)
        return issued.filter(payment__mode=settings.PAYMENT_MODE).order_by("issued_at", "pk")


@dataclass
class Way:
    """What came and went by one way of payment."""

    provider: str
    method: str
    received: Decimal
    sent_back: Decimal

    @property
    def label(self) -> str:
        return str(CounterMethod(self.method).label if self.method else PaymentProvider(self.provider).label)

    @property
    def net(self) -> Decimal:
        return self.received + self.sent_back


RECEIVED, SENT_BACK = Q(kind=ReceiptKind.RECEIPT), ~Q(kind=ReceiptKind.RECEIPT)
TOTALS = {
    "received": Sum("amount", filter=RECEIVED, default=Decimal(0)),
    "sent_back": Sum("amount", filter=SENT_BACK, default=Decimal(0)),
}


@require_safe
def receipts(request):
    """The month in sums, and the receipts of one of its days."""
    today = localdate()
    month = Month.read(request.GET.get("month", ""), today)
    issued = month.receipts()
    days = issued.annotate(day=TruncDate("issued_at")).order_by("day").values("day")
    days = list(days.annotate(count=Count("pk"), sum=Sum("amount"), **TOTALS))
    ways = [Way(**row) for row in issued.order_by("provider", "method").values("provider", "method").annotate(**TOTALS)]
    rates = ReceiptLine.objects.filter(receipt__in=issued).order_by("tax_rate").values("tax_rate")
    taxes = [
        TaxSum(row["tax_rate"], row["tax"], row["gross"]) for row in rates.annotate(tax=Sum("tax"), gross=Sum("amount"))
    ]
    day = chosen_day(request.GET.get("day", ""), days)
    context = {
        "month": month,
        "is_last": month.first >= today.replace(day=1),
        "days": days,
        "ways": ways,
        "taxes": taxes,
        "tax": sum(each.tax for each in taxes),
        "net": sum(each.net for each in taxes),
        "total": sum(each.net for each in ways),
        "day": day,
        "shown": issued.filter(issued_at__date=day).select_related("payment__order") if day else [],
    }
    return office_page(request, "receipts", context)


def chosen_day(text: str, days: list[dict]) -> date | None:
    """The day that was asked for, if something happened on it; else the last on which something did."""
    known = [each["day"] for each in days]
    return next((day for day in known if f"{day:%Y-%m-%d}" == text), known[-1] if known else None)


@require_safe
def receipts_file(request):
    """A row for each tax rate of each receipt. Amounts are plain numbers, below zero for what went back."""
    month = Month.read(request.GET.get("month", ""), localdate())
    issued = month.receipts().select_related("payment__order").prefetch_related("lines")
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for receipt in issued.iterator(chunk_size=1000):
        writer.writerows(rows(receipt))
    name = f"{slugify(settings.SHOP_NAME)}-receipts-{month}.csv"
    return HttpResponse(
        out.getvalue().encode("utf-8-sig"),  # with the mark at its start by which Excel knows UTF-8
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def rows(receipt: Receipt) -> Iterable[list[str]]:
    for at_rate in tax_sums(receipt.lines.all()):
        yield [
            receipt.number,
            f"{localtime(receipt.issued_at):%Y-%m-%d}",
            receipt.kind,
            receipt.payment.order.number,
            harmless(receipt.customer_name),
            receipt.method or receipt.provider,
            harmless(receipt.card),
            receipt.currency,
            str(at_rate.rate),
            *(str(round_money(amount, receipt.currency)) for amount in (at_rate.net, at_rate.tax, at_rate.gross)),
        ]


@require_safe
def receipt(request, receipt_number):
    """One receipt for paper."""
    found = get_object_or_404(
        Receipt.objects.select_related("payment__order").prefetch_related("lines"), number=receipt_number
    )
    return office_page(request, "receipt", {"sheet": Sheet(found), "order": found.payment.order})
