"""Addresses that were probably mistyped. A guess may be wrong, so it is only ever a proposal."""

from difflib import get_close_matches

# Where most people's mail is, and what really exists although it looks like a slip of one of these.
WELL_KNOWN = [
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.es",
    "hotmail.co.uk",
    "hotmail.fr",
    "hotmail.it",
    "outlook.com",
    "outlook.es",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.es",
    "yahoo.co.uk",
    "yahoo.fr",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "telefonica.net",
    "movistar.es",
    "gmx.com",
    "gmx.net",
    "gmx.de",
    "web.de",
    "mail.com",
    "email.com",
    "ymail.com",
    "rocketmail.com",
    "fastmail.com",
    "example.com",
]
ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "coom": "com",
    "xom": "com",
    "vom": "com",
    "nett": "net",
    "nte": "net",
    "ogr": "org",
}
SLIPS = ["co", "cm", "om"]  # endings of countries that nearly always are a "com"
ALIKE = 0.86  # "gmial.com" is 0.89 like "gmail.com"; "gmx.de" is 0.5 like "web.de"


def meant(email: str) -> str:
    """The address that was probably meant, or "" if this one looks right."""
    name, at, domain = email.rpartition("@")
    domain = domain.lower()
    if not (name and at) or domain in WELL_KNOWN:
        return ""
    host, _, ending = domain.rpartition(".")
    if len(ending) == 2 and ending not in SLIPS and f"{host}.com" in WELL_KNOWN:
        return ""  # the same house in another country, such as yahoo.de
    if close := get_close_matches(domain, WELL_KNOWN, n=1, cutoff=ALIKE):
        return f"{name}@{close[0]}"
    if host and ending in ENDINGS:
        return f"{name}@{host}.{ENDINGS[ending]}"
    return ""
