import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Each reason why a person must look at an order is a row of its own, which is cleared by itself and never cut off.

    Until now a payment had one text with all of them. Its two columns are only let go of here, with what the release
    before this one needs to run beside it; a later release drops them.
    """

    dependencies = [("checkout", "0013_priced_lines")]

    operations = [
        migrations.CreateModel(
            name="Concern",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                (
                    "raised_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("cleared_at", models.DateTimeField(blank=True, null=True)),
                ("cleared_by", models.CharField(blank=True, db_default="", max_length=150)),
                ("note", models.CharField(blank=True, db_default="", max_length=300)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="concerns", to="checkout.order"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="concerns",
                        to="checkout.payment",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="concerns",
                        to="checkout.refund",
                    ),
                ),
            ],
            options={
                "verbose_name": "concern",
                "verbose_name_plural": "concerns",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(condition=models.Q(("cleared_at", None)), fields=["order"], name="concern_open")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="concern_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cleared_at__isnull", True), ("cleared_by", ""), ("note", "")),
                            models.Q(
                                ("cleared_at__isnull", False),
                                models.Q(("cleared_by", ""), _negated=True),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="concern_cleared_says_by_whom_and_why",
                    ),
                ],
            },
        ),
        # The text was its reasons, put together with “; ”; the last one may have been cut off.
        migrations.RunSQL(
            sql="""
            INSERT INTO checkout_concern (order_id, payment_id, reason, raised_at)
            SELECT payment.order_id, payment.id, coalesce(nullif(trim(part.reason), ''), 'Nobody has written down why'),
                   coalesce((SELECT max(at) FROM checkout_orderevent event
                             WHERE event.order_id = payment.order_id AND event.kind = 'payment_flagged'), now())
            FROM checkout_payment payment
            LEFT JOIN unnest(string_to_array(payment.attention_reason, '; ')) WITH ORDINALITY AS part (reason, place) ON true
            WHERE payment.needs_attention ORDER BY payment.id, part.place;

            -- Raised once, cleared once, and never anything else.
            CREATE TRIGGER concern_frozen BEFORE UPDATE ON checkout_concern
            FOR EACH ROW WHEN (
                to_jsonb(OLD) - 'cleared_at' - 'cleared_by' - 'note' IS DISTINCT FROM
                to_jsonb(NEW) - 'cleared_at' - 'cleared_by' - 'note'
                OR OLD.cleared_at IS NOT NULL
            ) EXECUTE FUNCTION refuse_change();

            CREATE TRIGGER concern_stays BEFORE DELETE ON checkout_concern
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            reverse_sql="""
            DROP TRIGGER concern_stays ON checkout_concern;
            DROP TRIGGER concern_frozen ON checkout_concern;
            UPDATE checkout_payment SET needs_attention = open.reasons IS NOT NULL, attention_reason = left(open.reasons, 300)
            FROM (SELECT payment_id, string_agg(reason, '; ' ORDER BY id) AS reasons FROM checkout_concern
                  WHERE cleared_at IS NULL GROUP BY payment_id) open WHERE open.payment_id = checkout_payment.id;
            """,
        ),
        migrations.RemoveIndex(model_name="payment", name="payment_attention"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql="""
                    ALTER TABLE checkout_payment ALTER COLUMN needs_attention SET DEFAULT false,
                                                 ALTER COLUMN attention_reason SET DEFAULT '';
                    """,
                    reverse_sql="""
                    ALTER TABLE checkout_payment ALTER COLUMN needs_attention DROP DEFAULT,
                                                 ALTER COLUMN attention_reason DROP DEFAULT;
                    """,
                )
            ],
            state_operations=[
                migrations.RemoveField(model_name="payment", name="needs_attention"),
                migrations.RemoveField(model_name="payment", name="attention_reason"),
            ],
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
                    ("paid", "Payment received"),
                    ("payment_flagged", "Payment needs a look"),
                    ("concern_cleared", "Somebody had a look"),
                    ("visit_lost", "Time no longer free"),
                    ("visit_moved", "Visit moved"),
                    ("visit_cancelled", "Visit cancelled"),
                    ("proof_sent", "Proof of a vaccination sent"),
                    ("proof_approved", "Vaccination approved"),
                    ("proof_refused", "Proof of a vaccination refused"),
                    ("stock_lost", "Sold out before the money came"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money sent back"),
                    ("refund_failed", "Refund failed"),
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
    ]
