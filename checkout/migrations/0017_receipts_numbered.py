from collections import Counter

from django.conf import settings
from django.db import migrations
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime

from petshop.core.dates import written_day, written_time
from petshop.core.money import format_money, included_tax

MARKS = {"live": "", "test": "TEST-", "local": "LOCAL-"}
AT_ONCE = 500


def number_the_past(apps, schema_editor):
    """What was received and what went back before there were receipts gets its number in the order in which it came."""
    payments = apps.get_model("checkout", "Payment").objects.filter(status="succeeded")
    payments = payments.select_related("order").prefetch_related("order__lines__add_ons", "order__lines__nights")
    payments = payments.annotate(at=Coalesce("settled_at", "created_at")).order_by("at", "pk")
    refunds = apps.get_model("checkout", "Refund").objects.filter(status="succeeded", lines__isnull=False).distinct()
    refunds = refunds.select_related("payment__order").prefetch_related("lines__order_line")
    refunds = refunds.order_by("settled_at", "pk")
    counts, orders_seen = Counter(), set()

    def facts(payment, letter, at):
        series = f"{MARKS[payment.mode]}{letter}-{localtime(at).year}"
        counts[series] += 1
        return {
            "number": f"{series}-{counts[series]:06}",
            "series": series,
            "serial": counts[series],
            "payment": payment,
            "issued_at": at,
            "seller_name": settings.SHOP_NAME,
            "seller_address": settings.SHOP_ADDRESS,
            "seller_tax_id": settings.SHOP_TAX_ID,
            "customer_name": payment.order.name,
            "purpose": payment.purpose,
            "provider": payment.provider,
            "card": payment.card,
            "currency": payment.currency,
        }

    Receipt, ReceiptLine = apps.get_model("checkout", "Receipt"), apps.get_model("checkout", "ReceiptLine")
    written = []
    for payment in payments.iterator(chunk_size=AT_ONCE):
        sold = sorted(payment.order.lines.all(), key=lambda line: line.pk)
        is_for_the_order = payment.order_id not in orders_seen and payment.amount == sum(map(amount_of, sold))
        orders_seen.add(payment.order_id)
        receipt = Receipt(**facts(payment, "R", payment.at), kind="receipt", amount=payment.amount)
        lines = [sold_line(line, payment.currency) for line in sold] if is_for_the_order else [surplus(payment)]
        written.append((receipt, [ReceiptLine(receipt=receipt, **line) for line in lines]))
        if len(written) == AT_ONCE:
            save(written, Receipt, ReceiptLine)
    for refund in refunds.iterator(chunk_size=AT_ONCE):
        receipt = Receipt(
            **facts(refund.payment, "C", refund.settled_at), kind="credit_note", refund=refund, amount=-refund.amount
        )
        written.append((receipt, [ReceiptLine(receipt=receipt, **credit(part)) for part in refund.lines.all()]))
        if len(written) == AT_ONCE:
            save(written, Receipt, ReceiptLine)
    save(written, Receipt, ReceiptLine)


def save(written, Receipt, ReceiptLine):
    Receipt.objects.bulk_create(receipt for receipt, _lines in written)
    ReceiptLine.objects.bulk_create(line for _receipt, lines in written for line in lines)
    written.clear()


def sold_line(line, currency):
    details = []
    if line.starts_at:
        when = f"{written_day(line.starts_at, 'l j F Y')}, {written_time(line.starts_at)}"
        details.append(": ".join(filter(None, [line.pet_name, when])))
    nights = sorted(line.nights.all(), key=lambda night: night.day)
    details += [f"{written_day(night.day, 'D j M')}, {format_money(night.price, currency)}" for night in nights]
    details += [f"with {extra.name}, {format_money(extra.price, currency)}" for extra in line.add_ons.all()]
    return {
        "order_line": line,
        "name": title(line),
        "details": details,
        "quantity": line.quantity,
        "price": line.total,
        "discount": line.discount,
        "amount": amount_of(line),
        "tax_rate": line.tax_rate,
        "tax": included_tax(amount_of(line), line.tax_rate, currency),
    }


def amount_of(line):
    return line.total - line.discount


def surplus(payment):
    return {
        "name": "More than was to be paid",
        "price": payment.amount,
        "amount": payment.amount,
        "tax_rate": 0,
        "tax": 0,
    }


def credit(part):
    return {
        "order_line": part.order_line,
        "name": title(part.order_line),
        "quantity": part.quantity,
        "price": part.amount,
        "amount": -part.amount,
        "tax_rate": part.order_line.tax_rate,
        "tax": -part.tax,
    }


def title(line):
    return f"{line.name}, {line.variant_name}" if line.variant_name else line.name


class Migration(migrations.Migration):
    """Receipts are frozen, and their numbers follow each other: no other can be written, by whomever."""

    dependencies = [("checkout", "0016_receipts")]

    operations = [
        migrations.RunPython(number_the_past, migrations.RunPython.noop),
        migrations.RunSQL(
            sql="""
            CREATE TRIGGER receipt_append_only BEFORE UPDATE OR DELETE ON checkout_receipt
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

            CREATE TRIGGER receipt_line_append_only BEFORE UPDATE OR DELETE ON checkout_receiptline
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

            -- A number follows the one before it, in time as well. Two at once cannot both: it is unique.
            CREATE FUNCTION check_receipt_number() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            BEGIN
                IF NEW.serial < 1
                   OR NEW.serial > 1 AND NOT EXISTS (
                       SELECT FROM checkout_receipt earlier WHERE earlier.series = NEW.series
                       AND earlier.serial = NEW.serial - 1 AND earlier.issued_at <= NEW.issued_at)
                   OR NEW.number <> NEW.series || '-' || lpad(NEW.serial::text, greatest(6, length(NEW.serial::text)), '0') THEN
                    RAISE EXCEPTION 'Receipt % does not follow the one before it', NEW.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_follows_the_one_before';
                END IF;
                RETURN NEW;
            END $$;

            CREATE TRIGGER receipt_follows_the_one_before BEFORE INSERT ON checkout_receipt
            FOR EACH ROW EXECUTE FUNCTION check_receipt_number();

            -- Judged when the transaction ends: a receipt is the sum of its lines, all of which go the same way; a receipt
            -- is of all of its payment, and a credit note of all of its refund.
            CREATE FUNCTION check_receipt_lines() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            DECLARE
                id_of_receipt bigint := coalesce(to_jsonb(NEW) ->> 'receipt_id', to_jsonb(NEW) ->> 'id');
            BEGIN
                IF EXISTS (SELECT FROM checkout_receipt receipt
                           JOIN checkout_payment payment ON payment.id = receipt.payment_id
                           LEFT JOIN checkout_refund refund ON refund.id = receipt.refund_id,
                           LATERAL (SELECT sum(amount) AS amount, bool_or(amount * receipt.amount < 0) AS is_mixed
                                    FROM checkout_receiptline WHERE receipt_id = receipt.id) lines
                           WHERE receipt.id = id_of_receipt
                             AND (lines.amount IS DISTINCT FROM receipt.amount OR lines.is_mixed
                                  OR receipt.currency <> payment.currency
                                  OR abs(receipt.amount) <> coalesce(refund.amount, payment.amount)
                                  OR refund.payment_id <> payment.id)) THEN
                    RAISE EXCEPTION 'Receipt % is not the sum of its lines, or not of its payment', id_of_receipt
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_is_its_lines';
                END IF;
                RETURN NULL;
            END $$;

            CREATE CONSTRAINT TRIGGER receipt_is_its_lines AFTER INSERT ON checkout_receipt
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_receipt_lines();
            CREATE CONSTRAINT TRIGGER receipt_line_makes_its_receipt AFTER INSERT ON checkout_receiptline
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_receipt_lines();
            """,
            reverse_sql="""
            DROP TRIGGER receipt_line_makes_its_receipt ON checkout_receiptline;
            DROP TRIGGER receipt_is_its_lines ON checkout_receipt;
            DROP FUNCTION check_receipt_lines();
            DROP TRIGGER receipt_follows_the_one_before ON checkout_receipt;
            DROP FUNCTION check_receipt_number();
            DROP TRIGGER receipt_line_append_only ON checkout_receiptline;
            DROP TRIGGER receipt_append_only ON checkout_receipt;
            """,
        ),
    ]
