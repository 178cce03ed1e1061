from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Aggregate, Count, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalog.words import without_marks


class Kind(models.TextChoices):
    PRODUCT = "product", _("Product")
    APPOINTMENT = "appointment", _("Appointment")  # a groomer's or a vet's time
    SEAT = "seat", _("Daycare")  # a place for a day
    STAY = "stay", _("Boarding")  # a room for nights
    CLASS = "class", _("Class")  # a place at published dates


SERVICE_KINDS = [kind for kind in Kind if kind != Kind.PRODUCT]


class Species(models.TextChoices):
    DOG = "dog", _("Dogs")
    CAT = "cat", _("Cats")
    SMALL = "small", _("Small pets")
    BIRD = "bird", _("Birds")
    FISH = "fish", _("Fish")


class PetSize(models.TextChoices):
    SMALL = "small", _("Small, up to 10 kg")
    MEDIUM = "medium", _("Medium, 10 to 25 kg")
    LARGE = "large", _("Large, over 25 kg")


class Tint(models.TextChoices):
    """The colour behind a category's pictures."""

    MINT = "mint", _("Mint")
    BUTTER = "butter", _("Butter")
    BLUSH = "blush", _("Blush")
    SKY = "sky", _("Sky")
    LILAC = "lilac", _("Lilac")


class Category(models.Model):
    """A shelf of the shop: food, toys, grooming."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    tint = models.CharField(_("colour"), max_length=10, choices=Tint, default=Tint.MINT)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self):
        return self.name


class OfferingQuerySet(models.QuerySet):
    def published(self):
        return self.filter(is_published=True)

    def products(self):
        return self.filter(kind=Kind.PRODUCT)

    def services(self):
        return self.exclude(kind=Kind.PRODUCT)

    def for_species(self, species):
        """What suits this species; an offering that names no species suits them all."""
        return self.filter(Q(species__contains=[species]) | Q(species=[]))


class Offering(models.Model):
    """Anything for sale, a thing or a time: one name, one page, one search. Its variants carry price and stock."""

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=120, unique=True)
    category = models.ForeignKey(
        Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="offerings"
    )
    species = ArrayField(
        models.CharField(max_length=10, choices=Species), verbose_name=_("for"), default=list, blank=True
    )
    summary = models.CharField(_("in one line"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    art = models.CharField(_("drawing"), max_length=80, blank=True)
    is_published = models.BooleanField(_("in the shop"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # The lowest price of what is for sale of it, or none. Triggers keep it, whatever is written here.
    price_from = models.DecimalField(_("price from"), max_digits=14, decimal_places=2, null=True, editable=False)
    search = models.GeneratedField(
        # The name twice: by the stems of its words, and by the words as they are, for one that is still being typed.
        expression=SearchVector(without_marks("name"), weight="A", config="english")
        + SearchVector(without_marks("name"), weight="A", config="simple")
        + SearchVector(without_marks("summary"), weight="B", config="english")
        + SearchVector(without_marks("description"), weight="C", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = OfferingQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        indexes = [
            GinIndex(fields=["search"], name="offering_search"),
            GinIndex(fields=["species"], name="offering_species"),
            models.Index(
                fields=["category", "position", "name", "id"],
                name="offering_on_its_shelf",
                condition=Q(is_published=True),
            ),
            models.Index(fields=["position", "name", "id"], name="offering_in_order", condition=Q(is_published=True)),
            models.Index(
                fields=["price_from", "position", "name", "id"],
                name="offering_by_price",
                condition=Q(is_published=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="offering_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="offering_species_known", condition=Q(species__contained_by=[str(s) for s in Species.values])
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("offering", args=[self.slug])

    @property
    def is_service(self) -> bool:
        return self.kind != Kind.PRODUCT

    @cached_property
    def cover(self):
        """The first uploaded picture, or None: then the drawing stands in."""
        return next(iter(self.pictures.all()), None)


class Word(models.Model):
    """A word that the shop has used of its offerings and categories: what a misspelt one may have been. Triggers add them.

    None is ever taken out, so whoever reads them asks whether something for sale still has the word.
    """

    word = models.TextField(primary_key=True)

    class Meta:
        indexes = [GistIndex(OpClass("word", name="gist_trgm_ops"), name="word_by_likeness")]

    def __str__(self):
        return self.word


class ChangeQuerySet(models.QuerySet):
    def version(self) -> tuple[int, int | None]:
        """Another one whenever something that lists show has changed: whoever remembers a list keeps this beside it.

        It is made of the rows that are visible now, in whatever order their transactions began and ended.
        """
        return tuple(self.aggregate(count=Count("pk"), mixed=Aggregate("token", function="bit_xor")).values())


class Change(models.Model):
    """That offerings changed as lists show them. Triggers add a row for each statement, and take old ones out.

    A row of its own instead of one number for all: two orders that sell the last of something need not wait for each other.
    """

    token = models.BigIntegerField()

    objects = ChangeQuerySet.as_manager()

    def __str__(self):
        return str(self.token)


class Product(Offering):
    """An offering that lies on a shelf, for the Django admin."""

    class Meta:
        proxy = True
        verbose_name = _("product")
        verbose_name_plural = _("products")


class Service(Offering):
    """An offering that takes somebody's time, for the Django admin."""

    class Meta:
        proxy = True
        verbose_name = _("service")
        verbose_name_plural = _("services")


def default_tax_rate():
    return settings.SHOP_TAX_RATE


class VariantQuerySet(models.QuerySet):
    def on_sale(self):
        """What a customer may put into the basket, stock aside."""
        return self.filter(is_active=True, offering__is_published=True)


class Variant(models.Model):
    """One priced choice of an offering: a 2 kg bag, or the bath of a large dog.

    A product's variant has `sku` and `stock`, a service's has `duration`. `stock` is what is still free to sell: placing
    an order takes from it, and only catalog.operations writes it, each time with a StockMovement.
    """

    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="variants")
    name = models.CharField(_("choice"), max_length=80, blank=True, help_text=_("“2 kg bag” or “Large dog”."))
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, help_text=_("Tax included."))
    tax_rate = models.DecimalField(
        _("tax rate"),
        max_digits=4,
        decimal_places=2,
        default=default_tax_rate,
        validators=[MinValueValidator(0), MaxValueValidator(50)],
        help_text=_("Percent, included in the price."),
    )
    sku = models.CharField(_("article number"), max_length=40, unique=True, null=True, blank=True)
    stock = models.PositiveIntegerField(_("in stock"), null=True, blank=True, editable=False)
    duration = models.DurationField(_("duration"), null=True, blank=True)
    pet_size = models.CharField(_("size of the pet"), max_length=10, choices=PetSize, blank=True)
    is_active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "price", "pk"]
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [
            models.CheckConstraint(
                name="variant_price_not_negative",
                condition=Q(price__gte=0),
                violation_error_message=_("A price cannot be below zero."),
            ),
            models.CheckConstraint(
                name="variant_is_stocked_or_timed",
                condition=Q(stock__isnull=False, duration__isnull=True) | Q(stock__isnull=True, duration__isnull=False),
                violation_error_message=_("A choice of a product has stock, a choice of a service has a duration."),
            ),
            models.CheckConstraint(
                name="variant_tax_rate_is_a_percentage", condition=Q(tax_rate__gte=0, tax_rate__lte=50)
            ),
            models.UniqueConstraint(
                name="variant_name_once_per_offering",
                fields=["offering", "name"],
                violation_error_message=_("There is already a choice of this name."),
            ),
        ]

    def __str__(self):
        return f"{self.offering}, {self.name}" if self.name else str(self.offering)

    @property
    def is_service(self) -> bool:
        return self.duration is not None

    @property
    def minutes(self) -> int:
        """How long the visit takes."""
        return int(self.duration.total_seconds() // 60)

    def length_with(self, add_ons: "Iterable[AddOn]") -> timedelta:
        """How long the visit takes with these extras."""
        return sum((add_on.duration for add_on in add_ons), self.duration)

    def price_with(self, add_ons: "Iterable[AddOn]") -> Decimal:
        """What the visit costs with these extras."""
        return sum((add_on.price for add_on in add_ons), self.price)


class AddOnQuerySet(models.QuerySet):
    def on_sale(self):
        """What a customer may add to a visit."""
        return self.filter(is_active=True, offering__is_published=True)


class AddOn(models.Model):
    """An extra of a service, on top of any of its choices: a nail trim for EUR 8 that makes the visit 10 minutes longer.

    It is taxed as the choice that it is added to. One without minutes is done while the visit lasts anyway.
    """

    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="add_ons")
    name = models.CharField(_("extra"), max_length=80, help_text=_("“Nail trim”."))
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=2, help_text=_("On top of the choice’s price. Tax included.")
    )
    duration = models.DurationField(
        _("duration"), default=timedelta(0), help_text=_("How much longer it makes the visit. 0 is fine.")
    )
    is_active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = AddOnQuerySet.as_manager()

    class Meta:
        ordering = ["position", "price", "pk"]
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        constraints = [
            models.CheckConstraint(
                name="add_on_price_not_negative",
                condition=Q(price__gte=0),
                violation_error_message=_("A price cannot be below zero."),
            ),
            models.CheckConstraint(
                name="add_on_duration_not_negative",
                condition=Q(duration__gte=timedelta(0)),
                violation_error_message=_("An extra cannot make a visit shorter."),
            ),
            models.UniqueConstraint(
                name="add_on_name_once_per_offering",
                fields=["offering", "name"],
                violation_error_message=_("There is already an extra of this name."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def minutes(self) -> int:
        """How much longer the visit takes."""
        return int(self.duration.total_seconds() // 60)


class Picture(models.Model):
    """A photograph of an offering; the first one is its cover."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="pictures")
    file = models.ImageField(_("picture"), upload_to="offerings/%Y/", width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    alt = models.CharField(_("what it shows"), max_length=150, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self):
        return self.alt or self.file.name


class Question(models.Model):
    """A question and its answer: on an offering's page, or on the help page if it belongs to none."""

    offering = models.ForeignKey(
        Offering,
        verbose_name=_("about"),
        on_delete=models.CASCADE,
        related_name="questions",
        null=True,
        blank=True,
        help_text=_("Leave empty for the help page."),
    )
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")

    def __str__(self):
        return self.question


class StockReason(models.TextChoices):
    RECEIVED = "received", _("Delivery received")
    SOLD = "sold", _("Sold")
    RETURNED = "returned", _("Back on the shelf")
    CORRECTED = "corrected", _("Counted again")
    SPOILED = "spoiled", _("Spoiled or lost")


class StockMovement(models.Model):
    """Why stock changed. Append-only (a trigger refuses the rest); the sum of a variant's movements is its stock."""

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="movements")
    delta = models.IntegerField(_("change"))
    reason = models.CharField(_("reason"), max_length=10, choices=StockReason)
    reference = models.CharField(_("belongs to"), max_length=40, blank=True)  # "line:12": the app above writes it
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.CheckConstraint(name="stock_movement_moves_something", condition=~Q(delta=0)),
            models.CheckConstraint(name="stock_movement_reason_known", condition=Q(reason__in=StockReason.values)),
            models.CheckConstraint(name="stock_movement_has_an_actor", condition=~Q(actor="")),
            models.CheckConstraint(
                name="stock_movement_sale_takes",
                condition=~Q(reason=StockReason.SOLD) | Q(delta__lt=0),
            ),
            # A line leaves the shelf once, however often its order is asked for.
            models.UniqueConstraint(
                name="stock_movement_once_per_reference",
                fields=["reason", "reference", "variant"],
                condition=~Q(reference=""),
            ),
        ]

    def __str__(self):
        return f"{self.delta:+d} {self.variant}"
