"""One search over everything that is for sale, in PostgreSQL's full text (`Offering.search`); misspelt words are put right."""

import re
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from catalog.models import Category, Offering, Species
from catalog.spelling import nearest, words_near
from catalog.words import plain, without_marks

WORD = re.compile(r"[^\W_]+")
LONGEST_TEXT = 200
MOST_WORDS = 10


@dataclass(frozen=True)
class Term:
    """One word that was typed, and the words that are looked for in its place: itself, unless it is misspelt.

    It may name a shelf: “toys” finds what stands on it, whether or not it says so of itself.
    """

    typed: str
    meant: tuple[str, ...]
    is_unfinished: bool = False
    shelves: tuple[int, ...] = ()

    @property
    def is_corrected(self) -> bool:
        """Whether something else is looked for; to finish an unfinished word is no correction."""
        return self.typed not in self.meant and not (self.is_unfinished and self.meant[0].startswith(self.typed))

    def query(self, weight: str = "") -> SearchQuery:
        return reduce(or_, (text_query(word, self.is_unfinished, weight) for word in self.meant))

    @property
    def matches(self) -> Q:
        found = Q(search=self.query())
        return found | Q(category__in=self.shelves) if self.shelves else found

    @property
    def suits(self) -> Q:
        """What it matches, and what is for the animal that it names: “dog toys” are first of all the toys for dogs."""
        animals = [
            species
            for species in Species
            if plain(str(species.label)).rstrip("s") in (w.rstrip("s") for w in self.meant)
        ]
        return reduce(or_, (Q(species__contains=[animal]) for animal in animals), self.matches)


@dataclass(frozen=True)
class Wanted:
    """What somebody typed, as the shop understands it. Whoever searches "bath shampoo" wants both: one word is enough."""

    text: str
    terms: list[Term]

    @classmethod
    def read(cls, text: str) -> "Wanted":
        """Understand it, in two queries at the most. The last word may be unfinished; whatever was typed, it never raises."""
        text = text[:LONGEST_TEXT].strip()
        words = WORD.findall(plain(text))[:MOST_WORDS]
        if not words:
            return cls(text, [])
        is_last = {word: word == words[-1] for word in words}
        near = words_near({word: lexeme(word, is_prefix) for word, is_prefix in is_last.items()})
        meant = {word: nearest(word, near.get(word, []), is_unfinished=is_last[word]) or [word] for word in is_last}
        return cls(text, with_shelves([Term(word, tuple(meant[word]), is_last[word]) for word in is_last]))

    @property
    def corrected(self) -> list[Term]:
        return [term for term in self.terms if term.is_corrected]

    def matching(self, offerings: QuerySet[Offering]) -> QuerySet[Offering]:
        """Those that have any of the words. Nothing typed finds everything, signs alone find nothing."""
        if not self.text:
            return offerings
        return offerings.filter(reduce(or_, (term.matches for term in self.terms))) if self.terms else offerings.none()

    def best_first(self, offerings: QuerySet[Offering]) -> QuerySet[Offering]:
        """What matches more of the words, then what matches them in its name, then in its summary."""
        if not self.terms:
            return self.matching(offerings)
        return (
            self.matching(offerings)
            .annotate(
                words_found=how_many(term.suits for term in self.terms),
                words_in_name=how_many(Q(search=term.query(weight="A")) for term in self.terms),
                rank=SearchRank(F("search"), self.query()),
            )
            .order_by("-words_found", "-words_in_name", "-rank", "position", "name", "pk")
        )

    def query(self) -> SearchQuery:
        return reduce(or_, (term.query() for term in self.terms))


def search(offerings: QuerySet[Offering], text: str) -> QuerySet[Offering]:
    """What matches any of the words, best first."""
    return Wanted.read(text).best_first(offerings)


def with_shelves(terms: list[Term]) -> list[Term]:
    """The same terms, each with the shelves whose names have it."""
    name = without_marks("name")
    named = Category.objects.annotate(words=SearchVector(name, config="english") + SearchVector(name, config="simple"))
    named = named.filter(words=reduce(or_, (term.query() for term in terms)))
    for number, term in enumerate(terms):
        named = named.annotate(**{f"has_{number}": Case(When(words=term.query(), then=True), default=False)})
    found = list(named)
    return [
        replace(term, shelves=tuple(shelf.pk for shelf in found if getattr(shelf, f"has_{number}")))
        for number, term in enumerate(terms)
    ]


def text_query(word: str, is_unfinished: bool, weight: str) -> SearchQuery:
    """The stem of the word; one that is still being typed also as it is, for "groomi" does not begin the stem "groom"."""
    stem = SearchQuery(lexeme(word, is_unfinished, weight), config="english", search_type="raw")
    if not is_unfinished:
        return stem
    return stem | SearchQuery(lexeme(word, is_unfinished, weight), config="simple", search_type="raw")


def lexeme(word: str, is_prefix: bool = False, weight: str = "") -> str:
    """As a text query writes it; the word is letters and digits only, so quotes are enough to make it safe."""
    return f"'{word}':{'*' if is_prefix else ''}{weight}".removesuffix(":")


def how_many(conditions):
    return sum(
        (Case(When(condition, then=Value(1)), default=Value(0)) for condition in conditions),
        start=Value(0, output_field=IntegerField()),
    )
