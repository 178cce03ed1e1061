"""The calendar of one groomer or room, behind its secret address."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.models import Resource
from checkout.calendar_file import CONTENT_TYPE
from checkout.feed import feed
from checkout.views.order import secret_page


@secret_page
@require_safe
def resource_feed(request, token):
    """What a calendar on a phone asks for every quarter of an hour: three questions to the database, and no session."""
    resource = get_object_or_404(Resource, feed_token=token)
    response = HttpResponse(feed(resource, now=timezone.now()), content_type=f"{CONTENT_TYPE}; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{resource.slug}.ics"'
    return response
