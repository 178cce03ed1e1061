"""What a customer types. A form checks the shape of it; whether it can be done is the operation's to say."""

from checkout.forms.basket import CodeForm, InstantField, PostalCodeForm, ProductForm, QuantityForm, VisitForm
from checkout.forms.cancelling import SeenForm
from checkout.forms.checking_out import (
    CheckoutForm,
    agreed_now,
    agreed_total,
    answers_of,
    initial_from,
    typed_answers,
)
from checkout.forms.choosing import AgreedForm
from checkout.forms.moving import MoveForm, QuoteForm
from checkout.forms.pets import PetDetailsForm, PetForm
from checkout.forms.proofs import ProofForm

__all__ = [
    "AgreedForm",
    "CheckoutForm",
    "CodeForm",
    "InstantField",
    "MoveForm",
    "PetDetailsForm",
    "PetForm",
    "PostalCodeForm",
    "ProductForm",
    "ProofForm",
    "QuantityForm",
    "QuoteForm",
    "SeenForm",
    "VisitForm",
    "agreed_now",
    "agreed_total",
    "answers_of",
    "initial_from",
    "typed_answers",
]
