"""What happens to stock and to whole offerings.

Nothing else writes `Variant.stock`, and each change leaves a movement that says why.
"""

from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Field, Model
from django.utils.translation import gettext as _

from catalog.models import Offering, StockMovement, StockReason, Variant
from petshop.core.errors import ShopError
from petshop.core.slugs import free_slug


class OutOfStock(ShopError):
    """There is less on the shelf than was asked for."""

    def __init__(self, variant: Variant):
        self.variant = variant
        super().__init__(_("We no longer have that many of “%(name)s”.") % {"name": variant})


class NameTaken(ShopError):
    """Something of this name is there already."""

    def __init__(self, name: str):
        super().__init__(_("There is already “%s”. Give the copy another name.") % name)


def take_stock(variant: Variant, quantity: int, *, reference: str, actor: str) -> None:
    """Take from the shelf for a sale, in one conditional UPDATE, so that two buyers cannot both get the last one.

    Runs inside the caller's transaction and keeps the row locked until it ends: take several variants in primary-key
    order. `reference` names what it was sold for and can be sold once. Raises OutOfStock and changes nothing.
    """
    taken = Variant.objects.filter(pk=variant.pk, stock__gte=quantity).update(stock=F("stock") - quantity)
    if not taken:
        raise OutOfStock(variant)
    StockMovement.objects.create(
        variant=variant, delta=-quantity, reason=StockReason.SOLD, reference=reference, actor=actor
    )


def return_stock(variant: Variant, quantity: int, *, reference: str, actor: str) -> None:
    """Put back what was taken for `reference`; asked twice, it puts it back once. Same lock order as take_stock."""
    Variant.objects.select_for_update().get(pk=variant.pk)
    movement, is_new = StockMovement.objects.get_or_create(
        variant=variant,
        reason=StockReason.RETURNED,
        reference=reference,
        defaults={"delta": quantity, "actor": actor},
    )
    if is_new:
        Variant.objects.filter(pk=variant.pk).update(stock=F("stock") + movement.delta)


@transaction.atomic
def move_stock(variant: Variant, delta: int, *, reason: StockReason, actor: str, note: str = "") -> StockMovement:
    """Change what is on the shelf by `delta`, as staff counted or received it. Raises OutOfStock below zero."""
    moved = Variant.objects.filter(pk=variant.pk, stock__gte=-delta).update(stock=F("stock") + delta)
    if not moved:
        raise OutOfStock(variant)
    return StockMovement.objects.create(variant=variant, delta=delta, reason=reason, actor=actor, note=note)


@transaction.atomic
def copy_offering(offering: Offering, *, name: str) -> Offering:
    """A second offering like this one, out of the shop, with its choices, extras, questions and pictures.

    Nothing of it is on the shelf, and it has no article numbers: those are the first one's. Raises NameTaken, and copies
    nothing, if anything has this name already; so two presses make one copy.
    """
    type(offering).objects.select_for_update(no_key=True).get(pk=offering.pk)
    if Offering.objects.filter(name=name).exists():
        raise NameTaken(name)
    copy = copied(offering, name=name, slug=free_slug(Offering, name), is_published=False)
    copy.save()
    for variant in offering.variants.all():
        copied(variant, offering=copy, sku=None, stock=None if variant.stock is None else 0).save()
    for row in [*offering.add_ons.all(), *offering.questions.all()]:
        copied(row, offering=copy).save()
    copy_pictures(offering, copy)
    return copy


def copy_pictures(offering: Offering, copy: Offering) -> None:
    """Each in a file of its own: who replaces one must not change the other's."""
    for picture in offering.pictures.all():
        try:
            with picture.file.open() as file:
                content = ContentFile(file.read(), name=Path(picture.file.name).name)
        except FileNotFoundError:
            continue  # what is lost cannot be copied
        copied(picture, offering=copy, file=content).save()


def copied[Row: Model](row: Row, **changed) -> Row:
    """An unsaved row like this one, but for its key, what the database writes, and what is `changed`."""
    kept = [
        field.name
        for field in row._meta.concrete_fields
        if not (field.primary_key or is_written_by_the_database(field)) and field.name not in changed
    ]
    return type(row)(**{name: getattr(row, name) for name in kept}, **changed)


def is_written_by_the_database(field: Field) -> bool:
    """A generated column, or the moment at which a row came; what both sides have a default for is the row's own."""
    return field.generated or (field.has_db_default() and not field.has_default())
