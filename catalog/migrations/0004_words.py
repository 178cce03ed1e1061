from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import migrations, models

# As in catalog.words when this was written.
MARKS = r"[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"

LEARN_WORDS = r"""
CREATE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    written jsonb := to_jsonb(NEW);
    spoken text := concat_ws(' ', written ->> 'name', written ->> 'summary', written ->> 'description');
    unheard text[] := ARRAY(
        SELECT spoken_word FROM unnest(tsvector_to_array(to_tsvector(
            'simple', regexp_replace(normalize(spoken, NFKD), '[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]', '', 'g')
        ))) AS spoken_word
        WHERE spoken_word ~ '^[[:alpha:]]{3,30}$' AND NOT EXISTS (SELECT FROM catalog_word WHERE word = spoken_word)
    );
BEGIN
    IF cardinality(unheard) > 0 THEN
        -- One transaction at a time brings new words, or two that bring the same ones in another order wait for each other.
        PERFORM pg_advisory_xact_lock('catalog_word'::regclass::bigint);
        INSERT INTO catalog_word (word) SELECT unnest(unheard) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER offering_words AFTER INSERT OR UPDATE OF name, summary, description ON catalog_offering
FOR EACH ROW EXECUTE FUNCTION learn_words();
CREATE TRIGGER category_words AFTER INSERT OR UPDATE OF name ON catalog_category
FOR EACH ROW EXECUTE FUNCTION learn_words();

-- The words of what is there already.
UPDATE catalog_offering SET name = name;
UPDATE catalog_category SET name = name;
"""

FORGET_WORDS = """
DROP TRIGGER category_words ON catalog_category;
DROP TRIGGER offering_words ON catalog_offering;
DROP FUNCTION learn_words();
"""


def without_marks(field):
    template = f"regexp_replace(normalize(%(expressions)s, NFKD), '{MARKS}', '', 'g')"
    return models.Func(field, template=template, output_field=models.TextField())


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_add_ons")]

    operations = [
        TrigramExtension(),
        # What a column is generated from cannot be changed: it goes and comes back, and loses nothing by it.
        migrations.RemoveIndex("offering", "offering_search"),
        migrations.RemoveField("offering", "search"),
        migrations.AddField(
            "offering",
            "search",
            models.GeneratedField(
                expression=SearchVector(without_marks("name"), weight="A", config="english")
                + SearchVector(without_marks("name"), weight="A", config="simple")
                + SearchVector(without_marks("summary"), weight="B", config="english")
                + SearchVector(without_marks("description"), weight="C", config="english"),
                output_field=SearchVectorField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex("offering", GinIndex(fields=["search"], name="offering_search")),
        migrations.CreateModel(
            name="Word",
            fields=[("word", models.TextField(primary_key=True, serialize=False))],
            options={"indexes": [GistIndex(OpClass("word", name="gist_trgm_ops"), name="word_by_likeness")]},
        ),
        migrations.RunSQL(sql=LEARN_WORDS, reverse_sql=FORGET_WORDS),
    ]
