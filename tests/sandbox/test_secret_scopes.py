import base64
from collections.abc import Callable

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service.workspace import AclPermission

from tests.harness import Newcomer, Sandbox

Attempt = Callable[[WorkspaceClient], object]

SCOPE = "cx-vendors"
KEY = "alchemer-api-key"
CALLS: dict[str, tuple[str, Attempt]] = {
    "list": ("READ", lambda client: list(client.secrets.list_secrets(SCOPE))),
    "get": ("READ", lambda client: client.secrets.get_secret(SCOPE, KEY)),
    "put": ("WRITE", lambda client: client.secrets.put_secret(SCOPE, "new", string_value="x")),
    "delete secret": ("WRITE", lambda client: client.secrets.delete_secret(SCOPE, "new")),
    "list acls": ("MANAGE", lambda client: list(client.secrets.list_acls(SCOPE))),
    "put acl": ("MANAGE", lambda client: client.secrets.put_acl(SCOPE, "analytics", AclPermission.READ)),
    "delete acl": ("MANAGE", lambda client: client.secrets.delete_acl(SCOPE, "analytics")),
    "delete scope": ("MANAGE", lambda client: client.secrets.delete_scope(SCOPE)),
}
LEVELS = [None, "READ", "WRITE", "MANAGE"]


def acls(sandbox: Sandbox, scope: str = SCOPE) -> dict[str | None, AclPermission | None]:
    return {one.principal: one.permission for one in sandbox.admin.secrets.list_acls(scope)}


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_admits_what_it_should_and_no_more(sandbox: Sandbox, newcomer: Newcomer, level: str | None) -> None:
    """READ reads and lists, WRITE puts and deletes secrets, MANAGE changes who may; each refusal names what was missing."""
    if level:
        sandbox.admin.secrets.put_acl(SCOPE, newcomer.application_id, AclPermission(level))
    client = sandbox.client_of(newcomer)

    for needed, attempt in CALLS.values():
        if LEVELS.index(level) >= LEVELS.index(needed):
            attempt(client)
        else:
            with pytest.raises(PermissionDenied, match=f"{newcomer.application_id} does not have {needed} permission on scope {SCOPE}"):
                attempt(client)


def test_an_acl_touches_one_principal(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Put, changed and deleted, it leaves all others as they were."""
    before = acls(sandbox)
    assert len(before) >= 3

    for level in AclPermission:
        sandbox.admin.secrets.put_acl(SCOPE, newcomer.application_id, level)
        assert acls(sandbox) == before | {newcomer.application_id: level}
        assert sandbox.admin.secrets.get_acl(SCOPE, newcomer.application_id).permission == level
    sandbox.admin.secrets.delete_acl(SCOPE, newcomer.application_id)
    assert acls(sandbox) == before


def test_what_is_not_there_is_not_found(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A scope, a secret, an entry: each with its own words, and a second delete too."""
    with pytest.raises(NotFound, match="Scope nowhere does not exist"):
        list(sandbox.admin.secrets.list_secrets("nowhere"))
    with pytest.raises(NotFound, match="Secret does not exist with scope: cx-vendors and key: nothing"):
        sandbox.admin.secrets.get_secret(SCOPE, "nothing")
    with pytest.raises(NotFound, match=f"Failed to get secret acl for principal {newcomer.application_id} for scope {SCOPE}"):
        sandbox.admin.secrets.get_acl(SCOPE, newcomer.application_id)
    with pytest.raises(NotFound):
        sandbox.admin.secrets.delete_acl(SCOPE, newcomer.application_id)


@pytest.mark.parametrize("principal", ["nobody@acme.example", "00000000-0000-0000-0000-000000000000", "Analytics"])
def test_an_unknown_principal_is_refused(sandbox: Sandbox, principal: str) -> None:
    """And nothing is written."""
    before = acls(sandbox)
    with pytest.raises(InvalidParameterValue, match=f"{principal} does not exist"):
        sandbox.admin.secrets.put_acl(SCOPE, principal, AclPermission.READ)
    assert acls(sandbox) == before


def test_a_level_that_is_none_is_refused(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The words of the Permissions API are none here."""
    body = {"scope": SCOPE, "principal": newcomer.application_id, "permission": "CAN_READ"}
    answer = sandbox.http.post("/api/2.0/secrets/acls/put", json=body)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_creator_manages_a_scope(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Twice is refused; with `initial_manage_principal` everybody manages it."""
    client = sandbox.client_of(newcomer)
    client.secrets.create_scope("mine")
    assert acls(sandbox, "mine") == {newcomer.application_id: AclPermission.MANAGE}
    with pytest.raises(ResourceAlreadyExists, match="Scope mine already exists"):
        client.secrets.create_scope("mine")

    client.secrets.create_scope("ours", initial_manage_principal="users")
    assert acls(sandbox, "ours") == {"users": AclPermission.MANAGE}
    assert {one.name for one in client.secrets.list_scopes()} == {"mine", "ours"}


def test_a_secret_is_read_as_it_was_written(sandbox: Sandbox) -> None:
    """As text or as bytes; the list has its name and time alone."""
    sandbox.admin.secrets.put_secret(SCOPE, "text", string_value="späße")
    sandbox.admin.secrets.put_secret(SCOPE, "bytes", bytes_value=base64.b64encode(b"\x00\xff").decode())

    assert base64.b64decode(sandbox.admin.secrets.get_secret(SCOPE, "text").value or "").decode() == "späße"
    assert base64.b64decode(sandbox.admin.secrets.get_secret(SCOPE, "bytes").value or "") == b"\x00\xff"
    listed = sandbox.http.get("/api/2.0/secrets/list", params={"scope": SCOPE}).json()["secrets"]
    assert all(set(one) == {"key", "last_updated_timestamp"} for one in listed)


@pytest.mark.parametrize("body", [{"scope": "a b"}, {"scope": ""}, {"scope": "x", "initial_manage_principal": "analytics"}])
def test_a_wrong_scope_is_refused(sandbox: Sandbox, body: dict[str, str]) -> None:
    """A name with a space, none at all, a manager other than `users`."""
    assert sandbox.http.post("/api/2.0/secrets/scopes/create", json=body).status_code == 400


def test_scopes_are_listed_to_those_with_a_level(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Nothing at first, and one after a grant; admins see all, the one for them alone too."""
    client = sandbox.client_of(newcomer)
    assert sandbox.http_as(newcomer).get("/api/2.0/secrets/scopes/list").json() == {}

    sandbox.admin.secrets.put_acl(SCOPE, newcomer.application_id, AclPermission.READ)

    assert [one.name for one in client.secrets.list_scopes()] == [SCOPE]
    assert {"break-glass", SCOPE} < {one.name for one in sandbox.admin.secrets.list_scopes()}


def test_a_deleted_principal_leaves_no_acl(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Deleted in the account, it is gone from the scope too."""
    before = acls(sandbox)
    sandbox.admin.secrets.put_acl(SCOPE, newcomer.application_id, AclPermission.READ)
    sandbox.account.service_principals.delete(newcomer.id)

    assert acls(sandbox) == before
