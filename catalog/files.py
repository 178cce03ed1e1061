"""The catalog as a CSV file: which cells are safe to open in a spreadsheet, and what of a file can be read."""

import csv
import re
from io import StringIO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from tablib import Dataset

BYTES = 5 * 1024 * 1024
ROWS = 20_000
# A cell that begins like this is a formula to a spreadsheet, and would run on the screen of whoever opens the file.
FORMULA = re.compile(
    "[=+\\-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]"
)


def written(dataset: Dataset) -> bytes:
    """The file that `read` reads; with the mark at its start by which Excel knows UTF-8."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(dataset.headers)
    writer.writerows([harmless(cell) for cell in row] for row in dataset)
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """Text that no spreadsheet takes for a formula. `meant` gives back what it was."""
    return f"'{cell}" if FORMULA.match(cell.lstrip("'")) else cell


def meant(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell.lstrip("'")) else cell


def read(content: bytes, *, columns: list[str], needed: list[str]) -> Dataset:
    """The rows of a file with some of these columns, in any order. Raises ValidationError if it cannot be understood."""
    lines = table(decoded(content))
    headers = [header.strip().lower() for header in lines[0]] if lines else []
    check_headers(headers, columns=columns, needed=needed)
    rows = [row for row in lines[1:] if any(cell.strip() for cell in row)]
    if not rows:
        raise ValidationError(_("This file has no rows below its headings."))
    if len(rows) > ROWS:
        text = _("This file has %(rows)d rows. At most %(limit)d can be imported at once: split it.")
        raise ValidationError(text % {"rows": len(rows), "limit": ROWS})
    dataset = Dataset(headers=[*headers, "line"])
    for number, row in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(headers):
            text = _("Row %(number)d has %(cells)d cells, but there are %(headings)d headings.")
            raise ValidationError(text % {"number": number, "cells": len(row), "headings": len(headers)})
        dataset.append([*(meant(cell) for cell in row), str(number)])
    return dataset


def check_size(size: int) -> None:
    if size > BYTES:
        text = _("This file has %(size)s. At most %(limit)s can be imported at once: split it.")
        raise ValidationError(text % {"size": filesizeformat(size), "limit": filesizeformat(BYTES)})


def decoded(content: bytes) -> str:
    check_size(len(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(
            _("This file is not UTF-8 text. In Excel save it as “CSV UTF-8”, not as a workbook and not as plain CSV.")
        ) from None
    if "\0" in text:
        raise ValidationError(_("This is not a text file."))
    return text


def table(text: str) -> list[list[str]]:
    """Cells between commas, or between the semicolons that Excel writes in half of Europe."""
    headings = text.partition("\n")[0]
    delimiter = max(",;\t", key=headings.count)
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise ValidationError(
            _("This file is not a CSV file: a quotation mark is open, or a cell is far too long.")
        ) from None


def check_headers(headers: list[str], *, columns: list[str], needed: list[str]) -> None:
    errors = []
    if unknown := [header for header in headers if header not in columns]:
        text = _("The catalog has no column “%(unknown)s”. Its columns are: %(columns)s.")
        errors.append(text % {"unknown": "”, “".join(unknown)[:200], "columns": ", ".join(columns)})
    if missing := [column for column in needed if column not in headers]:
        errors.append(_("The column “%(missing)s” is missing.") % {"missing": "”, “".join(missing)})
    if len(set(headers)) < len(headers):
        errors.append(_("A column is there twice."))
    if errors:
        raise ValidationError(errors)
