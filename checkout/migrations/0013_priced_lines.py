import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

TRIGGER = """
    DROP TRIGGER order_subtotal_is_its_lines ON checkout_order;
    CREATE CONSTRAINT TRIGGER order_subtotal_is_its_lines AFTER INSERT OR UPDATE OF subtotal, discount ON checkout_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_order_subtotal();
"""


class Migration(migrations.Migration):
    """What is off a line, and what of it is due later; and lines that sell nothing, such as delivery."""

    dependencies = [
        ("bookings", "0011_demanded_vaccinations"),
        ("catalog", "0009_pet_species"),
        ("checkout", "0012_refunds_counted"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_is_a_visit_or_a_parcel",
        ),
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_cancelled_keeps_no_more_than_its_price",
        ),
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_refunded_within_its_price",
        ),
        migrations.AddField(
            model_name="orderline",
            name="discount",
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=14),
        ),
        migrations.AddField(
            model_name="orderline",
            name="due_later",
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=14),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("product", "Product"),
                    ("appointment", "Appointment"),
                    ("seat", "Daycare"),
                    ("stay", "Boarding"),
                    ("class", "Class"),
                    ("charge", "Charge"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="variant",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="order_lines",
                to="catalog.variant",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("booking__isnull", True),
                        ("kind", "product"),
                        ("starts_at__isnull", True),
                        models.Q(("parcel", ""), _negated=True),
                    ),
                    models.Q(
                        ("booking__isnull", True),
                        ("kind", "charge"),
                        ("parcel", ""),
                        ("quantity", 1),
                        ("starts_at__isnull", True),
                    ),
                    models.Q(
                        models.Q(("kind__in", ["product", "charge"]), _negated=True),
                        ("parcel", ""),
                        ("quantity", 1),
                        ("starts_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="order_line_is_a_visit_or_a_parcel",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "charge"), ("variant__isnull", True)),
                    models.Q(("variant__isnull", False), models.Q(("kind", "charge"), _negated=True)),
                    _connector="OR",
                ),
                name="order_line_sells_a_variant_or_charges",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount__gte", 0),
                    (
                        "discount__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("unit_price"), "*", models.F("quantity")
                        ),
                    ),
                ),
                name="order_line_discount_within_its_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_later__gte", 0),
                    (
                        "due_later__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("unit_price"), "*", models.F("quantity")
                            ),
                            "-",
                            models.F("discount"),
                        ),
                    ),
                ),
                name="order_line_due_later_within_its_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("kept__isnull", True)),
                    models.Q(
                        ("cancelled_at__isnull", False),
                        ("kept__gte", 0),
                        ("kept__isnull", False),
                        (
                            "kept__lte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("unit_price"), "*", models.F("quantity")
                                ),
                                "-",
                                models.F("discount"),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="order_line_cancelled_keeps_no_more_than_its_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunded__gte", 0),
                    (
                        "refunded__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("unit_price"), "*", models.F("quantity")
                            ),
                            "-",
                            models.F("discount"),
                        ),
                    ),
                ),
                name="order_line_refunded_within_its_price",
            ),
        ),
        # Judged when the transaction ends, as before: now an order's discount is the sum of its lines', too.
        migrations.RunSQL(
            sql=[
                TRIGGER,
                """
            CREATE OR REPLACE FUNCTION check_order_subtotal() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            BEGIN
                IF (SELECT NEW.subtotal <> coalesce(sum(total), 0) OR NEW.discount <> coalesce(sum(discount), 0)
                    FROM checkout_orderline WHERE order_id = NEW.id) THEN
                    RAISE EXCEPTION 'The subtotal or discount of order % is not the sum of its lines', NEW.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_subtotal_is_its_lines';
                END IF;
                RETURN NULL;
            END $$;
            """,
            ],
            reverse_sql="""
            CREATE OR REPLACE FUNCTION check_order_subtotal() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            BEGIN
                IF NEW.subtotal <> (SELECT coalesce(sum(total), 0) FROM checkout_orderline WHERE order_id = NEW.id) THEN
                    RAISE EXCEPTION 'The subtotal of order % is not the sum of its lines', NEW.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_subtotal_is_its_lines';
                END IF;
                RETURN NULL;
            END $$;
            """,
        ),
    ]
