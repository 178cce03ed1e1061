"""Money is `Decimal` in the shop's one currency; this module rounds it, shows it and turns it into Stripe's integers.

The tables below are Stripe's (docs.stripe.com/currencies), not ISO 4217 and not Babel, which disagree with what
Stripe charges for ISK, UGX and nine others: amounts built from their digits would be a hundred times too small.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.formats import number_format
from django.utils.translation import get_language

ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
WHOLE_AMOUNTS = frozenset(["ISK", "UGX"])  # two decimals at Stripe, which must be zero
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])

# Below these Stripe refuses to charge.
MINIMUM_CHARGE = {
    **dict.fromkeys(["USD", "AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD"], Decimal("0.50")),
    "GBP": Decimal("0.30"),
    **dict.fromkeys(["AED", "MYR", "PLN", "RON"], Decimal("2.00")),
    "DKK": Decimal("2.50"),
    **dict.fromkeys(["NOK", "SEK"], Decimal("3.00")),
    "HKD": Decimal("4.00"),
    **dict.fromkeys(["MXN", "THB"], Decimal(10)),
    "CZK": Decimal(15),
    **dict.fromkeys(["JPY", "KRW"], Decimal(50)),
    "HUF": Decimal(175),
}

# It counts digits: eight of its integers, but twelve where a coin is worth next to nothing.
MOST_OF_ITS_INTEGERS = 99_999_999
MOST_OF_SMALL_COINS = {"IDR": 999_999_999_999}

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CHF": "CHF\N{NO-BREAK SPACE}", "INR": "₹"}


def check_currency(currency: str) -> str:
    """Give back the currency in capitals, or refuse one that the shop cannot charge exactly."""
    is_a_code = len(currency) == 3 and currency.isascii() and currency.isalpha()
    if not is_a_code or currency.upper() in THREE_DECIMAL:
        raise ImproperlyConfigured(f"SHOP_CURRENCY={currency!r} is not a currency that this shop can charge.")
    return currency.upper()


def check_tax_rate(typed: str) -> Decimal:
    """The rate in percent, such as 21 or 5.5, or refuse what is none."""
    try:
        rate = Decimal(typed)
    except InvalidOperation:
        rate = Decimal(-1)
    if not (rate.is_finite() and 0 <= rate <= 50 and rate == round(rate, 2)):
        raise ImproperlyConfigured(f"SHOP_TAX_RATE={typed!r}: write percent from 0 to 50, such as 21 or 5.5.")
    return rate


def quantum(currency: str | None = None) -> Decimal:
    """The smallest amount that can be charged: 0.01, or 1 where there are no cents."""
    currency = currency or settings.SHOP_CURRENCY
    return Decimal(1) if currency in ZERO_DECIMAL | WHOLE_AMOUNTS else Decimal("0.01")


def round_money(amount: Decimal, currency: str | None = None) -> Decimal:
    """Round half up to what can be charged. The only place that rounds."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def to_stripe(amount: Decimal, currency: str) -> int:
    """The integer that Stripe charges for `amount`. Raises ValueError for an amount with a fraction of it."""
    currency = currency.upper()
    if amount != round_money(amount, currency):
        raise ValueError(f"{amount} {currency} has parts that cannot be charged.")
    return int(amount) if currency in ZERO_DECIMAL else int(amount * 100)


def from_stripe(amount: int, currency: str) -> Decimal:
    """The amount in the currency's main unit that Stripe's integer stands for."""
    return Decimal(amount) if currency.upper() in ZERO_DECIMAL else Decimal(amount) / 100


def minimum_charge(currency: str) -> Decimal:
    """The least that Stripe charges in this currency."""
    return MINIMUM_CHARGE.get(currency.upper(), Decimal("0.50"))


def maximum_charge(currency: str) -> Decimal:
    """The most that Stripe charges at once in this currency."""
    currency = currency.upper()
    most = from_stripe(MOST_OF_SMALL_COINS.get(currency, MOST_OF_ITS_INTEGERS), currency)
    return most // 1 if currency in WHOLE_AMOUNTS else most


def included_tax(amount: Decimal, rate: Decimal, currency: str | None = None) -> Decimal:
    """The tax inside a price that includes it; `rate` in percent."""
    return round_money(amount * rate / (100 + rate), currency)


def format_money(amount: Decimal, currency: str | None = None) -> str:
    """An amount as people read it, such as €1,946.20."""
    return write_money(amount, currency or settings.SHOP_CURRENCY, get_language())


@lru_cache(maxsize=4096)  # a shop has few prices, and writing one costs as much as a link
def write_money(amount: Decimal, currency: str, language: str | None) -> str:
    digits = 0 if quantum(currency) == 1 else 2
    figures = number_format(abs(amount), decimal_pos=digits, use_l10n=True, force_grouping=True)
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + '\N{NO-BREAK SPACE}')}{figures}"
