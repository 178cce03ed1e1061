"""Somebody had a look at what needs attention: what they found is written down, and one reason less stands."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.forms import ConcernForm, NoteForm
from backoffice.views import find, go_back, order_page
from checkout.operations import clear_concern


@require_POST
def concern(request, number, pk):
    """One reason is cleared, by its own button; the others stand."""
    order = find(number)
    found = get_object_or_404(order.concerns.all(), pk=pk)
    form = ConcernForm(request.POST, concern=found)
    if not form.is_valid():
        return order_page(request, order, NoteForm(), pressed=form, status=422)
    clear_concern(found, note=form.cleaned_data["note"], actor=request.user.get_username())
    messages.success(request, _("It is written down, and needs no look any more."))
    return go_back(request, order)
