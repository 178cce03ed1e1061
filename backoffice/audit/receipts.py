"""What must hold of receipts: a series without a gap, one for every payment and refund, and every cent of tax explained."""

from backoffice.audit.invariants import Query

RECEIPTS = [
    Query(
        "D1",
        "the receipts of a series are numbered without a gap, in the order of time",
        """
SELECT series, serial FROM (SELECT series, serial, row_number() OVER one_by_one AS place, issued_at,
                                   lag(issued_at) OVER one_by_one AS before
                            FROM receipt WINDOW one_by_one AS (PARTITION BY series ORDER BY serial)) numbered
WHERE serial <> place OR issued_at < before
""",
    ),
    Query(
        "D2",
        "every payment that was received has exactly one receipt, of its amount, and no other payment has any",
        """
SELECT p.order_id, p.id AS payment FROM payment p
LEFT JOIN receipt r ON r.payment_id = p.id AND r.kind = 'receipt'
GROUP BY p.order_id, p.id, p.status, p.amount, p.currency
HAVING count(r.id) <> (p.status = 'succeeded')::int OR bool_or(r.amount <> p.amount OR r.currency <> p.currency)
""",
    ),
    Query(
        "D3",
        "every refund that arrived, and of which it is known what for, has its credit note; of no other is anything written off",
        """
SELECT r.order_id, r.id AS refund FROM refund r
WHERE (SELECT coalesce(sum(amount), 0) FROM receipt WHERE refund_id = r.id)
   <> CASE WHEN r.status = 'succeeded'
                AND (EXISTS (SELECT FROM public.checkout_payment WHERE id = r.payment_id AND is_surplus)
                     OR EXISTS (SELECT FROM public.checkout_refundline WHERE refund_id = r.id))
           THEN -r.amount ELSE 0 END
""",
    ),
    Query(
        "D4",
        "a receipt is the sum of its lines",
        """
SELECT r.order_id, r.number FROM receipt r LEFT JOIN receipt_line l ON l.receipt_id = r.id
GROUP BY r.id, r.order_id, r.number, r.amount HAVING r.amount IS DISTINCT FROM sum(l.amount)
""",
    ),
    Query(
        "D5",
        "the tax of a line is what its rate says, to one coin, and none of it is left once all of the line's money has gone back",
        """
SELECT order_id, order_line_id AS line FROM receipt_line WHERE order_line_id IS NOT NULL
GROUP BY order_id, order_line_id, tax_rate
HAVING abs(sum(tax) - sum(amount) * tax_rate / (100 + tax_rate))
       > CASE WHEN sum(amount) = 0 THEN 0 WHEN bool_and(amount = trunc(amount) AND tax = trunc(tax)) THEN 1 ELSE 0.01 END
""",
    ),
]
