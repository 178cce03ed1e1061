"""Everything that `manage.py audit` asks, and the asking itself."""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import transaction

from backoffice.audit.invariants import INVARIANTS, Query
from backoffice.audit.receipts import RECEIPTS

OURS = [
    Query(
        "B9",
        "no unit is needed by two visits at once, with the time kept free before and after",
        """
SELECT a.id, b.id FROM booking a JOIN booking b ON a.id < b.id AND a.unit_id = b.unit_id AND a.blocked && b.blocked
WHERE a.state IN ('held','confirmed','checked_in','closure') AND b.state IN ('held','confirmed','checked_in','closure')
  AND (a.state <> 'held' OR a.hold_expires > now()) AND (b.state <> 'held' OR b.hold_expires > now())
""",
    ),
    Query(
        "B10",
        "every visit to come has a seat that its resource still has",
        """
SELECT b.id, b.resource_id, b.seat FROM booking b LEFT JOIN unit u ON u.id = b.unit_id
WHERE u.id IS NULL AND upper(b.period) > now()
  AND (b.state IN ('confirmed','checked_in') OR (b.state = 'held' AND b.hold_expires > now()))
""",
    ),
    Query(
        "B11",
        "no visit begins or ends in an hour that the shop's clock shows twice",
        """
SELECT b.id, moment FROM booking b, unnest(ARRAY[lower(b.period), upper(b.period)]) AS moment
WHERE b.state NOT IN ('closure','cancelled') AND (moment AT TIME ZONE %(zone)s) IN
      ((moment - interval '1 hour') AT TIME ZONE %(zone)s, (moment + interval '1 hour') AT TIME ZONE %(zone)s)
""",
    ),
    Query(
        "B12",
        "a visit that was paid has its time, or its order says that the time was lost or given back",
        """
SELECT l.order_id, l.id AS line FROM order_line l JOIN orders o ON o.id = l.order_id LEFT JOIN booking b ON b.id = l.booking_id
WHERE l.kind = 'service' AND o.state IN ('confirmed','paid','fulfilled') AND coalesce(b.state, 'cancelled') IN ('held','cancelled')
  AND NOT EXISTS (SELECT FROM public.checkout_orderevent e
                  WHERE e.order_id = o.id AND e.kind IN ('visit_lost','visit_cancelled') AND e.details ->> 'line' = l.id::text)
""",
    ),
    Query(
        "B13",
        "a visit takes at least as long as it was sold, and longer than its extras alone",
        """
SELECT l.order_id, l.id AS line FROM public.checkout_orderline l LEFT JOIN booking b ON b.id = l.booking_id,
LATERAL (SELECT coalesce(sum(duration), interval '0') AS length FROM public.checkout_orderlineaddon WHERE line_id = l.id) extras
WHERE l.starts_at IS NOT NULL
  AND (l.ends_at - l.starts_at <= extras.length
       OR (b.state <> 'cancelled' AND l.kind IN ('appointment','seat') AND upper(b.period) - lower(b.period) < l.ends_at - l.starts_at))
""",
    ),
    Query(
        "B14",
        "a visit of several places is one visit: of one state, kept until one moment, and sold once",
        """
SELECT part.id, main.id AS main FROM public.bookings_booking part JOIN public.bookings_booking main ON main.id = part.part_of_id
WHERE part.status <> main.status OR part.held_until IS DISTINCT FROM main.held_until
   OR main.part_of_id IS NOT NULL OR main.variant_id IS NULL
   OR EXISTS (SELECT FROM order_line l WHERE l.booking_id = part.id)
   OR EXISTS (SELECT FROM public.checkout_cartline l WHERE l.booking_id = part.id)
""",
    ),
    Query(
        "B15",
        "every change of a visit that was sold is written down, and its line says when it was cancelled",
        """
SELECT l.order_id, l.id AS line, b.sequence FROM public.checkout_orderline l JOIN public.bookings_booking b ON b.id = l.booking_id,
LATERAL (SELECT count(*) AS changes, count(*) FILTER (WHERE e.kind = 'visit_cancelled') AS ends FROM public.checkout_orderevent e
         WHERE e.order_id = l.order_id AND e.kind IN ('visit_moved','visit_cancelled') AND e.details ->> 'line' = l.id::text) written
WHERE b.sequence <> written.changes OR written.ends <> (l.cancelled_at IS NOT NULL)::int
   OR (l.cancelled_at IS NOT NULL AND b.status <> 'cancelled')
""",
    ),
    Query(
        "B16",
        "whatever a booked visit demands is proven until its last day, or has a date by which it must be",
        """
SELECT b.id, b.pet_id, vaccine FROM public.bookings_booking b, unnest(b.vaccinations) AS vaccine
WHERE b.status = 'confirmed' AND b.proof_due_by IS NULL
  AND NOT EXISTS (SELECT FROM public.bookings_vaccination v
                  WHERE v.pet_id = b.pet_id AND v.vaccine = vaccine AND v.status = 'approved'
                    AND v.valid_until >= ((b.ends_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date)
""",
    ),
    Query(
        "S4",
        "what is promised has left the shelf, and what is not promised any more is back on it",
        """
SELECT l.order_id, l.id AS line, moved.qty FROM order_line l JOIN orders o ON o.id = l.order_id,
LATERAL (SELECT coalesce(-sum(m.qty), 0) AS qty FROM stock_move m
         WHERE m.product_id = l.product_id AND (m.ref = 'line:' || l.id OR starts_with(m.ref, 'line:' || l.id || ':'))) moved,
LATERAL (SELECT coalesce(sum(part.restocked), 0) AS qty FROM public.checkout_refundline part WHERE part.order_line_id = l.id) back
WHERE l.kind = 'product'
  AND moved.qty <> CASE WHEN o.state IN ('expired','cancelled') OR l.parcel = 'cancelled' THEN 0 ELSE l.qty - back.qty END
""",
    ),
    Query(
        "S5",
        "the price that lists show is the lowest of what is for sale",
        """
SELECT o.id, o.price_from FROM public.catalog_offering o
WHERE o.price_from IS DISTINCT FROM (SELECT min(v.price) FROM public.catalog_variant v WHERE v.offering_id = o.id AND v.is_active)
""",
    ),
    Query(
        "M6",
        "money that came has moved its order",
        """
SELECT p.order_id, p.id AS payment FROM payment p JOIN orders o ON o.id = p.order_id
WHERE p.status = 'succeeded' AND o.state IN ('awaiting','expired')
""",
    ),
    Query(
        "M7",
        "an attempt to collect what an order costs, or what of it is due now, asks for just that",
        """
SELECT p.order_id, p.id AS payment FROM payment p JOIN orders o ON o.id = p.order_id,
LATERAL (SELECT coalesce(sum(total - discount - due_later), 0) AS amount, coalesce(sum(due_later), 0) AS later
         FROM public.checkout_orderline WHERE order_id = o.id AND visit_id IS NULL) due
WHERE p.purpose IN ('full', 'deposit') AND (p.amount <> due.amount OR p.currency <> o.currency
      OR (p.purpose = 'full') <> (due.later = 0))
""",
    ),
    Query(
        "M8",
        "the price of a line covers its extras, and only visits have any",
        """
SELECT l.order_id, l.id AS line FROM order_line l JOIN public.checkout_orderlineaddon extra ON extra.line_id = l.id
GROUP BY l.order_id, l.id, l.unit_price, l.kind HAVING sum(extra.price) > l.unit_price OR l.kind <> 'service'
""",
    ),
    Query(
        "M9",
        "what went back of a line is what its refunds say: no more than it cost, and none of it counted that came to nothing",
        """
SELECT l.order_id, l.id AS line, l.refunded FROM public.checkout_orderline l,
LATERAL (SELECT coalesce(sum(part.amount), 0) AS amount FROM public.checkout_refundline part JOIN refund r ON r.id = part.refund_id
         WHERE part.order_line_id = l.id AND r.status <> 'failed') gone
WHERE l.refunded <> gone.amount OR l.refunded > l.total - l.discount
""",
    ),
    Query(
        "M10",
        "a refund is the sum of its lines, of its own order; only one from the dashboard or of a surplus may have none",
        """
SELECT r.order_id, r.id AS refund FROM refund r
LEFT JOIN public.checkout_refundline part ON part.refund_id = r.id LEFT JOIN public.checkout_orderline l ON l.id = part.order_line_id
GROUP BY r.id, r.order_id, r.amount, r.origin
HAVING (count(part.id) = 0 AND r.origin NOT IN ('dashboard','surplus')) OR sum(part.amount) <> r.amount OR bool_or(l.order_id <> r.order_id)
""",
    ),
    Query(
        "M11",
        "a payment is marked as disputed for as long as a dispute of it stands",
        """
SELECT p.order_id, p.id AS payment FROM public.checkout_payment p
WHERE p.is_disputed <> EXISTS (SELECT FROM public.checkout_dispute d
                               WHERE d.payment_id = p.id AND d.status NOT IN ('warning_closed','won','prevented'))
""",
    ),
    Query(
        "M12",
        "no refund waits to be sent for longer than Stripe keeps a failure in mind, and two hours",
        """
SELECT order_id, id AS refund FROM refund WHERE stripe_id IS NULL AND status = 'requested' AND created_at < now() - interval '26 hours'
""",
    ),
    Query(
        "M13",
        "what its money came too late for is of an order that stands, has no time and no parcel, and goes back in time",
        """
SELECT l.order_id, l.id AS line, l.choose_by FROM public.checkout_orderline l
JOIN orders o ON o.id = l.order_id LEFT JOIN booking b ON b.id = l.booking_id
WHERE l.choose_by IS NOT NULL
  AND (o.state NOT IN ('confirmed','paid','fulfilled') OR coalesce(b.state, 'cancelled') <> 'cancelled' OR l.parcel NOT IN ('','cancelled')
       OR l.choose_by < now() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM public.checkout_payment p WHERE p.order_id = o.id AND p.is_disputed))
""",
    ),
    Query(
        "M14",
        "an accepted order has just what was due when it was placed, and something is still to be paid for it",
        """
SELECT o.id FROM public.checkout_order o,
LATERAL (SELECT sum(total - discount - due_later) AS now, sum(due_later - waived) AS later
         FROM public.checkout_orderline WHERE order_id = o.id) due,
LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM public.checkout_payment
         WHERE order_id = o.id AND status = 'succeeded' AND NOT is_surplus) came
WHERE o.status = 'confirmed' AND (came.amount <> due.now OR due.later <= 0)
""",
    ),
    Query(
        "E3",
        "exactly one confirmation is queued for each order that was accepted before it was paid",
        """
SELECT o.id FROM orders o WHERE o.state = 'confirmed' AND (SELECT count(*) FROM outbox x WHERE x.dedupe = 'confirm:' || o.id) <> 1
""",
    ),
    Query(
        "M15",
        "of a visit that costs less where it was moved to, something was asked back",
        """
SELECT l.order_id, l.id AS line FROM public.checkout_orderline l
WHERE l.amount_there < l.unit_price * l.quantity - l.discount
  AND NOT EXISTS (SELECT FROM public.checkout_refundline r WHERE r.order_line_id = l.id)
""",
    ),
    Query(
        "M16",
        "a change of a visit that was paid was paid once and to the cent, and is a charge of its order; no other one is",
        """
SELECT c.order_id, c.id AS change FROM public.checkout_visitchange c,
LATERAL (SELECT count(*) AS times, coalesce(sum(amount), 0) AS amount FROM public.checkout_payment p
         WHERE p.change_id = c.id AND p.status = 'succeeded' AND NOT p.is_surplus) came
WHERE CASE WHEN c.status = 'done' THEN came.times <> 1 OR came.amount <> c.amount ELSE came.times > 0 END
UNION ALL
SELECT l.order_id, NULL FROM public.checkout_orderline l WHERE l.visit_id IS NOT NULL
GROUP BY l.order_id, l.visit_id
HAVING sum(l.unit_price) <> (SELECT coalesce(sum(amount), 0) FROM public.checkout_visitchange c
                             WHERE c.line_id = l.visit_id AND c.status = 'done')
""",
    ),
    Query(
        "M17",
        "what is kept beside a visit is let go when its change is over, and is kept for as long as was said",
        """
SELECT c.order_id, c.id AS change, b.id AS booking FROM public.checkout_visitchange c
JOIN public.bookings_booking b ON b.id = c.booking_id
WHERE b.status NOT IN ('held','cancelled') OR b.status = 'held' AND (c.status <> 'waiting' OR b.held_until <> c.held_until)
""",
    ),
    Query(
        "O3",
        "no order awaits payment for more than an hour after its times were promised, unless its bank is thinking",
        """
SELECT id, number FROM orders o WHERE state = 'awaiting' AND held_until < now() - interval '1 hour'
  AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.status = 'processing')
""",
    ),
    Query(
        "L1",
        "a basket's visit is its own: of the same choice, and of no other basket's order",
        """
SELECT l.id AS basket_line, b.id AS booking FROM public.checkout_cartline l
JOIN public.bookings_booking b ON b.id = l.booking_id
LEFT JOIN public.checkout_orderline ordered ON ordered.booking_id = b.id
LEFT JOIN public.checkout_order o ON o.id = ordered.order_id
WHERE b.variant_id IS DISTINCT FROM l.variant_id OR (o.id IS NOT NULL AND o.cart_id IS DISTINCT FROM l.cart_id)
""",
    ),
    Query(
        "L2",
        "a visit that was paid is in no basket any more",
        """
SELECT l.id AS basket_line, b.order_id FROM public.checkout_cartline l
JOIN booking b ON b.id = l.booking_id JOIN orders o ON o.id = b.order_id WHERE o.state IN ('confirmed','paid','fulfilled')
""",
    ),
    Query(
        "L3",
        "a basket's visit has extras of its own service, and is held for longer than they take",
        """
SELECT l.id AS basket_line FROM public.checkout_cartline l
JOIN public.checkout_cartlineaddon chosen ON chosen.line_id = l.id
JOIN public.catalog_addon extra ON extra.id = chosen.add_on_id
JOIN public.catalog_variant v ON v.id = l.variant_id LEFT JOIN booking b ON b.id = l.booking_id
GROUP BY l.id, b.period
HAVING bool_or(extra.offering_id <> v.offering_id) OR upper(b.period) - lower(b.period) <= sum(chosen.duration)
""",
    ),
    Query(
        "G1",
        "no trigger and no constraint is switched off",
        """
SELECT t.tgrelid::regclass::text AS relation, t.tgname::text AS name
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public','audit') AND t.tgenabled IN ('D','R')
UNION ALL
SELECT conrelid::regclass::text, conname::text FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND NOT convalidated
""",
    ),
    Query(
        "G2",
        "every constraint and every guard that the shop relies on is in the database",
        """
SELECT guard FROM unnest(%(guards)s::text[]) AS guard
EXCEPT SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
EXCEPT SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
EXCEPT SELECT tgname::text FROM pg_trigger
""",
    ),
]
QUERIES = [*INVARIANTS, *OURS, *RECEIPTS]

TRIGGERS = [
    "category_changes",
    "category_words",
    "offering_changes",
    "offering_price_from",
    "offering_words",
    "picture_changes",
    "resource_changes",
    "resource_services_change",
    "stock_movement_append_only",
    "variant_changes",
    "variant_comes_or_goes",
    "variant_price_from",
    "order_event_append_only",
    "order_line_stays",
    "order_line_frozen",
    "order_line_add_on_frozen",
    "order_line_add_on_sold_with_its_line",
    "order_subtotal_is_its_lines",
    "refund_counted",
    "refund_frozen",
    "refund_stays",
    "refund_line_append_only",
    "refund_line_counted",
    "refund_is_its_lines",
    "refund_line_makes_its_refund",
    "concern_frozen",
    "concern_stays",
    "visit_change_frozen",
    "receipt_append_only",
    "receipt_follows_the_one_before",
    "receipt_is_its_lines",
    "receipt_line_append_only",
    "receipt_line_makes_its_receipt",
    "read_only",
]


@dataclass(frozen=True)
class Violation:
    """A query that found something."""

    query: Query
    columns: list[str]
    rows: list[tuple]

    def __str__(self):
        rows = [
            ", ".join(f"{name}={value}" for name, value in zip(self.columns, row, strict=True)) for row in self.rows
        ]
        return "\n    ".join([f"{self.query.id}: {self.query.sentence}", *rows])


def violations(connection) -> list[Violation]:
    """Ask every query and give those that found a row. Reads only, all at one moment, and leaves no trace.

    Inside a caller's transaction it sees what that transaction sees.
    """
    is_alone = not connection.in_atomic_block
    found = []
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION {'ISOLATION LEVEL REPEATABLE READ, ' if is_alone else ''}READ ONLY")
        cursor.execute("SET LOCAL search_path = audit; SET LOCAL statement_timeout = 0")
        for query in QUERIES:
            cursor.execute(query.sql, {"zone": settings.TIME_ZONE, "guards": guards()})
            if rows := cursor.fetchall():
                found.append(Violation(query, [column.name for column in cursor.description], rows))
        transaction.set_rollback(True, using=connection.alias)  # takes the two settings back as well
    return found


def guards() -> list[str]:
    """The names of the constraints that the models ask for, and of the triggers that migrations add."""
    labels = ["core", "catalog", "bookings", "checkout"]
    models = [model for label in labels for model in apps.get_app_config(label).get_models() if not model._meta.proxy]
    return [constraint.name for model in models for constraint in model._meta.constraints] + TRIGGERS
