"""What a misspelt word may have been: the words of the shop that are nearest to it."""

from django.db import connection

LIKELIEST = 30  # words that are weighed, by the three-letter pieces that they share with the misspelt one
LONGEST = 30  # letters; the shop's own words are not kept beyond that either
AT_MOST = 3  # words that one misspelt word may stand for

# A word that a search finds is never doubted. Of the others, the shop's words with the most like pieces, and those with two
# neighbouring letters changed round: "nial" shares only one piece with "nail".
NEAR = """
WITH unknown AS MATERIALIZED (
    SELECT typed.* FROM unnest(%s::text[], %s::text[], %s::text[]) AS typed (word, query, swapped)
    WHERE numnode(to_tsquery('english', query)) > 0 AND NOT EXISTS (
        SELECT FROM catalog_offering
        WHERE is_published AND search @@ (to_tsquery('english', query) || to_tsquery('simple', query))
    )
)
SELECT unknown.word, near.word FROM unknown, LATERAL (
    (SELECT word FROM catalog_word ORDER BY word <-> unknown.word LIMIT %s)
    UNION
    SELECT word FROM catalog_word WHERE word = ANY (string_to_array(unknown.swapped, ' '))
) AS near
WHERE EXISTS (SELECT FROM catalog_offering WHERE is_published AND search @@ plainto_tsquery('english', near.word))
ORDER BY near.word <-> unknown.word, near.word
"""


def words_near(queries: dict[str, str]) -> dict[str, list[str]]:
    """Of the words whose text query finds nothing in the shop: words that do, the likest first."""
    asked = {word: query for word, query in queries.items() if word.isalpha() and 3 <= len(word) <= LONGEST}
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            NEAR, [list(asked), list(asked.values()), [" ".join(swapped(word)) for word in asked], LIKELIEST]
        )
        found = cursor.fetchall()
    return {word: [near for unknown, near in found if unknown == word] for word in asked}


def nearest(word: str, candidates: list[str], *, is_unfinished: bool = False) -> list[str]:
    """Those that need the fewest slips of a finger to become `word`, none if that is more than one for each four letters begun."""
    slips = {near: distance(word, near) for near in candidates}
    if is_unfinished:
        slips |= {near: 0 for near in candidates if near.startswith(word)}
    fewest = min(slips.values(), default=0)
    return [near for near in candidates if slips[near] == fewest <= (len(word) + 3) // 4][:AT_MOST]


def swapped(word: str) -> list[str]:
    """The word with each two neighbours changed round."""
    return [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]


def distance(one: str, other: str) -> int:
    """How many letters must be added, left out, replaced or changed round with their neighbour to make one the other."""
    before, last = [], list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        this = [row]
        for column, wanted in enumerate(other, start=1):
            slips = min(last[column] + 1, this[column - 1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == wanted:
                slips = min(slips, before[column - 2] + 1)
            this.append(slips)
        before, last = last, this
    return last[-1]
