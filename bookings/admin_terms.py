"""What a service's page in the admin says of its terms: the steps of the cancellation fee, and what customers are asked."""

from datetime import timedelta
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import CancellationTier, ServiceQuestion
from petshop.core.edits import EditForm, EditTabularInline
from petshop.core.fields import HoursField, LineField

STEPS_AT_MOST = 4
QUESTIONS_AT_MOST = 5


class CancellationTierForm(EditForm):
    """One more step, in hours."""

    class Meta:
        field_classes = {"before": HoursField}
        labels = {
            "before": gettext_lazy("From so many hours before on"),
            "percent": gettext_lazy("We keep, in percent"),
        }
        help_texts = {"before": gettext_lazy("0: from the moment it begins.")}


class CancellationTierFormSet(BaseInlineFormSet):
    """The steps of one service beside its rules, which are the first one: the nearer the visit, the more is kept."""

    def clean(self):
        super().clean()
        rows = [form.cleaned_data for form in self.forms if form.is_valid() and not self._should_delete_form(form)]
        steps = [
            (row["before"], row["percent"]) for row in rows if row.get("before") is not None and row.get("percent")
        ]
        for (earlier, less), (later, more) in pairwise([*self.first_step(), *sorted(steps, reverse=True)]):
            if later >= earlier or more <= less:
                raise ValidationError(
                    _(
                        "Each further step begins nearer to the visit than the one before, and keeps more:"
                        " this one keeps %(more)s%% from %(later)s hours before on, after %(less)s%% from %(earlier)s."
                    )
                    % {"more": more, "later": in_hours(later), "less": less, "earlier": in_hours(earlier)}
                )

    def first_step(self) -> list[tuple[timedelta, int]]:
        """What is typed in the rules on the same page; what cannot be read there is refused there."""
        try:
            before = HoursField().clean(self.data.get("rules-0-free_cancellation"))
            percent = int(self.data.get("rules-0-late_fee_percent", ""))
        except (ValidationError, ValueError):
            return []
        return [(before, percent)] if percent else []


def in_hours(length: timedelta) -> str:
    return HoursField().prepare_value(length)


class FewInline(EditTabularInline):
    """A few rows and no more, whatever a form says that was not made by this page."""

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, validate_max=True, **kwargs)


class CancellationTierInline(FewInline):
    model = CancellationTier
    form = CancellationTierForm
    formset = CancellationTierFormSet
    fields = ["before", "percent"]
    max_num = STEPS_AT_MOST


class ServiceQuestionForm(EditForm):
    class Meta:
        field_classes = {"text": LineField}


class ServiceQuestionInline(FewInline):
    model = ServiceQuestion
    form = ServiceQuestionForm
    fields = ["text", "is_required", "position"]
    max_num = QUESTIONS_AT_MOST
