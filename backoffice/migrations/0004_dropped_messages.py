from django.db import migrations

VIEW = """
CREATE OR REPLACE VIEW audit.outbox AS
SELECT id, order_id, kind::text, key::text AS dedupe, created_at, {done} AS sent_at
FROM public.checkout_message;
"""


class Migration(migrations.Migration):
    """A message that is not worth sending any more waits for nobody."""

    dependencies = [("backoffice", "0003_nights"), ("checkout", "0008_visits_moved_and_cancelled")]

    operations = [
        migrations.RunSQL(VIEW.format(done="coalesce(sent_at, dropped_at)"), VIEW.format(done="sent_at")),
    ]
