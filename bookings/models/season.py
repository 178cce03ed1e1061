"""When a night costs more, or less."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.resource import Weekday
from catalog.models import Kind, Offering


class Season(models.Model):
    """Nights of a stay that cost more, or less, than usual: August, Christmas, Friday and Saturday nights.

    What changes is a percentage of the choice's price; where several seasons hold for a night, their percentages add up.
    """

    offering = models.ForeignKey(
        Offering,
        verbose_name=_("service"),
        on_delete=models.CASCADE,
        related_name="seasons",
        limit_choices_to={"kind": str(Kind.STAY)},
    )
    name = models.CharField(_("name"), max_length=60, help_text=_("“Summer” or “Weekend”: customers read it."))
    first_night = models.DateField(_("first night"), null=True, blank=True, help_text=_("Empty: since ever."))
    last_night = models.DateField(_("last night"), null=True, blank=True, help_text=_("Empty: for ever."))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("nights that begin on"),
        default=list,
        blank=True,
        help_text=_("None: on every day."),
    )
    percent = models.SmallIntegerField(
        _("percent"),
        validators=[MinValueValidator(-90), MaxValueValidator(300)],
        help_text=_("20 makes a night a fifth dearer, -10 a tenth cheaper."),
    )

    class Meta:
        ordering = ["first_night", "pk"]
        verbose_name = _("season")
        verbose_name_plural = _("seasons")
        constraints = [
            models.CheckConstraint(
                name="season_ends_after_it_begins",
                condition=Q(first_night__isnull=True)
                | Q(last_night__isnull=True)
                | Q(last_night__gte=F("first_night")),
                violation_error_message=_("The last night cannot be before the first."),
            ),
            models.CheckConstraint(
                name="season_percent_in_reach",
                condition=Q(percent__gte=-90, percent__lte=300),
                violation_error_message=_("Between -90 and 300 percent."),
            ),
            models.CheckConstraint(
                name="season_weekdays_known", condition=Q(weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6])
            ),
        ]

    def __str__(self):
        return self.name

    def covers(self, night) -> bool:
        """Whether the night that begins on this day is one of them."""
        return (
            (self.first_night is None or self.first_night <= night)
            and (self.last_night is None or night <= self.last_night)
            and (not self.weekdays or night.weekday() in self.weekdays)
        )
