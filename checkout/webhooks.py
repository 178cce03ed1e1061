"""Where Stripe tells us that something happened."""

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from checkout import reconcile
from checkout.notifications import BadSignature, read_event


@csrf_exempt
@require_POST
def stripe_webhook(request):
    """Keep what Stripe says, then act on it. 200 only once the effect is committed; otherwise Stripe comes again."""
    try:
        event = read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except BadSignature:
        return HttpResponse(status=400)
    reconcile.remember(event, request.body.decode())
    return HttpResponse(status=200 if reconcile.process(event.id) else 500)
