"""One view, two answers: the whole page, or the part of it that a script asked for."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_fragment(request) -> bool:
    return request.headers.get("HX-Request") == "true"


def render_page(request, template, context, *, fragment, status=None):
    """Render a whole page, or only its `fragment` partial when a script on the page asks for it."""
    name = f"{template}#{fragment}" if wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
