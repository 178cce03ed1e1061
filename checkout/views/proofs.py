"""Where customers send the proofs of their pets' vaccinations. Nothing that was sent can be seen or fetched from here."""

from django.contrib import messages
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from checkout.forms import ProofForm
from checkout.operations import send_proof
from checkout.proofs import asked_of
from checkout.views.answers import see_other
from checkout.views.order import find, secret_page
from petshop.core.errors import ShopError


@secret_page
@require_http_methods(["GET", "HEAD", "POST"])
def proofs(request, token):
    """What is still to be proven, and one form for one file."""
    found = find(token)
    asked = asked_of(found)
    form = ProofForm(request.POST or None, request.FILES or None, asked=asked) if request.method == "POST" else None
    if form is None or not asked:
        return proofs_page(request, found, asked, ProofForm(asked=asked))
    if not form.is_valid():
        return proofs_page(request, found, asked, form, status=422)
    what, until, proof = (form.cleaned_data[name] for name in ("what", "valid_until", "proof"))
    wanted = form.asked[what]
    try:
        send_proof(wanted.line, vaccine=wanted.vaccine, valid_until=until, proof=proof)
    except ShopError as error:
        form.add_error(None, str(error))
        return proofs_page(request, found, asked, form, status=422)
    messages.success(request, _("Thank you. We look at it and tell you here; until then your visit stays yours."))
    return see_other(request.path)


def proofs_page(request, found, asked, form, *, status=None):
    context = {"order": found, "asked": asked, "form": form}
    return render(request, "checkout/proofs.html", context, status=status)
