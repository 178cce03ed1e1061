"""What every page and mail may say about the shop itself: its settings, and nothing that a template knows by heart."""

import re

from django.conf import settings


def shop_facts() -> dict[str, str]:
    """`chat` and `chat_address` are empty for a shop that has no chat number."""
    digits = re.sub(r"\D", "", settings.SHOP_CHAT)
    return {
        "name": settings.SHOP_NAME,
        "address": settings.SHOP_ADDRESS,
        "phone": settings.SHOP_PHONE,
        "email": settings.SHOP_EMAIL,
        "chat": settings.SHOP_CHAT,
        "chat_address": f"https://wa.me/{digits}" if digits else "",
    }


def shop(request):
    return {
        "shop": shop_facts(),
        "payment_mode": settings.PAYMENT_MODE.value,
        "is_rehearsal": settings.REHEARSAL and not settings.DEBUG,
    }
