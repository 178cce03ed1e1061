from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=64)),
                ("count", models.PositiveIntegerField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name", "source"), name="pace_once_per_source")],
            },
        ),
    ]
