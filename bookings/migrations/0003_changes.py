from django.db import migrations


class Migration(migrations.Migration):
    """Who does what decides which services can be booked, and lists say so."""

    dependencies = [("bookings", "0002_closures_take_their_bookings_along"), ("catalog", "0007_change")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TRIGGER resource_changes AFTER INSERT OR UPDATE OR DELETE ON bookings_resource
            FOR EACH STATEMENT EXECUTE FUNCTION note_change();
            CREATE TRIGGER resource_services_change AFTER INSERT OR UPDATE OR DELETE ON bookings_resource_services
            FOR EACH STATEMENT EXECUTE FUNCTION note_change();
            """,
            reverse_sql="""
            DROP TRIGGER resource_services_change ON bookings_resource_services;
            DROP TRIGGER resource_changes ON bookings_resource;
            """,
        ),
    ]
