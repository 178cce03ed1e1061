from django.urls import path

from checkout.stripe_local import views

app_name = "stripe_local"
urlpatterns = [
    path("dev/stripe/pay/<str:session>/", views.pay, name="pay"),
    path("dev/stripe/pay/<str:session>/authentication/", views.authentication, name="authentication"),
]
