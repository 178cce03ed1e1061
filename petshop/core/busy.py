"""When the database is too busy to answer, or away: say so and when to come back, instead of falling over."""

import logging

from django.db import InterfaceError, OperationalError

from petshop.core.refusals import page, what_was_sent

logger = logging.getLogger(__name__)

COME_BACK_AFTER = 3  # seconds


class BusyMiddleware:
    """Answers 503 where a view waited too long for a lock, was ended as a deadlock, or lost its connection.

    Each of these was rolled back as a whole, so trying again is safe. Nothing here does that by itself: the
    page has a button, and what was typed behind it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error("503 for %s: %s", request.path_info, exception)
        response = page("503.html", status=503, again=what_was_sent(request))
        response["Retry-After"] = str(COME_BACK_AFTER)
        return response
