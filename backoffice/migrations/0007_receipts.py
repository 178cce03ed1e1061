from django.db import migrations

VIEWS = """
-- What came is above zero, what went back is below.
CREATE VIEW audit.receipt AS
SELECT r.id,
       p.order_id,
       r.payment_id,
       r.refund_id,
       r.kind::text,
       r.number::text,
       r.series::text,
       r.serial,
       r.currency::text,
       r.amount,
       r.issued_at
FROM public.checkout_receipt r
JOIN public.checkout_payment p ON p.id = r.payment_id;

CREATE VIEW audit.receipt_line AS
SELECT l.id, r.order_id, l.receipt_id, l.order_line_id, l.quantity, l.price, l.discount, l.amount, l.tax_rate, l.tax
FROM public.checkout_receiptline l
JOIN audit.receipt r ON r.id = l.receipt_id;
"""
READ_ONLY = "".join(
    f"CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.{view} "
    "FOR EACH ROW EXECUTE FUNCTION audit.refuse_write();"
    for view in ("receipt", "receipt_line")
)


class Migration(migrations.Migration):
    """Receipts and their lines can be audited."""

    dependencies = [("backoffice", "0006_concerns"), ("checkout", "0017_receipts_numbered")]

    operations = [
        migrations.RunSQL(VIEWS + READ_ONLY, "DROP VIEW audit.receipt_line; DROP VIEW audit.receipt;"),
    ]
