from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("checkout", "0025_surplus"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_known_to_stripe",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_origin_known",
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
                    ("counter", "Given back at the shop"),
                    ("dashboard", "Stripe's dashboard"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["shop", "customer", "late", "surplus", "counter", "dashboard"])),
                name="refund_origin_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stripe_id__isnull", False),
                    ("origin", "counter"),
                    ("status__in", ["requested", "rejected"]),
                    _connector="OR",
                ),
                name="refund_known_to_stripe",
            ),
        ),
    ]
