from django.urls import path

from backoffice import cancelling, changes, concerns, counter, holds, links, mending, proofs, refunding, reports, views
from backoffice.access import guarded

app_name = "backoffice"
urlpatterns = guarded(
    [
        path("", views.today, name="today"),
        path("holds/<int:pk>/", holds.hold, name="hold"),
        path("orders/", views.orders, name="orders"),
        path("orders/new/", links.new_order, name="new_order"),
        path("orders/<number>/", views.order, name="order"),
        path("orders/<number>/notes/", views.notes, name="notes"),
        path("orders/<number>/visits/<int:pk>/", views.visit, name="visit"),
        path("orders/<number>/visits/<int:pk>/time/", changes.visit_time, name="visit_time"),
        path("orders/<number>/change/", changes.change, name="change"),
        path("orders/<number>/cancellation/", cancelling.cancellation, name="cancellation"),
        path("orders/<number>/parcel/", views.parcel, name="parcel"),
        path("orders/<number>/payment/", counter.payment, name="payment"),
        path("orders/<number>/payments/<int:pk>/back/", counter.payment_back, name="payment_back"),
        path("orders/<number>/refund/", refunding.refund, name="refund"),
        path("orders/<number>/refund/<slug:press>/", refunding.refund_made, name="refund_made"),
        path("orders/<number>/refunds/<int:pk>/", mending.refund_lines, name="refund_lines"),
        path("orders/<number>/refunds/<int:pk>/again/", mending.refund_again, name="refund_again"),
        path("orders/<number>/concerns/<int:pk>/", concerns.concern, name="concern"),
        path("attention/", views.attention, name="attention"),
        path("attention/proofs/", proofs.proofs, name="proofs"),
        path("attention/proofs/<int:pk>/", proofs.proof, name="proof"),
        path("attention/proofs/<int:pk>/file/", proofs.proof_file, name="proof_file"),
        path("reports/receipts/", reports.receipts, name="receipts"),
        path("reports/receipts/file/", reports.receipts_file, name="receipts_file"),
        path("reports/receipts/<slug:receipt_number>/", reports.receipt, name="receipt"),
    ]
)
