"""How words are compared: without accents and invisible signs, so that "café" is "cafe" however it was typed or stored."""

import re
import unicodedata

from django.db.models import Func, TextField

# What is left of a letter's accents once it is taken apart, and signs that only steer how text is shown.
# PostgreSQL reads this expression too.
MARKS = r"[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"


def plain(text: str) -> str:
    """Small letters without marks; letters of one shape, such as full-width ones, become the same."""
    return re.sub(MARKS, "", unicodedata.normalize("NFKD", text)).lower()


def without_marks(field: str) -> Func:
    """The same in the database, save for capitals, which its search does not know. Immutable, as generated columns must be."""
    return Func(
        field,
        template=f"regexp_replace(normalize(%(expressions)s, NFKD), '{MARKS}', '', 'g')",
        output_field=TextField(),
    )
