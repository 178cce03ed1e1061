import pytest

from catalog.models import Kind, Offering
from catalog.search import search
from tests.factories import CategoryFactory, ProductFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def names(text):
    return [offering.name for offering in search(Offering.objects.published(), text)]


def test_a_bath_and_a_shampoo_are_found_with_one_search():
    ServiceFactory(name="Bath and tidy")
    ProductFactory(name="Oat shampoo")
    ProductFactory(name="Squeaky duck")

    assert sorted(names("bath shampoo")) == ["Bath and tidy", "Oat shampoo"]


def test_a_name_comes_before_a_summary_and_a_summary_before_a_description():
    ProductFactory(name="Towel", description="Salmon pink. Salmon, as in salmon.", position=1)
    ProductFactory(name="Bowl", summary="The colour of salmon", position=2)
    ProductFactory(name="Salmon bites", position=3)

    assert names("salmon") == ["Salmon bites", "Bowl", "Towel"]


def test_what_matches_every_word_comes_before_what_matches_one():
    ProductFactory(name="Oat biscuits", position=1)
    ProductFactory(name="Plain shampoo", position=2)
    ProductFactory(name="Oat shampoo", position=3)

    assert names("oat shampoo")[0] == "Oat shampoo"


def test_a_word_is_found_in_its_other_forms():
    ServiceFactory(name="Grooming for cats")

    assert names("groom") == names("groomed cat") == ["Grooming for cats"]


@pytest.mark.parametrize("unfinished", ["sham", "shampo", "SHAM", "oat sham"])
def test_the_last_word_may_be_unfinished(unfinished):
    ProductFactory(name="Oat shampoo")

    assert names(unfinished) == ["Oat shampoo"]


def test_an_unfinished_word_is_found_although_the_index_keeps_only_its_stem():
    ServiceFactory(name="Full grooming")

    assert names("groomi") == ["Full grooming"]


def test_only_the_last_word_may_be_unfinished():
    ProductFactory(name="Shampoo")

    assert names("sham brush") == []


def test_the_filters_of_the_list_still_hold():
    ServiceFactory(name="Bath")
    ProductFactory(name="Bath towel")

    found = search(Offering.objects.filter(kind=Kind.PRODUCT), "bath")

    assert [offering.name for offering in found] == ["Bath towel"]


def test_nothing_typed_finds_everything_in_the_shops_own_order():
    ProductFactory(name="Second", position=2)
    ProductFactory(name="First", position=1)

    assert names("") == names("  ") == ["First", "Second"]


@pytest.mark.parametrize(
    "typed",
    [
        "'",
        '"bath',
        "bath'; drop table catalog_offering; --",
        "bath & | ! ( ) <-> :*A",
        "a:b:c*",
        "\\",
        "\\'",
        "%",
        "_",
        "🐶🛁",
        "\x00bath",
        "\ud800",
        "the and of",
        "²",
        "ｂａｔｈ",
        "猫のシャンプー",
        "bath " * 2000,
        "x" * 10_000,
        "é" * 10_000,
    ],
)
def test_whatever_is_typed_it_does_not_raise(typed):
    ServiceFactory(name="Bath and tidy")

    names(typed)


def test_signs_alone_find_nothing():
    ProductFactory()

    assert names("!!! 🐶") == []


def test_quotes_and_operators_around_a_word_do_not_hide_it():
    ServiceFactory(name="Bath and tidy")

    assert names('"bath" & !') == names("(bath)") == ["Bath and tidy"]


def test_a_shelf_is_found_by_its_name_with_what_stands_on_it():
    toys = CategoryFactory(name="Toys and games")
    ProductFactory(name="Quentin the duck", category=toys)
    ProductFactory(name="Fish soup", summary="No toy.", category=CategoryFactory(name="Food"))

    assert names("toys") == names("toy") == ["Fish soup", "Quentin the duck"]
    assert names("game") == names("gam") == ["Quentin the duck"]
    assert names("food") == ["Fish soup"]


def test_an_animal_beside_another_word_brings_what_is_for_it_to_the_front_and_finds_nothing_more():
    toys = CategoryFactory(name="Toys")
    ProductFactory(name="Ball", category=toys, species=["cat"], position=1)
    ProductFactory(name="Rope", category=toys, species=["dog"], position=2)
    ProductFactory(name="Lead", category=CategoryFactory(name="Walks"), species=["dog"], position=3)

    assert names("dogs toys") == names("toys for dog") == ["Rope", "Ball"]
    assert names("cat toys") == ["Ball", "Rope"]
