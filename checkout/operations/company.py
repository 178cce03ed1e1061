"""How many pets of one order may come to a service together."""

from django.utils.translation import ngettext

from bookings.calendar import rules_of
from checkout.models import CartLine
from petshop.core.errors import ShopError


class TooManyPets(ShopError):
    def __init__(self, line: CartLine, at_most: int):
        self.line = line
        super().__init__(
            ngettext(
                "Only one of your pets can come to “%(service)s” at a time. Please choose another time for this one.",
                "At most %(count)d of your pets can come to “%(service)s” at the same time."
                " Please choose another time for this one.",
                at_most,
            )
            % {"count": at_most, "service": line.variant.offering}
        )


def check_company(visits: list[CartLine]) -> None:
    """Raises TooManyPets for the first visit at whose beginning more pets are there than the service's rules allow.

    Looking at the beginnings is enough: nowhere between two of them are there more.
    """
    for line in visits:
        at_most = rules_of(line.variant.offering).pets_at_most
        if at_most and sum(is_there(other, line) for other in visits) > at_most:
            raise TooManyPets(line, at_most)


def is_there(other: CartLine, line: CartLine) -> bool:
    """Whether the other visit is of the same service, and under way as this one begins."""
    if other.variant.offering_id != line.variant.offering_id:
        return False
    return other.booking.starts_at <= line.booking.starts_at < other.booking.ends_at
