"""Signing in, slowed down for whoever guesses: by account and by source, in the database, for every process alike.

django-axes counts. What is ours is how the two limits differ, what is written down, and what the visitor reads.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.shortcuts import render

WRONG_FOR_ONE_ACCOUNT = settings.AXES_FAILURE_LIMIT
WRONG_FROM_ONE_SOURCE = 30  # a shop's whole staff sits behind one address
NOBODY_KNOWS = "::"


def client_address(request) -> str:
    """Where a request comes from; those of whom nobody can tell count as one source.

    Behind our proxy that is what the proxy itself has added to X-Forwarded-For, the last entry: everything before it
    was sent by the client, who may write there what they like. One home or office has a whole /64 of IPv6 addresses,
    so that is one source, too.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        address = ip_address(said)
    except ValueError:
        return NOBODY_KNOWS
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or ip_network((int(address), 64), strict=False).network_address
    return str(address)


class SlowDown(AxesDatabaseHandler):
    """Counts wrong passwords for an account, from wherever they come, and from a source, for whichever account."""

    def get_failures(self, request, credentials=None) -> int:
        """How near to its limit the account or the source is, on the scale of the account's."""
        of_account, from_source = (
            attempts.aggregate(wrong=Sum("failures_since_start"))["wrong"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(of_account, from_source * WRONG_FOR_ONE_ACCOUNT // WRONG_FROM_ONE_SOURCE)

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        """The browser's name is not kept: it counts for nothing, and one that changes would make a row each time."""
        if request is not None:
            request.axes_user_agent = request.axes_http_accept = ""
        super().user_login_failed(sender, credentials, request, **kwargs)

    def reset_user_attempts(self, request, credentials=None) -> int:
        """The right password is forgiveness for this account, and not for its source: a guesser may own an account."""
        mine = AccessAttempt.objects.filter(username=get_client_username(request, credentials))
        return mine.delete()[0]


def slowed_down(request, response, credentials):
    """The sign-in page again with what was typed, when to come back, and the way in that is still open."""
    shown = getattr(response, "context_data", None) or {}
    if "form" in shown:
        shown["form"].errors.clear()  # whether this password was right is not said
    wait = settings.AXES_COOLOFF_TIME
    page = render(request, "admin/login.html", shown | {"come_back_in": wait // timedelta(minutes=1)}, status=429)
    page["Retry-After"] = str(wait // timedelta(seconds=1))
    return page
