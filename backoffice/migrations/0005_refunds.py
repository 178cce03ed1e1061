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
       {refunded} AS refunded,
       needs_attention,
       created_at
FROM public.checkout_payment;
"""
REFUNDS = """
-- What came to nothing is `failed`, whoever refused it: its money is here.
CREATE VIEW audit.refund AS
SELECT r.id,
       p.order_id,
       r.payment_id,
       r.amount,
       CASE WHEN r.status IN ('failed', 'rejected', 'cancelled') THEN 'failed' ELSE r.status::text END AS status,
       r.requested_at AS created_at,
       r.origin::text,
       r.actor::text,
       r.reason::text,
       r.stripe_id::text
FROM public.checkout_refund r
JOIN public.checkout_payment p ON p.id = r.payment_id;

-- What is kept of cancelled visits by the terms that were accepted. The newest payment goes back first, so it is kept of
-- the oldest: one row for each payment of which something is kept.
CREATE VIEW audit.retained_fee AS
SELECT paid.id, paid.order_id, least(paid.amount, fee.kept - paid.before)::numeric(14, 2) AS amount, fee.created_at
FROM (SELECT id, order_id, amount, sum(amount) OVER (PARTITION BY order_id ORDER BY id) - amount AS before
      FROM public.checkout_payment WHERE status = 'succeeded') paid
JOIN (SELECT order_id, sum(kept) AS kept, max(cancelled_at) AS created_at
      FROM public.checkout_orderline WHERE kept > 0 GROUP BY order_id) fee ON fee.order_id = paid.order_id
WHERE fee.kept > paid.before;
"""
NO_REFUNDS = """
CREATE VIEW audit.refund AS
SELECT NULL::bigint AS id, NULL::bigint AS order_id, NULL::bigint AS payment_id, NULL::numeric(14, 2) AS amount,
       NULL::text AS status, NULL::timestamptz AS created_at
WHERE false;

CREATE VIEW audit.retained_fee AS
SELECT NULL::bigint AS id, NULL::bigint AS order_id, NULL::numeric(14, 2) AS amount, NULL::timestamptz AS created_at
WHERE false;
"""
READ_ONLY = "".join(
    f"CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.{view} "
    "FOR EACH ROW EXECUTE FUNCTION audit.refuse_write();"
    for view in ("refund", "retained_fee")
)
DROP = "DROP VIEW audit.refund; DROP VIEW audit.retained_fee;"


class Migration(migrations.Migration):
    """Money goes back, and what is kept of a cancelled visit is known. The two views are made anew: they had no rows."""

    dependencies = [("backoffice", "0004_dropped_messages"), ("checkout", "0012_refunds_counted")]

    operations = [
        migrations.RunSQL(
            DROP + PAYMENT.format(refunded="refunded") + REFUNDS + READ_ONLY,
            DROP + PAYMENT.format(refunded="0::numeric(14, 2)") + NO_REFUNDS + READ_ONLY,
        ),
    ]
