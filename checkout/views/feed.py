"""The calendar of one groomer or room, behind its secret address."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from bookings.models import Resource
from checkout.calendar_file import CONTENT_TYPE
from checkout.feed import Feed
from checkout.views.order import secret_page


@secret_page
@require_safe
def resource_feed(request, token):
    """What a calendar on a phone asks for every quarter of an hour: three questions to the database, and no session.

    Where nothing has changed since it asked last, it is told so.
    """
    resource = get_object_or_404(Resource, feed_token=token)
    feed = Feed(resource, now=timezone.now())
    etag = f'"{feed.fingerprint}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(feed.written(), content_type=f"{CONTENT_TYPE}; charset=utf-8")
        response["Content-Disposition"] = f'inline; filename="{resource.slug}.ics"'
    response["ETag"] = etag
    return response
