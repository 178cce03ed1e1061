"""The read-only schema `audit`: one view for each concept, in the words in which the invariants are written.

What is not built yet is there and empty, with the types it will have. PostgreSQL refuses to drop a column, or to change
its type, while a view reads it: a migration that must do so drops that view first and makes it anew afterwards.

Nobody but the owner may read these views until they are granted, to a role for reports for instance:
`GRANT USAGE ON SCHEMA audit TO reports; GRANT SELECT ON ALL TABLES IN SCHEMA audit TO reports`.
"""

from django.db import migrations

BOOKINGS = """
-- A unit is one seat of a resource.
CREATE VIEW audit.unit AS
SELECT r.id * 1000 + seat AS id, r.id AS resource_id, seat, r.is_active AS active
FROM public.bookings_resource r, generate_series(1, r.capacity) AS seat;

-- The shop has one time zone, a setting, and stores instants only: there is no local time that could disagree with one.
CREATE VIEW audit.resource AS
SELECT id, name, capacity, is_active AS active, NULL::text AS tz
FROM public.bookings_resource;

-- `period` is the visit, in which the pet is with us; `blocked` is the visit with its buffers, in which the unit is taken.
CREATE VIEW audit.booking AS
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
LEFT JOIN public.checkout_orderline l ON l.booking_id = b.id;
"""

STOCK = """
-- Only what lies on a shelf. Stock is taken when an order is placed, so nothing is ever reserved.
CREATE VIEW audit.product AS
SELECT id, offering_id, sku, stock AS on_hand, 0 AS reserved
FROM public.catalog_variant
WHERE stock IS NOT NULL;

CREATE VIEW audit.reservation AS
SELECT NULL::bigint AS id, NULL::bigint AS product_id, NULL::integer AS qty, NULL::text AS state
WHERE false;

CREATE VIEW audit.stock_move AS
SELECT id,
       variant_id AS product_id,
       CASE reason WHEN 'sold' THEN 'sell'
                   WHEN 'returned' THEN 'return'
                   WHEN 'received' THEN 'receive'
                   ELSE 'adjust' END AS kind,
       delta AS qty,
       reference::text AS ref,
       actor::text,
       created_at
FROM public.catalog_stockmovement;
"""

ORDERS = """
-- Prices include tax, so there is none on top. The token opens a customer's page: shown is a digest of the same length.
CREATE VIEW audit.orders AS
SELECT id,
       number::text,
       left(encode(sha256(convert_to(token, 'UTF8')), 'hex'), length(token)) AS token,
       CASE status WHEN 'pending' THEN 'awaiting' ELSE status::text END AS state,
       currency::text,
       subtotal,
       discount,
       0::numeric(14, 2) AS tax,
       total,
       held_until,
       placed_at AS created_at
FROM public.checkout_order;

CREATE VIEW audit.order_line AS
SELECT id,
       order_id,
       CASE kind WHEN 'product' THEN 'product' ELSE 'service' END AS kind,
       variant_id AS product_id,
       booking_id,
       quantity::integer AS qty,
       unit_price,
       total AS line_total,
       parcel::text
FROM public.checkout_orderline;

-- The changes of an order's state. What else happened to it is in the shop's own table of events.
CREATE VIEW audit.order_event AS
SELECT id,
       order_id,
       kind::text,
       CASE from_status WHEN 'pending' THEN 'awaiting' ELSE from_status::text END AS from_state,
       CASE to_status WHEN 'pending' THEN 'awaiting' ELSE to_status::text END AS to_state,
       actor::text,
       cause::text,
       at AS created_at
FROM public.checkout_orderevent
WHERE to_status <> '';

CREATE VIEW audit.outbox AS
SELECT id, order_id, kind::text, key::text AS dedupe, created_at, sent_at
FROM public.checkout_message;
"""

MONEY = """
CREATE VIEW audit.payment AS
SELECT id,
       order_id,
       purpose::text,
       provider::text,
       mode::text,
       status::text,
       currency::text,
       amount,
       CASE status WHEN 'succeeded' THEN amount ELSE 0 END::numeric(14, 2) AS captured,
       0::numeric(14, 2) AS refunded,
       needs_attention,
       created_at
FROM public.checkout_payment;

CREATE VIEW audit.refund AS
SELECT NULL::bigint AS id, NULL::bigint AS order_id, NULL::bigint AS payment_id, NULL::numeric(14, 2) AS amount,
       NULL::text AS status, NULL::timestamptz AS created_at
WHERE false;

CREATE VIEW audit.retained_fee AS
SELECT NULL::bigint AS id, NULL::bigint AS order_id, NULL::numeric(14, 2) AS amount, NULL::timestamptz AS created_at
WHERE false;

CREATE VIEW audit.webhook_event AS
SELECT event_id::text AS id, type::text, object_id::text, outcome::text, received_at, processed_at AS done_at
FROM public.checkout_webhookevent;

CREATE VIEW audit.coupon AS
SELECT NULL::bigint AS id, NULL::text AS code, NULL::integer AS max_uses, NULL::integer AS used
WHERE false;

CREATE VIEW audit.coupon_use AS
SELECT NULL::bigint AS id, NULL::bigint AS coupon_id, NULL::bigint AS order_id
WHERE false;
"""

PEOPLE = """
-- Somebody who signs in and can be written to.
CREATE VIEW audit.account AS
SELECT id, email::text, is_staff, is_active AS active
FROM public.core_user
WHERE email <> '';
"""

# PostgreSQL lets a simple view be written through, even by mistake. These views say no, to a superuser as well.
READ_ONLY = """
CREATE FUNCTION audit.refuse_write() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'The schema audit is only for reading' USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT table_name FROM information_schema.views WHERE table_schema = 'audit' LOOP
        EXECUTE format('CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit.refuse_write()', name);
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA audit FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("catalog", "0002_append_only"),
        ("bookings", "0001_initial"),
        ("checkout", "0002_append_only"),
    ]

    operations = [
        migrations.RunSQL(
            sql="CREATE SCHEMA audit;" + BOOKINGS + STOCK + ORDERS + MONEY + PEOPLE + READ_ONLY,
            reverse_sql="DROP SCHEMA audit CASCADE;",
        ),
    ]
