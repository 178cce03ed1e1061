import datetime

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0011_demanded_vaccinations"),
        ("catalog", "0010_pay_at_shop"),
    ]

    operations = [
        migrations.AddField(
            model_name="servicerules",
            name="balance_due",
            field=models.DurationField(
                db_default=datetime.timedelta(days=7),
                default=datetime.timedelta(days=7),
                help_text="How long before the visit. Whoever books later than that pays all of it at once.",
                verbose_name="the rest is due",
            ),
        ),
        migrations.AddField(
            model_name="servicerules",
            name="deposit_percent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Left empty, all of it is paid when it is booked.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)],
                verbose_name="deposit, in percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerules",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deposit_percent__isnull", True),
                    models.Q(("deposit_percent__gte", 1), ("deposit_percent__lte", 99)),
                    _connector="OR",
                ),
                name="service_rules_deposit_is_a_part",
                violation_error_message="A deposit is between 1 and 99 percent.",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerules",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("balance_due__gte", datetime.timedelta(0)), ("balance_due__lte", datetime.timedelta(days=366))
                ),
                name="service_rules_balance_due_before_the_visit",
                violation_error_message="The rest is due before the visit, at most a year before.",
            ),
        ),
    ]
