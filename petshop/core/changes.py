"""Who changed what in the admin lately: a page for staff, with what each of them may look at anyway."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from petshop.core.models import User

ON_A_PAGE = 50


def changes_for(user: User) -> QuerySet[LogEntry]:
    """The newest first; of what this person may not see, nothing."""
    kinds = [kind.pk for kind in ContentType.objects.all() if user.has_perm(f"{kind.app_label}.view_{kind.model}")]
    entries = LogEntry.objects.filter(content_type__in=kinds).select_related("user", "content_type")
    return entries.order_by("-action_time", "-pk")


@require_safe
def changes(request, site):
    page = Paginator(changes_for(request.user), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {**site.each_context(request), "title": _("Who changed what"), "page": page}
    return TemplateResponse(request, "admin/changes.html", context)
