"""Names and notes in every script, and what people do with them to break a page."""

import unicodedata
from contextlib import suppress
from time import thread_time

import pytest
from django.core.exceptions import ValidationError

from petshop.core.fields import LineField, TextField
from petshop.core.typed import END, ISOLATE, LONGEST, cleaned, isolated

OVERRIDE, ISOLATE_LEFT = "\u202e", "\u2066"


@pytest.mark.parametrize(
    "name", ["Biscuit", "Zoë", "ביסקוויט", "بسكويت", "小餅乾", "👩‍👩‍👧 & 🐕‍🦺", "O’Neil", "Nguyễn", "हिन्दी", "ཧྐྵྨླྺྼྻྂ"]
)
def test_i12_names_are_kept_as_people_write_them(name):
    assert LineField().clean(name) == unicodedata.normalize("NFC", name)
    assert TextField().clean(f"{name}\n{name}") == unicodedata.normalize("NFC", f"{name}\n{name}")


def test_i12_nothing_turns_the_words_after_it_round():
    assert LineField().clean(f"Bis{OVERRIDE}tiuc{ISOLATE_LEFT}") == "Bistiuc"
    assert isolated(f"Bis{OVERRIDE}tiuc") == "Bistiuc"  # also of a name that was stored before


def test_i12_a_name_from_right_to_left_leaves_our_words_where_they_are():
    assert isolated("ביסקוויט 3") == f"{ISOLATE}ביסקוויט 3{END}"
    assert isolated("بسكويت") == f"{ISOLATE}بسكويت{END}"
    assert [isolated(name) for name in ("Biscuit", "Zoë", "小餅乾", "🐕‍🦺", "")] == [
        "Biscuit",
        "Zoë",
        "小餅乾",
        "🐕‍🦺",
        "",
    ]


def test_i12_ten_thousand_marks_are_no_tower():
    assert len(LineField(max_length=60).clean("Z" + "\u0301\u0316" * 2_000)) <= 9


def test_i12_both_ways_to_write_an_accent_are_one():
    assert LineField().clean("Zoe\u0308") == LineField().clean("Zo\u00eb") == "Zo\u00eb"


@pytest.mark.parametrize(
    "typed",
    [
        "a" * 2_500_000,
        "\u0301\u0316\u0345" * 300_000,
        " \t" * 500_000,
        "\u202e" * 500_000,
        "\r\n" * 500_000,
        "e\u0301\u0316" * (LONGEST // 3),
        "\u0316\u0301" * (LONGEST // 2),
        "\u05b0\u0301" * (LONGEST // 2),
    ],
)
@pytest.mark.parametrize("field", [LineField(max_length=60), TextField(max_length=1000)])
def test_i09_long_text_is_refused_or_read_quickly(field, typed):
    began = thread_time()
    with suppress(ValidationError):
        field.clean(typed)
    assert thread_time() - began < 0.1


def test_what_is_too_long_is_left_as_it_was_typed():
    assert cleaned("a\0" * LONGEST) == "a\0" * LONGEST
