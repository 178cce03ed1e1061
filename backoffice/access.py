"""Who may open what in the backoffice, all of it in this one file.

Nothing is open by default: an address of the backoffice that is not in PAGES keeps the shop from starting. Which group
of staff has which permission is in petshop/core/roles.py: the front desk has both of these, a catalog editor neither.
"""

from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

SEE_ORDERS = "checkout.view_order"
SEE_RECEIPTS = "checkout.view_receipt"
WORK_ON_ORDERS = "checkout.change_order"

# The name of every address of the backoffice, and what somebody needs to be let in.
PAGES = {
    "today": SEE_ORDERS,
    "hold": WORK_ON_ORDERS,
    "orders": SEE_ORDERS,
    "order": SEE_ORDERS,
    "new_order": WORK_ON_ORDERS,
    "attention": SEE_ORDERS,
    "proofs": SEE_ORDERS,
    "proof": WORK_ON_ORDERS,
    "proof_file": WORK_ON_ORDERS,
    "receipts": SEE_RECEIPTS,
    "receipts_file": SEE_RECEIPTS,
    "receipt": SEE_RECEIPTS,
    "notes": WORK_ON_ORDERS,
    "visit": WORK_ON_ORDERS,
    "visit_time": WORK_ON_ORDERS,
    "change": WORK_ON_ORDERS,
    "cancellation": WORK_ON_ORDERS,
    "parcel": WORK_ON_ORDERS,
    "concern": WORK_ON_ORDERS,
    "payment": WORK_ON_ORDERS,
    "payment_back": WORK_ON_ORDERS,
    "refund": WORK_ON_ORDERS,
    "refund_made": SEE_ORDERS,
    "refund_again": WORK_ON_ORDERS,
    "refund_lines": WORK_ON_ORDERS,
}


def may_enter(user, page: str) -> bool:
    """Whether somebody may open this address of the backoffice."""
    return user.is_active and user.is_staff and user.has_perm(PAGES[page])


def guarded(patterns: list) -> list:
    """Put the guard before every address in the list; there is no way into a view but past it."""
    for pattern in patterns:
        if pattern.name not in PAGES:
            raise ImproperlyConfigured(f"backoffice/access.py does not say who may open “{pattern.name}”.")
        pattern.callback = staff_only(pattern.callback, pattern.name)
    return patterns


def staff_only(view, page: str):
    """Strangers are asked to sign in, those who may not come in are told so, and no answer is kept by any cache."""

    @wraps(view)
    def guard(request, *args, **kwargs):
        if not request.user.is_authenticated:
            # After signing in a browser comes with GET, which a button's address does not answer.
            wanted = request.get_full_path() if request.method == "GET" else reverse("backoffice:today")
            response = redirect_to_login(wanted, reverse(settings.LOGIN_URL))
        elif not may_enter(request.user, page):
            raise PermissionDenied
        else:
            try:
                response = view(request, *args, **kwargs)
            except Http404:
                response = render(request, "backoffice/missing.html", status=404)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guard
