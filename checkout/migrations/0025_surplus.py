from django.db import migrations


def frozen_but(*columns):
    """A line is what was accepted. Only these columns may change: where its visit is now, and what has become of it."""
    old, new = (" - ".join([f"to_jsonb({row})", *(f"'{column}'" for column in columns)]) for row in ("OLD", "NEW"))
    return f"""
    DROP TRIGGER order_line_frozen ON checkout_orderline;
    CREATE TRIGGER order_line_frozen AFTER UPDATE ON checkout_orderline
    FOR EACH ROW WHEN ({old} IS DISTINCT FROM {new}) EXECUTE FUNCTION refuse_change();
    """


# A refund is the sum of its lines; only one of these origins may have none.
REFUND_IS_ITS_LINES = """
CREATE OR REPLACE FUNCTION check_refund_lines() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_catalog AS $$
DECLARE
    id_of_refund bigint := coalesce(to_jsonb(NEW) ->> 'refund_id', to_jsonb(NEW) ->> 'id');
BEGIN
    IF EXISTS (SELECT FROM checkout_refund refund WHERE refund.id = id_of_refund AND refund.amount <>
               (SELECT coalesce(sum(amount), CASE WHEN refund.origin IN (ORIGINS) THEN refund.amount END, 0)
                FROM checkout_refundline WHERE refund_id = refund.id)) THEN
        RAISE EXCEPTION 'Refund % is not the sum of its lines', id_of_refund
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_is_its_lines';
    END IF;
    RETURN NULL;
END $$;
"""
KNOWN = ["booking_id", "parcel", "cancelled_at", "kept", "refunded", "due_by", "waived"]


class Migration(migrations.Migration):
    """What a line's money came too late for may be chosen anew; money that nothing was due for goes back for no line."""

    dependencies = [("checkout", "0024_late_money")]

    operations = [
        migrations.RunSQL(frozen_but(*KNOWN, "choose_by"), frozen_but(*KNOWN)),
        migrations.RunSQL(
            REFUND_IS_ITS_LINES.replace("ORIGINS", "'dashboard', 'surplus'"),
            REFUND_IS_ITS_LINES.replace("ORIGINS", "'dashboard'"),
        ),
    ]
