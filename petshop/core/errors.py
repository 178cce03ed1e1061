"""What an operation raises when it cannot be done, and how a refusing constraint is told apart from a bug."""

from django.db import Error as DatabaseError


class ShopError(Exception):
    """An operation that cannot be done; its text is a sentence for the person who asked. Nothing has changed."""


def violates(error: DatabaseError, constraint: str) -> bool:
    """Whether PostgreSQL refused because of the constraint of this name."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return diagnosis is not None and diagnosis.constraint_name == constraint
