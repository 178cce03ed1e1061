"""A time that somebody keeps in a basket is given back by staff."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bookings.models import Booking
from checkout import operations
from petshop.core.errors import ShopError


@require_POST
def hold(request, pk):
    """For whoever takes the times of a whole day and pays for none."""
    booking = get_object_or_404(Booking.objects.visits(), pk=pk)
    try:
        operations.take_hold_away(booking, actor=request.user.get_username())
    except ShopError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("That time is free again."))
    return redirect(f"{reverse('backoffice:today')}?day={localtime(booking.starts_at).date().isoformat()}")
