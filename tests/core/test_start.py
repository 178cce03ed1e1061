"""What starts, and what refuses to: whole processes, each with an environment of its own."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from petshop.core.payment_mode import PaymentMode, payment_mode

TREE = Path(__file__).resolve().parent.parent.parent
KEY, WEBHOOK = "sk_live_nothing_real", "whsec_nothing_real"
PRODUCTION = {
    "DEBUG": "0",
    "REHEARSAL": "0",
    "SECRET_KEY": "a-secret-key-for-this-test-only-5bXk1rQz8vYw3nLp0sTg7uHd2cJf",
    "SITE_URL": "https://shop.example",
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": os.environ["DATABASE_URL"],
    "EMAIL_HOST": "smtp.shop.example",
    "STRIPE_SECRET_KEY": KEY,
    "STRIPE_WEBHOOK_SECRET": WEBHOOK,
}
REHEARSAL = PRODUCTION | {
    "REHEARSAL": "1",
    "SITE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "STRIPE_SECRET_KEY": "",
    "STRIPE_WEBHOOK_SECRET": "",
}
WITHOUT_KEYS = {"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRET": ""}

STARTS = {
    "production": PRODUCTION,
    "a rehearsal": REHEARSAL,
    "development without keys": REHEARSAL | {"DEBUG": "yes", "REHEARSAL": "", "SECRET_KEY": "short"},
}
REFUSES = {
    "production without keys": (PRODUCTION | WITHOUT_KEYS, "STRIPE_SECRET_KEY is not set"),
    "production without a webhook secret": (PRODUCTION | {"STRIPE_WEBHOOK_SECRET": ""}, "needs STRIPE_WEBHOOK_SECRET"),
    "production without https": (PRODUCTION | {"SITE_URL": "http://shop.example"}, "https"),
    "production with a short secret key": (PRODUCTION | {"SECRET_KEY": "short"}, "SECRET_KEY needs at least 50"),
    "production without mail": (PRODUCTION | {"EMAIL_HOST": None}, "EMAIL_HOST is not set"),
    "production without its address": (PRODUCTION | {"SITE_URL": None}, "SITE_URL"),
    "no database": (PRODUCTION | {"DATABASE_URL": None}, "DATABASE_URL"),
    "live keys under DEBUG": (PRODUCTION | {"DEBUG": "1"}, "must never be used with DEBUG"),
    "live keys in a rehearsal": (REHEARSAL | {"STRIPE_SECRET_KEY": KEY}, "must never be used with DEBUG or REHEARSAL"),
    "the stand-in outside of a rehearsal": (REHEARSAL | {"REHEARSAL": "0"}, "STRIPE_SECRET_KEY is not set"),
    "a rehearsal that others can reach": (REHEARSAL | {"ALLOWED_HOSTS": "*"}, "loopback"),
    "a rehearsal under a public address": (REHEARSAL | {"SITE_URL": "https://shop.example"}, "loopback"),
    "a misspelt switch": (PRODUCTION | {"DEBUG": "flase"}, "DEBUG='flase': write 1 or 0."),
    "another misspelt switch": (REHEARSAL | {"REHEARSAL": "ture"}, "REHEARSAL='ture': write 1 or 0."),
    "something that is no key": (
        PRODUCTION | {"STRIPE_SECRET_KEY": "pk_live_nothing_real"},
        "not begin like a Stripe key",
    ),
    "a currency with three decimals": (PRODUCTION | {"SHOP_CURRENCY": "KWD"}, "SHOP_CURRENCY"),
    "a tax rate that is none": (PRODUCTION | {"SHOP_TAX_RATE": "21%"}, "SHOP_TAX_RATE='21%'"),
}


@pytest.fixture(scope="module")
def start():
    """Start Django with these settings and nothing else; the process that has ended."""
    with ThreadPoolExecutor(2) as pool:
        environments = [*STARTS.values(), *(environment for environment, _ in REFUSES.values())]
        started = dict(zip(map(str, environments), pool.map(check, environments), strict=True))
    return lambda environment: started[str(environment)]


def check(environment):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    settings = {name: value for name, value in environment.items() if value is not None}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=TREE, env=inherited | settings, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("environment", STARTS.values(), ids=STARTS)
def test_the_shop_starts(start, environment):
    started = start(environment)

    assert started.returncode == 0, started.stderr


@pytest.mark.parametrize(("environment", "why"), REFUSES.values(), ids=REFUSES)
def test_the_shop_refuses_to_start_and_says_why(start, environment, why):
    refused = start(environment)

    assert refused.returncode != 0
    assert why in refused.stderr.splitlines()[-1]
    assert "ImproperlyConfigured" in refused.stderr.splitlines()[-1]


LOOPBACK = {"hosts": ["localhost", "127.0.0.1", "[::1]"], "site_url": "http://localhost:8000"}
PUBLIC = {"hosts": ["shop.example"], "site_url": "https://shop.example"}
MODES = [
    # key, webhook secret, DEBUG, rehearsal, where -> mode, or None where it refuses
    ("", "", True, False, LOOPBACK, PaymentMode.LOCAL),
    ("", "", True, False, PUBLIC, PaymentMode.LOCAL),
    ("", "", False, True, LOOPBACK, PaymentMode.LOCAL),
    ("", "", False, True, PUBLIC, None),
    ("", "", False, True, LOOPBACK | {"hosts": []}, None),
    ("", "", False, True, LOOPBACK | {"hosts": ["localhost", "shop.example"]}, None),
    ("", "", False, True, LOOPBACK | {"site_url": "https://shop.example"}, None),
    ("", "", False, False, LOOPBACK, None),
    ("", "whsec_x", True, False, LOOPBACK, None),
    ("sk_test_x", "whsec_x", True, False, LOOPBACK, PaymentMode.TEST),
    ("rk_test_x", "whsec_x", False, False, PUBLIC, PaymentMode.TEST),
    ("sk_test_x", "", True, False, LOOPBACK, PaymentMode.TEST),
    ("sk_test_x", "", False, False, PUBLIC, None),
    ("sk_live_x", "whsec_x", False, False, PUBLIC, PaymentMode.LIVE),
    ("rk_live_x", "whsec_x", False, False, PUBLIC, PaymentMode.LIVE),
    ("sk_live_x", "", False, False, PUBLIC, None),
    ("sk_live_x", "whsec_x", False, False, PUBLIC | {"site_url": "http://shop.example"}, None),
    ("sk_live_x", "whsec_x", True, False, PUBLIC, None),
    ("sk_live_x", "whsec_x", False, True, LOOPBACK, None),
    ("pk_live_x", "whsec_x", False, False, PUBLIC, None),
]


@pytest.mark.parametrize(("key", "webhook", "debug", "rehearsal", "where", "mode"), MODES)
def test_the_mode_follows_from_the_keys_and_is_never_chosen(key, webhook, debug, rehearsal, where, mode):
    asked = {"secret_key": key, "webhook_secret": webhook, "debug": debug, "rehearsal": rehearsal, **where}

    if mode:
        assert payment_mode(**asked) == mode
    else:
        with pytest.raises(ImproperlyConfigured):
            payment_mode(**asked)


def test_the_example_names_every_setting():
    asked = set(re.findall(r'(?:env\.\w+|switch)\(\s*"([A-Z_]+)"', (TREE / "petshop" / "settings.py").read_text()))
    named = set(re.findall(r"^#([A-Z_]+)=", (TREE / ".env.example").read_text(), re.MULTILINE))

    assert asked <= named
    assert named - asked == {"PORT", "CHROMIUM"}
