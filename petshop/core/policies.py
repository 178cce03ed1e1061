"""The texts that a new shop begins with. Staff then edit them in the admin; nothing here overwrites what they wrote."""

from petshop.core.models import Policy

PRIVACY = """We store what an order needs and nothing else. There is no advertising, no tracking and nothing from other \
companies on these pages.

## When you order

With an order we keep your name, e-mail address and phone number, what you bought, what it cost, and what happened to it. \
For a visit we also keep your pet’s name, kind, size and what you told us about it. Our staff see this to do their work. \
We send you a confirmation by e-mail.

## When you pay

You pay on a page of Stripe, our payment provider. Your card details go there and never reach us. We learn whether the \
payment went through, its amount, and the reason if it did not. Stripe handles your data under its own privacy policy.

## Cookies

- basket: which basket is yours, for a year. Without it a visit that you hold would be lost on the next page.
- csrftoken: proves that a form was sent from our own page, for a year.
- messages and sessionid: carry a short note such as “added to your basket” to the next page, and keep our staff signed in.

All of them are needed for the shop to work. None of them follows you elsewhere.

## Your order’s link

Whoever has the link in your confirmation can see the order. Keep it to yourself.

## Your rights

Ask us what we know about you, to correct it or to delete it. We delete what the law does not oblige us to keep, such as \
invoices. Responsible: {name}, {address}, {email}."""

FIRST_TEXTS = [
    {
        "slug": Policy.PRIVACY,
        "title": "Privacy",
        "summary": "What this shop stores about you, why, and what it does not do.",
        "text": PRIVACY,
    },
]


def ensure_policies() -> list[Policy]:
    """Write each of the first texts that is not there, and return those. Safe to repeat."""
    written = [Policy.objects.get_or_create(slug=text["slug"], defaults=text) for text in FIRST_TEXTS]
    return [policy for policy, is_new in written if is_new]
