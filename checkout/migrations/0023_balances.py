from django.db import migrations, models


def frozen_but(*columns):
    """A line is what was accepted. Only these columns may change: where its visit is now, and what has become of it."""
    old, new = (" - ".join([f"to_jsonb({row})", *(f"'{column}'" for column in columns)]) for row in ("OLD", "NEW"))
    return f"""
    DROP TRIGGER order_line_frozen ON checkout_orderline;
    CREATE TRIGGER order_line_frozen AFTER UPDATE ON checkout_orderline
    FOR EACH ROW WHEN ({old} IS DISTINCT FROM {new}) EXECUTE FUNCTION refuse_change();
    """


KNOWN = ["booking_id", "parcel", "cancelled_at", "kept", "refunded"]


class Migration(migrations.Migration):
    """By when the rest of an order is due, what nobody asks for any more, and money that came over the counter."""

    dependencies = [
        ("bookings", "0012_deposits"),
        ("catalog", "0010_pay_at_shop"),
        ("checkout", "0022_refund_explained"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="orderevent",
            name="order_event_transition_allowed",
        ),
        migrations.AddField(
            model_name="orderline",
            name="due_by",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="waived",
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=14),
        ),
        migrations.AddField(
            model_name="payment",
            name="method",
            field=models.CharField(
                blank=True,
                choices=[("cash", "Cash"), ("terminal", "Card terminal")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placed", "Order placed"),
                    ("payment_opened", "Payment page opened"),
                    ("payment_closed", "Payment page closed"),
                    ("payment_processing", "Payment is being processed"),
                    ("deposit_paid", "Deposit received"),
                    ("accepted", "Accepted, to be paid at the shop"),
                    ("paid", "Payment received"),
                    ("balance_postponed", "More time to pay the rest"),
                    ("balance_waived", "Nothing left to pay"),
                    ("payment_flagged", "Payment needs a look"),
                    ("concern_cleared", "Somebody had a look"),
                    ("visit_lost", "Time no longer free"),
                    ("visit_moved", "Visit moved"),
                    ("visit_cancelled", "Visit cancelled"),
                    ("line_cancelled", "Part of the order cancelled"),
                    ("proof_sent", "Proof of a vaccination sent"),
                    ("proof_approved", "Vaccination approved"),
                    ("proof_refused", "Proof of a vaccination refused"),
                    ("stock_lost", "Sold out before the money came"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money sent back"),
                    ("refund_failed", "Refund failed"),
                    ("refund_explained", "Said what a refund was for"),
                    ("disputed", "Payment disputed"),
                    ("dispute_closed", "Dispute decided"),
                    ("expired", "Not paid in time"),
                    ("cancelled", "Cancelled"),
                    ("message_sent", "Message sent"),
                    ("checked_in", "Checked in"),
                    ("completed", "Visit done"),
                    ("no_show", "Did not come"),
                    ("packed", "Packed"),
                    ("handed_over", "Handed over"),
                    ("fulfilled", "Everything done"),
                    ("note", "Note"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("cancelled_at__isnull", True), ("due_by__isnull", False)),
                fields=["due_by"],
                name="order_line_balance_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("from_status", ""), ("to_status", "")),
                    models.Q(("from_status", ""), ("to_status", "pending")),
                    models.Q(("from_status", "pending"), ("to_status", "confirmed")),
                    models.Q(("from_status", "pending"), ("to_status", "paid")),
                    models.Q(("from_status", "pending"), ("to_status", "expired")),
                    models.Q(("from_status", "pending"), ("to_status", "cancelled")),
                    models.Q(("from_status", "confirmed"), ("to_status", "paid")),
                    models.Q(("from_status", "confirmed"), ("to_status", "cancelled")),
                    models.Q(("from_status", "expired"), ("to_status", "confirmed")),
                    models.Q(("from_status", "expired"), ("to_status", "paid")),
                    models.Q(("from_status", "expired"), ("to_status", "cancelled")),
                    models.Q(("from_status", "paid"), ("to_status", "fulfilled")),
                    models.Q(("from_status", "paid"), ("to_status", "cancelled")),
                    models.Q(("from_status", "fulfilled"), ("to_status", "cancelled")),
                    _connector="OR",
                ),
                name="order_event_transition_allowed",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("waived", 0),
                    models.Q(
                        ("cancelled_at__isnull", False), ("waived__gt", 0), ("waived__lte", models.F("due_later"))
                    ),
                    _connector="OR",
                ),
                name="order_line_waived_of_what_was_due_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_by__isnull", True), ("due_later__gt", 0), _connector="OR"),
                name="order_line_due_by_for_what_is_due_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method__in", ["cash", "terminal"]), ("provider", "counter")),
                    models.Q(models.Q(("provider", "counter"), _negated=True), ("method", "")),
                    _connector="OR",
                ),
                name="payment_at_the_counter_says_how",
            ),
        ),
        migrations.RunSQL(frozen_but(*KNOWN, "due_by", "waived"), frozen_but(*KNOWN)),
    ]
