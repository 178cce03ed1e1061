from django.db import migrations, models


class Migration(migrations.Migration):
    """How far Stripe's list of events was read is remembered, so that nothing of a day without webhooks is missed."""

    dependencies = [("checkout", "0014_concerns")]

    operations = [
        migrations.CreateModel(
            name="EventsRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until", models.DateTimeField()),
            ],
        ),
    ]
