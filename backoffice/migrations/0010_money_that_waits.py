from django.db import migrations

KEPT_OR_WAITING = """
CREATE OR REPLACE VIEW audit.retained_fee AS
SELECT id, order_id, sum(amount)::numeric(14, 2) AS amount, max(created_at) AS created_at
FROM (
    SELECT paid.id, paid.order_id, least(paid.amount, fee.kept - paid.before)::numeric(14, 2) AS amount, fee.created_at
    FROM (SELECT id, order_id, amount, sum(amount) OVER (PARTITION BY order_id ORDER BY id) - amount AS before
          FROM public.checkout_payment WHERE status = 'succeeded') paid
    JOIN (SELECT order_id, sum(kept) AS kept, max(cancelled_at) AS created_at
          FROM public.checkout_orderline WHERE kept > 0 GROUP BY order_id) fee ON fee.order_id = paid.order_id
    WHERE fee.kept > paid.before
    UNION ALL
    -- What a bank sent back to us, or Stripe refused, is here until somebody sends it again: that it waits is a concern.
    SELECT r.payment_id, p.order_id, r.amount, r.settled_at
    FROM public.checkout_refund r JOIN public.checkout_payment p ON p.id = r.payment_id
    WHERE r.status IN ('failed', 'rejected', 'cancelled')
      AND EXISTS (SELECT FROM public.checkout_concern c WHERE c.refund_id = r.id AND c.cleared_at IS NULL)
) here
GROUP BY id, order_id;
"""
KEPT = """
CREATE OR REPLACE VIEW audit.retained_fee AS
SELECT paid.id, paid.order_id, least(paid.amount, fee.kept - paid.before)::numeric(14, 2) AS amount, fee.created_at
FROM (SELECT id, order_id, amount, sum(amount) OVER (PARTITION BY order_id ORDER BY id) - amount AS before
      FROM public.checkout_payment WHERE status = 'succeeded') paid
JOIN (SELECT order_id, sum(kept) AS kept, max(cancelled_at) AS created_at
      FROM public.checkout_orderline WHERE kept > 0 GROUP BY order_id) fee ON fee.order_id = paid.order_id
WHERE fee.kept > paid.before;
"""


class Migration(migrations.Migration):
    """Of a cancelled order's money that is still here each cent is explained: it is kept, or waits to be sent again."""

    dependencies = [("backoffice", "0009_charges"), ("checkout", "0014_concerns")]

    operations = [migrations.RunSQL(KEPT_OR_WAITING, KEPT)]
