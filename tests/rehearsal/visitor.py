"""Somebody with a browser that has no eyes: it keeps cookies, opens pages, and presses the buttons of their forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests


@dataclass
class Form:
    """A form of a page: where it is sent, what it says if nothing is typed, and the buttons that say something themselves."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def button(self, name: str) -> dict[str, str]:
        """What the first button of this name says."""
        return dict([next(button for button in self.buttons if button[0] == name)])


class Visitor:
    def __init__(self, site: str):
        self.site = site
        self.browser = requests.Session()

    def get(self, path: str, **sent) -> requests.Response:
        return self.send("GET", path, **sent)

    def press(
        self, page: requests.Response, form: Form, typed: dict[str, str] | None = None, **sent
    ) -> requests.Response:
        """Send a form of this page as it is, with what was typed."""
        return self.send("POST", form.action, data=form.fields | (typed or {}), headers={"Referer": page.url}, **sent)

    def send(self, method: str, path: str, **sent) -> requests.Response:
        """Ask for a path of this shop, or an address on it. Raises for an answer that is an error."""
        address = path if path.startswith(self.site) else self.site + path
        response = self.browser.request(method, address, timeout=60, **sent)
        response.raise_for_status()
        return response


def forms(page: requests.Response, action: str) -> list[Form]:
    """The forms of this page whose address begins like this."""
    reader = _FormReader()
    reader.feed(page.text)
    return [form for form in reader.forms.values() if form.action.startswith(action)]


class _FormReader(HTMLParser):
    """Collects the forms of a page, and for each what belongs to it, inside or by its `form` attribute."""

    def __init__(self):
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.inside = self.select = ""

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = said.get("id") or f"form {len(self.forms)}"
            self.form(self.inside).action = said.get("action", "")
        form, name, value = self.form(said.get("form", self.inside)), said.get("name"), said.get("value", "")
        match tag:
            case "input" if name and (said.get("type") not in ("radio", "checkbox") or "checked" in said):
                form.fields[name] = value
            case "select":
                self.select = name
            case "option" if self.select and (self.select not in form.fields or "selected" in said):
                form.fields[self.select] = value
            case "button" if name:
                form.buttons.append((name, value))

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = ""
        elif tag == "select":
            self.select = ""

    def form(self, key: str) -> Form:
        return self.forms.setdefault(key, Form())
