"""Holds what we ask of Stripe, and what the stand-in answers, against the types that ship inside the stripe package.

    assert sdk_errors(params, SessionCreateParams) == []
    assert object_errors(answer, stripe.checkout.Session) == []

No data file and no network: always the version that the shop runs with. Unknown keys, floats, misspelt enums,
`payment_method_types` and an idempotency key among the parameters are all found.
"""

import builtins
import decimal
import functools
import sys
import types
import typing

import stripe
import typing_extensions
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject

NOT_A_PARAMETER = frozenset(RequestOptions.__annotations__)  # idempotency_key and others belong beside the parameters


def sdk_errors(value, expected, path: str = "") -> list[str]:
    """What is wrong with request parameters; `expected` is one of the SDK's `…Params` types. An empty list is good."""
    return _errors(value, expected, path, {})


def object_errors(answer: dict, expected: type[StripeObject]) -> list[str]:
    """What is wrong with an object as Stripe would answer it; `expected` is one of the SDK's classes.

    The SDK marks what may be null or absent alike, so only what is always there is asked for.
    """
    return _errors(answer, expected, expected.__name__, {})


def _errors(value, expected, path, names) -> list[str]:
    expected = _resolve(expected, names)
    origin, inside = typing_extensions.get_origin(expected), typing_extensions.get_args(expected)
    if typing_extensions.is_typeddict(expected):
        return _typed_dict_errors(value, expected, path)
    if origin in (typing_extensions.NotRequired, typing_extensions.Required, typing.Annotated):
        return _errors(value, inside[0], path, names)
    if origin in (typing.Union, types.UnionType):
        return _union_errors(value, inside, path, names)
    if origin is typing.Literal:
        return [] if value in inside else [f"{path}: {value!r} is not one of {', '.join(map(repr, inside))}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: {value!r} is not a list"]
        return [e for i, item in enumerate(value) for e in _errors(item, inside[0], f"{path}[{i}]", names)]
    if origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is not a map"]
        return [e for key, item in value.items() for e in _errors(item, inside[-1], f"{path}.{key}", names)]
    if origin is stripe.ListObject:
        return _list_errors(value, inside[0], path, names)
    return _plain_errors(value, expected, path)


def _resolve(expected, names):
    """The type behind a name: the SDK writes many of them as strings, to be looked up where they are used."""
    if isinstance(expected, typing.ForwardRef):
        expected = expected.__forward_arg__
    if isinstance(expected, str):
        expected = eval(expected, {}, _Names(names))
    return expected


class _Names(dict):
    """The names of a module, and behind them what it imports for type checkers only."""

    def __missing__(self, name):
        # The SDK imports its Card as CardResource beside other cards, and a Dispute of another kind as IssuingDispute.
        name = name.removesuffix("Resource").removeprefix("Issuing")
        for module in (builtins, typing_extensions, stripe, stripe.issuing):
            if hasattr(module, name):
                return getattr(module, name)
        raise NameError(name)


def _typed_dict_errors(value, expected, path):
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not an object"]
    names = vars(sys.modules[expected.__module__])
    fields = _fields(expected)
    wrong = [f"{path}.{key}: unknown parameter" for key in value if key not in fields]
    for key, kind in fields.items():
        is_needed = typing_extensions.get_origin(kind) is not typing_extensions.NotRequired
        if key in value:
            wrong += _errors(value[key], kind, f"{path}.{key}", names)
        elif is_needed:
            wrong.append(f"{path}.{key}: required")
    return wrong


@functools.cache
def _fields(typed_dict) -> dict:
    names = vars(sys.modules[typed_dict.__module__])
    own = typed_dict.__dict__["__annotations__"]
    return {key: _resolve(kind, names) for key, kind in own.items() if key not in NOT_A_PARAMETER}


def _union_errors(value, choices, path, names):
    choices = [_resolve(choice, names) for choice in choices]
    if value is None and type(None) in choices:
        return []
    # "Literal[...] | str" is an enum that Stripe may extend. We keep to the values that are known today.
    if any(typing_extensions.get_origin(choice) is typing.Literal for choice in choices):
        choices = [choice for choice in choices if choice is not str]
    if isinstance(value, dict) and any(
        isinstance(choice, type) and issubclass(choice, StripeObject) for choice in choices
    ):
        choices = [choice for choice in choices if choice is not str]  # an id, expanded: say what is wrong inside
    tries = [_errors(value, choice, path, names) for choice in choices if choice is not type(None)]
    return [] if [] in tries else min(tries, key=len)


def _list_errors(value, kind, path, names):
    if not isinstance(value, dict) or value.get("object") != "list":
        return [f"{path}: {value!r} is not a list object"]
    missing = [f"{path}.{key}: missing" for key in ("data", "has_more", "url") if key not in value]
    return missing + [
        e for i, item in enumerate(value.get("data", [])) for e in _errors(item, kind, f"{path}[{i}]", names)
    ]


def _plain_errors(value, expected, path):
    if expected is typing.Any:
        return []
    if isinstance(expected, type) and issubclass(expected, StripeObject):
        return _object_errors(value, expected, path)
    if expected is decimal.Decimal:
        return [] if isinstance(value, str) else [f"{path}: {value!r} is not a decimal written as text"]
    if expected in (int, float):
        is_number = isinstance(value, (int, expected)) and not isinstance(value, bool)
        return [] if is_number else [f"{path}: {value!r} is not of type {expected.__name__}"]
    if isinstance(expected, type):
        return [] if isinstance(value, expected) else [f"{path}: {value!r} is not of type {expected.__name__}"]
    raise TypeError(f"{path}: what is {expected!r}?")


def _object_errors(value, expected, path):
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not an object"]
    if expected is UntypedStripeObject:
        return []
    names = {**vars(sys.modules[expected.__module__]), **vars(expected)}
    fields = {
        key: kind
        for key, kind in expected.__dict__.get("__annotations__", {}).items()
        if typing_extensions.get_origin(kind) is not typing.ClassVar
    }
    wrong = [f"{path}.{key}: unknown field" for key in value if key not in fields]
    for key, kind in fields.items():
        if key in value:
            wrong += _errors(value[key], kind, f"{path}.{key}", names)
        elif type(None) not in typing_extensions.get_args(_resolve(kind, names)):
            wrong.append(f"{path}.{key}: missing")
    return wrong
