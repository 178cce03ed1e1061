from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("core", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TRIGGER stock_movement_append_only BEFORE UPDATE OR DELETE ON catalog_stockmovement
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            reverse_sql="DROP TRIGGER stock_movement_append_only ON catalog_stockmovement;",
        ),
    ]
