"""The page of the Django admin on which a second product or service is made like another."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from catalog.models import Offering
from catalog.operations import NameTaken

LONGEST = Offering._meta.get_field("name").max_length


class CopyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the copy"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Its web address is made from it."),
    )


class CopyPage(View):
    """Says what is copied and what is not, asks for a name, and leads to the copy."""

    model_admin = None
    template_name = "admin/catalog/copy.html"

    def dispatch(self, request, pk):
        self.offering = get_object_or_404(self.model_admin.get_queryset(request), pk=pk)
        if not (
            self.model_admin.has_add_permission(request)
            and self.model_admin.has_change_permission(request, self.offering)
        ):
            raise PermissionDenied
        return super().dispatch(request)

    def get(self, request):
        name = _("Copy of %s") % self.offering.name
        return self.page(CopyForm(initial={"name": name[:LONGEST]}))

    def post(self, request):
        form = CopyForm(request.POST)
        if form.is_valid():
            try:
                copy = self.model_admin.copy(self.offering, name=form.cleaned_data["name"])
            except NameTaken as refusal:
                form.add_error("name", str(refusal))
            else:
                self.model_admin.log_addition(request, copy, _("Copied from “%s”.") % self.offering)
                messages.success(request, _("This is the copy. It is not in the shop yet."))
                return HttpResponseRedirect(reverse(f"admin:catalog_{copy._meta.model_name}_change", args=[copy.pk]))
        return self.page(form, status=422)

    def page(self, form, status=None):
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": _("Duplicate"),
            "subtitle": str(self.offering),
            "opts": self.model_admin.opts,
            "offering": self.offering,
            "form": form,
        }
        return TemplateResponse(self.request, self.template_name, context, status=status)
