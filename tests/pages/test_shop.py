import pytest
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Offering, Variant
from petshop.shop import listing, shelves
from tests.factories import CategoryFactory, ProductFactory, ServiceFactory, ServiceVariantFactory, VariantFactory

pytestmark = pytest.mark.django_db


def listed(response):
    return [card.name for card in response.context["cards"]]


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
        ("sort=-price", ["Bath and tidy", "Oat shampoo", "Harvey kibble"]),
        ("sort=name", ["Bath and tidy", "Harvey kibble", "Oat shampoo"]),
        ("sort=newest", ["Harvey kibble", "Oat shampoo", "Bath and tidy"]),
        ("max=12.50", ["Harvey kibble"]),
        ("min=12.51", ["Bath and tidy", "Oat shampoo"]),
        ("min=12.6&max=13", ["Oat shampoo"]),
        ("min=12,50&max=12,50", ["Harvey kibble"]),
        ("min=100", []),
        ("available=1", ["Bath and tidy", "Harvey kibble"]),
        ("available=1&kind=product", ["Harvey kibble"]),
    ],
)
def test_the_address_chooses_what_is_listed(client, small_shop, query, names):
    Variant.objects.filter(offering__slug="oat-shampoo").update(stock=0)

    assert listed(client.get(f"/shop/?{query}")) == names


def test_a_chosen_filter_can_be_removed_and_keeps_the_others(client, small_shop):
    page = client.get("/shop/?kind=product&species=dog&q=oat")

    assertContains(page, 'href="/shop/?q=oat&amp;species=dog"')
    assertContains(page, 'href="/shop/?q=oat&amp;kind=product"')
    assertContains(page, 'href="/shop/?kind=product&amp;species=dog"')


@pytest.fixture
def full_shop(small_shop):
    """Beside the small shop: what is sold out, what nobody does, what has no price, what suits every animal."""
    toys = CategoryFactory(name="Toys", slug="toys")
    for number, price in enumerate(["5.00", "10.00", "10.01", "25.00", "49.99", "50.00", "75.00"]):
        toy = ProductFactory(name=f"Toy {number}", category=toys, species=["dog", "cat", "fish"][: number % 4])
        VariantFactory(offering=toy, price=price, stock=number % 3)
    ProductFactory(name="Toy without a price", category=toys)
    ServiceVariantFactory(offering=ServiceFactory(name="Nobody's bath"))
    ServiceFactory(name="Bath without a price")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=toy",
        "q=bath+toy+xyzzy",
        "kind=product",
        "kind=service&species=cat",
        "species=fish&min=10&max=25",
        "category=toys&available=1&max=49.99",
        "min=10.01&max=10.01&sort=-price",
        "q=toy&kind=service&species=dog&category=food&min=1000&available=1",
    ],
)
def test_a_count_is_what_the_choice_leads_to(client, full_shop, query):
    page = client.get(f"/shop/?{query}").context

    promised = {option.address: option.count for group in page["groups"] for option in group.options}
    promised |= {
        chip.address: chip.count for chip in [*page["chips"][bool(page["choice"].q) :], *page.get("ways_out", [])]
    }

    assert page["page"].paginator.count == how_many(client, f"/shop/?{query}")
    assert {address: how_many(client, address) for address in promised} == promised


def how_many(client, address):
    """How many an address lists: none of these fills a page."""
    return len(listed(client.get(address)))


def test_what_would_leave_nothing_is_no_option(client, full_shop):
    page = client.get("/shop/?category=food").context

    options = {option.label for group in page["groups"] for option in group.options}

    assert {"Products", "Food", "Toys", "€10.00 to €25.00"} <= options
    assert not {"Services", "Fish", "€50.00 and more"} & options


def test_a_misspelt_word_is_put_right_and_the_page_says_so(client, small_shop):
    page = client.get("/shop/?q=shmapoo")

    assert listed(page) == ["Oat shampoo"]
    assertContains(page, "Nothing here is called “shmapoo”. We looked for “shampoo”.")


def test_what_was_asked_for_can_be_taken_out_one_by_one(client, small_shop):
    page = client.get("/shop/?q=oat&kind=product&species=dog&category=grooming&max=20&available=1")

    assert [chip.label for chip in page.context["chips"]] == [
        "“oat”",
        "Products",
        "Dogs",
        "Grooming",
        "Up to €20.00",
        "In stock or to be booked",
    ]
    assert all(listed(client.get(chip.address)) == ["Oat shampoo"] for chip in page.context["chips"])
    assertContains(page, "Filter (5)")


def test_a_script_gets_the_next_offerings_alone(client):
    ProductFactory.create_batch(30)

    more = client.get("/shop/?page=2", headers={"HX-Request": "true"})

    assertContains(more, "Page 2 of 2")
    assertNotContains(more, "<html")
    assert "HX-Request" in more["Vary"]


@pytest.mark.parametrize(
    "query",
    [
        "kind=dragon",
        "species=dragon",
        "category=none",
        "sort=worst",
        "sort=name,price_from",
        "available=no",
        "min=NaN&max=Infinity",
        "min=-1&max=1e9",
        "min=1e-9&max=999999999999999999999999",
        "min=50&max=10",
        "min=%D9%A3&max=%00",
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

    assertContains(page, "Without “unicorn”: 3 results")
    assertNotContains(page, "Without Dogs")
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
    assertNotContains(page, "From €")


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
    listing.cache_clear()
    shelves.cache_clear()
    with django_assert_max_num_queries(9) as asked:
        assert client.get(f"/shop/?{query}").status_code == 200
    return len(asked)


def test_a_service_with_choices_of_one_length_says_it_once(client):
    bath = ServiceFactory()
    ServiceVariantFactory(offering=bath, name="Small")
    ServiceVariantFactory(offering=bath, name="Large")

    assertContains(client.get("/shop/"), "60 minutes", count=1)
