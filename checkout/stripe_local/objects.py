"""What Stripe's answers look like, field for field: the tests hold them against the types inside the SDK."""

import secrets
from datetime import UTC, datetime

import stripe

from checkout.stripe_local.cards import METHODS, Card

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
EVIDENCE = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
]
EVIDENCE_DUE_AFTER = 9 * 24 * 60 * 60
AVAILABLE_AFTER = 7 * 24 * 60 * 60


def new_id(prefix: str) -> str:
    """An id that nobody can mistake for one of Stripe's."""
    return f"{prefix}_local_{secrets.token_hex(14)}"


def _nothing(*names: str) -> dict:
    return dict.fromkeys(names)


def session(now: float, parameters: dict, *, page_url: str, total: int, currency: str) -> dict:
    session_id = new_id("cs")
    return {
        "id": session_id,
        "object": "checkout.session",
        "created": int(now),
        "livemode": False,
        "mode": "payment",
        "ui_mode": "hosted_page",
        "status": "open",
        "payment_status": "unpaid",
        "url": page_url.format(session=session_id),
        "expires_at": parameters["expires_at"],
        "success_url": parameters["success_url"],
        "cancel_url": parameters.get("cancel_url"),
        "client_reference_id": parameters.get("client_reference_id"),
        "metadata": parameters.get("metadata", {}),
        "amount_subtotal": total,
        "amount_total": total,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "currency": currency,
        "payment_intent": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": sorted(METHODS & {"card", *(parameters.get("allowed_payment_method_types") or [])}),
        "allowed_payment_method_types": parameters.get("allowed_payment_method_types"),
        "adaptive_pricing": parameters.get("adaptive_pricing", {"enabled": True}),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "customer_creation": "if_required",
        "customer_email": parameters.get("customer_email"),
        "custom_fields": [],
        "custom_text": _nothing("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        "discounts": [],
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                **_nothing("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options"),
                "metadata": {},
            },
        },
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        **_nothing("after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret"),
        **_nothing("collected_information", "consent", "consent_collection", "currency_conversion", "customer"),
        **_nothing("customer_account", "customer_details", "invoice", "locale", "origin_context", "payment_link"),
        **_nothing("payment_method_configuration_details", "permissions", "recovered_from"),
        **_nothing("saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost"),
        **_nothing("submit_type", "subscription", "wallet_options"),
    }


def line_item(now: float, item: dict) -> dict:
    price = item["price_data"]
    total = price["unit_amount"] * item["quantity"]
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": {},
        "quantity": item["quantity"],
        "price": {
            "id": new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": int(now),
            "currency": price["currency"],
            "livemode": False,
            "metadata": {},
            "product": new_id("prod"),
            "tax_behavior": "unspecified",
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
            **_nothing("custom_unit_amount", "lookup_key", "nickname", "recurring", "tiers_mode", "transform_quantity"),
        },
    }


def customer_details(email: str | None) -> dict:
    return {
        "email": email,
        "tax_exempt": "none",
        "tax_ids": [],
        **_nothing("address", "business_name", "individual_name", "name", "phone"),
    }


def payment_intent(now: float, page: dict, data: dict) -> dict:
    """The intent that Checkout makes when Pay is pressed for the first time."""
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "created": int(now),
        "livemode": False,
        "amount": page["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "currency": page["currency"],
        "description": data.get("description"),
        "metadata": data.get("metadata", {}),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": page["payment_method_types"],
        "status": "requires_payment_method",
        **_nothing("application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer"),
        **_nothing("customer_account", "last_payment_error", "latest_charge", "next_action", "on_behalf_of"),
        **_nothing("payment_method", "payment_method_configuration_details", "processing", "receipt_email", "review"),
        **_nothing("setup_future_usage", "shipping", "source", "statement_descriptor", "statement_descriptor_suffix"),
        **_nothing("transfer_data", "transfer_group"),
    }


def charge(
    now: float, intent: dict, card: Card, *, email: str | None, authenticated: bool, failure: dict | None
) -> dict:
    """One try to charge a card; `failure` has the code and message of one that the bank refused.

    What is debited from an account is pending, until its bank has answered.
    """
    is_debit = card.method != "card"
    paid = failure is None and not is_debit
    refused = failure or {"code": None, "message": None, "decline_code": None}
    charge_id = new_id("ch")
    return {
        "id": charge_id,
        "object": "charge",
        "created": int(now),
        "livemode": False,
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "billing_details": {"email": email, **_nothing("address", "name", "phone", "tax_id")},
        "calculated_statement_descriptor": "FAMILY PETSHOP",
        "captured": paid,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": refused["code"],
        "failure_message": refused["message"],
        "fraud_details": {},
        "metadata": intent["metadata"],
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network" if failure else "approved_by_network",
            "reason": refused["decline_code"],
            "risk_level": "normal",
            "seller_message": "The bank did not approve it." if failure else "Payment complete.",
            "type": "issuer_declined" if failure else "authorized",
        },
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": (
            {"type": "sepa_debit", "sepa_debit": _debit_details(card)}
            if is_debit
            else {"type": "card", "card": _card_details(now, card, intent, authenticated, paid)}
        ),
        "refunded": False,
        "status": "succeeded" if paid else "failed" if failure else "pending",
        **_nothing("application", "application_fee", "application_fee_amount", "balance_transaction", "customer"),
        **_nothing("failure_balance_transaction", "on_behalf_of", "receipt_email", "receipt_number", "receipt_url"),
        **_nothing("review", "shipping", "source", "source_transfer", "statement_descriptor"),
        **_nothing("statement_descriptor_suffix", "transfer_data", "transfer_group"),
    }


def _card_details(now: float, card: Card, intent: dict, authenticated: bool, paid: bool) -> dict:
    challenge = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": new_id("3ds"),
        "version": "2.2.0",
    }
    return {
        "amount_authorized": intent["amount"] if paid else None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": datetime.fromtimestamp(now, UTC).year + 2,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card.number[-4:] * 4,
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "last4": card.last4,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": challenge if authenticated else None,
        **_nothing("installments", "mandate", "network_transaction_id", "wallet"),
    }


def _debit_details(account: Card) -> dict:
    return {
        "bank_code": account.number[4:12],
        "branch_code": "",
        "country": account.number[:2],
        "fingerprint": account.number[-4:] * 4,
        "last4": account.last4,
        "mandate": new_id("mandate"),
    }


def refund(now: float, paid: dict, parameters: dict, *, amount: int, status: str) -> dict:
    """A refund has no `livemode`, as at Stripe."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "created": int(now),
        "amount": amount,
        "balance_transaction": None,
        "charge": paid["id"],
        "currency": paid["currency"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": parameters.get("metadata", {}),
        "payment_intent": paid["payment_intent"],
        "reason": parameters.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
        **({"pending_reason": "processing"} if status == "pending" else {}),
    }


BALANCE_CATEGORIES = {"adjustment": "dispute"}  # else the category is the type


def balance_transaction(now: float, source: dict, kind: str, *, amount: int, fee: int) -> dict:
    """What a charge, a refund or a dispute does to the balance: `net` is `amount` less what Stripe keeps."""
    kept = {"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": int(now) + AVAILABLE_AFTER,
        "balance_type": "payments",
        "created": int(now),
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**kept, "description": "Stripe processing fees"}] if fee else [],
        "net": amount - fee,
        "reporting_category": BALANCE_CATEGORIES.get(kind, kind),
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def dispute(now: float, paid: dict) -> dict:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "created": int(now),
        "livemode": False,
        "amount": paid["amount"],
        "balance_transactions": [],
        "charge": paid["id"],
        "currency": paid["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**_nothing(*EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": int(now) + EVIDENCE_DUE_AFTER,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": paid["payment_intent"],
        **_disputed_card(paid["payment_method_details"].get("card")),
        "reason": "fraudulent",
        "status": "needs_response",
    }


def _disputed_card(card: dict | None) -> dict:
    """What the bank says of the card; of an account it says nothing here."""
    if card is None:
        return {}
    said = {"brand": card["brand"], "network": card["network"], "case_type": "chargeback", "network_reason_code": "83"}
    return {"payment_method_details": {"type": "card", "card": said}}


def event(now: float, kind: str, thing: dict, request: dict, *, pending: int) -> dict:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": stripe.api_version,
        "created": int(now),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": pending,
        "request": request,
        "type": kind,
    }
