"""The columns of the catalog's file: how a value is written in a cell, and what of a cell can be read."""

import re
from datetime import time, timedelta
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from catalog.models import Category, Kind, PetSize, Species
from petshop.core.money import round_money


class Text(Widget):
    def clean(self, value, row=None, **kwargs):
        return value.strip()

    def render(self, value, obj=None, **kwargs):
        return value or ""


class Line(Text):
    """Text without a line break, which a cell may have."""

    def clean(self, value, row=None, **kwargs):
        return " ".join(value.split())


class LineOrNone(Line):
    def clean(self, value, row=None, **kwargs):
        return super().clean(value) or None


class YesOrNo(Widget):
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

    def clean(self, value, row=None, **kwargs):
        try:
            return self.words[value.strip().lower()]
        except KeyError:
            raise ValueError(_("“%s” is neither yes nor no.") % value) from None

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else "yes" if value else "no"


class YesOrNothing(YesOrNo):
    """For what few rows are."""

    words = YesOrNo.words | {"": False}

    def render(self, value, obj=None, **kwargs):
        return "yes" if value else ""


class Number(Widget):
    def clean(self, value, row=None, **kwargs):
        if not re.fullmatch(r"[0-9]{1,5}", value.strip()):
            raise ValueError(_("“%s” is not a whole number.") % value)
        return int(value)

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else str(value)


class Amount(Widget):
    """12.90, or 12,90 as half of Europe writes it; never a comma between thousands."""

    def clean(self, value, row=None, **kwargs):
        typed = value.strip()
        if not re.fullmatch(r"[0-9]{1,12}([.,][0-9]{1,2})?", typed):
            raise ValueError(_("“%s” is not an amount. Write it like 12.90, without the currency.") % value)
        return Decimal(typed.replace(",", "."))

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else f"{value:.2f}"


class Price(Amount):
    def render(self, value, obj=None, **kwargs):
        is_whole = value is not None and value == round_money(value)
        return str(round_money(value)) if is_whole else super().render(value)


class Minutes(Number):
    def clean(self, value, row=None, **kwargs):
        return timedelta(minutes=super().clean(value)) if value.strip() else None

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else str(int(value / timedelta(minutes=1)))


class TimeOfDay(Widget):
    """08:30, on the shop's clock; nothing for what has no time of its own."""

    def clean(self, value, row=None, **kwargs):
        typed = value.strip()
        if not typed:
            return None
        if not re.fullmatch(r"[0-9]{1,2}:[0-5][0-9]", typed) or int(typed[:-3]) > 23:
            raise ValueError(_("“%s” is not a time of day. Write it like 08:30.") % value)
        return time(int(typed[:-3]), int(typed[-2:]))

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else f"{value:%H:%M}"


class OneOf(Widget):
    def __init__(self, choices, *, blank=False):
        self.values = [*([""] if blank else []), *(str(choice.value) for choice in choices)]
        super().__init__()

    def clean(self, value, row=None, **kwargs):
        word = value.strip().lower()
        if word not in self.values:
            said = {"value": value, "values": ", ".join(filter(None, self.values))}
            raise ValueError(_("“%(value)s” is none of these: %(values)s.") % said)
        return word

    def render(self, value, obj=None, **kwargs):
        return str(value or "")


class Animals(OneOf):
    """Any of them, with commas; none for what suits every animal."""

    def clean(self, value, row=None, **kwargs):
        words = [super(Animals, self).clean(word.strip()) for word in re.split("[,;]", value) if word.strip()]
        return list(dict.fromkeys(words))

    def render(self, value, obj=None, **kwargs):
        return ", ".join(value or [])


class CategoryName(Widget):
    """A category by its name. It has to be there: a typing mistake is no new shelf."""

    def __init__(self):
        self.categories = None
        super().__init__()

    def clean(self, value, row=None, **kwargs):
        if self.categories is None:
            self.categories = {category.name.casefold(): category for category in Category.objects.all()}
        if category := self.categories.get(value.strip().casefold()):
            return category
        said = {"value": value, "names": ", ".join(category.name for category in self.categories.values())}
        raise ValueError(_("There is no category “%(value)s”. There are: %(names)s.") % said)

    def render(self, value, obj=None, **kwargs):
        return value.name if value else ""


class Drawing(Text):
    def clean(self, value, row=None, **kwargs):
        if (path := value.strip()) and path not in drawings():
            raise ValueError(_("There is no drawing “%s”.") % value)
        return path


@cache
def drawings() -> set[str]:
    images = settings.BASE_DIR / "static" / "img"
    return {f"{folder}/{file.name}" for folder in ("products", "services") for file in (images / folder).glob("*.svg")}


class Column(Field):
    """A cell that says what is there already is no edit, however it is spaced and whatever ends its lines."""

    def save(self, instance, row, is_m2m=False, **kwargs):
        if same_text(row[self.column_name], self.export(instance)):
            return
        super().save(instance, row, is_m2m, **kwargs)


def same_text(one: str, other: str) -> bool:
    return one.strip().splitlines() == other.strip().splitlines()


KIND = OneOf(Kind)
ANIMALS = Animals(Species)
SIZE = OneOf(PetSize, blank=True)
