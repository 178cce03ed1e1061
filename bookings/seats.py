"""Who sits where when a resource has fewer places. Pure: the times that are booked come in as parameters."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bookings.availability import Span


def crowded(spans: Sequence[Span], places: int) -> set[int]:
    """Which of these times, by their number, share a moment with so many others that the places are too few for all."""
    begins = [(span[0], True, number) for number, span in enumerate(spans)]
    ends = [(span[1], False, number) for number, span in enumerate(spans)]
    there, found = set(), set()
    for _moment, is_begin, number in sorted([*begins, *ends]):  # what ends makes room for what begins
        if not is_begin:
            there.discard(number)
            continue
        there.add(number)
        if len(there) > places:
            found |= there
    return found


def seated(wanted: Sequence[tuple[Span, int]], free_from: Mapping[int, datetime]) -> list[int]:
    """A seat for each of these times, which are in the order of their beginning: its own if that is free, else the first.

    `free_from` has every seat, and since when it is free. Going by the beginnings there is a seat for each as long as none
    of them is crowded, whichever free one the others took.
    """
    free_from = dict(free_from)
    seats = []
    for (begins, ends), own in wanted:
        free = [seat for seat, since in free_from.items() if since <= begins]
        seat = own if own in free else min(free)
        free_from[seat] = ends
        seats.append(seat)
    return seats
