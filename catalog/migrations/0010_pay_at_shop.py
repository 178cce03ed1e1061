from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_pet_species"),
    ]

    operations = [
        migrations.AddField(
            model_name="offering",
            name="pay_at_shop",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="By cash or card when they come; not if it asks for a deposit.",
                verbose_name="may be paid at the shop",
            ),
        ),
    ]
