"""Looking things up: payment intents, charges, disputes, the balance, events, and what `expand` puts in place of an id."""

from checkout.stripe_local.parameters import EXPAND, PAGE, InvalidParameter, list_of, shape, text
from checkout.stripe_local.storage import Books

KINDS = {
    "payment_intent": "payment_intent",
    "latest_charge": "charge",
    "charge": "charge",
    "balance_transaction": "balance_transaction",
    "failure_balance_transaction": "balance_transaction",
}

read_expand = shape(**EXPAND)
read_events = shape(type=text(), types=list_of(text(), most=20), **PAGE)
read_charges = shape(payment_intent=text(), **PAGE)
read_balance_transactions = shape(type=text(), **PAGE)
read_disputes = shape(payment_intent=text(), charge=text(), **PAGE)


def expand(books: Books, thing: dict, parameters: dict) -> dict:
    """The thing with each path of `expand` put in place, such as `payment_intent.latest_charge`."""
    for path in parameters.get("expand", []):
        _expand(books, thing, path.split("."), path)
    return thing


def _expand(books: Books, thing: dict, path: list[str], whole_path: str) -> None:
    name, *rest = path
    if thing["object"] == "list" and name == "data" and rest:
        for item in thing["data"]:
            _expand(books, item, rest, whole_path)
        return
    if thing["object"] == "checkout.session" and name == "line_items":
        thing["line_items"] = line_items_of(books, thing["id"])
    elif isinstance(thing.get(name), str) and name in KINDS:
        thing[name] = books.get(KINDS[name], thing[name])
    elif name not in thing or not (thing[name] is None or isinstance(thing[name], dict) and "object" in thing[name]):
        raise InvalidParameter(f"This property cannot be expanded ({whole_path}).", param="expand")
    if rest and thing[name] is not None:
        _expand(books, thing[name], rest, whole_path)


def line_items_of(books: Books, session_id: str, limit: int = 10) -> dict:
    """What a page asks money for, as a list of its first lines."""
    items = books.notes(session_id)["line_items"]
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return {"object": "list", "url": url, "has_more": len(items) > limit, "data": items[:limit]}


def payment_intent(books: Books, sent: dict, intent_id: str) -> dict:
    return expand(books, books.get("payment_intent", intent_id, "intent"), read_expand(sent, ""))


def charge(books: Books, sent: dict, charge_id: str) -> dict:
    return expand(books, books.get("charge", charge_id), read_expand(sent, ""))


def charges(books: Books, sent: dict) -> dict:
    parameters = read_charges(sent, "")
    page = books.page("charge", "/v1/charges", parameters, payment_intent=parameters.get("payment_intent"))
    return expand(books, page, parameters)


def balance_transaction(books: Books, sent: dict, transaction_id: str) -> dict:
    return expand(books, books.get("balance_transaction", transaction_id), read_expand(sent, ""))


def balance_transactions(books: Books, sent: dict) -> dict:
    parameters = read_balance_transactions(sent, "")
    types = [parameters["type"]] if "type" in parameters else None
    return expand(
        books, books.page("balance_transaction", "/v1/balance_transactions", parameters, types=types), parameters
    )


def dispute(books: Books, sent: dict, dispute_id: str) -> dict:
    return expand(books, books.get("dispute", dispute_id), read_expand(sent, ""))


def disputes(books: Books, sent: dict) -> dict:
    parameters = read_disputes(sent, "")
    page = books.page(
        "dispute",
        "/v1/disputes",
        parameters,
        payment_intent=parameters.get("payment_intent"),
        charge=parameters.get("charge"),
    )
    return expand(books, page, parameters)


def event(books: Books, sent: dict, event_id: str) -> dict:
    return expand(books, books.get("event", event_id), read_expand(sent, ""))


def events(books: Books, sent: dict) -> dict:
    parameters = read_events(sent, "")
    if "type" in parameters and "types" in parameters:
        raise InvalidParameter("You may only specify one of these parameters: type, types.", param="types")
    types = parameters.get("types") or [parameters["type"]] if {"type", "types"} & parameters.keys() else None
    return expand(books, books.page("event", "/v1/events", parameters, types=types), parameters)
