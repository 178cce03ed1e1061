"""What is for sale, and the shelf it stands on."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
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
    pay_at_shop = models.BooleanField(
        _("may be paid at the shop"),
        default=False,
        db_default=False,
        help_text=_("By cash or card when they come; not if it asks for a deposit."),
    )
    can_be_delivered = models.BooleanField(
        _("can be delivered"),
        default=True,
        db_default=True,
        help_text=_("Off for what must be collected, such as a live fish."),
    )
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
