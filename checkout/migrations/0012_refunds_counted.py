from django.db import migrations


def frozen_but(*columns):
    """A line is what was accepted. Only these columns may change: where its visit is now, and what has become of it."""
    old, new = (" - ".join([f"to_jsonb({row})", *(f"'{column}'" for column in columns)]) for row in ("OLD", "NEW"))
    return f"""
    DROP TRIGGER order_line_frozen ON checkout_orderline;
    CREATE TRIGGER order_line_frozen AFTER UPDATE ON checkout_orderline
    FOR EACH ROW WHEN ({old} IS DISTINCT FROM {new}) EXECUTE FUNCTION refuse_change();
    """


class Migration(migrations.Migration):
    """What went back of a payment and of a line is counted in their own rows, where rivals wait for each other.

    A sum over the refunds would not see one that somebody else is just writing.
    """

    dependencies = [("checkout", "0011_refunds")]

    operations = [
        migrations.RunSQL(
            frozen_but("booking_id", "parcel", "cancelled_at", "kept", "refunded"),
            frozen_but("booking_id", "parcel", "cancelled_at", "kept"),
        ),
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION is_refund_counted(status text) RETURNS boolean LANGUAGE sql IMMUTABLE
            RETURN status NOT IN ('failed', 'rejected', 'cancelled');

            -- Counted from its first moment, taken off again when it comes to nothing.
            CREATE FUNCTION count_refund() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF is_refund_counted(NEW.status) THEN
                        UPDATE checkout_payment SET refunded = refunded + NEW.amount WHERE id = NEW.payment_id;
                    END IF;
                ELSIF is_refund_counted(OLD.status) AND NOT is_refund_counted(NEW.status) THEN
                    UPDATE checkout_payment SET refunded = refunded - NEW.amount WHERE id = NEW.payment_id;
                    UPDATE checkout_orderline line SET refunded = line.refunded - part.amount
                    FROM checkout_refundline part WHERE part.refund_id = NEW.id AND line.id = part.order_line_id;
                END IF;
                RETURN NULL;
            END $$;

            CREATE TRIGGER refund_counted AFTER INSERT OR UPDATE OF status ON checkout_refund
            FOR EACH ROW EXECUTE FUNCTION count_refund();

            -- A refund is what was asked for; only what is known of it may change, and what came to nothing stays so.
            CREATE TRIGGER refund_frozen BEFORE UPDATE ON checkout_refund
            FOR EACH ROW WHEN (
                (OLD.uuid, OLD.payment_id, OLD.amount, OLD.origin, OLD.reason, OLD.actor) IS DISTINCT FROM
                (NEW.uuid, NEW.payment_id, NEW.amount, NEW.origin, NEW.reason, NEW.actor)
                OR (OLD.stripe_id IS NOT NULL AND OLD.stripe_id IS DISTINCT FROM NEW.stripe_id)
                OR (OLD.status <> NEW.status AND NOT is_refund_counted(OLD.status))
            ) EXECUTE FUNCTION refuse_change();

            CREATE TRIGGER refund_stays BEFORE DELETE ON checkout_refund
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

            CREATE TRIGGER refund_line_append_only BEFORE UPDATE OR DELETE ON checkout_refundline
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

            -- A part of a refund is for a line of the same order, and is counted there.
            CREATE FUNCTION count_refund_line() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            BEGIN
                UPDATE checkout_orderline line
                SET refunded = line.refunded + CASE WHEN is_refund_counted(refund.status) THEN NEW.amount ELSE 0 END
                FROM checkout_refund refund JOIN checkout_payment payment ON payment.id = refund.payment_id
                WHERE refund.id = NEW.refund_id AND line.id = NEW.order_line_id AND line.order_id = payment.order_id;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'Order line % is not of the order of refund %', NEW.order_line_id, NEW.refund_id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_line_of_its_order';
                END IF;
                RETURN NULL;
            END $$;

            CREATE TRIGGER refund_line_counted AFTER INSERT ON checkout_refundline
            FOR EACH ROW EXECUTE FUNCTION count_refund_line();

            -- Judged when the transaction ends: a refund is the sum of its lines, unless nobody knows what it was for.
            CREATE FUNCTION check_refund_lines() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_catalog AS $$
            DECLARE
                id_of_refund bigint := coalesce(to_jsonb(NEW) ->> 'refund_id', to_jsonb(NEW) ->> 'id');
            BEGIN
                IF EXISTS (SELECT FROM checkout_refund refund WHERE refund.id = id_of_refund AND refund.amount <>
                           (SELECT coalesce(sum(amount), CASE refund.origin WHEN 'dashboard' THEN refund.amount END, 0)
                            FROM checkout_refundline WHERE refund_id = refund.id)) THEN
                    RAISE EXCEPTION 'Refund % is not the sum of its lines', id_of_refund
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_is_its_lines';
                END IF;
                RETURN NULL;
            END $$;

            CREATE CONSTRAINT TRIGGER refund_is_its_lines AFTER INSERT ON checkout_refund
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_refund_lines();
            CREATE CONSTRAINT TRIGGER refund_line_makes_its_refund AFTER INSERT ON checkout_refundline
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_refund_lines();
            """,
            reverse_sql="""
            DROP TRIGGER refund_line_makes_its_refund ON checkout_refundline;
            DROP TRIGGER refund_is_its_lines ON checkout_refund;
            DROP FUNCTION check_refund_lines();
            DROP TRIGGER refund_line_counted ON checkout_refundline;
            DROP FUNCTION count_refund_line();
            DROP TRIGGER refund_line_append_only ON checkout_refundline;
            DROP TRIGGER refund_stays ON checkout_refund;
            DROP TRIGGER refund_frozen ON checkout_refund;
            DROP TRIGGER refund_counted ON checkout_refund;
            DROP FUNCTION count_refund();
            DROP FUNCTION is_refund_counted(text);
            """,
        ),
    ]
