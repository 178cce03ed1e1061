"""What templates need to speak like the shop: money, times on the shop's own clock, icons and drawings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from secrets import token_urlsafe

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from petshop.core.dates import written_day, written_span, written_time
from petshop.core.money import format_money
from petshop.core.prose import prose
from petshop.core.typed import isolated

register = template.Library()
register.filter(prose)

# The drawings of each folder below static/img/ share one size.
SIZES = {
    "products": (400, 400),
    "services": (800, 600),
    "team": (200, 200),
    "pets": (220, 220),
    "faces": (220, 260),
    "peek": (220, 172),
    "page": (600, 420),
}
FALLBACK = "mark.svg"


register.filter("isolated", isolated)


@register.filter
def money(amount, currency: str | None = None) -> str:
    """As people read it; in the shop's currency, unless it was frozen with another."""
    return "" if amount is None or amount == "" else format_money(amount, currency)


@register.filter
def clock_time(moment) -> str:
    """10:30, on the shop's own clock; a time of day from the opening hours is on it already."""
    return written_time(moment) if moment else ""


@register.filter
def day(moment) -> str:
    """Saturday 14 November."""
    return written_day(moment, "l j F") if moment else ""


@register.filter
def day_short(moment) -> str:
    """Sat 14 Nov."""
    return written_day(moment, "D j M") if moment else ""


@register.filter
def to(starts_at, ends_at) -> str:
    """Saturday 14 November, 10:30 to 11:45."""
    return written_span(starts_at, ends_at) if starts_at and ends_at else ""


@register.filter
def day_as(moment, form: str) -> str:
    """A part of the day, or the day for a machine, in one of Django's forms: “M” for Nov. As `date`, but written once."""
    return written_day(moment, form) if moment else ""


@register.filter
def minutes(duration: timedelta) -> str:
    """90 minutes; from three hours on, whole hours are told as such."""
    if duration is None or duration == "":
        return ""
    count = minute_count(duration)
    if count >= 180 and not count % 60:
        return ngettext("%(count)d hour", "%(count)d hours", count // 60) % {"count": count // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


@register.filter
def lengths(durations: Sequence[timedelta]) -> str:
    """Of one it is what it takes; of two, 90 to 120 minutes or 4 to 9 hours."""
    if len(durations) < 2:
        return minutes(durations[0]) if durations else ""
    first, last = (minute_count(duration) for duration in durations)
    if first >= 180 and not first % 60 and not last % 60:
        return _("%(first)d to %(last)d hours") % {"first": first // 60, "last": last // 60}
    return _("%(first)d to %(last)d minutes") % {"first": first, "last": last}


@register.filter
def minute_count(duration: timedelta) -> int:
    return int(duration.total_seconds() // 60)


@register.filter
def ends_soon(until: datetime, now: datetime) -> bool:
    """Whether two minutes or less are left: the same as in shop.js, for a page without it."""
    return until - now <= timedelta(minutes=2)


@register.filter
def iso(moment) -> str:
    """For `datetime=` and data attributes that a script reads."""
    return moment.isoformat() if moment else ""


@register.simple_tag
@lru_cache
def icon(name: str, css_class: str = "") -> str:
    """A symbol of static/img/icons.svg, as large as the text beside it; the text says what it means."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f"icon {css_class}".strip(),
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def fixed(context, path: str, **said) -> str:
    """Include a part that is the same on every page, such as the footer: it knows the shop's facts and what is `said`
    here, and neither who asks nor for what. So each process renders it once for what it knows, and the frame of a page
    costs a third of what it did.
    """
    template = context.template.engine.get_template(path)
    shop = tuple(context["shop"].items()) if "shop" in context else ()
    known = shop, context.get("payment_mode"), settings.SHOP_CURRENCY
    return rendered(template, get_language(), known, tuple(said.items()))


@lru_cache(maxsize=2048)
def rendered(template, language: str, known: tuple, said: tuple) -> str:
    """Nothing old is ever shown: all that the part can read is in the key, and an edited file is another `template`."""
    shop, payment_mode, _currency = known
    return template.render(Context({"shop": dict(shop), "payment_mode": payment_mode, **dict(said)}))


@register.simple_tag
def press() -> str:
    """A hidden field that names this button of this page: pressed twice, by a double click or after a crash, it acts once."""
    return format_html('<input type="hidden" name="press" value="{}">', token_urlsafe(12))


@register.simple_tag
def art(thing, css_class: str = "", eager: bool = False) -> str:
    """The picture of an offering, a line or a groomer: the uploaded cover, else the drawing. It says nothing by itself."""
    cover = getattr(thing, "cover", None)
    if cover:
        address, size = cover.file.url, (cover.width, cover.height)
    else:
        address, size = drawing(getattr(thing, "art", ""))
    return picture(address, *size, css_class, eager)


@lru_cache(maxsize=4096)
def picture(address: str, width: int, height: int, css_class: str, eager: bool) -> str:
    return format_html(
        '<img src="{}" alt="" width="{}" height="{}" class="{}" {}="{}">',
        address,
        width,
        height,
        css_class,
        *(("fetchpriority", "high") if eager else ("loading", "lazy")),
    )


def drawing(path: str) -> tuple[str, tuple[int, int]]:
    """Address and size of a drawing; the shop's mark where there is none, as a name typed in the admin may be wrong."""
    try:
        return static(f"img/{path or FALLBACK}"), SIZES.get(path.partition("/")[0], (100, 100))
    except ValueError:  # the hashed storage does not know it
        return static(f"img/{FALLBACK}"), (100, 100)
