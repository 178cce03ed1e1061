"""A headless Chromium that shops, with and without JavaScript."""

import os
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from playwright.sync_api import sync_playwright

from backoffice.audit.queries import violations
from tests.chromium import ARGUMENTS, chromium
from tests.factories import (
    CategoryFactory,
    ProductFactory,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    UserFactory,
    VariantFactory,
)

# Playwright's synchronous interface runs inside an event loop, and Django would refuse to touch the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PASSWORD = "a long enough password"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser():
    program = chromium()
    if program is None:
        pytest.skip("There is no Chromium here.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(live_server, settings):
    """The shop at an address of its own; whatever it did, the audit finds nothing afterwards."""
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    yield live_server
    assert violations(connection) == []


@pytest.fixture
def new_browser(browser, site):
    """Open one more browser, a phone with cookies of its own; it fails the test if a page breaks its own security policy."""
    contexts, complaints = [], []

    def open_browser(*, javascript=True, width=390, zone=None):
        context = browser.new_context(
            base_url=site.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 844},
            timezone_id=zone,
        )
        context.set_default_timeout(10_000)
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        contexts.append(context)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
    refused = [text for text in complaints if "Content Security Policy" in text]
    assert refused == []


@pytest.fixture(params=[True, False], ids=["with-js", "without-js"])
def page(new_browser, request):
    return new_browser(javascript=request.param)


@pytest.fixture
def bath(transactional_db):
    """An hour of Maya's or Tom's, EUR 35.00."""
    care = CategoryFactory(name="Grooming", slug="grooming")
    service = ServiceFactory(
        name="Bath and tidy",
        slug="bath-and-tidy",
        category=care,
        summary="A bath with oat shampoo, and a tidy.",
        art="services/bath-tidy.svg",
    )
    service.rules.what_to_bring = "The vaccination card."
    service.rules.lead_time = timedelta(0)
    service.rules.save()
    ResourceFactory(name="Maya", slug="maya", services=[service], art="team/maya.svg")
    ResourceFactory(name="Tom", slug="tom", services=[service], art="team/tom.svg")
    return ServiceVariantFactory(offering=service)


@pytest.fixture
def shampoo(transactional_db):
    """Ten bottles at EUR 4.50."""
    product = ProductFactory(
        name="Oat shampoo", slug="oat-shampoo", summary="For the bath at home.", art="products/shampoo-oat.svg"
    )
    return VariantFactory(offering=product)


@pytest.fixture
def desk(transactional_db):
    """Somebody at the front desk, who can sign in."""
    user = UserFactory(username="desk", staff=True)
    user.set_password(PASSWORD)
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="checkout"))
    return user
