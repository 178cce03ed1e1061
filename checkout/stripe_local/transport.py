"""The one thing that the SDK is given: everything above it is the code that runs with real keys, too."""

import json
from urllib.parse import urlsplit

import stripe
from requests.structures import CaseInsensitiveDict

from checkout.stripe_local.backend import LocalStripe, NoAnswer


class LocalTransport(stripe.HTTPClient):
    """An HTTP client of the SDK that never opens a socket. Retries, encoding, errors and events stay the SDK's own."""

    name = "local"
    INITIAL_DELAY = 0.05  # before a retry; there is no crowded network to be kind to
    MAX_DELAY = 0.2

    def __init__(self, backend: LocalStripe):
        super().__init__()
        self.backend = backend

    def request(self, method, url, headers, post_data=None):
        address = urlsplit(url)
        try:
            status, answer, extra = self.backend.handle(method, address.path, address.query, post_data or "", headers)
        except NoAnswer as fault:
            raise stripe.APIConnectionError(
                f"Unexpected error communicating with Stripe: {fault}", should_retry=True
            ) from fault
        return json.dumps(answer), status, CaseInsensitiveDict(extra)

    def close(self):
        pass
