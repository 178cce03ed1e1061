"""Text that people type and that later stands among our own words: what of it is kept, and how it is shown there."""

import re
import unicodedata

LONGEST = 5_000  # more than any field takes: what is longer is refused as it is, without a look at each letter
INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# What turns the direction of all that follows, also of our words. Letters that are written from right to left need none.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Marks on one letter; natural languages need a few, a tower of them stands in the lines above.
MARKS = "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
TOWER = re.compile(f"({MARKS}{{8}}){MARKS}+")
RIGHT_TO_LEFT = ("R", "AL", "AN")
ISOLATE, END = "\u2068", "\u2069"


def cleaned(text: str) -> str:
    """What was typed, letter by letter the same for everybody (NFC), with nothing in it that reaches beyond itself."""
    if len(text) > LONGEST:
        return text
    text = INVISIBLE.sub(" ", text.replace("\r\n", "\n"))
    return unicodedata.normalize("NFC", TOWER.sub(r"\1", TURNS.sub("", text)))


def isolated(text: str) -> str:
    """Typed text for the midst of a sentence of ours: if it is written from right to left, our words stay where they are."""
    if text.isascii():
        return text
    text = TURNS.sub("", text)
    is_other_way = any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text)
    return f"{ISOLATE}{text}{END}" if is_other_way else text
