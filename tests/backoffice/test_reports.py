"""The receipts of a month, for whoever keeps the books."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from django.utils.timezone import localdate
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.reports import Month
from checkout import operations
from checkout.models import Receipt, ReceiptLine
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import sign_in
from tests.checkout.conftest import details_for, open_page, pay
from tests.factories import CartFactory, VariantFactory
from tests.statements import asked_for

pytestmark = pytest.mark.django_db

REPORT = "/backoffice/reports/receipts/"


@pytest.fixture
def desk(client):
    sign_in(client, FRONT_DESK)
    return client


def buy(*prices, name="Ada Lovelace"):
    """Pay for things at these (price, tax rate); the receipt."""
    cart = CartFactory(holding=[VariantFactory(price=price, tax_rate=rate) for price, rate in prices])
    total = sum((Decimal(price) for price, _rate in prices), Decimal(0))
    order = operations.place_order(cart, details=details_for(cart, name=name), agreed_total=total)
    if total:
        pay(open_page(order), delivery="now")
    return Receipt.objects.get(payment__order=order)


def rows(client, month=""):
    answer = client.get(f"{REPORT}file/?month={month}")
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def test_a_month_adds_up_by_tax_rate_by_way_of_payment_and_by_day(desk):
    buy(("12.10", 21), ("11.00", 10))
    buy(("0.00", 21))

    page = desk.get(REPORT)

    assertContains(page, f"Receipts, {localdate():%B %Y}")
    assert page.context["total"] == Decimal("23.10")
    assert [(tax.rate, tax.net, tax.tax, tax.gross) for tax in page.context["taxes"]] == [
        (10, Decimal("10.00"), Decimal("1.00"), Decimal("11.00")),
        (21, Decimal("10.00"), Decimal("2.10"), Decimal("12.10")),
    ]
    assert [(way.label, way.received, way.sent_back) for way in page.context["ways"]] == [
        ("Nothing to pay", 0, 0),
        ("Card", Decimal("23.10"), 0),
    ]
    assert [(day["count"], day["sum"]) for day in page.context["days"]] == [(2, Decimal("23.10"))]


def test_each_receipt_of_a_day_leads_to_its_paper_and_its_order(desk):
    receipt = buy(("12.10", 21))

    page = desk.get(f"{REPORT}?day={localdate()}")

    assertContains(page, f"{REPORT}{receipt.number}/")
    assertContains(page, f"/backoffice/orders/{receipt.payment.order.number}/")
    assertContains(desk.get(f"{REPORT}{receipt.number}/"), "Ada Lovelace")
    assertContains(desk.get(f"/backoffice/orders/{receipt.payment.order.number}/"), receipt.number)


@pytest.mark.parametrize("typed", ["{}", " {} "])
def test_an_order_is_found_by_the_number_of_its_receipt(desk, typed):
    receipt, other = buy(("12.10", 21)), buy(("12.10", 21))

    page = desk.get("/backoffice/orders/", {"q": typed.format(receipt.number.lower())})

    assertContains(page, receipt.payment.order.number)
    assertNotContains(page, other.payment.order.number)


def test_the_file_has_a_row_for_each_tax_rate_of_each_receipt_and_adds_up(desk):
    receipt = buy(("12.10", 21), ("11.00", 10), name="=SUM(A1)")

    first, second = rows(desk)

    assert (first["number"], first["customer"], first["paid with"]) == (receipt.number, "'=SUM(A1)", "stripe")
    assert [(row["tax rate"], row["net"], row["tax"], row["gross"]) for row in (first, second)] == [
        ("10.00", "10.00", "1.00", "11.00"),
        ("21.00", "10.00", "2.10", "12.10"),
    ]


def test_in_a_currency_without_cents_no_amount_of_the_file_has_any(desk, settings):
    settings.SHOP_CURRENCY = "JPY"
    buy((1210, 21))

    [row] = rows(desk)

    assert [row[name] for name in ("currency", "net", "tax", "gross")] == ["JPY", "1000", "210", "1210"]


def test_what_went_back_is_below_zero(desk):
    """As a credit note: the job that asks Stripe is not what this is about."""
    receipt = buy(("12.10", 21))
    payment = receipt.payment
    [refund] = operations.request_refund(
        payment.order, {payment.order.lines.get(): Decimal("6.05")}, reason="It leaks", actor="maya"
    )
    truth = operations.RefundTruth("re_1", refund.uuid, refund.amount, "succeeded")
    operations.record_refund.__wrapped__(payment, truth)

    assert [row["gross"] for row in rows(desk)] == ["12.10", "-6.05"]
    page = desk.get(REPORT)
    assert page.context["total"] == Decimal("6.05")
    assert [(way.received, way.sent_back) for way in page.context["ways"]] == [(Decimal("12.10"), Decimal("-6.05"))]


def test_money_of_another_mode_is_in_no_book(desk, settings):
    buy(("12.10", 21))
    settings.PAYMENT_MODE = type(settings.PAYMENT_MODE)("test")

    assertContains(desk.get(REPORT), "Nothing was paid in this month")
    assert rows(desk) == []


def test_another_month_is_empty_and_one_that_is_none_is_this_one(desk):
    buy(("12.10", 21))

    assertContains(desk.get(f"{REPORT}?month=2001-02"), "Nothing was paid in this month")
    assert desk.get(f"{REPORT}?month=2001-13").context["total"] == Decimal("12.10")


def test_the_months_before_and_after_are_those_of_the_calendar():
    january = Month.read("2027-01", localdate())

    assert [str(january.before), str(january), str(january.after)] == ["2026-12", "2027-01", "2027-02"]
    assert str(Month.read("2028-02", localdate()).after) == "2028-03"


def test_the_report_asks_as_often_however_much_was_sold(desk):
    buy(("12.10", 21))
    few = asked_for(desk, REPORT).total()
    for _ in range(3):
        buy(("12.10", 21))

    assert asked_for(desk, REPORT).total() == few


def test_a_catalog_editor_sees_no_receipts(client):
    sign_in(client, CATALOG_EDITORS)

    assert client.get(REPORT).status_code == 403
    assert ReceiptLine.objects.count() == 0
