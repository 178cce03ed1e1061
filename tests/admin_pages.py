"""The Django admin as a browser uses it: open a page, change what it shows, send all of it back."""

from html.parser import HTMLParser

from petshop.core.models import User
from petshop.core.roles import ensure_roles
from tests.factories import UserFactory


def sign_in(client, *roles: str, **user) -> User:
    """Sign in as somebody of these groups."""
    person = UserFactory(staff=True, **user)
    person.groups.set(group for group in ensure_roles() if group.name in roles)
    client.force_login(person)
    return person


def form_on(page) -> dict[str, list[str]]:
    """What a browser would send if nobody touched the form on this page, hidden copies included."""
    reader = FormReader()
    reader.feed(page.content.decode())
    return reader.data


class FormReader(HTMLParser):
    """Reads the page's last form; the first one signs out."""

    def __init__(self):
        super().__init__()
        self.data = {}
        self.select = self.first_option = self.textarea = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        name = attributes.get("name")
        match tag:
            case "form":
                self.data = {}
            case "input" if name and attributes.get("type") not in ("submit", "file", "button"):
                if attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes:
                    self.add(name, attributes.get("value", "on" if attributes.get("type") == "checkbox" else ""))
            case "select":
                self.select, self.first_option = name, None
            case "option" if self.select:
                if self.first_option is None:
                    self.first_option = attributes.get("value", "")
                if "selected" in attributes:
                    self.add(self.select, attributes.get("value", ""))
            case "textarea":
                self.textarea = name
                self.add(name, "")

    def handle_data(self, text):
        if self.textarea:
            self.data[self.textarea][-1] += text

    def handle_endtag(self, tag):
        if tag == "textarea":
            # HTML drops the newline that Django's widget writes after the tag.
            self.data[self.textarea][-1] = self.data[self.textarea][-1].removeprefix("\n")
            self.textarea = None
        elif tag == "select":
            # A browser sends the first option if none is chosen.
            if self.select and self.select not in self.data and self.first_option is not None:
                self.add(self.select, self.first_option)
            self.select = None

    def add(self, name, value):
        self.data.setdefault(name, []).append(value or "")
