"""The shop's addresses and two more: the floor, which is the least that a page of 24 rows costs here, and who serves it."""

from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from catalog.models import Variant
from petshop.urls import handler400, handler500, urlpatterns  # noqa: F401

FLOOR = """<!doctype html><title>Floor</title><ul>
{% for variant in variants %}<li>{{ variant.name }} {{ variant.sku }} {{ variant.price }}</li>{% endfor %}
</ul>"""


def floor(request):
    """One template, 24 rows, one query."""
    template = engines["django"].from_string(FLOOR)
    return HttpResponse(template.render({"variants": Variant.objects.order_by("pk")[:24]}, request))


def backend(request):
    """The number of the database process behind this web process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return JsonResponse({"pid": cursor.fetchone()[0]})


urlpatterns = [path("benchmark/floor/", floor), path("benchmark/backend/", backend), *urlpatterns]
