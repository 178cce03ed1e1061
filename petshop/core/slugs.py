"""The last part of an address, made from a name."""

from itertools import chain, count

from django.db import models
from django.utils.text import slugify


def free_slug(model: type[models.Model], name: str) -> str:
    """A slug like this name that no row of the model has; a rival may still take it, then the constraint refuses."""
    longest = model._meta.get_field("slug").max_length
    slug = slugify(name)[: longest - 4].strip("-_") or model._meta.model_name
    taken = set(model._default_manager.filter(slug__startswith=slug).values_list("slug", flat=True))
    candidates = chain([slug], (f"{slug}-{number}" for number in count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)
