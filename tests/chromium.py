"""The browser of the browser tests: Debian's Chromium or any other that is installed."""

import os
import shutil

ARGUMENTS = [
    "--no-sandbox",  # root has none, and the pages are our own
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The path of a Chromium: the one that CHROMIUM names, else the first on the PATH."""
    if named := os.environ.get("CHROMIUM"):
        return named
    found = map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])
    return next(filter(None, found), None)
