"""Jobs around signing in."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from petshop.core import clock
from petshop.core.context import shop_facts
from petshop.core.models import Pace, User

ONE_LINK_IN = 5 * 60  # seconds; who asks again and again fills nobody's mailbox


@app.task(name="core.send_password_link", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def send_password_link(user_id: int | None) -> None:
    """Send the link with which somebody sets a new password to the address that we have of them.

    Without anybody it does nothing: the page defers this job for addresses that nobody has, too, so that its answer
    takes as long.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    asked = f"password-link-{user_id}"
    if user is None or not user.email or not cache.add(asked, "sent", ONE_LINK_IN):
        return
    where = {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}
    context = {
        "user": user,
        "address": settings.SITE_URL + reverse("password_reset_confirm", kwargs=where),
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        "shop": shop_facts(),
    }
    mail = EmailMessage(
        subject=_("A new password for %(shop)s") % {"shop": settings.SHOP_NAME},
        body=render_to_string("registration/password_link.txt", context),
        to=[user.email],
    )
    try:
        mail.send()
    except Exception:
        cache.delete(asked)  # the next try is not the second mail
        raise


@app.periodic(cron="23 * * * *")
@app.task(name="core.forget_wrong_passwords")
def forget_wrong_passwords(timestamp: int) -> None:
    """Where a wrong password came from is known for as long as it slows somebody down, and no longer."""
    AccessAttempt.objects.filter(attempt_time__lte=clock.now() - settings.AXES_COOLOFF_TIME).delete()


@app.periodic(cron="29 * * * *")
@app.task(name="core.forget_paces")
def forget_paces(timestamp: int) -> None:
    """Who did something how often is known for as long as it counts."""
    Pace.objects.filter(until__lte=clock.now()).delete()
