"""Form fields of the shop: what people type and tick, minutes and hours for a length of time, a drawing by its name."""

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from petshop.core.money import quantum, round_money
from petshop.core.typed import cleaned


class LineField(forms.CharField):
    """One line of text: whatever would break it, or a mail's header, is a space."""

    def to_python(self, value):
        return super().to_python(" ".join(cleaned(str(value or "")).split()))


class TextField(forms.CharField):
    """Some lines of text; of the letters that nobody can see only the line's end is kept."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(cleaned(str(value or "")))


class TicksField(forms.TypedMultipleChoiceField):
    """Some of a list, each with a box to tick; none ticked is fine."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)


class PriceField(forms.DecimalField):
    """An amount in the shop's currency: without cents where it has none."""

    def prepare_value(self, value):
        is_whole = isinstance(value, Decimal) and value == round_money(value)
        return round_money(value) if is_whole else value  # what was typed for another currency stays to be seen

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"step": str(quantum())}


class MinutesField(forms.IntegerField):
    """A length of time, typed in whole minutes. Its limits are in minutes too."""

    unit = timedelta(minutes=1)

    def __init__(self, *, min_value=0, max_value=24 * 60, **kwargs):
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def prepare_value(self, value):
        return value // self.unit if isinstance(value, timedelta) else value

    def to_python(self, value):
        if isinstance(value, timedelta):
            return value
        number = super().to_python(value)
        try:
            return None if number is None else number * self.unit
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def run_validators(self, value):
        super().run_validators(None if value is None else value // self.unit)


class HoursField(forms.DecimalField):
    """A length of time, typed in hours; 1.5 is one and a half. Its limits are in hours too."""

    unit = timedelta(hours=1)

    def __init__(self, *, min_value=0, max_value=24 * 365, **kwargs):
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def prepare_value(self, value):
        return f"{value / self.unit:.2f}".rstrip("0").rstrip(".") if isinstance(value, timedelta) else value

    def to_python(self, value):
        if isinstance(value, timedelta):
            return value
        hours = super().to_python(value)
        if hours is None:
            return None
        # Far beyond any limit Decimal and timedelta raise errors of their own.
        if not hours.is_finite() or abs(hours) > 10**6:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return timedelta(minutes=round(hours * 60))

    def validate(self, value):
        forms.Field.validate(self, value)

    def run_validators(self, value):
        super().run_validators(None if value is None else Decimal(value // timedelta(minutes=1)) / 60)


class DrawingField(forms.ChoiceField):
    """One of the shop's own drawings, by its path below static/img/."""

    def __init__(self, *, folders: list[str], **kwargs):
        self.folders = folders
        super().__init__(
            choices=self.drawings,
            required=False,
            label=_("Drawing"),
            help_text=_("Shown where there is no picture."),
            **kwargs,
        )

    def keep(self, path: str) -> None:
        """Allow what a row has already, even if its file is gone: a form must not force a change."""
        if path and not self.valid_value(path):
            self.choices = [*self.choices, (path, path)]

    def drawings(self):
        yield "", _("The shop’s mark")
        for folder in self.folders:
            files = sorted((settings.BASE_DIR / "static" / "img" / folder).glob("*.svg"))
            yield (
                folder.capitalize(),
                [(f"{folder}/{file.name}", file.stem.replace("-", " ").capitalize()) for file in files],
            )
