"""What may be asked for something, and how long it may take: the same for every form and file."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from petshop.core.money import format_money, maximum_charge, round_money

SHORTEST_VISIT = timedelta(minutes=5)
LONGEST_VISIT = timedelta(days=1)


def check_price(price: Decimal) -> None:
    """Raises ValidationError for a price that cannot be charged."""
    if price < 0:
        raise ValidationError(_("A price cannot be below zero."))
    if price > (most := maximum_charge(settings.SHOP_CURRENCY)):
        raise ValidationError(_("A price can be at most %s.") % format_money(most))
    if price != round_money(price):
        raise ValidationError(_("This currency has no such fractions."))


def check_visit(duration: timedelta) -> None:
    """Raises ValidationError for a visit that is too short or too long to be booked."""
    if duration < SHORTEST_VISIT:
        raise ValidationError(_("A visit takes five minutes or more."))
    if duration > LONGEST_VISIT:
        raise ValidationError(_("A visit takes a day at most."))
