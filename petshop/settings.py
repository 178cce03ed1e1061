"""Every setting comes from the environment (or `.env`); whatever is missing or unsafe stops the start with a sentence.

README.md lists them in a table; `.env.example` is that table as a file.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from petshop.core.money import check_currency, check_tax_rate
from petshop.core.payment_mode import PaymentMode, payment_mode

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / ".data"

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")


def switch(name: str) -> bool:
    """A setting that is on or off; anything else is a typing mistake and stops the start."""
    match env.str(name, default="0").strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "" | "0" | "false" | "no" | "off":
            return False
        case typed:
            raise ImproperlyConfigured(f"{name}={typed!r}: write 1 or 0.")


# How the shop is started

DEBUG = switch("DEBUG")
REHEARSAL = switch("REHEARSAL")  # as in production, but with the local stand-in for Stripe, on this machine only
SITE_URL = env.str("SITE_URL", default="http://localhost:8000" if DEBUG else environ.Env.NOTSET).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else environ.Env.NOTSET)
SECRET_KEY = env.str("SECRET_KEY", default="for-development-only" if DEBUG else environ.Env.NOTSET)
if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY needs at least 50 random characters.")

# The shop

SHOP_NAME = env.str("SHOP_NAME", default="Family Petshop")
SHOP_ADDRESS = env.str("SHOP_ADDRESS", default="12 Orchard Lane, 28004 Madrid")
SHOP_PHONE = env.str("SHOP_PHONE", default="+34 910 000 142")
SHOP_EMAIL = env.str("SHOP_EMAIL", default="hello@familypetshop.example")
SHOP_CHAT = env.str("SHOP_CHAT", default="+34 600 000 142")  # a WhatsApp number; empty for a shop without a chat
SHOP_TAX_ID = env.str("SHOP_TAX_ID", default="ES B00000142" if DEBUG or REHEARSAL else "")  # on every receipt
SHOP_CURRENCY = check_currency(env.str("SHOP_CURRENCY", default="EUR"))
PAY_AT_SHOP_AT_MOST = env.int("PAY_AT_SHOP_AT_MOST", default=200)  # a dearer order is paid when it is placed
SHOP_TAX_RATE = check_tax_rate(env.str("SHOP_TAX_RATE", default="21"))  # percent, included in every price

# Payments: PAYMENTS.md, section 7, "Never in production", is the table behind `payment_mode`

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")  # two, with a comma, while one is being replaced
STRIPE_PAYMENT_METHODS = env.list("STRIPE_PAYMENT_METHODS", default=["card", "link"])
STRIPE_SITE = urlsplit(SITE_URL).hostname  # written on every payment, so that two shops can share one Stripe account
PAYMENT_MODE = payment_mode(
    secret_key=STRIPE_SECRET_KEY,
    webhook_secret=STRIPE_WEBHOOK_SECRET,
    debug=DEBUG,
    rehearsal=REHEARSAL,
    hosts=ALLOWED_HOSTS,
    site_url=SITE_URL,
)
STRIPE_LOCAL_FILE = env.str("STRIPE_LOCAL_FILE", default=str(DATA_DIR / "stripe.sqlite3"))

# Django

INSTALLED_APPS = [
    "petshop.core.admin_site.ShopAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "crispy_forms",
    "import_export",
    "procrastinate.contrib.django",
    "petshop.core",
    "catalog",
    "bookings",
    "checkout",
    "backoffice",
]

MIDDLEWARE = [
    "django.middleware.csp.ContentSecurityPolicyMiddleware",  # before anything that may refuse a request
    "django.middleware.security.SecurityMiddleware",
    "petshop.core.refusals.SizeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "checkout.cart.CartCookieMiddleware",
    "petshop.core.busy.BusyMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "petshop.urls"
WSGI_APPLICATION = "petshop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "petshop.core.context.shop",
                "checkout.cart.basket",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL")}  # `make run` and `make test` set it to the embedded server
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=0 if DEBUG else 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A rush for one slot is a queue at one lock: with 200 in it the last waits for seconds, and must not be turned away.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=20s -c statement_timeout=25s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

AUTH_USER_MODEL = "core.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
PASSWORD_RESET_TIMEOUT = 60 * 60

# Signing in is slowed down for whoever guesses: petshop/core/sign_in.py

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "petshop.core.sign_in.SlowDown"
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]  # each for itself
AXES_FAILURE_LIMIT = 10  # of one account; a source has its own
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or a guesser could keep the owner out for ever
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "petshop.core.sign_in.client_address"
AXES_LOCKOUT_CALLABLE = "petshop.core.sign_in.slowed_down"
AXES_DISABLE_ACCESS_LOG = True  # who signed in from where is nobody's to know
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Madrid")
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "petshop.formats"

# Jobs are rows of a queue in the same database: what an operation defers is committed or rolled back with it

PROCRASTINATE_IMPORT_PATHS = ["petshop.core.tasks", "bookings.tasks", "checkout.tasks", "checkout.jobs"]

# Mail: in development it is written to files that the shop shows at /dev/mail/

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SHOP_NAME} <{SHOP_EMAIL}>")
SERVER_EMAIL = SHOP_EMAIL
MAIL_DIR = Path(env.str("MAIL_DIR", default=str(DATA_DIR / "mail")))
if "EMAIL_HOST" in os.environ:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": env.str("EMAIL_HOST"),
                "port": env.int("EMAIL_PORT", default=587),
                "username": env.str("EMAIL_USER", default=""),
                "password": env.str("EMAIL_PASSWORD", default=""),
                "use_tls": not switch("EMAIL_WITHOUT_TLS"),
                "timeout": 10,
            },
        }
    }
elif DEBUG or REHEARSAL:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(MAIL_DIR)},
        }
    }
else:
    raise ImproperlyConfigured("EMAIL_HOST is not set: without it no customer would get a confirmation.")

# Files

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static-collected"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "media")))
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", default=str(DATA_DIR / "private")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What customers send us: no address leads there, and nobody else on this machine can read it.
    "private": {
        "BACKEND": "petshop.core.private_files.PrivateFiles",
        "OPTIONS": {
            "location": str(PRIVATE_ROOT),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "petshop.core.static_files.HashedStaticFiles"
    },
}
CRISPY_TEMPLATE_PACK = "petshop"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["petshop"]
CRISPY_FAIL_SILENTLY = not DEBUG

# What browsers are told

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    # Chromium applies form-action to where a form's answer redirects, so the way to Stripe must be named.
    "form-action": [CSP.SELF, "https://checkout.stripe.com"],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
# Only a shop whose address is https is one; a rehearsal on this machine is not.
IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
BEHIND_PROXY = switch("BEHIND_PROXY")  # whose last word in X-Forwarded-For is the client's address
if IS_HTTPS and BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "petshop.core.refusals.foreign_form"
if not (DEBUG or REHEARSAL) and not IS_HTTPS:
    raise ImproperlyConfigured(f"SITE_URL={SITE_URL!r}: in production it must begin with https://")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO" if not DEBUG else "WARNING")},
}

IS_LOCAL_STRIPE = PAYMENT_MODE == PaymentMode.LOCAL
