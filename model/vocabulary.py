"""The words of the config language: what each of them may be, and what is wrong with one that may not."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from model.delivery import Address
from model.hosts import host_problem, is_trusted_anyway
from model.kinds import ENTITLEMENTS, KINDS
from model.kinds.words import kinds_meant
from model.nearest import did_you_mean, one_of

T = TypeVar("T")

ID = "id:"
"""What begins a reference to an object by its id, rather than by its name."""

PLAIN, MAPPING = "#plain", "#mapping"
"""The two shapes that a value may have, as pydantic's places name them."""

# The patterns are for editors, too, and so in words that Python and JavaScript share.
NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
# The engine writes a date that stands unquoted in a stack file back as `2027-03-31 00:00:00 +0000 UTC`.
DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})( 00:00:00 \+0000 UTC)?"
# Only the outline of an address; `model.hosts` knows more.
_ADDRESS = r"\[[0-9A-Fa-f:.]+\]"
HOST = (
    rf"^([Hh][Tt][Tt][Pp][Ss]://([A-Za-z0-9._-]+|{_ADDRESS})"
    rf"|[Hh][Tt][Tt][Pp]://([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\.[0-9.]+|{_ADDRESS}))(:[0-9]+)?/*$"
)
HOST_NAME = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
_ADDRESS_OF_A_PERSON = r"[^@\s]+@[^@\s]+\.[^@\s]+"
UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
NEXT_OWNER = rf"^({_ADDRESS_OF_A_PERSON}|id:\s*{UUID}\s*)$"
# Entitlements of which only one side can be held. (api-facts: 11)
SIDES = (("workspace-consume",), ("databricks-sql-access", "workspace-access"))
FLAG = "true|True|TRUE|false|False|FALSE"


def said(value: object) -> object:
    """Refuses a key with nothing behind it, which is no way to leave it out: `until:` would be access without end."""
    if value is None:
        raise ValueError("is empty")
    return value


def integration_name(value: str) -> str:
    if value == "secure":
        raise ValueError('"secure" is a word of Pulumi\'s own in a stack file; give the integration another name')
    return name_of("an integration")(value)


def name_of(what: str) -> Callable[[str], str]:
    def name(value: str) -> str:
        if not re.fullmatch(NAME, value):
            raise ValueError(
                f'"{value}" cannot be the name of {what}; '
                "it begins with a letter or digit and goes on with those, - and _, 63 at most in all"
            )
        return value

    return name


def one_word(value: object) -> str:
    """What stands there, if it is a word, whatever YAML would take it for."""
    if isinstance(value, (list, dict)):
        raise ValueError(f"{'is a list' if isinstance(value, list) else 'holds keys'}, but should be one word")  # noqa: TRY004 -- pydantic's
    return str(value)


def flag(value: object) -> bool:
    # `pulumi config set` writes a quoted "true".
    word = one_word(value)
    if not re.fullmatch(FLAG, word):
        raise ValueError(f'"{word}" is neither true nor false')
    return word.lower() == "true"


def text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; say it, or leave the key out")
    return value


def entitlement(value: str) -> str:
    if value not in ENTITLEMENTS:
        raise ValueError(f'"{value}" is not an entitlement. There are {listed(ENTITLEMENTS)}{did_you_mean(value, ENTITLEMENTS)}')
    return value


def exclusion(value: tuple[str, ...]) -> str | None:
    """Why entitlements cannot be held together; None where they can."""
    one, other = ([each for each in side if each in value] for side in SIDES)
    if one and other:
        return f"{' and '.join(one)} cannot be held together with {' and '.join(other)}; leave one side out"
    return None


def entitlements(value: tuple[str, ...]) -> tuple[str, ...]:
    if problem := exclusion(value):
        raise ValueError(problem)
    return no_repetition(value)


def day(value: object) -> date:
    if isinstance(value, date):
        return value
    match = re.fullmatch(DAY, one_word(value))
    if not match:
        raise ValueError(f'"{value}" is no day; write it as 2027-03-31')
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        raise ValueError(f'"{match[1]}" is a day that the calendar does not have') from None


def group(value: str) -> str:
    if value == "admins":
        raise ValueError('makes it a workspace admin; write "role: ADMIN" instead')
    if value == "users":
        raise ValueError("holds every principal of the workspace anyway; leave it out")
    return text(value)


def adopted(value: str) -> str:
    if re.fullmatch(UUID, value.strip()):
        raise ValueError(f'"{value}" is an id; did you mean "{ID}{value.strip()}"?')
    if re.fullmatch(_ADDRESS_OF_A_PERSON, value):
        raise ValueError(f'"{value}" is a person; what is adopted is a service principal, by its name or by {ID} and its application id')
    if not value.startswith(ID):
        return text(value)
    application_id = value.removeprefix(ID).strip()
    if not re.fullmatch(UUID, application_id):
        raise ValueError(
            f'"{value}" has no application id behind {ID}; that is the Client ID, such as 5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37'
        )
    return ID + application_id.lower()


def next_owner(value: str) -> str:
    if re.fullmatch(UUID, value.strip()):
        raise ValueError(f'"{value}" is an id; did you mean "{ID}{value.strip()}"?')
    if not re.fullmatch(NEXT_OWNER, value):
        raise ValueError(f"\"{value}\" is neither a user's address nor {ID} and a service principal's Client ID; no group owns anything")
    return ID + value.removeprefix(ID).strip().lower() if value.startswith(ID) else value


def account_id(value: str) -> str:
    if not re.fullmatch(UUID, value):
        raise ValueError(f'"{value}" is no account id; the account console shows it, such as 8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42')
    return value.lower()


def host(value: str) -> str:
    if problem := host_problem(value):
        raise ValueError(problem)
    return value.rstrip("/")


def address(value: str) -> str:
    return str(Address.parse(value))


def addresses(value: tuple[str, ...]) -> tuple[str, ...]:
    no_repetition(tuple(Address.parse(each).place for each in value))
    return value


def trusted_host(value: str) -> str:
    if not re.fullmatch(HOST_NAME, value):
        meant = f'did you mean "{urlsplit(value).hostname}"?' if host_problem(value) is None else "write it as databricks.acme.example"
        raise ValueError(f'"{value}" is no host\'s name; {meant}')
    if is_trusted_anyway(value.lower()):
        raise ValueError(f'"{value}" is trusted anyway, as Databricks\' own and as this machine are; leave it out')
    return value.lower()


def one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def targets(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("names nothing; name at least one, or take the line out")
    return no_repetition(value)


def kinds(value: tuple[str, ...]) -> tuple[str, ...]:
    for kind in value:
        if kind not in KINDS:
            raise ValueError(f'"{kind}" is not a kind of object or securable{one_of(kinds_meant(kind))}')
    return no_repetition(value)


def privileges(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("grants no privilege; name at least one, or take the line out")
    return no_repetition(value)


def no_repetition(value: tuple[str, ...]) -> tuple[str, ...]:
    for item in value:
        if value.count(item) > 1:
            raise ValueError(f"names {item} twice")
    return value


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)
