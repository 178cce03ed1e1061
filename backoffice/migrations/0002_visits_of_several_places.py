from django.db import migrations

VIEW = """
CREATE OR REPLACE VIEW audit.booking AS
SELECT b.id,
       b.resource_id * 1000 + b.seat AS unit_id,
       b.resource_id,
       b.seat,
       b.variant_id,
       b.pet_id,
       l.order_id,
       b.status::text AS state,
       b.period,
       b.blocked,
       b.held_until AS hold_expires,
       b.created_at,
       NULL::timestamp AS local_start,
       NULL::date AS local_day,
       NULL::date AS out_day,
       NULL::integer AS nights
FROM public.bookings_booking b
LEFT JOIN public.checkout_orderline l ON l.booking_id = {sold};
"""


class Migration(migrations.Migration):
    """A part of a visit is of its visit's order, although only the main booking is on the order's line."""

    dependencies = [("backoffice", "0001_audit"), ("bookings", "0007_visits_of_several_places")]

    operations = [
        migrations.RunSQL(VIEW.format(sold="coalesce(b.part_of_id, b.id)"), VIEW.format(sold="b.id")),
    ]
