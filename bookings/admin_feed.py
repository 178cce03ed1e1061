"""The page of the Django admin that gives a groomer's or a room's calendar to the phones of the staff."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views import View


class FeedPage(View):
    """Shows the secret address; a press makes a new one, or none, and the old one leads nowhere any more."""

    model_admin = None
    template_name = "admin/bookings/resource/feed.html"

    def dispatch(self, request, pk):
        self.resource = get_object_or_404(self.model_admin.get_queryset(request), pk=pk)
        if not self.model_admin.has_change_permission(request, self.resource):
            raise PermissionDenied
        response = super().dispatch(request)
        add_never_cache_headers(response)
        return response

    def get(self, request):
        token = self.resource.feed_token
        address = settings.SITE_URL + reverse("checkout:feed", args=[token]) if token else ""
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": _("Calendar for phones"),
            "subtitle": str(self.resource),
            "opts": self.model_admin.opts,
            "resource": self.resource,
            "address": address,
        }
        return TemplateResponse(request, self.template_name, context)

    def post(self, request):
        if "stop" in request.POST:
            self.resource.stop_feed()
            said = _("The calendar has no secret address any more.")
        else:
            self.resource.renew_feed()
            said = _("The calendar has a new secret address. The old one leads nowhere any more.")
        self.model_admin.log_change(request, self.resource, said)
        messages.success(request, said)
        return HttpResponseRedirect(request.path)
