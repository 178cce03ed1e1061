"""The Django admin as the shop's catalog office: its name at the top, and its lists in the order of a working day."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.urls import path
from django.utils.translation import gettext_lazy as _

# What is not named here comes last.
ORDER = [
    "catalog.Product",
    "catalog.Service",
    "catalog.Category",
    "catalog.Question",
    "catalog.StockMovement",
    "bookings.Resource",
    "bookings.Course",
    "bookings.ClassDate",
    "bookings.OpeningHours",
    "bookings.SpecialDay",
    "bookings.Closure",
    "bookings.Booking",
    "checkout.Order",
    "checkout.Payment",
    "checkout.OrderEvent",
    "checkout.Message",
    "checkout.WebhookEvent",
    "checkout.Promotion",
    "checkout.DeliveryZone",
    "core.Policy",
    "core.User",
    "auth.Group",
]


class ShopAdminSite(AdminSite):
    site_header = site_title = settings.SHOP_NAME
    index_title = _("What we sell, and when")
    site_url = "/"

    def logout(self, request, extra_context=None):
        """Whoever signs out may be at a computer that others use: no basket and nothing else of ours stays behind.

        Signing in keeps the basket; a visit that was in it is free again when its hold runs out.
        """
        response = super().logout(request, extra_context)
        if request.method == "POST":
            for name in request.COOKIES:
                response.delete_cookie(name, samesite="Lax")
        return response

    def get_urls(self):
        from petshop.core.changes import changes  # which needs the models, and this is read before them

        return [
            path("changes/", self.admin_view(lambda request: changes(request, self)), name="changes"),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        from petshop.core.changes import changes_for

        return super().index(request, {"changes": changes_for(request.user)[:8], **(extra_context or {})})

    def get_app_list(self, request, app_label=None):
        """Apps and their lists in the order above."""
        place = {name: position for position, name in enumerate(ORDER)}
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(
                key=lambda model: place.get(f"{model['model']._meta.app_label}.{model['object_name']}", len(ORDER))
            )
        return sorted(
            apps,
            key=lambda app: place.get(f"{app['app_label']}.{app['models'][0]['object_name']}", len(ORDER)),
        )


class ShopAdminConfig(AdminConfig):
    """Django's admin, with the site above in place of its own."""

    default_site = "petshop.core.admin_site.ShopAdminSite"
