"""Which basket belongs to this browser, as its cookie says."""

import re
from functools import cache

from django.conf import settings
from django.db import connection
from django.utils.cache import patch_vary_headers

from bookings.models import Booking
from checkout.basket import Basket, look_up
from checkout.models import Cart, CartLine, new_token
from petshop.core.joined import Join

COOKIE = "basket"
COOKIE_AGE = 365 * 24 * 60 * 60
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
LINE = re.compile(r"[0-9]{1,18}")
CARTS = Join("FROM checkout_cart AS cart WHERE cart.token = %s", cart=Cart)


class CartCookieMiddleware:
    """Give a browser its basket's token with its first page, so that the first posts of two tabs meet in one basket.

    Only the cookie is made: the basket's row comes with the first thing that is put in.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html") and response.status_code < 500
        if is_page:
            patch_vary_headers(response, ["Cookie"])  # the basket's count is on it
        if token_in_cookie(request) is None and (is_page or hasattr(request, "fresh_basket_token")):
            response.set_cookie(
                COOKIE,
                token_for(request),
                max_age=COOKIE_AGE,
                secure=settings.IS_HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response


def token_in_cookie(request) -> str | None:
    token = request.COOKIES.get(COOKIE, "")
    return token if TOKEN.fullmatch(token) else None


def token_for(request) -> str:
    """The browser's token; one without gets a fresh one, which the middleware sends along with the answer."""
    if token := token_in_cookie(request):
        return token
    if not hasattr(request, "fresh_basket_token"):
        request.fresh_basket_token = new_token()
    return request.fresh_basket_token


def current_cart(request) -> Cart | None:
    """This browser's basket, or None if nothing was ever put in."""
    return next((cart for [cart] in CARTS.read(token_for(request))), None)


def basket_of(request) -> Basket:
    """Everything that the pages say about this browser's basket."""
    return look_up(token_for(request))


def cart_for_writing(request) -> Cart:
    """This browser's basket, made now if need be; two requests at once get the same one."""
    cart, _ = Cart.objects.get_or_create(token=token_for(request))
    return cart


def visit_to_move(request) -> Booking | None:
    """The visit in this browser's basket for which another time is being chosen: `?line=` names its line."""
    pk, token = request.GET.get("line", ""), token_in_cookie(request)
    if token is None or not LINE.fullmatch(pk):
        return None
    line = CartLine.objects.filter(cart__token=token, pk=pk).select_related("booking").first()
    return line.booking if line else None


def basket(request):
    """`basket_count` for the pages that show it: one query when it is shown, none for a browser without the cookie."""
    return {"basket_count": cache(lambda: basket_count(request))}


def basket_count(request) -> int:
    token = token_in_cookie(request)
    if token is None:
        return 0
    # On every page: written out, it costs a sixth of what building it does.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(quantity), 0) FROM checkout_cartline"
            " JOIN checkout_cart ON checkout_cart.id = cart_id WHERE token = %s",
            [token],
        )
        return cursor.fetchone()[0]
