"""The catalog out to a file and in again: a row for each choice, beside it what its product or service says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from tablib import Dataset

from catalog.columns import (
    Amount,
    Animals,
    CategoryName,
    Column,
    Drawing,
    Line,
    LineOrNone,
    Minutes,
    Number,
    OneOf,
    Price,
    Text,
    TimeOfDay,
    YesOrNo,
    YesOrNothing,
    same_text,
)
from catalog.models import Kind, Offering, PetSize, Product, Service, Species, Variant
from catalog.prices import check_price, check_visit

A_NIGHT = timedelta(days=1)
MOST_CHANGES = 2000  # rows of one file: they are written while a browser waits


class CatalogResource(Resource):
    """The address and the name of the choice say which row of the shop a row of the file is about.

    What the file does not name stays as it is. Stock is written and never read: it changes by movements. What has no
    choice yet has a row with empty cells for one.
    """

    address = Column("offering__slug", "address", Text(), readonly=True)
    kind = Column("offering__kind", "kind", OneOf(Kind))
    offering_name = Column("offering__name", "name", Line())
    category = Column("offering__category", "category", CategoryName())
    species = Column("offering__species", "animals", Animals(Species))
    summary = Column("offering__summary", "summary", Line())
    description = Column("offering__description", "description", Text())
    art = Column("offering__art", "drawing", Drawing())
    is_published = Column("offering__is_published", "in the shop", YesOrNo())
    pay_at_shop = Column("offering__pay_at_shop", "paid at the shop", YesOrNothing())
    can_be_delivered = Column("offering__can_be_delivered", "delivered", YesOrNo())
    position = Column("offering__position", "position", Number())
    choice = Column("name", "choice", Text(), readonly=True)
    sku = Column("sku", "article number", LineOrNone())
    price = Column("price", "price", Price())
    tax_rate = Column("tax_rate", "tax rate", Amount())
    duration = Column("duration", "minutes", Minutes())
    begins_at = Column("begins_at", "begins at", TimeOfDay())
    whole_course = Column("whole_course", "whole course", YesOrNothing())
    pet_species = Column("pet_species", "animal", OneOf(Species, blank=True))
    pet_size = Column("pet_size", "size", OneOf(PetSize, blank=True))
    is_active = Column("is_active", "for sale", YesOrNo())
    choice_position = Column("position", "choice position", Number())
    stock = Column("stock", "in stock", Number(), readonly=True)

    class Meta:
        model = Variant
        instance_loader_class = BaseInstanceLoader
        skip_diff = True  # the package's are HTML with styles inside, which our pages refuse; `changes` are ours

    @classmethod
    def headings(cls) -> list[str]:
        return [column.column_name for column in cls.fields.values()]

    # Out

    def iter_queryset(self, offerings):
        """Every choice of these, and for what has none an empty one."""
        for offering in offerings.select_related("category").prefetch_related("variants"):
            for variant in offering.variants.all() or [no_choice(offering)]:
                variant.offering = offering
                yield variant

    def export_field(self, column, instance, **kwargs):
        return column.export(instance) if column in self.columns_of(instance) else ""

    # In

    def before_import(self, dataset: Dataset, **kwargs):
        """Lock what the file is about, in id order, and read all of it at once."""
        slugs = {slug.strip() for slug in dataset["address"]}
        about = Offering.objects.filter(slug__in=slugs).order_by("pk")
        list(about.select_for_update(no_key=True).values_list("pk"))
        self.offerings, self.choices = {}, {}
        # As the admin lists them, so that each finds its history.
        for listed in (Product.objects.products(), Service.objects.services()):
            for offering in listed.filter(slug__in=slugs).select_related("category").prefetch_related("variants"):
                self.offerings[offering.slug] = offering
                for variant in offering.variants.all():
                    variant.offering = offering
                    self.choices[key_of(variant)] = variant
        numbers = (
            {one_line(number) for number in dataset["article number"]} if "article number" in dataset.headers else ()
        )
        owners = Variant.objects.filter(sku__in=numbers).values_list("sku", "offering__slug", "name")
        self.owners = {number: (slug, one_line(name)) for number, slug, name in owners}
        self.lines, self.said = {}, {}
        self.stock_differs = self.changing = 0

    def import_row(self, row, instance_loader, **kwargs):
        self.changes = []
        result = super().import_row(row, instance_loader, **kwargs)
        result.line, result.changes = row["line"], self.changes
        return result

    def get_or_init_instance(self, instance_loader, row):
        slug, name = row["address"].strip(), one_line(row["choice"])
        self.check_other_rows(slug, name, row)
        offering = self.offerings.get(slug) or new_offering(slug, row)
        if variant := self.choices.get((slug, name)):
            return variant, False
        if not name and not any(row.get(heading, "").strip() for heading in self.about_choices()):
            return no_choice(offering), offering._state.adding
        return Variant(offering=offering, name=name, stock=None if offering.is_service else 0), True

    def check_other_rows(self, slug, name, row):
        """No two rows about one choice, and none that says of its product what another row denies."""
        if (line := self.lines.setdefault((slug, name), row["line"])) != row["line"]:
            raise ValidationError(_("Row %s is about the same choice.") % line)
        cells = {heading: row[heading] for heading in self.about_offerings() if heading in row}
        line, others = self.said.setdefault(slug, (row["line"], cells))
        denied = [heading for heading, cell in cells.items() if not same_text(cell, others[heading])]
        if denied:
            text = _("Row %s says something else of the same address. Write the same in both.")
            raise ValidationError({heading: text % line for heading in denied})

    def after_init_instance(self, instance, new, row, **kwargs):
        self.before = {
            column: ""
            if (instance.offering if of_offering(column) else instance)._state.adding
            else column.export(instance)
            for column in self.columns_of(instance)
        }
        cell = row.get(self.fields["stock"].column_name, "").strip()
        if cell and not same_text(cell, self.fields["stock"].export(instance)):
            self.stock_differs += 1

    def import_instance(self, instance, row, **kwargs):
        errors = {}
        for column in self.columns_of(instance):
            try:
                self.import_field(column, instance, row, **kwargs)
            except ValueError as error:
                errors[column.column_name] = str(error)
        if is_choice(instance) and instance.offering.kind == Kind.STAY and instance.duration is None:
            instance.duration = A_NIGHT
        if errors:
            raise ValidationError(errors)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        after = {column: column.export(instance) for column in self.before}
        stock = self.fields["stock"]
        self.changed = [column for column in after if after[column] != self.before[column] and column is not stock]
        self.changes = [(column.column_name, self.before[column], after[column]) for column in self.changed]
        self.changing += bool(self.changes)
        is_too_much = self.changing > MOST_CHANGES + 1  # the first that is too much says so
        return is_too_much or (not self.changes and not import_validation_errors)

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        errors = {heading: list(messages) for heading, messages in (import_validation_errors or {}).items()}
        if self.changing > MOST_CHANGES:
            text = _("From here on it is too much at once: at most %d rows can change. Split the file.")
            raise ValidationError(text % MOST_CHANGES)
        offering = instance.offering
        if not offering._state.adding and self.fields["kind"] in self.changed:
            errors.setdefault("kind", [_("What is there already cannot become something of another kind.")])
        if any(of_offering(column) for column in self.changed):
            self.check(offering, errors, prefix="offering__", needed=["name", "category"])
        if is_choice(instance):
            self.check(instance, errors, prefix="", needed=["price"])
            owner = self.owners.get(instance.sku, key_of(instance))
            if owner != key_of(instance):
                text = _("This is the article number of “%(slug)s”, %(choice)s.")
                errors.setdefault(
                    "article number", [text % {"slug": owner[0], "choice": owner[1] or _("without a name")}]
                )
            for heading, check in (("price", check_price), ("minutes", check_visit)):
                value = instance.price if heading == "price" else instance.duration
                if value is not None and heading not in errors:
                    try:
                        check(value)
                    except ValidationError as error:
                        errors[heading] = error.messages
            if "kind" not in errors:
                for heading, text in wrong_for_its_kind(instance):
                    errors.setdefault(heading, [text])
        if errors:
            raise ValidationError(errors)

    def check(self, row, errors, *, prefix, needed):
        """What the model's fields refuse, under the headings of the file. What asks the database is asked once for all."""
        heading_of = {
            column.attribute.removeprefix(prefix): column.column_name
            for column in self.fields.values()
            if of_offering(column) == bool(prefix)
        }
        for name in needed:
            if getattr(row, name if name != "category" else "category_id") in (None, ""):
                errors.setdefault(heading_of[name], [_("Something new needs one.")])
        wrong = {name for name, heading in heading_of.items() if heading in errors}
        try:
            row.clean_fields(exclude={*wrong, "offering", "stock", "duration"})
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                errors.setdefault(heading_of.get(name, "choice" if prefix == "" else "address"), messages)

    def save_instance(self, instance, is_create, row, **kwargs):
        """What was edited, and nothing that somebody sold or changed meanwhile."""
        offering = instance.offering
        if offering._state.adding:
            offering.save()
            self.offerings[offering.slug] = offering
        else:
            save_columns(offering, [column for column in self.changed if of_offering(column)])
        if not is_choice(instance):
            return
        if instance._state.adding:
            instance.offering = offering  # it has a key now
            instance.save()
            self.choices[key_of(instance)] = instance
        else:
            save_columns(instance, [column for column in self.changed if not of_offering(column)])
        if instance.sku:
            self.owners[instance.sku] = key_of(instance)

    # Which columns are about what

    def columns_of(self, instance) -> list[Column]:
        columns = self.fields.values()
        return list(columns) if is_choice(instance) else [column for column in columns if of_offering(column)]

    def about_offerings(self) -> list[str]:
        return [column.column_name for column in self.fields.values() if of_offering(column)]

    def about_choices(self) -> list[str]:
        return [column.column_name for column in self.fields.values() if not of_offering(column)]


def wrong_for_its_kind(variant: Variant) -> Iterator[tuple[str, str]]:
    """What such a product or service does not have, or cannot be without, by the heading of its cell."""
    kind, is_service = variant.offering.kind, variant.offering.is_service
    if is_service != (variant.duration is not None):
        yield "minutes", _("A service needs minutes.") if is_service else _("A product takes no minutes.")
    elif kind == Kind.STAY and variant.duration != A_NIGHT:
        yield "minutes", _("Boarding is sold by the night. Leave its minutes empty.")
    if (kind == Kind.SEAT) != (variant.begins_at is not None):
        yield (
            "begins at",
            _("Daycare needs a time of day.")
            if kind == Kind.SEAT
            else _("Only daycare begins at one time of the day."),
        )
    if variant.whole_course and kind != Kind.CLASS:
        yield "whole course", _("Only a class has courses.")


def of_offering(column: Column) -> bool:
    return column.attribute.startswith("offering__")


def no_choice(offering: Offering) -> Variant:
    """Stands for an offering without a choice; it is never saved."""
    variant = Variant(offering=offering)
    variant.is_none = True
    return variant


def is_choice(variant: Variant) -> bool:
    return not getattr(variant, "is_none", False)


def new_offering(slug: str, row) -> Offering:
    is_product = row.get("kind", "").strip().lower() == Kind.PRODUCT
    return (Product if is_product else Service)(slug=slug, kind=Kind.PRODUCT if is_product else "")


def key_of(variant: Variant) -> tuple[str, str]:
    """What a file calls it by."""
    return variant.offering.slug, one_line(variant.name)


def one_line(text: str) -> str:
    return " ".join(text.split())


def save_columns(row, columns: list[Column]) -> None:
    if columns:
        row.save(update_fields=[column.attribute.removeprefix("offering__") for column in columns])


@dataclass
class Outcome:
    """What an import does, or would do."""

    rows: list  # of those that change something: `line`, `instance`, `changes`, `is_new()`
    unchanged: int
    errors: list[tuple[str, str, list[str]]]  # the line, the heading or nothing, what is wrong
    stock_differs: int
    is_done: bool = False
    digest: str = field(init=False)

    def __post_init__(self):
        self.digest = sha256(repr([(row.line, row.changes) for row in self.rows]).encode()).hexdigest()


def import_catalog(dataset: Dataset, *, seen: str | None = None) -> Outcome:
    """Say what this file would change; with the digest of such an answer, change it.

    All or nothing: with an error in any row, or if it would do anything else than what was `seen`, nothing changes.
    """
    with transaction.atomic():
        resource = CatalogResource()
        result = resource.import_data(dataset, use_transactions=False, retain_instance_in_row_result=True)
        for error in result.base_errors:
            raise error.error
        rows = [row for row in result.rows if not row.is_skip()]
        outcome = Outcome(
            rows=[row for row in rows if row.is_new() or row.is_update()],
            unchanged=len(result.rows) - len(rows),
            errors=[error for row in rows for error in errors_of(row)],
            stock_differs=resource.stock_differs,
        )
        outcome.is_done = not outcome.errors and outcome.digest == seen
        if not outcome.is_done:
            transaction.set_rollback(True)
        return outcome


def errors_of(row) -> list[tuple[str, str, list[str]]]:
    for error in row.errors:
        raise error.error
    if not row.validation_error:
        return []
    if hasattr(row.validation_error, "error_dict"):
        return [(row.line, heading, messages) for heading, messages in row.validation_error.message_dict.items()]
    return [(row.line, "", row.validation_error.messages)]


def export_catalog() -> Dataset:
    return CatalogResource().export(Offering.objects.all())
