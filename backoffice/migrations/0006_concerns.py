from django.db import migrations

PAYMENT = """
CREATE OR REPLACE VIEW audit.payment AS
SELECT id,
       order_id,
       purpose::text,
       provider::text,
       mode::text,
       status::text,
       currency::text,
       amount,
       CASE status WHEN 'succeeded' THEN amount ELSE 0 END::numeric(14, 2) AS captured,
       refunded,
       {needs_attention} AS needs_attention,
       created_at
FROM public.checkout_payment;
"""
OPEN = "EXISTS (SELECT FROM public.checkout_concern WHERE payment_id = checkout_payment.id AND cleared_at IS NULL)"
CONCERN = """
CREATE VIEW audit.concern AS
SELECT id, order_id, payment_id, refund_id, reason, raised_at AS created_at, cleared_at,
       nullif(cleared_by, '')::text AS cleared_by, nullif(note, '')::text AS note
FROM public.checkout_concern;

CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.concern
FOR EACH ROW EXECUTE FUNCTION audit.refuse_write();
"""


class Migration(migrations.Migration):
    """A payment needs attention for as long as a concern about it is open."""

    dependencies = [("backoffice", "0005_refunds"), ("checkout", "0014_concerns")]

    operations = [
        migrations.RunSQL(
            PAYMENT.format(needs_attention=OPEN) + CONCERN,
            PAYMENT.format(needs_attention="needs_attention") + "DROP VIEW audit.concern;",
        ),
    ]
