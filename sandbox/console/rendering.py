"""Makes HTML of what the console found. Names in a workspace are anybody's words: each is escaped, and no script runs but our own."""

from datetime import datetime, timedelta
from importlib import resources
from urllib.parse import unquote_plus, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from sandbox.routing import Answer

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    # The page needs no login (see README.md), so no other site's page may take it in, in whatever way.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

UNITS = (
    ("year", timedelta(days=365), timedelta(days=1000)),
    ("day", timedelta(days=1), timedelta(days=1)),
    ("hour", timedelta(hours=1), timedelta(hours=1)),
    ("minute", timedelta(minutes=1), timedelta(minutes=1)),
    ("second", timedelta(seconds=1), timedelta(0)),
)
"""Each with its size, and from where on it is used."""


def page(template: str, *, status: int = 200, **values: object) -> Answer:
    html = _environment.get_template(f"{template}.html").render(values)
    return Answer(html.encode(), status, HEADERS, "text/html")


def static(name: str, media_type: str) -> Answer:
    return Answer(resources.files("sandbox.console").joinpath("static", name).read_bytes(), 200, HEADERS, media_type)


def link(place: str, **query: str) -> str:
    """The address of a page. What it is about goes into the query, where an id may hold any letters."""
    return f"/console/{place}?{urlencode(query)}" if query else f"/console/{place}"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def distance(at: datetime, now: datetime) -> str:
    """How far away a moment is, in whole units of a size that says enough: the life of a secret in days."""
    away = abs(at - now)
    unit, size = next((unit, size) for unit, size, at_least in UNITS if away >= at_least)
    count = away // size
    length = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {length}" if at >= now else f"{length} ago"


def matches(wanted: str, *texts: str) -> bool:
    """Whether all words that somebody looks for are in what is shown of a thing, in capitals or not."""
    shown = " ".join(texts).lower()
    return all(word in shown for word in wanted.lower().split())


def headline(words: str) -> str:
    """As a title begins. What is in capitals, such as SQL, stays so."""
    return words[:1].upper() + words[1:]


def plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


_environment = Environment(
    loader=PackageLoader("sandbox.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.globals.update(link=link)
_environment.filters.update(moment=moment, distance=distance, headline=headline, plural=plural, decoded=unquote_plus)
