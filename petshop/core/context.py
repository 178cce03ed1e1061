"""What every page may say about the shop itself."""

from django.conf import settings


def shop(request):
    return {
        "shop": {
            "name": settings.SHOP_NAME,
            "address": settings.SHOP_ADDRESS,
            "phone": settings.SHOP_PHONE,
            "email": settings.SHOP_EMAIL,
        },
        "payment_mode": settings.PAYMENT_MODE.value,
        "is_rehearsal": settings.REHEARSAL and not settings.DEBUG,
    }
