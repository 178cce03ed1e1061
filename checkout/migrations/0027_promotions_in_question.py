from django.db import migrations

PROMOTIONS_FOR = """
-- What is in force by itself, and what was typed for a basket, for whoever has this address. An unpaid order of the basket
-- counts for nothing: it is this basket. A function, because every look at a basket asks, and its plan is made once.
CREATE FUNCTION promotions_for(basket bigint, typed bigint, customer_is text) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = public, pg_catalog AS $$
BEGIN
    RETURN (
        SELECT json_agg(deal) FROM (
            SELECT p.id, p.name, p.code, p.gives, p.value::text, p.minimum::text, p.is_bundle, p.is_active, p.first_day,
                   p.last_day, p.uses_per_customer,
                   CASE WHEN p.uses_at_most IS NOT NULL THEN p.used - (
                       SELECT count(*) FROM checkout_promotionuse u
                       WHERE u.promotion_id = p.id AND u.order_id = paying.id AND u.given_back_at IS NULL
                   ) >= p.uses_at_most END AS is_used_up,
                   CASE WHEN p.uses_per_customer IS NOT NULL AND customer_is <> '' THEN (
                       SELECT count(*) FROM checkout_promotionuse u
                       WHERE u.promotion_id = p.id AND u.customer = customer_is AND u.given_back_at IS NULL
                             AND u.order_id IS DISTINCT FROM paying.id
                   ) >= p.uses_per_customer END AS is_used_by_customer,
                   ARRAY(
                       SELECT json_build_object('name', coalesce(offering.name, category.name), 'offering', i.offering_id,
                                                'category', i.category_id, 'kind', i.kind, 'is_reduced', i.is_reduced)
                       FROM checkout_promotionitem i
                       LEFT JOIN catalog_offering offering ON offering.id = i.offering_id
                       LEFT JOIN catalog_category category ON category.id = i.category_id
                       WHERE i.promotion_id = p.id ORDER BY i.id
                   ) AS items
            FROM checkout_promotion p
            LEFT JOIN checkout_order paying ON paying.cart_id = basket AND paying.status = 'pending'
            WHERE p.id = typed OR p.code = '' AND p.is_active AND (p.last_day IS NULL OR p.last_day >= current_date - 1)
        ) deal
    );
END $$;
"""


class Migration(migrations.Migration):
    """The promotions that are in question for a basket come with one value of whatever statement asks for them."""

    dependencies = [("checkout", "0026_given_back_at_the_shop")]

    operations = [migrations.RunSQL(PROMOTIONS_FOR, "DROP FUNCTION promotions_for(bigint, bigint, text)")]
