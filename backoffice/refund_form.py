"""What staff tick, count and type to send money back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.forms import reason_field
from checkout.models import Order, OrderLine, Refund
from checkout.portions import CannotBeSentBack, Choice, Rest
from petshop.core.errors import ShopError
from petshop.core.money import format_money, quantum
from petshop.core.templatetags.shop import day_short


class LineForm(forms.Form):
    """One line of the order: all that is left of it, so many pieces, some nights, or another amount.

    It reads what can be said of any line, and the page shows what fits this one: what was shown a minute ago and does not
    fit any more is refused with its reason, and never left out in silence.
    """

    ticked = forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs={"class": "check"}))
    pieces = forms.IntegerField(
        label=gettext_lazy("Pieces"),
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "input input--count", "inputmode": "numeric"}),
        error_messages={"min_value": gettext_lazy("Enter how many pieces, from 1 on."), "invalid": gettext_lazy("Enter how many pieces, as a whole number.")},
    )  # fmt: skip
    nights = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Nights"),
        coerce=date.fromisoformat,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
        error_messages={"invalid_choice": gettext_lazy("One of these nights was sent back already. Please choose again.")},
    )  # fmt: skip
    restock = forms.BooleanField(
        label=gettext_lazy("Back on the shelf"), required=False, widget=forms.CheckboxInput(attrs={"class": "check"})
    )

    release = forms.BooleanField(
        label=gettext_lazy("Release the place"), required=False, widget=forms.CheckboxInput(attrs={"class": "check"})
    )

    def __init__(self, *args, rest: Rest, order: Order, **kwargs):
        super().__init__(*args, prefix=f"line-{rest.line.pk}", use_required_attribute=False, **kwargs)
        self.rest = rest
        self.fields["amount"] = amount_field(order)
        self.fields["agreed"] = forms.DecimalField(required=False, max_digits=14, decimal_places=2)
        self.fields["ticked"].label = rest.line.counted_title
        self.fields["pieces"].widget.attrs["max"] = len(rest.pieces)
        self.fields["nights"].choices = [
            (night.day.isoformat(), f"{day_short(night.day)}, {format_money(night.price, order.currency)}")
            for night in rest.nights
        ]

    @property
    def is_chosen(self) -> bool:
        """A box that is ticked, or anything that was typed."""
        names = ("ticked", "pieces", "nights", "amount", "restock", "release")
        return any(self.cleaned_data.get(name) for name in names)

    @property
    def choice(self) -> Choice:
        said = self.cleaned_data
        return Choice(
            line_id=self.rest.line.pk,
            pieces=said["pieces"] or 0,
            nights=tuple(said["nights"]),
            amount=said["amount"],
            restock=said["restock"],
            release=said["release"],
        )


class ComposerForm(forms.Form):
    """What to send back of an order, and why."""

    reason = reason_field(gettext_lazy("“The dryer broke”"))
    press = forms.SlugField(max_length=40, required=False)

    def __init__(self, data=None, *, order: Order, rests: Sequence[Rest], **kwargs):
        super().__init__(data, use_required_attribute=False, **kwargs)
        self.order = order
        self.lines = [LineForm(data, rest=rest, order=order) for rest in rests]

    @property
    def forms(self) -> list[forms.Form]:
        return [self, *self.lines]

    @property
    def has_errors(self) -> bool:
        return self.is_bound and any(form.errors for form in self.forms)

    def is_valid(self) -> bool:
        are_valid = [form.is_valid() for form in self.lines]  # all of them, so that all errors show at once
        if super().is_valid() and all(are_valid) and not self.choices:
            self.add_error(None, _("Tick what to send back, or enter an amount."))
        return super().is_valid() and all(are_valid)

    @property
    def choices(self) -> list[Choice]:
        return [line.choice for line in self.lines if line.is_chosen]

    @property
    def left(self) -> Decimal:
        """Of all lines together."""
        return sum((line.rest.left for line in self.lines), Decimal(0))

    @property
    def agreed(self) -> dict[int, Decimal]:
        """What was shown for each line that was chosen."""
        return {line.rest.line.pk: line.cleaned_data["agreed"] for line in self.lines if line.is_chosen}

    def refuse(self, error: ShopError) -> None:
        """Say what is wrong where it was typed."""
        line = error.line if isinstance(error, CannotBeSentBack) else None
        form = next((form for form in self.lines if line and form.rest.line.pk == line.pk), self)
        form.add_error(None, str(error))


class ExplanationForm(forms.Form):
    """Of which lines of an order a refund was that somebody made in Stripe's dashboard."""

    def __init__(self, data=None, *, order: Order, refund: Refund, rests: Sequence[Rest], **kwargs):
        super().__init__(data, use_required_attribute=False, **kwargs)
        self.rests = [rest for rest in rests if rest.left]
        for rest in self.rests:
            field = self.fields[f"line-{rest.line.pk}"] = amount_field(order)
            field.label = rest.line.counted_title
            if len(self.rests) == 1:
                field.initial = min(refund.amount, rest.left)

    @property
    def parts(self) -> list[tuple[Rest, forms.BoundField]]:
        return [(rest, self[f"line-{rest.line.pk}"]) for rest in self.rests]

    @property
    def amounts(self) -> dict[OrderLine, Decimal]:
        said = self.cleaned_data
        return {rest.line: said[f"line-{rest.line.pk}"] for rest in self.rests if said[f"line-{rest.line.pk}"]}


def amount_field(order: Order) -> forms.DecimalField:
    coin = quantum(order.currency)
    return forms.DecimalField(
        label=_("Another amount"),
        required=False,
        min_value=coin,
        max_digits=14,
        decimal_places=0 if coin == 1 else 2,
        widget=forms.TextInput(attrs={"class": "input input--day", "inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": _("Enter the amount as a number, such as 12.50."),
            "min_value": _("Enter an amount, or leave it empty."),
        },
    )
