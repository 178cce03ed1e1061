import pytest
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Offering, Variant
from tests.factories import CategoryFactory, ProductFactory, ServiceFactory, ServiceVariantFactory, VariantFactory

pytestmark = pytest.mark.django_db


def listed(response):
    return [card.offering.name for card in response.context["cards"]]


def test_one_search_finds_the_bath_and_the_shampoo_on_the_first_page(client, small_shop):
    page = client.get("/shop/?q=bath+shampoo")

    assert sorted(listed(page)) == ["Bath and tidy", "Oat shampoo"]
    assertContains(page, "2 results")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=service", ["Bath and tidy"]),
        ("kind=product", ["Harvey kibble", "Oat shampoo"]),
        ("species=cat", ["Harvey kibble"]),
        ("category=grooming", ["Bath and tidy", "Oat shampoo"]),
        ("category=grooming&kind=product", ["Oat shampoo"]),
        ("q=bath&kind=product", []),
        ("sort=price", ["Harvey kibble", "Oat shampoo", "Bath and tidy"]),
        ("sort=name", ["Bath and tidy", "Harvey kibble", "Oat shampoo"]),
    ],
)
def test_the_address_chooses_what_is_listed(client, small_shop, query, names):
    assert listed(client.get(f"/shop/?{query}")) == names


def test_a_chosen_filter_can_be_removed_and_keeps_the_others(client, small_shop):
    page = client.get("/shop/?kind=product&species=dog&q=oat")

    assertContains(page, 'href="/shop/?q=oat&amp;species=dog"')
    assertContains(page, 'href="/shop/?q=oat&amp;kind=product"')
    assertContains(page, 'href="/shop/?kind=product&amp;species=dog"')


@pytest.mark.parametrize(
    "query",
    [
        "kind=dragon",
        "species=dragon",
        "category=none",
        "sort=worst",
        "q=%00",
        "category=%00",
        "species=%F0%9F%90%B6",
        "page=-1",
        "page=%00",
        "page=" + "9" * 5000,
        "q=" + "x" * 10_000,
        "kind=&species=&category=&sort=&page=",
    ],
)
def test_an_address_that_makes_no_sense_still_shows_the_list(client, small_shop, query):
    assert client.get(f"/shop/?{query}").status_code == 200


def test_the_next_page_is_a_real_page_and_keeps_the_filters(client):
    shelf = CategoryFactory(slug="toys")
    ProductFactory.create_batch(30, category=shelf)

    first = client.get("/shop/?category=toys")
    second = client.get("/shop/?category=toys&page=2")

    assert (len(listed(first)), len(listed(second))) == (24, 6)
    assert not set(listed(first)) & set(listed(second))
    assertContains(first, 'rel="next" href="?category=toys&amp;page=2"')
    assertContains(second, "Page 2 of 2")


@pytest.mark.parametrize(("page", "shown"), [("0", 2), ("99", 2), ("two", 1), ("", 1)])
def test_a_page_number_that_does_not_exist_shows_the_last_or_the_first(client, page, shown):
    ProductFactory.create_batch(30)

    assert client.get(f"/shop/?page={page}").context["page"].number == shown


def test_nothing_found_keeps_the_filters_and_shows_a_way_on(client, small_shop):
    page = client.get("/shop/?q=unicorn&species=dog")

    assertContains(page, "Remove one of the filters")
    assertContains(page, "From our shelves")
    assertContains(page, "Harvey kibble")


def test_cards_say_the_price_from_which_it_starts_and_how_long_a_visit_takes(client, small_shop):
    page = client.get("/shop/")

    assertContains(page, "From €12.50")
    assertContains(page, "60 minutes")
    assertContains(page, "€12.90")


def test_a_choice_that_is_no_longer_for_sale_does_not_set_the_price(client, small_shop):
    Variant.objects.filter(name="2 kg bag").update(is_active=False)

    page = client.get("/shop/?q=kibble")

    assertContains(page, "€54.90")
    assertNotContains(page, "From")


def test_one_press_adds_only_what_needs_no_choice_and_is_there(client, small_shop):
    VariantFactory(offering=ProductFactory(name="Rare towel"), sold_out=True)

    page = client.get("/shop/")

    assertContains(page, "Add Oat shampoo to basket")
    assertNotContains(page, "Add Harvey kibble to basket")
    assertNotContains(page, "Add Rare towel to basket")
    assertContains(page, "Sold out")


def test_what_is_not_published_is_not_listed(client, small_shop):
    Offering.objects.filter(slug="kibble").update(is_published=False)

    assert "Harvey kibble" not in listed(client.get("/shop/"))


def test_what_was_typed_is_shown_as_text(client):
    page = client.get("/shop/?q=<script>alert(1)</script>")

    assertNotContains(page, "<script>alert")


@pytest.mark.parametrize("query", ["", "q=toy", "species=dog&sort=price"])
def test_the_list_asks_the_database_as_often_for_5000_offerings_as_for_12(client, query, django_assert_max_num_queries):
    shelf = CategoryFactory()
    Offering.objects.bulk_create(
        Offering(kind="product", name=f"Toy {n}", slug=f"toy-{n}", category=shelf, is_published=True) for n in range(12)
    )
    client.get("/shop/")  # from here on the browser has a basket
    few = count_queries(client, query, django_assert_max_num_queries)
    Offering.objects.bulk_create(
        Offering(kind="product", name=f"Toy {n}", slug=f"toy-{n}", category=shelf, is_published=True)
        for n in range(12, 5000)
    )
    Variant.objects.bulk_create(
        Variant(offering=offering, price=5, stock=1) for offering in Offering.objects.only("pk")
    )

    many = count_queries(client, query, django_assert_max_num_queries)

    assert many == few


def count_queries(client, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(7) as asked:
        assert client.get(f"/shop/?{query}").status_code == 200
    return len(asked)


def test_a_service_with_choices_of_one_length_says_it_once(client):
    bath = ServiceFactory()
    ServiceVariantFactory(offering=bath, name="Small")
    ServiceVariantFactory(offering=bath, name="Large")

    assertContains(client.get("/shop/"), "60 minutes", count=1)
