from django.db import migrations, models


class Migration(migrations.Migration):
    """A refund that Stripe failed to make, and whose failure it keeps, is asked for under another key."""

    dependencies = [
        ("checkout", "0019_promotions"),
    ]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="keys_spent",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
