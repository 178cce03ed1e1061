"""What the demo shop promises in writing, beside its privacy page."""

CANCELLING = {
    "slug": "moving-cancelling-returning",
    "title": "Moving, cancelling and bringing back",
    "summary": "Plans change, and not every toy is loved. What we do then, and what it costs.",
    "position": 1,
    "text": """## A visit

Each service says on its page until when it is free to cancel, and what we keep after that. The rule that you accepted is \
on your order’s page. To move or cancel, call {phone} or write to {email}, and have the number of your order at hand.

## Things

- Unopened food and treats: bring them back within 14 days and you get your money back.
- Toys, beds and leads: the same, as long as nobody has chewed them.
- Something arrived broken: we replace it, however long it has been.

## If it is our fault

If your groomer is ill or we have to close, we call you, and you choose another time or your money back.""",
}
