"""What machines ask: whether the shop is alive and ready, what a search engine may read, and uploaded pictures."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.static import serve

from catalog.models import Offering
from petshop.core.models import Policy

PLAIN = "text/plain; charset=utf-8"


@never_cache
@require_safe
def healthz(request):
    """This process answers. It asks nobody else, so that a database in trouble does not restart every process."""
    return HttpResponse("ok\n", content_type=PLAIN)


@never_cache
@require_safe
def readyz(request):
    """This process can serve customers: its database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer\n", content_type=PLAIN, status=503)
    return HttpResponse("ok\n", content_type=PLAIN)


@require_safe
def robots(request):
    private = ["/cart/", "/checkout/", "/orders/", "/feeds/", "/backoffice/", "/admin/", "/dev/", "/webhooks/"]
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in private),
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


@require_safe
def sitemap(request):
    """Every page that a stranger may find; 50,000 is what the format allows."""
    paths = [reverse(name) for name in ["home", "shop", "help", "contact"]]
    paths += [policy.get_absolute_url() for policy in Policy.objects.defer("text")]
    slugs = Offering.objects.published().order_by("pk").values_list("slug", flat=True)[: 50_000 - len(paths)]
    paths += [reverse("offering", args=[slug]) for slug in slugs]
    addresses = [settings.SITE_URL + path for path in paths]
    return render(request, "pages/sitemap.xml", {"addresses": addresses}, content_type="application/xml")


def media(request, path):
    """An uploaded picture, while developing; in production the proxy serves them (deploy/Caddyfile)."""
    try:
        return serve(request, path, document_root=settings.MEDIA_ROOT)
    except OSError as error:  # a name too long for the disk is a name of nothing
        raise Http404 from error
