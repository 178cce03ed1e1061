"""Who and what a visit needs, and when they are there."""

import secrets
from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce, Length
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from catalog.models import SERVICE_KINDS, Offering, PetSize, Species

models.CharField.register_lookup(Length)


class ResourceQuerySet(models.QuerySet):
    def taking(self, species: str = "", size: str = ""):
        """Who takes a pet of this kind; who names no kind takes them all, and what nobody knows yet rules nobody out."""
        takes = self.filter(Q(species=[]) | Q(species__contains=[species])) if species else self
        return takes.filter(Q(sizes=[]) | Q(sizes__contains=[size])) if size else takes


class Resource(models.Model):
    """What limits a service: a groomer, a vet, a room. `capacity` is how many places it has at one time."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    role = models.CharField(_("in one line"), max_length=80, blank=True, help_text=_("“Head groomer”."))
    art = models.CharField(_("drawing"), max_length=80, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("places"), default=1, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    services = models.ManyToManyField(
        Offering,
        verbose_name=_("can do"),
        related_name="resources",
        blank=True,
        limit_choices_to={"kind__in": [str(kind) for kind in SERVICE_KINDS]},
    )
    species = ArrayField(
        models.CharField(max_length=10, choices=Species),
        verbose_name=_("takes"),
        default=list,
        db_default=[],
        blank=True,
    )
    sizes = ArrayField(
        models.CharField(max_length=10, choices=PetSize),
        verbose_name=_("of which size"),
        default=list,
        db_default=[],
        blank=True,
    )
    is_active = models.BooleanField(_("takes bookings"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Who knows it reads these visits on a phone. Empty: nobody does.
    feed_token = models.CharField(max_length=40, unique=True, null=True, blank=True, editable=False)

    # What it is to a service: `calendar.able` says so of each, anybody else means whoever does it.
    does_it = True
    is_equipment = False
    is_fit = True
    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("groomer or room")
        verbose_name_plural = _("groomers and rooms")
        constraints = [
            models.CheckConstraint(name="resource_has_a_place", condition=Q(capacity__gte=1)),
            models.CheckConstraint(
                name="resource_feed_token_is_long",
                condition=Q(feed_token__isnull=True) | Q(feed_token__length__gte=32),
            ),
            models.CheckConstraint(
                name="resource_species_known", condition=Q(species__contained_by=[str(s) for s in Species.values])
            ),
            models.CheckConstraint(
                name="resource_sizes_known", condition=Q(sizes__contained_by=[str(size) for size in PetSize.values])
            ),
        ]

    def __str__(self):
        return self.name

    def renew_feed(self) -> None:
        """Make the calendar's secret address anew: 192 random bits. The old one leads nowhere from now on."""
        self.feed_token = secrets.token_urlsafe(24)
        self.save(update_fields=["feed_token"])

    def stop_feed(self) -> None:
        """Let nobody read the calendar any more."""
        self.feed_token = None
        self.save(update_fields=["feed_token"])

    renew_feed.alters_data = stop_feed.alters_data = True

    def takes(self, pet) -> bool:
        """Whether it takes this pet; a size that nobody knows rules nothing out."""
        return (not self.species or pet.species in self.species) and (
            not self.sizes or not pet.size or pet.size in self.sizes
        )


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OpeningHours(models.Model):
    """A stretch of a weekday, on the shop's own clock, always or from one date to another.

    The stretches of the same dates are a week. Of the weeks that are valid on a day the one that began last counts, and
    of those that began together the one that ends first: summer hours stand in for the usual week and give way to it
    again. A resource keeps its own week on every day on which it has one, and the shop's on all others.
    """

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("for"),
        on_delete=models.CASCADE,
        related_name="opening_hours",
        null=True,
        blank=True,
        help_text=_("Leave empty for the whole shop."),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("to"))
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        ordering = ["weekday", "opens_at"]
        verbose_name = verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(name="opening_hours_weekday_known", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="opening_hours_close_after_they_open",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("Closing time must be after opening time."),
            ),
            models.CheckConstraint(
                name="opening_hours_valid_for_a_day_or_more",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day must not be before the first."),
            ),
        ]

    def __str__(self):
        stretch = f"{self.get_weekday_display()} {self.opens_at:%H:%M}\N{EN DASH}{self.closes_at:%H:%M}"
        dates = dates_in_words(self.valid_from, self.valid_until)
        return f"{stretch}, {dates}" if dates else stretch


def dates_in_words(first: date | None, last: date | None) -> str:
    """For which days a week is valid, and nothing for the usual one."""
    first, last = (day and date_format(day, "j M Y") for day in (first, last))
    if first and last:
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("from %(first)s on") % {"first": first}
    return _("until %(last)s") % {"last": last} if last else ""


def wall(name: str, without: str) -> CombinedExpression:
    """What the shop's clock shows on a special day at this of its times; `without` one, at that time."""
    return F("date") + Coalesce(name, Cast(Value(without), models.TimeField()))


class SpecialDay(models.Model):
    """A date whose hours are not those of the week: a stretch of it, or, without times, a day that is closed.

    A resource's own special day is its alone. The shop's is everybody's who has none: whoever keeps the shop's week
    keeps these hours, and whoever has a week of their own keeps what of it lies inside them.
    """

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("for"),
        on_delete=models.CASCADE,
        related_name="special_days",
        null=True,
        blank=True,
        help_text=_("Leave empty for the whole shop."),
    )
    date = models.DateField(_("day"))
    opens_at = models.TimeField(_("from"), null=True, blank=True)
    closes_at = models.TimeField(_("to"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True, help_text=_("Customers read it."))

    class Meta:
        ordering = ["date", "opens_at"]
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = [
            models.CheckConstraint(
                name="special_day_open_from_a_time_to_a_time",
                condition=Q(opens_at=None, closes_at=None)
                | Q(opens_at__isnull=False, closes_at__isnull=False, closes_at__gt=F("opens_at")),
                violation_error_message=_("Closing time must be after opening time."),
            ),
            ExclusionConstraint(
                name="special_day_stretches_apart",
                expressions=[
                    (Coalesce("resource", 0), RangeOperators.EQUAL),
                    ("date", RangeOperators.EQUAL),
                    (
                        Func(wall("opens_at", "00:00"), wall("closes_at", "24:00"), function="tsrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("That overlaps with what is already set for this day."),
            ),
        ]

    def __str__(self):
        who = self.resource or _("Whole shop")
        return f"{who}, {date_format(self.date, 'j M Y')}"

    @property
    def is_closed(self) -> bool:
        return self.opens_at is None

    def clean(self):
        """Before PostgreSQL is asked for a range that ends before it begins, which it takes for a mistake of ours."""
        if (self.opens_at is None) != (self.closes_at is None):
            name, text = ("closes_at", _("Until when?")) if self.closes_at is None else ("opens_at", _("From when?"))
            raise ValidationError({name: text})
        if self.opens_at is not None and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": _("Closing time must be after opening time.")})


class Closure(models.Model):
    """A time in which the shop or one resource takes no visits. What closes it are `closure` bookings; see operations."""

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("who is away"),
        on_delete=models.CASCADE,
        related_name="closures",
        null=True,
        blank=True,
        help_text=_("Leave empty to close the whole shop."),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(
                name="closure_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A closure must end after it starts."),
            ),
        ]

    def __str__(self):
        who = self.resource or _("Whole shop")
        return f"{who}, {date_format(localtime(self.starts_at), 'j M H:i')}"
