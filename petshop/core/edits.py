"""How staff edit in the Django admin: a save writes what was edited, and nothing that somebody else changed meanwhile."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ObjectNotUpdated
from django.db import IntegrityError, models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from petshop.core.edit_words import changes_in_words
from petshop.core.slugs import free_slug


class EditForm(forms.ModelForm):
    """Knows what was edited by comparing with what the page showed when it was opened, not with what is stored by now.

    Each field of an existing row carries a hidden copy of its value. What differs from its copy was edited; everything
    else keeps the value that is stored when the form comes back.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for field in self.fields.values():
                field.show_hidden_initial = not (field.disabled or isinstance(field, forms.FileField))

    def clean(self):
        super().clean()
        if self.instance.pk:
            for field in self.instance._meta.concrete_fields:
                if field.name in self.cleaned_data and field.name not in self.changed_data and not field.primary_key:
                    self.cleaned_data[field.name] = getattr(self.instance, field.name)
            for field in self.instance._meta.many_to_many:
                if field.name not in self.changed_data:
                    self.cleaned_data.pop(field.name, None)
        return self.cleaned_data


class NamedForm(EditForm):
    """The form of something with a name and an address; without an address a new one gets one like its name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self):
        if slug := self.cleaned_data["slug"]:
            return slug
        return (
            self.instance.slug if self.instance.pk else free_slug(self._meta.model, self.cleaned_data.get("name", ""))
        )


def edited_fields(form: forms.ModelForm) -> list[str]:
    """The columns that this form's edit changes: what `save(update_fields=...)` needs."""
    fields = [field for field in form.instance._meta.concrete_fields if field.name in form.changed_data]
    names = {field.name for field in fields}
    for field in fields:
        if isinstance(field, models.ImageField):
            names |= {name for name in (field.width_field, field.height_field) if name}
    return sorted(names)


def save_edits(formset: forms.BaseModelFormSet) -> None:
    """Write what was edited in each row, what is new, and take away what was marked for it."""
    formset.save(commit=False)
    form_of = {form.instance.pk: form for form in formset.initial_forms}
    for obj in formset.deleted_objects:
        obj.delete()
    for obj, _changed_data in formset.changed_objects:
        obj.save(update_fields=edited_fields(form_of[obj.pk]))
    for obj in formset.new_objects:
        obj.save()
    formset.save_m2m()


class ShopAdmin(admin.ModelAdmin):
    """An admin page whose titles say what is on it, not what Django would do with it."""

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        title = capfirst(self.opts.verbose_name)
        return super().change_view(request, object_id, form_url, {"title": title, **(extra_context or {})})

    def history_view(self, request, object_id, extra_context=None):
        title = _("Who changed what")
        return super().history_view(request, object_id, {"title": title, **(extra_context or {})})


class EditAdmin(ShopAdmin):
    """An admin page whose saves, and those of its inlines, name their fields; its history says what was what before."""

    form = EditForm

    def changeform_view(self, request, *args, **kwargs):
        """A rival who commits between the form's check and its save wins; the second look says so on the form."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (IntegrityError, ObjectNotUpdated):
            return super().changeform_view(request, *args, **kwargs)

    def construct_change_message(self, request, form, formsets, add=False):
        """As Django words it, but each field with its old and its new value."""
        said = super().construct_change_message(request, form, formsets, add)
        edits = [] if add or not form.changed_data else [changes_in_words(form)]
        for formset in formsets or []:
            form_of = {inline.instance.pk: inline for inline in formset.initial_forms}
            edits += [changes_in_words(form_of[row.pk]) for row, _fields in formset.changed_objects]
        changed = [message["changed"] for message in said if "changed" in message]
        for message, fields in zip(changed, edits, strict=True):
            message["fields"] = fields
        return said

    def save_model(self, request, obj, form, change):
        obj.save(update_fields=edited_fields(form) if change else None)

    def save_formset(self, request, form, formset, change):
        save_edits(formset)


class EditTabularInline(admin.TabularInline):
    form = EditForm
    extra = 1  # a place to type in that needs no script

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Each field says what it is to whoever does not see the head of its column."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and field.label:
            field.widget.attrs.setdefault("aria-label", capfirst(field.label))
        return field


class EditStackedInline(admin.StackedInline):
    form = EditForm
    extra = 1


class LookOnly:
    """For an admin class or an inline: look, don't touch. What has consequences is changed by an operation."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class LookOnlyAdmin(LookOnly, ShopAdmin):
    show_full_result_count = False

    def get_readonly_fields(self, request, obj=None):
        return self.fields or super().get_readonly_fields(request, obj)
