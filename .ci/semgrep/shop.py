# ruff: noqa
# Samples for shop.yaml: never run, only read by `semgrep --test`.


def asks_stripe_while_rows_are_locked(order):
    with transaction.atomic():
        order.lock()
        # ruleid: no-network-in-a-transaction
        payments.settle(order)
    # ok: no-network-in-a-transaction
    payments.settle(order)


@transaction.atomic(durable=True)
def writes_a_mail_while_rows_are_locked(message):
    # ruleid: no-network-in-a-transaction
    emails.send(message)


@transaction.atomic
def opens_a_page_while_rows_are_locked(order):
    # ruleid: no-network-in-a-transaction
    session = client().v1.checkout.sessions.create({})
    # ok: no-network-in-a-transaction
    order.record(session)


def trusts_what_was_typed(text):
    # ruleid: no-mark-safe
    page = mark_safe(text)
    # ruleid: no-mark-safe
    page = format_html("<b>%s</b>" % text)
    # ruleid: no-mark-safe
    page = format_html(f"<b>{text}</b>")
    # ok: no-mark-safe
    return format_html("<b>{}</b>", text)


def types_over_stock(variant, form, count):
    # ruleid: no-stock-overwritten
    variant.stock = count
    # ruleid: no-stock-overwritten
    Variant.objects.filter(pk=variant.pk).update(stock=count)
    # ruleid: no-stock-overwritten
    Variant.objects.filter(pk=variant.pk).update(stock=variant.stock - 1)
    # ok: no-stock-overwritten
    Variant.objects.filter(pk=variant.pk, stock__gte=count).update(stock=F("stock") - count)
    # ok: no-stock-overwritten
    form.instance.stock = 0


def asks_the_wrong_clock(booking):
    # ruleid: no-clock-of-python-in-hold-logic
    if booking.held_until < timezone.now():
        # ruleid: no-clock-of-python-in-hold-logic
        return datetime.now(UTC)
    # ok: no-clock-of-python-in-hold-logic
    return booking.held_until < clock.now()
