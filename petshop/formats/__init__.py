"""How days and times read where nobody said how, as in the Django admin: on the shop's own pages `core.templatetags` does."""
