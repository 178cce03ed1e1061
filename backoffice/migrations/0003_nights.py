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
       {stay}
FROM public.bookings_booking b
LEFT JOIN public.checkout_orderline l ON l.booking_id = coalesce(b.part_of_id, b.id);
"""
WITHOUT = "NULL::date AS local_day, NULL::date AS out_day, NULL::integer AS nights"
WITH = "b.arrives_on AS local_day, b.leaves_on AS out_day, b.nights::integer AS nights"


class Migration(migrations.Migration):
    """A stay has the nights between the days on which it begins and ends."""

    dependencies = [("backoffice", "0002_visits_of_several_places"), ("bookings", "0009_nights")]

    operations = [migrations.RunSQL(VIEW.format(stay=WITH), VIEW.format(stay=WITHOUT))]
