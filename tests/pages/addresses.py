"""The shop's addresses as they are declared, so that a test forgets none."""

import re

from django.urls import URLPattern, get_resolver


def addresses(patterns=None, before="/"):
    """The shop's addresses as they are declared, with their <parameters>; the admin's catch-all is one of its pages."""
    for pattern in patterns or get_resolver().url_patterns:
        route = before + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(pattern, URLPattern):
            yield route if "(?P" not in route else re.sub(r"\(\?P<(\w+)>.*\)", r"<\1>", route)
        else:
            yield from addresses(pattern.url_patterns, route)


PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def filled(route, real, value=None):
    """A route with `value` for what names a thing, alone and below `real` things; without a value only with real things."""
    names = PARAMETER.findall(route)
    for first_fake in range(len(names)) if value is not None else [len(names)]:
        said = iter([real.get(name, "1") if n < first_fake else value for n, name in enumerate(names)])
        yield PARAMETER.sub(lambda _found, said=said: next(said), route)
