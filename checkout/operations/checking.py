"""Whether a basket can be ordered as it is, for what its customer agreed to."""

from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from bookings.models import BookingStatus
from checkout.discounts import Deal
from checkout.models import CartLine, DeliveryZone
from checkout.operations.at_shop import check_at_shop
from checkout.operations.basket import ExtraNoLongerOffered, NoLongerForSale
from checkout.operations.company import check_company
from checkout.pricing import Quote, quote
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money, maximum_charge, minimum_charge, round_money


class CartIsEmpty(ShopError):
    def __init__(self):
        super().__init__(_("Your basket is empty."))


class PriceRose(ShopError):
    def __init__(self, total: Decimal):
        self.total = total
        super().__init__(
            _("A price has changed: the total is now %(total)s. Please look and press Pay again.")
            % {"total": format_money(total)}
        )


class CodeRefused(PriceRose):
    """What was agreed to counted on a code that takes nothing off any more."""

    def __init__(self, price: Quote):
        self.total = price.total
        ShopError.__init__(
            self,
            _("“%(code)s” takes nothing off now. %(reason)s The total is %(total)s: please look and press Pay again.")
            % {"code": price.typed.code, "reason": price.refusal, "total": format_money(price.total)},
        )


class MoreIsDueNow(ShopError):
    """The visit has come so near meanwhile that all of it is paid at once, or its service asks for more."""

    def __init__(self, due_now: Decimal):
        self.due_now = due_now
        super().__init__(
            _("Meanwhile %(amount)s of it is to be paid now. Please look and press Pay again.")
            % {"amount": format_money(due_now)}
        )


class TooLittleToCharge(ShopError):
    def __init__(self, least: Decimal):
        super().__init__(
            _("Cards can be charged from %(least)s. Please add something.") % {"least": format_money(least)}
        )


class TooMuchToCharge(ShopError):
    def __init__(self, most: Decimal):
        super().__init__(
            _("Cards can be charged up to %(most)s at once. Please make two orders of it.")
            % {"most": format_money(most)}
        )


class VisitNeedsTime(ShopError):
    def __init__(self, line: CartLine):
        self.line = line
        super().__init__(
            _("The time for “%(name)s” ran out. Please choose another one.") % {"name": line.variant.offering}
        )


def check_lines(
    lines: list[CartLine],
    agreed_total: Decimal,
    agreed_now: Decimal | None = None,
    *,
    deals: list[Deal],
    zone: DeliveryZone | None = None,
    at_shop: bool = False,
) -> Quote:
    """The price of lines that can be ordered as they are; raises for the first one that cannot."""
    if not lines:
        raise CartIsEmpty
    for line in lines:
        # As it was typed for another currency, it is not.
        is_chargeable = line.unit_price == round_money(line.unit_price)
        if not (line.variant.is_active and line.variant.offering.is_published and is_chargeable):
            raise NoLongerForSale(line.variant)
        for add_on in line.extras:
            if not add_on.is_active:
                raise ExtraNoLongerOffered(add_on)
        if line.is_visit and (line.booking is None or line.booking.status != BookingStatus.HELD):
            raise VisitNeedsTime(line)
    check_company([line for line in lines if line.is_visit])
    now = clock.now()
    price = quote(lines, deals=deals, zone=zone, now=now, at_shop=at_shop)
    if at_shop:
        check_at_shop(lines, price, now)
    if price.total > agreed_total:
        raise CodeRefused(price) if price.refusal else PriceRose(price.total)
    if agreed_now is not None and price.due_now > agreed_now:
        raise MoreIsDueNow(price.due_now)
    least = minimum_charge(settings.SHOP_CURRENCY)
    if 0 < price.due_now < least:
        raise TooLittleToCharge(least)
    most = maximum_charge(settings.SHOP_CURRENCY)
    if max(price.due_now, price.due_later) > most:
        raise TooMuchToCharge(most)
    return price
