from django.db import migrations

# Prices include tax, so there is none on top. The token opens a customer's page: shown is a digest of the same length.
# What nobody asks for any more, since it was called off before it was paid, is in no sum.
VIEWS = """
CREATE OR REPLACE VIEW audit.orders AS
SELECT id,
       number::text,
       left(encode(sha256(convert_to(token, 'UTF8')), 'hex'), length(token)) AS token,
       CASE status WHEN 'pending' THEN 'awaiting' ELSE status::text END AS state,
       currency::text,
       SUM_OF_LINES AS subtotal,
       discount,
       0::numeric(14, 2) AS tax,
       ALL_OF_IT AS total,
       held_until,
       placed_at AS created_at
FROM public.checkout_order;

CREATE OR REPLACE VIEW audit.order_line AS
SELECT id,
       order_id,
       CASE kind WHEN 'product' THEN 'product' WHEN 'charge' THEN 'charge' ELSE 'service' END AS kind,
       variant_id AS product_id,
       booking_id,
       quantity::integer AS qty,
       unit_price,
       PART AS line_total,
       parcel::text
FROM public.checkout_orderline;
"""
WAIVED = "(SELECT coalesce(sum(waived), 0) FROM public.checkout_orderline WHERE order_id = checkout_order.id)"


def views(subtotal, total, line):
    return VIEWS.replace("SUM_OF_LINES", subtotal).replace("ALL_OF_IT", total).replace("PART", line)


class Migration(migrations.Migration):
    """What an order costs is what somebody has to pay for it."""

    dependencies = [("backoffice", "0010_money_that_waits"), ("checkout", "0023_balances")]

    operations = [
        migrations.RunSQL(
            views(
                f"(subtotal - {WAIVED})::numeric(14, 2)",
                f"(total - {WAIVED})::numeric(14, 2)",
                "(total - waived)::numeric(14, 2)",
            ),
            views("subtotal", "total", "total"),
        )
    ]
