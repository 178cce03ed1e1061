from django.db import migrations

COUPONS = """
-- Every promotion; one that works by itself has no code.
CREATE VIEW audit.coupon AS
SELECT id, nullif(code, '')::text AS code, uses_at_most AS max_uses, used
FROM public.checkout_promotion;

-- What was given back, because its order ended unpaid, counts for nothing.
CREATE VIEW audit.coupon_use AS
SELECT id, promotion_id AS coupon_id, order_id
FROM public.checkout_promotionuse
WHERE given_back_at IS NULL;
"""
NO_COUPONS = """
CREATE VIEW audit.coupon AS
SELECT NULL::bigint AS id, NULL::text AS code, NULL::integer AS max_uses, NULL::integer AS used
WHERE false;

CREATE VIEW audit.coupon_use AS
SELECT NULL::bigint AS id, NULL::bigint AS coupon_id, NULL::bigint AS order_id
WHERE false;
"""
READ_ONLY = "".join(
    f"CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.{view} "
    "FOR EACH ROW EXECUTE FUNCTION audit.refuse_write();"
    for view in ("coupon", "coupon_use")
)
DROP = "DROP VIEW audit.coupon; DROP VIEW audit.coupon_use;"


class Migration(migrations.Migration):
    """Promotions and the orders that have them can be audited. The two views are made anew: they had no rows."""

    dependencies = [("backoffice", "0007_receipts"), ("checkout", "0019_promotions")]

    operations = [migrations.RunSQL(DROP + COUPONS + READ_ONLY, DROP + NO_COUPONS + READ_ONLY)]
