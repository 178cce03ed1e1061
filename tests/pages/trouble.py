"""The shop's addresses, and beside them a page where the database is too busy, one with a bug, and one that is fine."""

from django.db import OperationalError
from django.http import HttpResponse
from django.urls import path

from petshop.urls import handler400, handler403, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler500", "urlpatterns"]


def busy(request):
    raise OperationalError("canceling statement due to lock timeout")


def bug(request):
    raise ZeroDivisionError


def fine(request):
    return HttpResponse(request.POST.get("text", ""))


urlpatterns = [path("busy/", busy), path("bug/", bug), path("fine/", fine), *urlpatterns]
