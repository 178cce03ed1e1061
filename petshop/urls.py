from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from petshop import machines, pages, shop
from petshop.core import password_reset
from petshop.core.models import Policy
from petshop.development_mail import development_mail

handler400 = "petshop.pages.bad_request"
handler403 = "petshop.core.refusals.forbidden"
handler500 = "petshop.pages.server_error"

urlpatterns = [
    path("", pages.home, name="home"),
    path("shop/", shop.shop, name="shop"),
    path("shop/<slug:slug>/", pages.offering, name="offering"),
    path("help/", pages.help_page, name="help"),
    path("contact/", pages.contact, name="contact"),
    path("help/<slug:slug>/", pages.policy, name="policy"),
    path("privacy/", pages.policy, {"slug": Policy.PRIVACY}, name="privacy"),
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("dev/mail/", development_mail, name="development_mail"),
    path("", include("checkout.urls")),
    path("backoffice/", include("backoffice.urls")),
    path("admin/password_reset/", password_reset.AskForLink.as_view(), name="admin_password_reset"),
    path("admin/password_reset/sent/", password_reset.LinkIsSent.as_view(), name="password_reset_done"),
    path("admin/password_reset/<uidb64>/<token>/", password_reset.SetPassword.as_view(), name="password_reset_confirm"),
    path("admin/", admin.site.urls),
]

if settings.IS_LOCAL_STRIPE:
    urlpatterns.append(path("", include("checkout.stripe_local.urls")))

if settings.DEBUG:
    urlpatterns.append(path("media/<path:path>", machines.media))
