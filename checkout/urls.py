from django.urls import path, register_converter

from checkout.views import (
    basket,
    cancelling,
    changing,
    checking_out,
    codes,
    feed,
    late,
    order,
    pets,
    proofs,
    receipts,
    visits,
)
from checkout.webhooks import stripe_webhook


class TokenConverter:
    """The secret in an order's address. Nothing else reaches the database."""

    regex = "[A-Za-z0-9_-]{32}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(TokenConverter, "token")

app_name = "checkout"
urlpatterns = [
    path("cart/", basket.cart, name="cart"),
    path("cart/pets/", pets.pets, name="pets"),
    path("cart/pets/<int:pk>/", pets.pet, name="pet"),
    path("cart/code/", codes.code, name="code"),
    path("cart/delivery/", basket.delivery, name="delivery"),
    path("cart/lines/", basket.lines, name="lines"),
    path("cart/visits/", basket.visits, name="visits"),
    path("cart/lines/<int:pk>/", basket.line, name="line"),
    path("cart/lines/<int:pk>/extension/", basket.extension, name="extension"),
    path("checkout/", checking_out.checkout, name="checkout"),
    path("orders/<token:token>/", order.order, name="order"),
    path("orders/<token:token>/payment/", order.payment, name="payment"),
    path("orders/<token:token>/basket/", order.release, name="release"),
    path("orders/<token:token>/receipt/", receipts.receipt, name="receipt"),
    path("orders/<token:token>/receipt/<slug:receipt_number>/", receipts.receipt, name="one_receipt"),
    path("orders/<token:token>/proofs/", proofs.proofs, name="proofs"),
    path("orders/<token:token>/calendar.ics", order.calendar, name="calendar"),
    path("orders/<token:token>/choice/", late.choice, name="choice"),
    path("orders/<token:token>/reschedule/", visits.reschedule, name="reschedule"),
    path("orders/<token:token>/change/", changing.change, name="change"),
    path("orders/<token:token>/cancellation/", cancelling.cancellation, name="cancellation"),
    path("feeds/<token:token>.ics", feed.resource_feed, name="feed"),
    path("webhooks/stripe/", stripe_webhook, name="webhook"),
]
