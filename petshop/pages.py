"""Pages that compose several apps: home, the list, an offering's page, help."""

from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template import loader
from django.views.decorators.http import require_safe

from catalog.models import Offering
from petshop.core.context import shop as shop_facts


@require_safe
def home(request):
    return render(request, "pages/home.html")


@require_safe
def shop(request):
    return render(request, "pages/shop.html")


@require_safe
def offering(request, slug):
    thing = get_object_or_404(Offering.objects.published(), slug=slug)
    context = {"offering": thing}
    if thing.is_service:
        from bookings.picker import picker

        return render(request, "pages/service.html", context | picker(request, thing))
    return render(request, "pages/product.html", context)


@require_safe
def help_page(request):
    return render(request, "pages/help.html")


@require_safe
def contact(request):
    return render(request, "pages/contact.html")


@require_safe
def healthz(request):
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def robots(request):
    return HttpResponse("", content_type="text/plain")


@require_safe
def sitemap(request):
    raise Http404


@require_safe
def development_mail(request):
    raise Http404


def bad_request(request, exception):
    return HttpResponse(loader.get_template("400.html").render(shop_facts(request)), status=400)


def server_error(request):
    """Uses neither the session nor the database: one of them may be what is broken."""
    return HttpResponse(loader.get_template("500.html").render(shop_facts(request)), status=500)
