"""How often somebody may be wrong who guesses: counted by where they come from, for every process alike."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db import connection, transaction

from petshop.core.sign_in import client_address


@dataclass(frozen=True)
class Tries:
    """So many for one source, until it has made none for as long as it takes to forget them."""

    name: str
    at_most: int
    forgotten_after: timedelta

    def take(self, request) -> bool:
        """One more try; False if there is none left. Taken before it is known whether it is right: guesses that come all
        at once are counted one by one."""
        return self._add(request, 1) <= self.at_most

    def give_back(self, request) -> None:
        """It was right, so it was no guess."""
        self._add(request, -1)

    def _add(self, request, number: int) -> int:
        key = f"tries:{self.name}:{client_address(request)}"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            made = cache.get(key, 0) + number
            if made <= self.at_most:
                cache.set(key, made, self.forgotten_after.total_seconds())
        return made
