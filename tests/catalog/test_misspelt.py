"""Searches with slips of the finger in them."""

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.demo.fill import fill_shop
from catalog.models import Offering, Word
from catalog.search import Wanted, search
from catalog.spelling import distance, nearest
from tests.catalog.misspelt import MISSPELT
from tests.factories import CategoryFactory, ProductFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def names(text):
    return [offering.name for offering in search(Offering.objects.published(), text)]


def corrected(text):
    return {term.typed: term.meant for term in Wanted.read(text).corrected}


def test_ten_misspelt_searches_find_what_they_should_among_the_first_three():
    fill_shop(timezone.localdate())

    found = {typed: [thing.slug for thing in search(Offering.objects.published(), typed)[:3]] for typed in MISSPELT}

    assert len(MISSPELT) == 10
    assert {typed: slugs for typed, slugs in found.items() if MISSPELT[typed] not in slugs} == {}


def test_only_a_word_that_finds_nothing_is_put_right():
    ProductFactory(name="Harness")
    ProductFactory(name="Harvest mix")

    assert names("harnes") == ["Harness"]  # still being typed, and found as it is
    assert names("harnes red") == ["Harness"]
    assert corrected("harnes red") == {"harnes": ("harness",)}
    assert corrected("harvest harness") == {}


def test_the_rest_of_a_search_stays_as_it_was_typed():
    ProductFactory(name="Soft brush", position=2)
    ProductFactory(name="Slicker brush", position=1)
    ProductFactory(name="Soft towel", position=3)

    assert names("sfot brush") == ["Soft brush", "Slicker brush", "Soft towel"]


def test_a_word_that_is_as_near_to_two_stands_for_both():
    ProductFactory(name="Ball")
    ProductFactory(name="Bell")

    assert sorted(names("bxll")) == ["Ball", "Bell"]


@pytest.mark.parametrize("typed", ["xyzzyx", "so", "12kk", "the", "of the", "shxmpxxo", "s" * 150])
def test_what_comes_near_nothing_finds_nothing(typed):
    ProductFactory(name="Shampoo 12kg", description="Toe tee then")

    assert names(typed) == []


def test_a_misspelt_word_finds_what_its_other_forms_find():
    CategoryFactory(name="Grooming")
    ServiceFactory(name="Full groom")

    assert names("groming") == ["Full groom"]


def test_what_is_not_in_the_shop_corrects_nothing():
    ProductFactory(name="Secret kibble", is_published=False)
    renamed = ProductFactory(name="Kibbles")
    renamed.name = "Bowl"
    renamed.save(update_fields=["name"])

    assert names("kibel") == []
    assert corrected("kibel") == {}


def test_a_renamed_offering_brings_its_new_words():
    bowl = ProductFactory(name="Bowl")
    Offering.objects.filter(pk=bowl.pk).update(name="Feeder")

    assert names("feedr") == ["Feeder"]
    assert Word.objects.filter(word__in=["bowl", "feeder"]).count() == 2


@pytest.mark.parametrize("stored", ["Café crème", "Cafe\u0301 cre\u0300me", "CAFE CREME"])
@pytest.mark.parametrize(
    "typed", ["café", "cafe\u0301 ", "cafe", "CRÈME", "crem", "cafè", "ca\u200dfe", "ｃａｆｅ", "caffe"]
)
def test_i12_accents_and_invisible_signs_hide_nothing(stored, typed):
    ProductFactory(name=stored)

    assert names(typed) == [stored]


def test_a_search_is_understood_in_two_queries_however_many_words_it_has(django_assert_num_queries):
    ProductFactory(name="Slicker brush")

    with django_assert_num_queries(2):
        Wanted.read("slcker brsh towl colar nial trm vte chekup meddow hya")
    with django_assert_num_queries(0):
        Wanted.read("")


def test_the_nearest_words_are_found_by_an_index():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO catalog_word SELECT 'word' || n FROM generate_series(1, 5000) n")
        cursor.execute("ANALYZE catalog_word")
        cursor.execute("EXPLAIN SELECT word FROM catalog_word ORDER BY word <-> 'wrod' LIMIT 30")
        plan = "".join(line for (line,) in cursor.fetchall())

    assert "word_by_likeness" in plan


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("nial", "nail", 1),
        ("kibel", "kibble", 2),
        ("brush", "brush", 0),
        ("duk", "duck", 1),
        ("", "cat", 3),
        ("a", "", 1),
    ],
)
def test_a_slip_is_a_letter_more_or_less_another_or_two_changed_round(one, other, slips):
    assert distance(one, other) == distance(other, one) == slips


def test_the_fewest_slips_win_and_a_short_word_has_few():
    assert nearest("slcker", ["slacks", "slicker"]) == ["slicker"]
    assert nearest("sham", ["shampoo"]) == []


def test_what_an_unfinished_word_begins_is_nearer_than_another_word():
    assert nearest("groomi", ["groom", "grooming"], is_unfinished=True) == ["grooming"]
    assert nearest("groomi", ["groom", "grooming"]) == ["groom"]
