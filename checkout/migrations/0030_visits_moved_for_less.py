from django.db import migrations, models


def frozen_but(*columns):
    """A line is what was accepted. Only these columns may change: where its visit is now, and what has become of it."""
    old, new = (" - ".join([f"to_jsonb({row})", *(f"'{column}'" for column in columns)]) for row in ("OLD", "NEW"))
    return f"""
    DROP TRIGGER order_line_frozen ON checkout_orderline;
    CREATE TRIGGER order_line_frozen AFTER UPDATE ON checkout_orderline
    FOR EACH ROW WHEN ({old} IS DISTINCT FROM {new}) EXECUTE FUNCTION refuse_change();
    """


KNOWN = ["booking_id", "parcel", "cancelled_at", "kept", "refunded", "due_by", "waived", "choose_by"]


class Migration(migrations.Migration):
    """What a visit costs where it was moved to, and what cancelling it costs since it was moved."""

    dependencies = [
        ("bookings", "0012_deposits"),
        ("catalog", "0010_pay_at_shop"),
        ("checkout", "0029_receipt_methods"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="amount_there",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="kept_at_least",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_there__isnull", True),
                    models.Q(
                        ("amount_there__gte", 0),
                        (
                            "amount_there__lte",
                            models.F("unit_price") * models.F("quantity") - models.F("discount"),
                        ),
                        ("starts_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="order_line_costs_no_more_where_it_was_moved",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kept_at_least", 0),
                    models.Q(("kept_at_least__lte", 100), ("starts_at__isnull", False)),
                    _connector="OR",
                ),
                name="order_line_kept_at_least_is_a_percentage",
            ),
        ),
        migrations.RunSQL(frozen_but(*KNOWN, "amount_there", "kept_at_least"), frozen_but(*KNOWN)),
    ]
