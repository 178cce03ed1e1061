"""Parts of a form with a title of their own."""

from crispy_forms.layout import Fieldset


class Titled(Fieldset):
    """A fieldset whose title is only text. In crispy's own it is a template, and services are named by people."""

    def __init__(self, title: str, *fields, **kwargs):
        super().__init__("{{ title }}", *fields, **kwargs)
        self.title = title

    def render(self, form, context, *args, **kwargs):
        with context.push(title=self.title):
            return super().render(form, context, *args, **kwargs)
