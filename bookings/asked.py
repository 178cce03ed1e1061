"""What an address of the picker asks for. Nothing here raises: what cannot be read was not asked."""

from datetime import date, datetime

from bookings.models import ServiceRules

ASKED = ("variant", "resource", "day", "month", "taken", "line", "nights")


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that nobody encoded
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def read_nights(text: str, rules: ServiceRules) -> int:
    """How many nights an address asks for, as many as the service allows."""
    count = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    return min(max(count, rules.nights_at_least), rules.nights_at_most)
