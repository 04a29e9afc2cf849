"""The workspace on the wire: databricks-sdk's client, asked exactly as the official plugin asks. (api-facts: 11)"""

import socket
from collections.abc import Mapping
from threading import Lock
from urllib.parse import urlsplit

from databricks.sdk.core import Config
from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError

from sandbox.plugin import PACKAGE, VERSION
from sandbox.plugin.group_members import GroupMembers
from sandbox.plugin.refusals import Gone, InvalidInputError, Refused
from sandbox.plugin.repeats import client
from sandbox.plugin.settings import Settings

_PROBE_TIMEOUT_S = 5
Body = dict[str, object]


class Workspace:
    """One login for the life of the plugin."""

    def __init__(self, settings: Settings) -> None:
        # The SDK would try a closed port for minutes, and the commonest fault here is a sandbox that is not running.
        _require_listener(settings.host)
        try:
            self._config = Config(
                host=settings.host, product=f"pulumi-resource-{PACKAGE}-stand-in", product_version=VERSION, **settings.options
            )
        except ValueError as error:
            raise Refused(str(error)) from None
        self._client = client(self._config)
        self._workspace_id = str(self._config.workspace_id or "")
        self._me = ""
        self._lock = Lock()
        self._members: dict[tuple[str, bool], GroupMembers] = {}

    def scim(
        self, method: str, path: str, body: Body | None = None, *, account: bool = False, query: Mapping[str, str] | None = None
    ) -> Body:
        """A SCIM call, `path` beginning after the level's base."""
        base = f"/api/2.0/accounts/{self._account_id()}/scim/v2" if account else "/api/2.0/preview/scim/v2"
        return self._do(method, base + path, body, query=query, content_type="application/scim+json; charset=utf-8", account=account)

    def api(self, method: str, path: str, body: Body | None = None, *, query: Mapping[str, str] | None = None) -> Body:
        """Any other call of the workspace."""
        return self._do(method, path, body, query=query)

    def account_api(self, method: str, path: str, body: Body | None = None, *, query: Mapping[str, str] | None = None) -> Body:
        """Any other call of the account, `path` beginning after its id."""
        return self._do(method, f"/api/2.0/accounts/{self._account_id()}{path}", body, query=query, account=True)

    def me(self) -> str:
        """The caller, as access lists name it; asked once in the life of the plugin. (api-facts: 3.2)"""
        if not self._me:
            answer = self._do("GET", "/api/2.0/preview/scim/v2/Me", None, query={"excludedAttributes": "entitlements"})
            self._me = str(answer.get("userName") or "")
        return self._me

    def members_of(self, group_id: str, *, account: bool) -> GroupMembers:
        """The group's members, as far as this process knows them."""
        with self._lock:
            return self._members.setdefault((group_id, account), GroupMembers(self, group_id, account=account))

    def delete_folder(self, path: str) -> None:
        """Removes a folder of the workspace with all that is in it."""
        self._do("POST", "/api/2.0/workspace/delete", {"path": path, "recursive": True})

    def workspace_id(self) -> str:
        """The id by the metadata, else by the header that comes with `Me`. (api-facts: 1.1)"""
        if not self._workspace_id:
            header = "X-Databricks-Org-Id"
            me = self._do(
                "GET", "/api/2.0/preview/scim/v2/Me", None, query={"excludedAttributes": "entitlements"}, response_headers=[header]
            )
            self._workspace_id = str(me.get(header) or "")
        return self._workspace_id

    def _account_id(self) -> str:
        if not self._config.account_id:
            raise InvalidInputError("what belongs to an account needs the provider's `accountId`.")
        return str(self._config.account_id)

    def _do(
        self,
        method: str,
        path: str,
        body: Body | None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        account: bool = False,
        response_headers: list[str] | None = None,
    ) -> Body:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if self._config.workspace_id and not account:
            headers["X-Databricks-Workspace-Id"] = str(self._config.workspace_id)
        try:
            answer = self._client.do(method, path, query=dict(query or {}), headers=headers, body=body, response_headers=response_headers)
        except NotFound as error:
            raise Gone(_own_words(error)) from None
        except ValueError as error:
            # The SDK raises its refused logins so. (api-facts: 1.2)
            raise Refused(f"cannot log in at {self._config.host}: {error}") from None
        except (DatabricksError, TimeoutError, OSError) as error:
            raise Refused(_own_words(error)) from None
        return answer if isinstance(answer, dict) else {}


def _own_words(error: Exception) -> str:
    # databricks-sdk adds its configuration to each 401 and 403, in place of the full stop; the official plugin does not. (api-facts: 1.5)
    return str(error).split(". Config: ", 1)[0]


def _require_listener(host: str) -> None:
    url = urlsplit(host)
    try:
        with socket.create_connection((url.hostname, url.port or (443 if url.scheme == "https" else 80)), _PROBE_TIMEOUT_S):
            return
    except OSError:
        raise Refused(f"nothing answers at {host}: start the sandbox with `python -m sandbox start`") from None
