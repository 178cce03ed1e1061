"""The one queue in which staff look at what customers sent about their pets' vaccinations."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice import queries
from backoffice.forms import ApprovalForm, RefusalForm
from backoffice.views import office_page
from bookings.models import Booking, Vaccination
from checkout import operations
from petshop.core.errors import ShopError
from petshop.core.typed import isolated

SHOWN = 30
TYPES = {"pdf": "application/pdf", "webp": "image/webp"}


@require_safe
def proofs(request):
    return proofs_page(request)


@require_POST
def proof(request, pk):
    """Approve it with its date, or refuse it and say why."""
    found = get_object_or_404(Vaccination.objects.select_related("pet"), pk=pk)
    is_refused = "refuse" in request.POST
    form = (RefusalForm if is_refused else ApprovalForm)(request.POST, prefix=str(pk))
    if not form.is_valid():
        return proofs_page(request, wrong=form, status=422)
    actor, pet = request.user.get_username(), isolated(found.pet.name)
    try:
        if is_refused:
            operations.refuse_proof(found, reason=form.cleaned_data["reason"], actor=actor)
            messages.success(request, _("Refused. The owner of %(pet)s is told why.") % {"pet": pet})
        else:
            operations.approve_proof(found, valid_until=form.cleaned_data["valid_until"], actor=actor)
            messages.success(request, _("Approved for %(pet)s.") % {"pet": pet})
    except ShopError as error:
        messages.error(request, str(error))
    return redirect("backoffice:proofs")


@require_safe
def proof_file(request, pk):
    """The file itself, to be kept and not to be shown: whatever is in it runs on no page of ours."""
    found = get_object_or_404(Vaccination, pk=pk)
    ending = found.proof.name.rpartition(".")[2]
    try:
        file = found.proof.open("rb") if ending in TYPES else None
    except FileNotFoundError:
        file = None
    if file is None:
        raise Http404
    response = FileResponse(file, as_attachment=True, filename=f"proof-{found.pk}.{ending}", content_type=TYPES[ending])
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def proofs_page(request, *, wrong=None, status=None):
    """The queue, the oldest first; `wrong` is the form of one of them that could not be read."""
    asked = Booking.objects.awaiting_proof().filter(part_of=None).order_by("starts_at", "pk")
    asked = asked.select_related("variant__offering", "order_line__order")
    waiting = Vaccination.objects.waiting().select_related("pet")
    waiting = list(waiting.prefetch_related(Prefetch("pet__bookings", asked, to_attr="asked_visits"))[:SHOWN])
    cards = [
        {
            "proof": proof,
            "visits": [visit for visit in proof.pet.asked_visits if proof.vaccine in visit.vaccinations],
            "approval": form_of(ApprovalForm, proof, wrong, initial={"valid_until": proof.valid_until}),
            "refusal": form_of(RefusalForm, proof, wrong),
        }
        for proof in waiting
    ]
    context = {"cards": cards, "more": max(0, queries.count_proofs() - len(cards)), "wrong": wrong}
    return office_page(request, "proofs", context, status=status)


def form_of(kind, proof: Vaccination, wrong, *, initial=None):
    prefix = str(proof.pk)
    return wrong if isinstance(wrong, kind) and wrong.prefix == prefix else kind(prefix=prefix, initial=initial)
