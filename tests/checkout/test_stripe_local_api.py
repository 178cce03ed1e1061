"""What the stand-in answers to the real SDK: sessions, lists, refunds, events, refusals."""

import pytest
import stripe
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from tests.checkout.stripe_stand_in import MINUTE, VISA, Shop, line
from tests.sdk_errors import object_errors, sdk_errors

DAY = 24 * 60 * MINUTE


@pytest.fixture
def shop():
    return Shop()


class TestSessions:
    def test_a_new_session_is_open_and_says_what_it_costs(self, shop):
        params = shop.session_params()
        assert sdk_errors(params, SessionCreateParams) == []

        session = shop.v1.checkout.sessions.create(params)

        assert session.id.startswith("cs_local_")
        assert (session.status, session.payment_status, session.livemode) == ("open", "unpaid", False)
        assert (session.amount_total, session.currency) == (2150, "eur")
        assert session.url == f"http://localhost:8000/dev/stripe/pay/{session.id}/"
        assert session.metadata.to_dict() == {"order": "FP-7K3M9"}
        assert session.payment_intent is None

    def test_the_page_is_where_the_shop_wants_its_customer_back(self, shop):
        session = shop.open(success_url="http://127.0.0.1:43211/orders/abc/?session={CHECKOUT_SESSION_ID}")

        assert session.url == f"http://127.0.0.1:43211/dev/stripe/pay/{session.id}/"

    def test_its_line_items_are_listed(self, shop):
        session = shop.open()

        items = shop.v1.checkout.sessions.line_items.list(session.id).data

        assert [(item.description, item.quantity, item.amount_total) for item in items] == [
            ("Collar", 1, 1250),
            ("Chew toy", 2, 900),
        ]

    def test_a_paid_one_tells_the_card_when_it_is_expanded(self, shop):
        session = shop.paid()

        charge = session.payment_intent.latest_charge
        assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
        assert (session.payment_intent.status, session.payment_intent.amount_received) == ("succeeded", 2150)
        assert session.payment_intent.metadata.to_dict() == {"order": "FP-7K3M9"}
        assert (charge.payment_method_details.card.brand, charge.payment_method_details.card.last4) == ("visa", "4242")
        assert session.customer_details.email == "ada@example.com"

    def test_the_list_is_newest_first_and_goes_on_page_by_page(self, shop):
        ids = []
        for _ in range(5):
            ids.append(shop.open().id)
            shop.wait(MINUTE)

        pages = shop.v1.checkout.sessions.list({"limit": 2})

        assert [session.id for session in pages.auto_paging_iter()] == ids[::-1]
        newer = shop.v1.checkout.sessions.list({"limit": 2, "ending_before": ids[1]})
        assert [session.id for session in newer.data] == [ids[3], ids[2]]
        assert newer.has_more

    def test_the_list_can_be_limited_to_a_window_of_time(self, shop):
        shop.open()
        shop.wait(10 * MINUTE)
        wanted = shop.open()
        since = int(shop.clock) - MINUTE
        shop.wait(10 * MINUTE)
        shop.open()

        found = shop.v1.checkout.sessions.list({"created": {"gte": since, "lt": int(shop.clock)}}).data

        assert [session.id for session in found] == [wanted.id]

    def test_the_list_finds_the_session_of_a_payment(self, shop):
        session = shop.paid()
        shop.paid()

        found = shop.v1.checkout.sessions.list({"payment_intent": session.payment_intent.id}).data

        assert [one.id for one in found] == [session.id]

    def test_every_try_to_charge_a_card_is_listed(self, shop):
        session = shop.open()
        shop.backend.pay(session.id, "4000000000000002")
        shop.backend.pay(session.id, VISA)
        shop.paid()

        tries = shop.v1.charges.list({"payment_intent": shop.look(session).payment_intent.id}).data

        assert [charge.status for charge in tries] == ["succeeded", "failed"]

    def test_changing_a_session_keeps_its_place_in_the_list(self, shop):
        first, second = shop.open(), shop.open()

        shop.backend.pay(first.id, VISA)

        assert [session.id for session in shop.v1.checkout.sessions.list().data] == [second.id, first.id]

    def test_an_open_one_can_be_expired_and_the_shop_is_told(self, shop):
        session = shop.open()

        expired = shop.v1.checkout.sessions.expire(session.id)

        assert (expired.status, expired.url) == ("expired", None)
        assert shop.told == [("checkout.session.expired", session.id)]

    @pytest.mark.parametrize("state", ["expired", "complete"])
    def test_a_closed_one_cannot_be_expired(self, shop, state):
        session = shop.open()
        if state == "complete":
            shop.backend.pay(session.id, VISA)
        else:
            shop.v1.checkout.sessions.expire(session.id)

        with pytest.raises(stripe.InvalidRequestError, match=f"has a status of `{state}`") as refusal:
            shop.v1.checkout.sessions.expire(session.id)

        assert refusal.value.http_status == 400

    def test_time_alone_expires_it(self, shop):
        session = shop.open()
        shop.wait(35 * MINUTE - 1)
        assert shop.look(session).status == "open"

        shop.wait(1)

        assert shop.look(session).status == "expired"
        assert shop.told == [("checkout.session.expired", session.id)]

    @pytest.mark.parametrize("ahead", [30 * MINUTE, DAY])
    def test_it_may_last_from_half_an_hour_to_a_day(self, shop, ahead):
        session = shop.open(expires_at=int(shop.clock) + ahead)

        assert session.expires_at == int(shop.clock) + ahead

    @pytest.mark.parametrize("ahead", [29 * MINUTE, DAY + MINUTE, -MINUTE])
    def test_it_may_not_last_shorter_or_longer(self, shop, ahead):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.open(expires_at=int(shop.clock) + ahead)

        assert refusal.value.param == "expires_at"


class TestRefusedSessions:
    @pytest.mark.parametrize(
        ("changes", "param", "code"),
        [
            ({"colour": "red"}, "colour", "parameter_unknown"),
            ({"metadata": {"a": {"b": "c"}}}, "metadata", None),
            ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", None),
            ({"metadata": {f"key{i}": "v" for i in range(51)}}, "metadata", None),
            ({"payment_method_types": ["card"]}, "payment_method_types", "payment_method_types_no_longer_supported"),
            ({"allow_promotion_codes": True}, "allow_promotion_codes", "parameter_unknown"),
            ({"idempotency_key": "k"}, "idempotency_key", "parameter_unknown"),
            ({"mode": "subscription"}, "mode", None),
            ({"line_items": []}, "line_items", "parameter_missing"),
            ({"line_items": [line("Toy", 450, quantity=0)]}, "line_items[0][quantity]", "parameter_invalid_integer"),
            ({"line_items": [line("Toy", "4.50")]}, "line_items[0][price_data][unit_amount]", None),
            ({"line_items": [line("Toy", 450), line("Toy", 450, currency="usd")]}, "line_items", None),
            ({"line_items": [line("Toy", 450, currency="euro")]}, "line_items[0][price_data][currency]", None),
            ({"line_items": [line("Toy", 49)]}, None, "amount_too_small"),
            ({"line_items": [line("Toy", 0)]}, None, "amount_too_small"),
            ({"line_items": [line("Toy", 50050, currency="isk")]}, "line_items", None),
            ({"line_items": [line(f"Toy {i}", 450) for i in range(101)]}, "line_items", None),
            ({"line_items": [line("", 450)]}, "line_items[0][price_data][product_data][name]", "parameter_missing"),
            ({"customer_email": "ada"}, "customer_email", "email_invalid"),
            ({"success_url": "/orders/abc/"}, "success_url", "url_invalid"),
            ({"success_url": ""}, "success_url", "parameter_missing"),
            ({"client_reference_id": "x" * 201}, "client_reference_id", "parameter_invalid_string"),
            ({"allowed_payment_method_types": ["sepa_debit"]}, "allowed_payment_method_types", None),
            ({"adaptive_pricing": {"enabled": "maybe"}}, "adaptive_pricing[enabled]", None),
            ({"expand": ["status"]}, "expand", None),
        ],
    )
    def test_what_stripe_refuses_is_refused_and_nothing_is_made(self, shop, changes, param, code):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.open(**changes)

        assert (refusal.value.http_status, refusal.value.param) == (400, param)
        if code:
            assert refusal.value.code == code
        assert shop.v1.checkout.sessions.list().data == []

    def test_an_unknown_session_is_missing(self, shop):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.v1.checkout.sessions.retrieve("cs_local_unknown")

        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")

    def test_an_address_that_stripe_may_have_and_we_do_not_is_refused(self, shop):
        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
            shop.v1.customers.create({"name": "Ada"})

    def test_a_list_refuses_what_it_does_not_know(self, shop):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.v1.checkout.sessions.list({"limit": 101})
        assert refusal.value.param == "limit"

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.v1.checkout.sessions.list({"starting_after": "cs_local_unknown"})
        assert refusal.value.code == "resource_missing"

    @pytest.mark.parametrize("key", ["sk_test_x", "sk_live_x", "rk_live_x"])
    def test_a_client_with_a_key_of_stripes_is_refused(self, shop, key):
        client = stripe.StripeClient(key, http_client=shop.client._requestor._client)

        with pytest.raises(stripe.AuthenticationError):
            client.v1.checkout.sessions.list()


class TestRefunds:
    def test_a_part_and_then_the_rest(self, shop):
        session = shop.paid()
        assert (
            sdk_errors({"payment_intent": "pi", "amount": 900, "metadata": {"refund": "1"}}, RefundCreateParams) == []
        )

        part = shop.refund(session, amount=900, metadata={"refund": "1"}, reason="requested_by_customer")
        rest = shop.refund(session)

        assert (part.status, part.amount, part.metadata["refund"]) == ("succeeded", 900, "1")
        assert rest.amount == 1250
        charge = shop.v1.charges.retrieve(session.payment_intent.latest_charge.id)
        assert (charge.amount_refunded, charge.refunded) == (2150, True)
        assert shop.heard == ["checkout.session.completed", "refund.created", "refund.created"]

    def test_never_more_than_is_left(self, shop):
        session = shop.paid()
        shop.refund(session, amount=2000)

        with pytest.raises(stripe.InvalidRequestError, match=r"Refund amount \(151\) is greater .* \(150\)") as refusal:
            shop.refund(session, amount=151)

        assert refusal.value.param == "amount"
        assert len(shop.v1.refunds.list().data) == 1

    def test_nothing_is_left_of_a_refunded_charge(self, shop):
        session = shop.paid()
        shop.refund(session)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.refund(session, amount=1)

        assert (refusal.value.http_status, refusal.value.code) == (400, "charge_already_refunded")

    @pytest.mark.parametrize("amount", [0, -5, "1.5"])
    def test_an_amount_is_a_whole_number_of_at_least_one(self, shop, amount):
        session = shop.paid()

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.refund(session, amount=amount)

        assert refusal.value.param == "amount"

    def test_the_same_key_gives_back_once(self, shop):
        session = shop.paid()

        first, again = (shop.refund(session, key="refund-1", amount=500) for _ in range(2))

        assert first.id == again.id
        assert shop.look(session).payment_intent.latest_charge.amount_refunded == 500

    def test_they_are_listed_by_payment_and_found_by_id(self, shop):
        session = shop.paid()
        refunds = [shop.refund(session, amount=amount) for amount in (100, 200)]
        shop.refund(shop.paid())

        found = shop.v1.refunds.list({"payment_intent": session.payment_intent.id}).data

        assert [refund.id for refund in found] == [refund.id for refund in reversed(refunds)]
        assert shop.v1.refunds.retrieve(refunds[0].id, {"expand": ["charge"]}).charge.amount_refunded == 300

    def test_what_was_not_paid_cannot_be_refunded(self, shop):
        session = shop.open()
        shop.backend.pay(session.id, "4000000000000002")

        with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
            shop.refund(shop.look(session))
        with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
            shop.v1.refunds.create({"amount": 100})


class TestEvents:
    def test_they_are_listed_by_type_and_time(self, shop):
        shop.paid()
        shop.wait(MINUTE)
        since = int(shop.clock)
        second = shop.paid()

        wanted = {"types": ["checkout.session.completed", "refund.created"], "created": {"gte": since}}
        found = shop.v1.events.list(wanted).data

        assert [(event.type, event.data.object["id"]) for event in found] == [("checkout.session.completed", second.id)]
        assert found[0].api_version == stripe.api_version

    def test_a_group_of_types_may_be_asked_for(self, shop):
        shop.paid()

        found = shop.v1.events.list({"type": "payment_intent.*"}).data

        assert [event.type for event in found] == ["payment_intent.succeeded", "payment_intent.created"]

    def test_they_are_paged_and_found_by_id(self, shop):
        shop.paid()

        events = list(shop.v1.events.list({"limit": 1}).auto_paging_iter())

        assert [event.type for event in reversed(events)] == [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
            "charge.updated",
        ]
        assert shop.v1.events.retrieve(events[1].id).type == "checkout.session.completed"

    def test_they_name_the_request_that_caused_them(self, shop):
        session = shop.paid()
        shop.refund(session, key="refund-1")

        event = shop.v1.events.list({"type": "refund.created"}).data[0]

        assert event.request.idempotency_key == "refund-1"
        assert event.request.id.startswith("req_local_")


def test_every_answer_is_what_the_sdk_says_it_is(shop):
    session = shop.open()
    expand = "expand[0]=payment_intent.latest_charge&expand[1]=line_items"
    address = f"/v1/checkout/sessions/{session.id}"
    assert object_errors(shop.raw(address), stripe.checkout.Session) == []

    for card in ["4000000000000002", "4000002760003184"]:
        shop.backend.pay(session.id, card)
        assert object_errors(shop.raw(f"{address}?{expand}"), stripe.checkout.Session) == []
    shop.backend.authenticate(session.id, approve=True)
    paid = shop.raw(f"{address}?{expand}")
    assert object_errors(paid, stripe.checkout.Session) == []
    intent = paid["payment_intent"]["id"]
    shop.v1.refunds.create({"payment_intent": intent, "amount": 100})
    shop.backend.fail_refund(shop.v1.refunds.create({"payment_intent": intent, "amount": 200}).id)
    shop.backend.dispute(intent)
    shop.backend.close_dispute(intent, won=True)
    debited = shop.open(allowed_payment_method_types=["card", "sepa_debit"])
    shop.backend.pay(debited.id, "DE89 3704 0044 0532 0130 00")
    assert object_errors(shop.raw(f"/v1/checkout/sessions/{debited.id}?{expand}"), stripe.checkout.Session) == []

    for path, kind in [
        (f"/v1/payment_intents/{intent}?expand[0]=latest_charge", stripe.PaymentIntent),
        (f"/v1/charges/{paid['payment_intent']['latest_charge']['id']}", stripe.Charge),
    ]:
        assert object_errors(shop.raw(path), kind) == []
    for path, kind in [
        ("/v1/refunds", stripe.Refund),
        ("/v1/disputes", stripe.Dispute),
        ("/v1/charges", stripe.Charge),
        ("/v1/balance_transactions", stripe.BalanceTransaction),
        ("/v1/events?limit=100", stripe.Event),
    ]:
        listed = shop.raw(path)["data"]
        assert listed
        assert [object_errors(thing, kind) for thing in listed] == [[]] * len(listed)
