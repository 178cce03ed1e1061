from django.db import migrations, models

NOTE_CHANGES = """
CREATE FUNCTION add_change() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO catalog_change (token) VALUES (hashtextextended(gen_random_uuid()::text, 0)) RETURNING id INTO added;
    IF added % 100 = 0 THEN
        DELETE FROM catalog_change WHERE id IN (
            SELECT id FROM catalog_change WHERE id < added - 100 FOR UPDATE SKIP LOCKED
        );
    END IF;
END $$;

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM add_change();
    RETURN NULL;
END $$;

-- Of stock only whether there is any: one sale more or less changes no list.
CREATE FUNCTION note_variants_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (
        SELECT FROM before JOIN after USING (id)
        WHERE to_jsonb(before) - 'stock' <> to_jsonb(after) - 'stock'
           OR (before.stock > 0) IS DISTINCT FROM (after.stock > 0)
    ) THEN
        PERFORM add_change();
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER category_changes AFTER INSERT OR UPDATE OR DELETE ON catalog_category
FOR EACH STATEMENT EXECUTE FUNCTION note_change();
CREATE TRIGGER offering_changes AFTER INSERT OR UPDATE OR DELETE ON catalog_offering
FOR EACH STATEMENT EXECUTE FUNCTION note_change();
CREATE TRIGGER picture_changes AFTER INSERT OR UPDATE OR DELETE ON catalog_picture
FOR EACH STATEMENT EXECUTE FUNCTION note_change();
CREATE TRIGGER variant_comes_or_goes AFTER INSERT OR DELETE ON catalog_variant
FOR EACH STATEMENT EXECUTE FUNCTION note_change();
CREATE TRIGGER variant_changes AFTER UPDATE ON catalog_variant REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION note_variants_change();
"""

NOTE_NOTHING = """
DROP TRIGGER variant_changes ON catalog_variant;
DROP TRIGGER variant_comes_or_goes ON catalog_variant;
DROP TRIGGER picture_changes ON catalog_picture;
DROP TRIGGER offering_changes ON catalog_offering;
DROP TRIGGER category_changes ON catalog_category;
DROP FUNCTION note_variants_change();
DROP FUNCTION note_change();
DROP FUNCTION add_change();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_shelf_order")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(sql=NOTE_CHANGES, reverse_sql=NOTE_NOTHING),
    ]
