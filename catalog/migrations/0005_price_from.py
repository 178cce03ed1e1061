from django.db import migrations, models
from django.db.models import Q

KEEP_PRICE_FROM = """
CREATE FUNCTION set_price_from() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.price_from := (SELECT min(price) FROM catalog_variant WHERE offering_id = NEW.id AND is_active);
    RETURN NEW;
END $$;

-- The offering's row is locked first and its price read after, so two changes of its variants at once both count.
CREATE FUNCTION touch_price_from() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.price, OLD.is_active, OLD.offering_id) = (NEW.price, NEW.is_active, NEW.offering_id) THEN
        RETURN NULL;
    END IF;
    UPDATE catalog_offering SET price_from = NULL WHERE id IN (OLD.offering_id, NEW.offering_id);
    RETURN NULL;
END $$;

CREATE TRIGGER offering_price_from BEFORE INSERT OR UPDATE ON catalog_offering
FOR EACH ROW EXECUTE FUNCTION set_price_from();
-- Not for stock: an order locks variants in the order of their ids, and must not come to lock offerings in another.
CREATE TRIGGER variant_price_from AFTER INSERT OR DELETE OR UPDATE OF price, is_active, offering_id ON catalog_variant
FOR EACH ROW EXECUTE FUNCTION touch_price_from();

UPDATE catalog_offering SET price_from = NULL;
"""

DROP_PRICE_FROM = """
DROP TRIGGER variant_price_from ON catalog_variant;
DROP TRIGGER offering_price_from ON catalog_offering;
DROP FUNCTION touch_price_from();
DROP FUNCTION set_price_from();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_words")]

    operations = [
        migrations.AddField(
            model_name="offering",
            name="price_from",
            field=models.DecimalField(
                decimal_places=2, editable=False, max_digits=14, null=True, verbose_name="price from"
            ),
        ),
        migrations.RunSQL(sql=KEEP_PRICE_FROM, reverse_sql=DROP_PRICE_FROM),
        migrations.AddIndex(
            model_name="offering",
            index=models.Index(
                condition=Q(("is_published", True)), fields=["position", "name", "id"], name="offering_in_order"
            ),
        ),
        migrations.AddIndex(
            model_name="offering",
            index=models.Index(
                condition=Q(("is_published", True)),
                fields=["price_from", "position", "name", "id"],
                name="offering_by_price",
            ),
        ),
    ]
