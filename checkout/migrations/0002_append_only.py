from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("checkout", "0001_initial"), ("core", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TRIGGER order_event_append_only BEFORE UPDATE OR DELETE ON checkout_orderevent
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

            CREATE TRIGGER order_line_stays BEFORE DELETE ON checkout_orderline
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

            -- A line is what was accepted. Only where its visit is now and how far its parcel is may change.
            -- AFTER, because a BEFORE trigger may not look at the generated total.
            CREATE TRIGGER order_line_frozen AFTER UPDATE ON checkout_orderline
            FOR EACH ROW WHEN (to_jsonb(OLD) - 'booking_id' - 'parcel' IS DISTINCT FROM
                               to_jsonb(NEW) - 'booking_id' - 'parcel')
            EXECUTE FUNCTION refuse_change();

            -- Judged when the transaction ends: an order's subtotal is the sum of its lines.
            CREATE FUNCTION check_order_subtotal() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            BEGIN
                IF NEW.subtotal <> (SELECT coalesce(sum(total), 0) FROM checkout_orderline WHERE order_id = NEW.id) THEN
                    RAISE EXCEPTION 'The subtotal of order % is not the sum of its lines', NEW.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_subtotal_is_its_lines';
                END IF;
                RETURN NULL;
            END $$;

            CREATE CONSTRAINT TRIGGER order_subtotal_is_its_lines AFTER INSERT OR UPDATE OF subtotal ON checkout_order
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_order_subtotal();
            """,
            reverse_sql="""
            DROP TRIGGER order_subtotal_is_its_lines ON checkout_order;
            DROP FUNCTION check_order_subtotal();
            DROP TRIGGER order_line_frozen ON checkout_orderline;
            DROP TRIGGER order_line_stays ON checkout_orderline;
            DROP TRIGGER order_event_append_only ON checkout_orderevent;
            """,
        ),
    ]
