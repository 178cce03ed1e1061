from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm

from petshop.core.edits import EditAdmin, EditForm
from petshop.core.models import User


class UserForm(EditForm, UserChangeForm):
    pass


@admin.register(User)
class UserAdmin(EditAdmin, DjangoUserAdmin):
    """Who works here. What they may do comes from their groups; see roles.py."""

    form = UserForm
    list_display = ["username", "first_name", "last_name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["groups", "is_staff", "is_active", "is_superuser"]
    readonly_fields = ["last_login", "date_joined"]
