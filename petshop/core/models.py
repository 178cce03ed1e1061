from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody who signs in. Today that is the shop's staff; a customer buys without signing in."""

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                condition=~Q(email=""),
                violation_error_message=_("Somebody else already uses this e-mail address."),
            ),
        ]


class Policy(models.Model):
    """A text that the shop stands by, such as its privacy page: staff write it, and petshop.core.prose shows it."""

    PRIVACY = "privacy"  # has an address of its own, and is always there

    title = models.CharField(_("title"), max_length=80)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    summary = models.CharField(_("in one line"), max_length=200, blank=True)
    text = models.TextField(_("text"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "title"]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("privacy") if self.slug == self.PRIVACY else reverse("policy", args=[self.slug])


class Pace(models.Model):
    """How often one source has done something lately. `petshop.core.pace` counts, and a job forgets."""

    name = models.CharField(max_length=40)
    source = models.CharField(max_length=64)  # a digest of its address
    count = models.PositiveIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="pace_once_per_source", fields=["name", "source"])]

    def __str__(self):
        return f"{self.name}: {self.count}"
