"""The words of identity providers below `federation:`: what each may be, and what is wrong with one that may not."""

import json
import re
from urllib.parse import urlsplit

from model import vocabulary
from model.hosts import is_loopback

# The patterns are for editors, too, and so in words that Python and JavaScript share.
_OWNER, _REPO, _ITS_ID = "[A-Za-z0-9_-]+", "[A-Za-z0-9._-]+", "@[0-9]+"
REPOSITORY = f"({_OWNER}/{_REPO}|{_OWNER}{_ITS_ID}/{_REPO}{_ITS_ID})"
PROJECT = "[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)+"
# What git allows in a name. (git-check-ref-format)
REF = r"(?!refs/)[^\s\x00-\x1f\x7f~^:?*\[\\]+"
NAME = r"[^*\s\x00-\x1f\x7f]([^*\x00-\x1f\x7f]*[^*\s\x00-\x1f\x7f])?"
WORD = r"[^*\s\x00-\x1f\x7f]+"
KUBERNETES_NAME = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?"
_ENCRYPTED = r"(https://|http://(localhost|127\.|\[))"
URL = rf"^{_ENCRYPTED}[^\s?#]+$"
KEYS_URL = rf"^{_ENCRYPTED}[^\s#]+$"
YES = ("true", "True", "TRUE")

_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")
"""Parts of a JSON Web Key that only its owner may know. (RFC 7518, 6.2.2, 6.3.2, 6.4.1)"""


def repository(value: str) -> str:
    meant = re.sub(r"^(https?://|git@)?github\.com[/:]|\.git$", "", value)
    if not re.fullmatch(REPOSITORY, value):
        near = f'; did you mean "{meant}"?' if re.fullmatch(REPOSITORY, meant) else "; write it as OWNER/REPO or OWNER@ID/REPO@ID"
        raise ValueError(_literal(value) or f'"{value}" is no repository of GitHub{near}')
    return value


def project(value: str) -> str:
    if not re.fullmatch(PROJECT, value):
        raise ValueError(_literal(value) or f'"{value}" is no project of GitLab; write its path with its groups, as in GROUP/PROJECT')
    return value


def ref(value: str) -> str:
    if meant := re.fullmatch("refs/(heads|tags)/(.+)", value):
        raise ValueError(f'"{value}" is more than its name; did you mean "{meant[2]}"?')
    if not re.fullmatch(REF, value):
        raise ValueError(_literal(value) or f'"{value}" is no name that git allows for a branch or a tag')
    return value


def name(value: str) -> str:
    if not re.fullmatch(NAME, value):
        raise ValueError(_literal(value) or f'"{value}" is no name: it is empty, has blanks around it, or what cannot be printed')
    return value


def word(value: str) -> str:
    if not re.fullmatch(WORD, value):
        raise ValueError(_literal(value) or f'"{value}" is not one word')
    return value


def yes(value: object) -> bool:
    if not vocabulary.flag(value):
        raise ValueError("is false; leave the key out")
    return True


def guid(value: str) -> str:
    if not re.fullmatch(vocabulary.UUID, value):
        raise ValueError(f'"{value}" is no id; a pipeline knows it as System.CollectionId, such as 7f1078d6-b20d-4a20-9d88-05a2f0d645a3')
    return value.lower()


def kubernetes_name(value: str) -> str:
    if not re.fullmatch(KUBERNETES_NAME, value):
        raise ValueError(_literal(value) or f'"{value}" is no name that Kubernetes allows: it has a-z, 0-9, hyphens and dots')
    return value


def url(value: str) -> str:
    """An issuer's address, which is compared to the letter: so nothing is added, and nothing taken off."""
    return _safe(value, URL)


def keys_url(value: str) -> str:
    return _safe(value, KEYS_URL)


def _safe(value: str, pattern: str) -> str:
    try:
        parts = urlsplit(value)
        encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    except ValueError:
        raise ValueError(f'"{value}" is no URL; write it as https://idp.acme.example') from None
    if "@" in parts.netloc:
        # What stands before the @ may be a password, and is not repeated.
        raise ValueError("holds a user; leave out what stands before the @")
    if not parts.hostname or not encrypted or not re.fullmatch(pattern, value):
        raise ValueError(f'"{value}" is no address at which Databricks fetches keys; write it as https://idp.acme.example/path')
    return value


def keys(value: object) -> object:
    """A JSON Web Key Set, as JSON or as YAML, in which nothing is secret."""
    if not isinstance(value, str | dict):
        return value
    try:
        said = json.loads(value) if isinstance(value, str) else value
        each_key = [dict(key) for key in said["keys"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ValueError('is no JSON Web Key Set, which is {"keys": [...]}') from None
    if any(part in key for key in each_key for part in _PRIVATE):
        raise ValueError("holds a private key; take it out of the file, let its issuer make another, and write its public part")
    return value if isinstance(value, str) else json.dumps(said, sort_keys=True)


def _literal(value: str) -> str | None:
    """What to say of a wildcard, which other clouds' trust policies have."""
    if "*" in value:
        return f'"{value}" has a *, which Databricks takes as it stands, so that no token fits; write it out, with a policy for each'
    return None
