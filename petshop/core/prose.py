"""Longer texts that staff write: paragraphs, headings and lists, with the shop's own facts filled in."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from petshop.core.context import shop_facts

HEADING, ITEM = "## ", "- "


def prose(text: str) -> SafeString:
    """The text as HTML, everything in it escaped.

    A blank line begins a new part. A part that begins with “## ” is a heading, one whose lines all begin with “- ” is a
    list, and any other is a paragraph that keeps its line breaks. {name}, {address}, {phone}, {email} and {chat} stand for
    the shop's own; whatever else is in braces stays as it is.
    """
    parts = text.replace("\r\n", "\n").split("\n\n")
    return format_html_join("\n", "{}", ((part_of(filled(part.strip())),) for part in parts if part.strip()))


def part_of(text: str) -> SafeString:
    if text.startswith(HEADING):
        heading, _newline, rest = text.partition("\n")
        return format_html("<h2>{}</h2>{}", heading.removeprefix(HEADING), part_of(rest) if rest.strip() else "")
    lines = text.splitlines()
    if all(line.startswith(ITEM) for line in lines):
        items = format_html_join("", "<li>{}</li>", ((line.removeprefix(ITEM),) for line in lines))
        return format_html("<ul>{}</ul>", items)
    return format_html("<p>{}{}</p>", lines[0], format_html_join("", "<br>{}", ((line,) for line in lines[1:])))


def filled(text: str) -> str:
    for name, fact in shop_facts().items():
        text = text.replace(f"{{{name}}}", fact)
    return text
