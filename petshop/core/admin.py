from django.contrib import admin
from django.contrib.admin.options import ActionLocation
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.utils.translation import gettext_lazy as _

from petshop.core.edits import EditAdmin, EditForm
from petshop.core.models import Policy, User


class UserForm(EditForm, UserChangeForm):
    pass


@admin.register(User)
class UserAdmin(EditAdmin, DjangoUserAdmin):
    """Who works here. What they may do comes from their groups; see roles.py."""

    form = UserForm
    list_display = ["username", "first_name", "last_name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["groups", "is_staff", "is_active", "is_superuser"]
    readonly_fields = ["last_login", "date_joined"]


class PolicyForm(EditForm):
    class Meta:
        help_texts = {
            "title": _("The headline of its page."),
            "slug": _("The end of its address: /help/this-part/. Changing it breaks links that customers have."),
            "summary": _("What search engines show below the title."),
            "text": _(
                "An empty line begins a new paragraph, “## ” a heading, “- ” a line of a list. "
                "{name}, {address}, {phone}, {email} and {chat} stand for the shop’s own."
            ),
            "position": _("Lower numbers come first on the help page."),
        }


@admin.register(Policy)
class PolicyAdmin(EditAdmin):
    """What the shop promises in writing. The privacy page keeps its address and cannot be thrown away."""

    form = PolicyForm
    fields = ["title", "slug", "summary", "text", "position"]
    list_display = ["title", "summary", "position"]
    search_fields = ["title", "text"]

    def get_prepopulated_fields(self, request, policy=None):
        return {} if policy else {"slug": ["title"]}

    def get_readonly_fields(self, request, policy=None):
        return ["slug"] if policy and policy.slug == Policy.PRIVACY else []

    def has_delete_permission(self, request, policy=None):
        return super().has_delete_permission(request, policy) and not (policy and policy.slug == Policy.PRIVACY)

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        """Thrown away one by one, on its own page, which knows the one that stays."""
        actions = super().get_actions(request, action_location)
        actions.pop("delete_selected", None)
        return actions
