"""A credential stays at the host that it is meant for: nobody sends it on from there.

`requests` follows redirects, and takes along to another host all but one header: the body, in which tokens and secrets are, too.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from databricks.sdk import oauth
from databricks.sdk.core import ApiClient
from databricks.sdk.environments import ENVIRONMENTS

from model.faults import BrickpassError
from model.hosts import trust_problem

_AZURES_DIRECTORIES = [str(urlsplit(each.active_directory_endpoint).hostname) for each in ENVIRONMENTS.values()]
_trusted: ContextVar[Collection[str]] = ContextVar("trusted", default=())


class SentElsewhere(BrickpassError):
    """A host wants what was sent to it to go to another one."""

    def __init__(self, to_url: str, *, by: str) -> None:
        super().__init__(
            f"{by} sends what is meant for it on to {_origin(to_url)}, which gets nobody's credentials; "
            "if that is the workspace's own address, make it the stack's host"
        )


class _LoginRequests:
    """`requests`, as the SDK's logins use it: it takes no settings of theirs, so it is put in its place in their module.

    Where to log in, a host says itself. (api-facts: 1.1)
    """

    def __getattr__(self, name: str) -> object:
        return getattr(requests, name)

    def post(self, url: str, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - those of `requests`
        where = _as_sent(url)
        if trust_problem(_origin(where), [*_AZURES_DIRECTORIES, *_trusted.get()]):
            raise SentElsewhere(where, by="the workspace")
        # `checks.login` ends the wait.
        answer = requests.post(url, *args, **options, allow_redirects=False)  # noqa: S113
        if answer.is_redirect:
            raise SentElsewhere(_redirected(answer), by=_origin(where))
        return answer


@contextmanager
def logging_in(trusted_hosts: Collection[str]) -> Iterator[None]:
    """Within this, a login goes to Databricks, to Azure's directory or to these, and to nobody else."""
    setattr(oauth, "requests", _LoginRequests())  # noqa: B010 - its type forbids another module
    before = _trusted.set(trusted_hosts)
    try:
        yield
    finally:
        _trusted.reset(before)


def staying(api: ApiClient) -> ApiClient:
    """The same client, which follows nobody to another host."""
    # The SDK has no setting for that.
    api._api_client._session.hooks["response"].append(_stays)  # noqa: SLF001
    return api


def _stays(answer: requests.Response, **_: object) -> None:
    if answer.is_redirect:
        to_url = _redirected(answer)
        if _origin(to_url) != _origin(answer.url):
            raise SentElsewhere(to_url, by=_origin(answer.url))


def _redirected(answer: requests.Response) -> str:
    return _as_sent(urljoin(answer.url, answer.headers["location"]))


def _as_sent(url: str) -> str:
    """The URL as `requests` understands it: others may read another host in the same letters."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, None)
    return prepared.url or ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
