from django.db import migrations

VIEW = """
CREATE OR REPLACE VIEW audit.order_line AS
SELECT id,
       order_id,
       CASE {kinds} ELSE 'service' END AS kind,
       variant_id AS product_id,
       booking_id,
       quantity::integer AS qty,
       unit_price,
       total AS line_total,
       parcel::text
FROM public.checkout_orderline;
"""


class Migration(migrations.Migration):
    """What is paid beside the things themselves, such as delivery, is neither a product nor a service."""

    dependencies = [("backoffice", "0008_promotions"), ("checkout", "0013_priced_lines")]

    operations = [
        migrations.RunSQL(
            VIEW.format(kinds="kind WHEN 'product' THEN 'product' WHEN 'charge' THEN 'charge'"),
            VIEW.format(kinds="kind WHEN 'product' THEN 'product'"),
        ),
    ]
