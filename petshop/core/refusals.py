"""Requests that get a no before any page has looked at them: what is logged, and how what was typed is not lost."""

import logging
import re

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template import loader
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from petshop.core.context import shop

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
AT_MOST = 3 * MEGABYTE
# Nothing else of ours takes files; deploy/Caddyfile says the same.
FILES_GO_TO = [
    (re.compile(r"/admin/"), 50 * MEGABYTE),  # a dozen photographs
    (re.compile(r"/orders/[^/]+/proofs/$"), 13 * MEGABYTE),  # one photograph or PDF
]


class SizeMiddleware:
    """Refuses what is far too long by what it says of its own length: nothing of it is read, kept or unpacked.

    Without a length Django reads nothing at all, so there is none that gets past.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        length = request.META.get("CONTENT_LENGTH") or "0"
        at_most = next((size for folder, size in FILES_GO_TO if folder.match(request.path_info)), AT_MOST)
        if length.isdecimal() and int(length[:20]) > at_most:
            return page("413.html", status=413, size=at_most // MEGABYTE)
        return self.get_response(request)


def forbidden(request, exception):
    """Somebody on staff asked for what is not theirs: who, what and when is written down, by number and not by name."""
    who = getattr(getattr(request, "user", None), "pk", None) or "nobody"
    logger.warning("Refused: %s %s to user %s", request.method, escape_uri_path(request.path), who)
    return page("403.html", status=403)


def foreign_form(request, reason=""):
    """A form without the page's secret. One of our own pages that was open for too long may send it once more.

    Only a browser that says so itself (Origin) sends from our own pages: to a form of somebody else's nothing is
    offered that could be pressed.
    """
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    again = what_was_sent(request) if request.headers.get("Origin") in ours else None
    return page("403_csrf.html", status=403, again=again)


def what_was_sent(request) -> dict | None:
    """What `components/send_again.html` needs to send a form as it was; None where that cannot or should not be.

    A password is not repeated on a page, and a file cannot be.
    """
    if (
        request.method != "POST"
        or request.FILES
        or not request.POST
        or any("password" in name for name in request.POST)
    ):
        return None
    return {
        "address": escape_leading_slashes(request.get_full_path()),
        "token": get_token(request),
        "fields": [
            (name, said) for name, values in request.POST.lists() for said in values if name != "csrfmiddlewaretoken"
        ],
    }


def page(template, *, status, **context) -> HttpResponse:
    """A page that asks neither the session nor the database: one of them may be what is broken."""
    return HttpResponse(loader.get_template(template).render(shop(None) | context), status=status)
