"""The invariants as they were agreed: each query returns no row, at any moment, from any connection.

The SQL stands as it was written down for everybody, in concept names that the schema `audit` answers to, so that
somebody who knows nothing of our tables can run the same text. What we want to know besides is in `queries.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """Something that must hold, as a sentence, and the SQL that finds where it does not."""

    id: str
    sentence: str
    sql: str


INVARIANTS = [
    Query(
        "B1",
        "no unit is booked twice",
        """
SELECT a.id, b.id FROM booking a JOIN booking b ON a.id < b.id AND a.unit_id = b.unit_id AND a.period && b.period
WHERE a.state IN ('held','confirmed','checked_in','closure') AND b.state IN ('held','confirmed','checked_in','closure')
  AND (a.state <> 'held' OR a.hold_expires > now()) AND (b.state <> 'held' OR b.hold_expires > now())
""",
    ),
    Query(
        "B2",
        "no resource above its capacity at any instant",
        """
WITH act AS (SELECT u.resource_id r, b.period p FROM booking b JOIN unit u ON u.id = b.unit_id
             WHERE b.state IN ('confirmed','checked_in') OR (b.state = 'held' AND b.hold_expires > now())),
     ev AS (SELECT r, lower(p) t, 1 d FROM act UNION ALL SELECT r, upper(p), -1 FROM act),
     run AS (SELECT r, t, sum(d) OVER (PARTITION BY r ORDER BY t, d ROWS UNBOUNDED PRECEDING) n FROM ev)
SELECT run.* FROM run JOIN (SELECT resource_id, count(*) cap FROM unit GROUP BY 1) c ON c.resource_id = run.r WHERE n > cap
""",
    ),
    Query(
        "B3",
        "no future booking on a unit that is switched off",
        """
SELECT b.id FROM booking b JOIN unit u ON u.id = b.unit_id WHERE NOT u.active AND upper(b.period) > now() AND b.state IN ('held','confirmed')
""",
    ),
    Query(
        "B4",
        "every confirmed visit belongs to an order that was accepted",
        """
SELECT b.id FROM booking b LEFT JOIN orders o ON o.id = b.order_id
WHERE b.state IN ('confirmed','checked_in') AND (o.id IS NULL OR o.state NOT IN ('confirmed','paid','fulfilled'))
""",
    ),
    Query(
        "B5",
        "a hold has an end, and not later than the maximum",
        """
SELECT id FROM booking WHERE state = 'held' AND (hold_expires IS NULL OR hold_expires > created_at + interval '24 hours 5 minutes')
""",
    ),
    Query(
        "B6",
        "stored local time and stored instant agree",
        """
SELECT b.id FROM booking b JOIN unit u ON u.id = b.unit_id JOIN resource r ON r.id = u.resource_id
WHERE b.local_start IS NOT NULL AND ((b.local_start AT TIME ZONE r.tz) <> lower(b.period) OR (lower(b.period) AT TIME ZONE r.tz) <> b.local_start)
""",
    ),
    Query(
        "B7",
        "nights are calendar nights",
        """
SELECT id FROM booking WHERE nights IS NOT NULL AND nights <> out_day - local_day
""",
    ),
    Query(
        "B8",
        "a pet is in one place at a time",
        """
SELECT a.id, b.id FROM booking a JOIN booking b ON a.id < b.id AND a.pet_id = b.pet_id AND a.period && b.period
WHERE a.state IN ('confirmed','checked_in') AND b.state IN ('confirmed','checked_in')
""",
    ),
    Query(
        "S1",
        "on hand = received - sold + returned + adjusted",
        """
SELECT p.id FROM product p WHERE p.on_hand <> coalesce((SELECT sum(qty) FROM stock_move m WHERE m.product_id = p.id), 0)
""",
    ),
    Query(
        "S2",
        "nothing negative, reserved within stock, reserved = live reservations",
        """
SELECT p.id FROM product p WHERE p.on_hand < 0 OR p.reserved < 0 OR p.reserved > p.on_hand
   OR p.reserved <> coalesce((SELECT sum(qty) FROM reservation r WHERE r.product_id = p.id AND r.state = 'active'), 0)
""",
    ),
    Query(
        "S3",
        "each sold line left stock exactly once; each return at most what was sold",
        """
SELECT l.id FROM order_line l JOIN orders o ON o.id = l.order_id WHERE l.kind = 'product' AND o.state IN ('paid','fulfilled')
  AND (SELECT coalesce(-sum(qty),0) FROM stock_move m WHERE m.kind = 'sell' AND m.ref = 'line:' || l.id) <> l.qty
""",
    ),
    Query(
        "M1",
        "total is what the lines say",
        """
SELECT o.id FROM orders o WHERE o.total <> o.subtotal - o.discount + o.tax OR o.total < 0
   OR o.subtotal <> (SELECT coalesce(sum(line_total),0) FROM order_line l WHERE l.order_id = o.id)
""",
    ),
    Query(
        "M2",
        "captured and refunded",
        """
SELECT p.id FROM payment p WHERE p.refunded > p.captured OR p.refunded <> coalesce((SELECT sum(amount) FROM refund r WHERE r.payment_id = p.id AND r.status <> 'failed'), 0)
""",
    ),
    Query(
        "M3",
        "refunds of an order never exceed its captures, even over several payments",
        """
SELECT p.order_id FROM payment p GROUP BY 1 HAVING sum(p.refunded) > sum(p.captured)
""",
    ),
    Query(
        "M4a",
        "no paid order is short of money, in its own currency",
        """
SELECT o.id FROM orders o WHERE o.state IN ('paid','fulfilled')
  AND (SELECT coalesce(sum(captured),0) FROM payment p WHERE p.order_id = o.id AND p.currency = o.currency) < o.total
""",
    ),
    Query(
        "M4b",
        "no paid order keeps more than its total",
        """
SELECT o.id FROM orders o JOIN payment p ON p.order_id = o.id WHERE o.state IN ('paid','fulfilled')
GROUP BY o.id, o.total HAVING sum(p.captured) > o.total AND sum(p.captured - p.refunded) > o.total
""",
    ),
    Query(
        "M5",
        "no money kept on a dead order",
        """
SELECT o.id FROM orders o JOIN payment p ON p.order_id = o.id WHERE o.state = 'cancelled' AND p.captured > p.refunded
  AND p.created_at < now() - interval '5 minutes' AND NOT EXISTS (SELECT 1 FROM retained_fee f WHERE f.order_id = o.id AND f.amount = p.captured - p.refunded)
""",
    ),
    Query(
        "O1a",
        "no order is paid or fulfilled twice",
        """
SELECT order_id FROM order_event WHERE to_state IN ('paid','fulfilled') GROUP BY order_id, to_state HAVING count(*) > 1
""",
    ),
    Query(
        "O1b",
        "every paid order has its paid transition",
        """
SELECT id FROM orders o WHERE state IN ('paid','fulfilled') AND NOT EXISTS (SELECT 1 FROM order_event e WHERE e.order_id = o.id AND e.to_state = 'paid')
""",
    ),
    Query(
        "O2a",
        "the state shown is the last transition",
        """
SELECT o.id FROM orders o JOIN LATERAL (SELECT to_state FROM order_event e WHERE e.order_id = o.id ORDER BY id DESC LIMIT 1) x ON true WHERE x.to_state <> o.state
""",
    ),
    Query(
        "O2b",
        "every transition follows the one before",
        """
SELECT id FROM (SELECT id, from_state, lag(to_state) OVER (PARTITION BY order_id ORDER BY id) prev FROM order_event) t WHERE prev IS NOT NULL AND prev <> from_state
""",
    ),
    Query(
        "E1",
        "each event handled at most once, none stuck",
        """
SELECT id FROM webhook_event WHERE done_at IS NULL AND received_at < now() - interval '10 minutes'
""",
    ),
    Query(
        "E2a",
        "exactly one confirmation is queued for each paid order",
        """
SELECT o.id FROM orders o WHERE o.state IN ('paid','fulfilled') AND (SELECT count(*) FROM outbox x WHERE x.dedupe = 'confirm:' || o.id) <> 1
""",
    ),
    Query(
        "E2b",
        "no message waits for longer than an hour",
        """
SELECT id FROM outbox WHERE sent_at IS NULL AND created_at < now() - interval '1 hour'
""",
    ),
    Query(
        "K1",
        "coupon uses within the limit and counted right",
        """
SELECT c.id FROM coupon c WHERE c.used > c.max_uses OR c.used <> (SELECT count(*) FROM coupon_use u WHERE u.coupon_id = c.id)
""",
    ),
    Query(
        "A1a",
        "secrets are long",
        """
SELECT id FROM orders WHERE length(token) < 22
""",
    ),
    Query(
        "A1b",
        "one account for each address",
        """
SELECT lower(email) FROM account GROUP BY 1 HAVING count(*) > 1
""",
    ),
    Query(
        "A2",
        "every staff act on money or bookings has a name and a reason",
        """
SELECT id FROM order_event WHERE coalesce(actor,'') = '' OR coalesce(cause,'') = ''
""",
    ),
]
