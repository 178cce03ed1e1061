"""Checkout Sessions: create, look up, list, expire."""

from urllib.parse import urljoin

from django.urls import reverse

from checkout.stripe_local import objects
from checkout.stripe_local.parameters import (
    EXPAND,
    PAGE,
    InvalidParameter,
    Refusal,
    choice,
    currency,
    email,
    flag,
    list_of,
    metadata,
    shape,
    text,
    url,
    whole,
)
from checkout.stripe_local.reading import expand, line_items_of
from checkout.stripe_local.storage import Books
from petshop.core.money import WHOLE_AMOUNTS, from_stripe, maximum_charge, minimum_charge

MINUTE = 60
DAY = 24 * 60 * MINUTE
CLOCKS_DIFFER = 5  # seconds

read_new_session = shape(
    "mode",
    "line_items",
    "success_url",
    mode=choice("payment"),
    line_items=list_of(
        shape(
            "price_data",
            "quantity",
            quantity=whole(1),
            price_data=shape(
                "currency",
                "unit_amount",
                "product_data",
                currency=currency,
                unit_amount=whole(0, 999_999_999_999),
                product_data=shape(
                    "name",
                    name=text(250),
                    description=text(),
                    images=list_of(url, most=8),
                    metadata=metadata,
                ),
            ),
        )
    ),
    success_url=url,
    cancel_url=url,
    client_reference_id=text(200),
    customer_email=email,
    metadata=metadata,
    payment_intent_data=shape(metadata=metadata, description=text(1000)),
    expires_at=whole(0),
    allowed_payment_method_types=list_of(text(40)),
    adaptive_pricing=shape(enabled=flag),
    **EXPAND,
)
read_list = shape(payment_intent=text(), **PAGE)
read_expand = shape(**EXPAND)
read_line_items = shape(limit=whole(1, 100))


def create(books: Books, sent: dict) -> dict:
    """Open a page for one payment."""
    if "payment_method_types" in sent:
        raise InvalidParameter(
            "The parameter `payment_method_types` is no longer supported when creating Checkout Sessions. "
            "Use dynamic payment methods, `excluded_payment_method_types` or `allowed_payment_method_types`.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    parameters = read_new_session(sent, "")
    expires_at = parameters.setdefault("expires_at", int(books.now) + DAY)
    if not 30 * MINUTE - CLOCKS_DIFFER <= expires_at - books.now <= DAY + CLOCKS_DIFFER:
        raise InvalidParameter(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    if "card" not in parameters.get("allowed_payment_method_types", ["card"]):
        raise InvalidParameter(
            "No valid payment method types for this Checkout Session: the local stand-in takes only cards.",
            param="allowed_payment_method_types",
        )
    total, charged_in = _total(parameters["line_items"])
    session = objects.session(
        books.now, parameters, page_url=_page_url(parameters["success_url"]), total=total, currency=charged_in
    )
    books.put(
        session,
        line_items=[objects.line_item(books.now, item) for item in parameters["line_items"]],
        payment_intent_data=parameters.get("payment_intent_data", {}),
    )
    books.look_again(session, at=expires_at)
    return expand(books, session, parameters)


def _total(items: list[dict]) -> tuple[int, str]:
    currencies = {item["price_data"]["currency"] for item in items}
    if len(currencies) > 1:
        raise InvalidParameter("All line items must use the same currency.", param="line_items")
    charged_in = currencies.pop()
    total = sum(item["price_data"]["unit_amount"] * item["quantity"] for item in items)
    if from_stripe(total, charged_in) < minimum_charge(charged_in):
        raise InvalidParameter(
            f"The Checkout Session's total amount due must add up to at least {minimum_charge(charged_in)} {charged_in}",
            code="amount_too_small",
        )
    if from_stripe(total, charged_in) > maximum_charge(charged_in):
        raise InvalidParameter(
            f"The Checkout Session's total amount due must be no more than {maximum_charge(charged_in)} {charged_in}",
            code="amount_too_large",
        )
    if charged_in.upper() in WHOLE_AMOUNTS and total % 100:
        raise InvalidParameter(
            f"Invalid amount: {charged_in} has no decimals, so it must end in 00.", param="line_items"
        )
    return total, charged_in


def _page_url(success_url: str) -> str:
    """Our pay page, at the address where the shop wants its customer back.

    That is the site's address of this moment, be it a name, a number or the port of a test server, and a browser
    that is sent from one to the other is refused by the page's own form-action.
    """
    path = reverse("stripe_local:pay", args=["SESSION"]).replace("SESSION", "{session}")
    return urljoin(success_url.partition("?")[0], path)


def retrieve(books: Books, sent: dict, session_id: str) -> dict:
    return expand(books, books.get("checkout.session", session_id, "session"), read_expand(sent, ""))


def listing(books: Books, sent: dict) -> dict:
    parameters = read_list(sent, "")
    page = books.page(
        "checkout.session", "/v1/checkout/sessions", parameters, payment_intent=parameters.get("payment_intent")
    )
    return expand(books, page, parameters)


def line_items(books: Books, sent: dict, session_id: str) -> dict:
    parameters = read_line_items(sent, "")
    books.get("checkout.session", session_id, "session")
    return line_items_of(books, session_id, parameters.get("limit", 10))


def expire(books: Books, sent: dict, session_id: str) -> dict:
    """Close a page that is still open."""
    parameters = read_expand(sent, "")
    session = books.get("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return expand(books, close(books, session), parameters)


def close(books: Books, session: dict) -> dict:
    """The page is closed unpaid; from now on nothing can be paid there."""
    session.update(status="expired", url=None)
    books.put(session)
    if session["payment_intent"]:  # a card was tried, and declined
        intent = books.get("payment_intent", session["payment_intent"])
        intent.update(status="canceled", canceled_at=int(books.now), cancellation_reason="expired", next_action=None)
        books.put(intent)
        books.emit("payment_intent.canceled", intent)
    books.emit("checkout.session.expired", session)
    return session
