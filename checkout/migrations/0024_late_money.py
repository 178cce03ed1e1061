from django.db import migrations, models


class Migration(migrations.Migration):
    """Until when a customer chooses instead of what late money could not buy; and money that nothing was due for."""

    dependencies = [
        ("bookings", "0012_deposits"),
        ("catalog", "0010_pay_at_shop"),
        ("checkout", "0023_balances"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_origin_known",
        ),
        migrations.AddField(
            model_name="orderline",
            name="choose_by",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="is_surplus",
            field=models.BooleanField(db_default=False, default=False),
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
                    ("visit_rebooked", "Another time chosen"),
                    ("visit_moved", "Visit moved"),
                    ("visit_cancelled", "Visit cancelled"),
                    ("line_cancelled", "Part of the order cancelled"),
                    ("proof_sent", "Proof of a vaccination sent"),
                    ("proof_approved", "Vaccination approved"),
                    ("proof_refused", "Proof of a vaccination refused"),
                    ("stock_lost", "Sold out before the money came"),
                    ("stock_found", "In stock after all"),
                    ("surplus", "More money than was due"),
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
        migrations.AlterField(
            model_name="refund",
            name="origin",
            field=models.CharField(
                choices=[
                    ("shop", "The shop"),
                    ("customer", "The customer"),
                    ("late", "Money that came too late"),
                    ("surplus", "More money than was due"),
                    ("dashboard", "Stripe's dashboard"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("choose_by__isnull", False)), fields=["choose_by"], name="order_line_lost"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("choose_by__isnull", True),
                    models.Q(("cancelled_at__isnull", True), ("parcel__in", ["", "cancelled"])),
                    _connector="OR",
                ),
                name="order_line_lost_is_neither_had_nor_cancelled",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["shop", "customer", "late", "surplus", "dashboard"])),
                name="refund_origin_known",
            ),
        ),
    ]
