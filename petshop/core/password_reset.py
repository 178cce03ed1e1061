"""Staff who forgot their password, or whose sign-in was slowed down by somebody else, get in by a link in a mail.

What the pages answer never says who has an account: not in their words, nor in the time they take.
"""

from django.contrib import admin, messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from petshop.core import tasks


class LinkForm(PasswordResetForm):
    def save(self, **_how):
        """Defer the mail, or the job that sends nothing: the same work for an address that nobody has."""
        users = list(self.get_users(self.cleaned_data["email"]))
        tasks.send_password_link.defer(user_id=users[0].pk if users else None)


class InTheAdmin:
    """A page with the admin's frame, for somebody who is not signed in."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "site_header": admin.site.site_header,
            "site_title": admin.site.site_title,
            "site_url": admin.site.site_url,
        }


class AskForLink(InTheAdmin, views.PasswordResetView):
    form_class = LinkForm


class LinkIsSent(InTheAdmin, views.PasswordResetDoneView):
    pass


class SetPassword(InTheAdmin, views.PasswordResetConfirmView):
    """The link works once and for an hour. It ends every session of the account and signs in, which also forgets the
    wrong passwords that slowed it down: who reads the account's mail need not wait until somebody stops guessing."""

    success_url = reverse_lazy("admin:index")
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"

    def form_valid(self, form):
        response = super().form_valid(form)
        messages.success(self.request, _("Your new password is set, and you are signed in."))
        return response
