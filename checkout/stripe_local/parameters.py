"""What a request may say. Whatever Stripe refuses, or the stand-in cannot do, is refused here with Stripe's words."""

import re
import urllib.parse
from collections.abc import Callable
from typing import Any


class Refusal(Exception):
    """A request that is answered with an error. It changes nothing; its answer is kept for its idempotency key."""

    is_kept = True

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **details):
        super().__init__(message)
        self.status = status
        self.answer = {"error": {"type": kind, "message": message, **details}}


class InvalidParameter(Refusal):
    """A request that never began: Stripe keeps no answer for its idempotency key, so it may be corrected and sent again."""

    is_kept = False


Reader = Callable[[Any, str], Any]


def decode_form(text: str) -> dict:
    """`a[b][0]=1` as `{"a": {"b": {"0": "1"}}}`; a reader that expects a list makes one of it."""
    decoded: dict = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        *parents, last = re.findall(r"[^\[\]]+", name) or [name]
        place = decoded
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise InvalidParameter("Invalid object", param=parents[0])
        place[last] = value
    return decoded


def shape(*required: str, **readers: Reader) -> Reader:
    """An object with these parameters and no others."""

    def read(value, name):
        if not isinstance(value, dict):
            raise InvalidParameter("Invalid object", param=name)
        inside = (lambda key: f"{name}[{key}]") if name else (lambda key: key)
        for key in value:
            if key not in readers:
                raise InvalidParameter(
                    f"Received unknown parameter: {inside(key)}", code="parameter_unknown", param=inside(key)
                )
        for key in required:
            if value.get(key, "") == "":
                raise InvalidParameter(
                    f"Missing required param: {inside(key)}.", code="parameter_missing", param=inside(key)
                )
        return {key: readers[key](item, inside(key)) for key, item in value.items()}

    return read


def list_of(reader: Reader, most: int = 100) -> Reader:
    def read(value, name):
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise InvalidParameter("Invalid array", param=name)
        if len(value) > most:
            raise InvalidParameter(f"Array {name} exceeded maximum {most} allowed elements.", param=name)
        return [reader(value[key], f"{name}[{key}]") for key in sorted(value, key=int)]

    return read


def text(longest: int = 5000) -> Reader:
    def read(value, name):
        if not isinstance(value, str):
            raise InvalidParameter("Invalid string", param=name)
        if len(value) > longest:
            raise InvalidParameter(
                f"Invalid string: must be at most {longest} characters", code="parameter_invalid_string", param=name
            )
        return value

    return read


def whole(least: int | None = None, most: int | None = None) -> Reader:
    def read(value, name):
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise InvalidParameter(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if least is not None and number < least:
            raise InvalidParameter(
                f"This value must be greater than or equal to {least}.", code="parameter_invalid_integer", param=name
            )
        if most is not None and number > most:
            raise InvalidParameter(
                f"This value must be less than or equal to {most}.", code="parameter_invalid_integer", param=name
            )
        return number

    return read


def choice(*values: str) -> Reader:
    def read(value, name):
        if value not in values:
            raise InvalidParameter(f"Invalid {name}: must be one of {' or '.join(values)}", param=name)
        return value

    return read


def flag(value, name) -> bool:
    if value not in ("true", "false"):
        raise InvalidParameter(f"Invalid boolean: {value}", param=name)
    return value == "true"


def currency(value, name) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{3}", value):
        raise InvalidParameter(f"Invalid currency: {value}", param=name)
    return value.lower()


def url(value, name) -> str:
    if not isinstance(value, str) or not re.match(r"https?://[^/\s]+", value):
        raise InvalidParameter("Not a valid URL", code="url_invalid", param=name)
    return value


def email(value, name) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise InvalidParameter(f"Invalid email address: {value}", code="email_invalid", param=name)
    return value


def metadata(value, name) -> dict[str, str]:
    """At most 50 keys of 40 characters with values of 500, as everywhere at Stripe."""
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise InvalidParameter("Invalid metadata: must be a map of strings", param=name)
    if len(value) > 50:
        raise InvalidParameter("You can only specify up to 50 metadata keys.", param=name)
    for key, item in value.items():
        if len(key) > 40 or len(item) > 500:
            raise InvalidParameter(
                "Metadata keys can have up to 40 characters and their values up to 500.", param=f"{name}[{key}]"
            )
    return value


def moments(value, name) -> dict[str, int]:
    """A time or a window of times, as a dict of `gt`, `gte`, `lt`, `lte`."""
    if isinstance(value, str):
        at = whole()(value, name)
        return {"gte": at, "lte": at}
    return shape(gt=whole(), gte=whole(), lt=whole(), lte=whole())(value, name)


PAGE = {
    "created": moments,
    "limit": whole(1, 100),
    "starting_after": text(),
    "ending_before": text(),
    "expand": list_of(text(), most=20),
}
EXPAND = {"expand": list_of(text(), most=20)}
