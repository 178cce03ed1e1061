"""One search over everything that is for sale, in PostgreSQL's full text (`Offering.search`)."""

import re

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from catalog.models import Offering

WORD = re.compile(r"[^\W_]+")
LONGEST_TEXT = 200
MOST_WORDS = 10


def search(offerings: QuerySet[Offering], text: str) -> QuerySet[Offering]:
    """What matches any of the words, best first; the last word may be unfinished. Whatever was typed, it never raises.

    Whoever searches "bath shampoo" wants the bath and the shampoo, so one word is enough. What matches more of the words
    comes first, then what matches them in its name, then in its summary. Nothing typed finds everything.
    """
    if not text.strip():
        return offerings
    words = WORD.findall(text[:LONGEST_TEXT])[:MOST_WORDS]
    if not words:
        return offerings.none()

    *finished, last = words
    anywhere = [Q(search=any_of([word])) for word in finished] + [Q(search=any_of([], last)) | begins_in_name(last)]
    in_name = [Q(search=any_of([word], weight="A")) for word in finished]
    in_name.append(Q(search=any_of([], last, weight="A")) | begins_in_name(last))
    return (
        offerings.filter(Q(search=any_of(finished, last)) | begins_in_name(last))
        .annotate(
            words_found=how_many(anywhere),
            words_in_name=how_many(in_name),
            rank=SearchRank(F("search"), any_of(finished, last)),
        )
        .order_by("-words_found", "-words_in_name", "-rank", "position", "name", "pk")
    )


def any_of(finished: list[str], unfinished: str = "", weight: str = "") -> SearchQuery:
    """The text query for any of these words; they are letters and digits only, so quotes are enough to make them safe."""
    terms = [f"'{word}':{weight}" if weight else f"'{word}'" for word in finished]
    if unfinished:
        terms.append(f"'{unfinished}':*{weight}")
    return SearchQuery(" | ".join(terms), config="english", search_type="raw")


def begins_in_name(word: str) -> Q:
    """A word of the name begins like this. The index cannot say so of "groomi": it keeps "groom" for "Grooming"."""
    return Q(name__istartswith=word) | Q(name__icontains=f" {word}")


def how_many(conditions: list[Q]):
    return sum(
        (Case(When(condition, then=Value(1)), default=Value(0)) for condition in conditions),
        start=Value(0, output_field=IntegerField()),
    )
