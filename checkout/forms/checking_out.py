"""Who buys, whom the visits are for, and how the products get there."""

import re
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout, Row
from crispy_forms.layout import Field as Shown
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Pet
from checkout.basket import Basket
from checkout.contact import meant
from checkout.forms.fieldsets import Titled
from checkout.forms.pets import CARE, care_fields, pet_fields, possible_species
from checkout.forms.questions import (
    answered,
    answers_in,
    asked_before,
    initial_answers,
    question_fields,
    question_fieldsets,
    remembered_answers,
)
from checkout.models import CartLine, Handover, Order
from checkout.operations import Details, PetDetails, frozen_answers
from petshop.core.fields import LineField
from petshop.core.typed import isolated

# What is asked once for the whole order.
SAID = ["email", "name", "phone", "handover", "street", "city"]


class CheckoutForm(forms.Form):
    """Who buys, whom the visits are for, and how the products get there: at most eight fields for one visit.

    The form is made for one basket. A visit's fields are named after its line: `pet-12-name`.
    """

    email = LineField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("For your confirmation and receipt"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Enter your e-mail address, like ada@example.com"),
            "max_length": gettext_lazy("Enter an e-mail address of at most 254 characters"),
        },
        validators=[
            # "localhost" is nowhere to write to, and Stripe would refuse to open a page for it.
            EmailValidator(gettext_lazy("Enter an e-mail address with an @, like ada@example.com"), allowlist=[])
        ],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    name = LineField(
        label=gettext_lazy("Full name"),
        max_length=120,
        error_messages={
            "required": gettext_lazy("Enter your name"),
            "max_length": gettext_lazy("Enter your name in at most 120 characters"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = LineField(
        label=gettext_lazy("Mobile"),
        required=False,
        max_length=40,
        error_messages={
            "required": gettext_lazy("Enter a phone number, in case something changes"),
            "max_length": gettext_lazy("Enter a phone number of at most 40 characters"),
        },
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(self, data=None, *, basket: Basket, initial=None):
        data = with_the_address_that_was_pressed(data) if data is not None else None
        super().__init__(data, initial=initial, label_suffix="")
        self.basket = basket
        self.visits = visit_lines(basket)
        self.proposed_email = ""
        self.fields["phone"].required = bool(self.visits or basket.brought)
        if self.visits and basket.brought:
            self.fields["phone"].help_text = _("Only for your visit and the delivery")
        elif self.visits or basket.brought:
            self.fields["phone"].help_text = _("Only for your visit") if self.visits else _("Only for the delivery")
        self.strangers = [line for line in self.visits if line.wanted_pet is None]
        self.known = {line.wanted_pet.pk: line.wanted_pet for line in self.visits if line.wanted_pet}
        for line in self.strangers:
            self.fields |= pet_fields(line)
        for pet in self.known.values():
            self.fields |= care_fields(pet)
        self.asked = asked_before(self.visits)
        self.fields |= question_fields(self.asked)
        if basket.brought:
            self.fields |= address_fields()
        if basket.is_collected and self.visits:
            self.fields["handover"] = forms.ChoiceField(
                label=_("Getting your products"),
                choices=Handover.choices,
                initial=Handover.VISIT,
                error_messages=dict.fromkeys(
                    ["required", "invalid_choice"], _("Choose how you would like to get your products")
                ),
                widget=forms.RadioSelect,
            )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True  # the page's own form tag has it
        helper.layout = Layout(  # what is wrong comes before all of it
            HTML("{% include 'checkout/before_fields.html' %}"),
            Fieldset(
                _("Your details"),
                Row(
                    Shown("email", wrapper_class="full"),
                    HTML("{% include 'checkout/email_proposal.html' %}"),
                    "name",
                    "phone",
                ),
            ),
            *(
                Titled(
                    self.question_of(line),
                    Row(*(Shown(name, wrapper_class=width_of(name)) for name in self.fields if belongs_to(line, name))),
                )
                for line in self.strangers
            ),
            *(
                Titled(
                    _("What should we know about %(pet)s?") % {"pet": isolated(pet.name)},
                    Row(*(Shown(name, wrapper_class="full") for name in care_fields(pet))),
                )
                for pet in self.known.values()
            ),
            *question_fieldsets(self.asked, among=self.visits),
        )
        if "street" in self.fields:
            address = Row(Shown("street", wrapper_class="full"), Shown("city", wrapper_class="full"))
            helper.layout.append(
                Titled(
                    _("Where should we deliver to?"), HTML("{% include 'checkout/delivery_address.html' %}"), address
                )
            )
        if "handover" in self.fields:
            helper.layout.append(HTML("{% include 'checkout/handover.html' %}"))
        return helper

    def question_of(self, line: CartLine) -> str:
        if len(self.visits) == 1:
            return _("Who is coming?")
        return _("Who is coming to “%(service)s”?") % {"service": line.variant.offering.name}

    def clean_email(self):
        """A likely slip is asked about once. Sent a second time, or kept with the button, the address is right."""
        email = self.cleaned_data["email"]
        asked_before = self.data.get("email_asked", "").strip()
        proposal = meant(email)
        if proposal and email != asked_before:
            self.proposed_email = proposal
            raise ValidationError(_("Did you mean %(address)s?"), params={"address": proposal}, code="proposal")
        return email

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and not (re.fullmatch(r"[\d\s()+./\-–]+", phone) and 6 <= sum(map(str.isdigit, phone)) <= 20):
            raise ValidationError(_("Enter a phone number with its digits, like +34 600 100 200"))
        return phone

    @property
    def details(self) -> Details:
        cleaned = self.cleaned_data
        handover = cleaned.get("handover") or (Handover.PICKUP if self.basket.is_collected else "")
        return Details(
            email=cleaned["email"],
            name=cleaned["name"],
            phone=cleaned["phone"],
            handover=handover,
            street=cleaned.get("street", ""),
            city=cleaned.get("city", ""),
            pets={line.pk: self.pet_of(line) for line in self.visits},
            answers=answers_in(cleaned, self.asked),
        )

    def pet_of(self, line: CartLine) -> PetDetails:
        if pet := line.wanted_pet:
            said = {name: self.cleaned_data[f"known-{pet.pk}-{name}"] for name in CARE}
            return PetDetails(pet.name, pet.species, pet.size, **said, known=pet)
        typed = {name: self.cleaned_data.get(f"pet-{line.pk}-{name}") for name in ("name", "species", "size", "notes")}
        return PetDetails(
            name=typed["name"],
            species=typed["species"] or possible_species(line)[0],
            size=typed["size"] or "",
            notes=typed["notes"] or "",
        )

    def describes(self, order: Order) -> bool:
        """Whether the order was placed with exactly these answers."""
        details = self.details
        pets = {line.booking_id: details.pets[line.pk] for line in self.visits}
        answers = {line.booking_id: frozen_answers(details.answers.get(line.pk, [])) for line in self.visits}
        return all(getattr(details, name) == getattr(order, name) for name in SAID) and all(
            is_same_pet(pets[line.booking_id], line.booking.pet) and line.answers == answers[line.booking_id]
            for line in order.lines.visits().select_related("booking__pet")
            if line.booking_id in pets
        )


def address_fields() -> dict[str, forms.Field]:
    """Where to deliver to, but for the postal code, which the basket knows."""
    return {
        "street": LineField(
            label=_("Street, number and flat"),
            max_length=120,
            error_messages={
                "required": _("Enter the street and the number to deliver to"),
                "max_length": _("Enter the street in at most 120 characters"),
            },
            widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        ),
        "city": LineField(
            label=_("Town"),
            max_length=80,
            error_messages={
                "required": _("Enter the town to deliver to"),
                "max_length": _("Enter the town in at most 80 characters"),
            },
            widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        ),
    }


def typed_answers(data, basket: Basket) -> dict:
    """What was typed, right or wrong, in the shape that `initial_from` reads."""
    typed = {name: data.get(name, "") for name in SAID}
    pets = {
        str(line.variant_id): {
            name: data.get(f"pet-{line.pk}-{name}", "") for name in ("name", "species", "size", "notes")
        }
        for line in visit_lines(basket)
    }
    known = {
        f"known-{line.wanted_pet.pk}-{name}": data.get(f"known-{line.wanted_pet.pk}-{name}", "")
        for line in visit_lines(basket)
        if line.wanted_pet
        for name in CARE
    }
    answers = remembered_answers(data, asked_before(visit_lines(basket)))
    return typed | {"pets": pets, "known": known, "answers": answers}


def initial_from(remembered: dict, basket: Basket) -> dict:
    """The same answers as a form's initial values. A visit that was moved is another line, of the same variant."""
    initial = {name: remembered[name] for name in SAID if remembered.get(name)}
    initial |= remembered.get("known", {})
    for line in visit_lines(basket):
        pet = remembered["pets"].get(str(line.variant_id), {})
        initial |= {f"pet-{line.pk}-{name}": value for name, value in pet.items() if value}
    return initial | initial_answers(remembered.get("answers", {}), asked_before(visit_lines(basket)))


def answers_of(order: Order) -> dict:
    """What was answered for an order, in the shape that `initial_from` reads."""
    pets = {}
    visits = list(order.lines.visits().select_related("booking__pet"))
    for line in visits:
        notes = line.booking.pet.notes if line.booking and line.booking.pet else ""
        pets[str(line.variant_id)] = {
            "name": line.pet_name,
            "species": line.pet_species,
            "size": line.pet_size,
            "notes": notes,
        }
    said = {name: getattr(order, name) for name in SAID}
    return said | {"pets": pets, "answers": answered(visits)}


def is_same_pet(typed: PetDetails, pet: Pet | None) -> bool:
    if pet is None or typed.notes != pet.notes:
        return False
    if typed.known:
        return typed.known == pet and typed.allergies == pet.allergies
    return (typed.name, typed.species) == (pet.name, pet.species) and typed.size in ("", pet.size)


def visit_lines(basket: Basket) -> list[CartLine]:
    return [thing.line for thing in (*basket.visits, *basket.lost)]


def belongs_to(line: CartLine, name: str) -> bool:
    return name.startswith(f"pet-{line.pk}-")


def width_of(name: str) -> str:
    return "full" if name.endswith("-notes") else ""


def with_the_address_that_was_pressed(data):
    """The buttons below “Did you mean …?” each say which address is meant; it counts as asked about."""
    if chosen := data.get("email_chosen"):
        data = data.copy()
        data["email"] = data["email_asked"] = chosen
    return data


def agreed_total(data) -> Decimal:
    """The total that the customer saw and agreed to."""
    return agreed(data, "agreed_total")


def agreed_now(data) -> Decimal:
    """What of it the customer saw that is paid now."""
    return agreed(data, "agreed_now")


def agreed(data, name: str) -> Decimal:
    """It only ever says yes: what cannot be read agrees to nothing."""
    field = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    try:
        return field.clean(data.get(name, ""))
    except ValidationError:
        return Decimal(0)
