"""What the nights of a stay cost. Pure: seasons and the usual price come in as parameters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bookings.models import Season
from petshop.core.money import round_money


@dataclass(frozen=True)
class Night:
    """One night, named by the day on which it begins, and its price in the shop's currency, tax included."""

    day: date
    price: Decimal
    seasons: tuple[str, ...] = ()


def nights(usual: Decimal, seasons: Iterable[Season], *, arrival: date, count: int) -> list[Night]:
    """The nights from `arrival` on, each with its own price; the percentages of all its seasons are added up, then rounded."""
    seasons = list(seasons)
    return [night(usual, seasons, arrival + timedelta(days=number)) for number in range(count)]


def night(usual: Decimal, seasons: list[Season], day: date) -> Night:
    there = [season for season in seasons if season.covers(day)]
    percent = max(100 + sum(season.percent for season in there), 0)
    return Night(day, round_money(usual * percent / 100), tuple(season.name for season in there))
