"""Grants as an admin makes them, and the bundle that they are proven with."""

from pydantic import SecretStr

from checks.clients import Credentials
from model.grants import Grant, ObjectGrant
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from tests.harness import Newcomer, Sandbox


def bundle_of(sandbox: Sandbox, newcomer: Newcomer) -> Credentials:
    return Credentials(sandbox.host, newcomer.application_id, SecretStr(newcomer.secret))


def give(sandbox: Sandbox, newcomer: Newcomer, grant: Grant) -> None:
    if not isinstance(grant, ObjectGrant):
        change = {"principal": newcomer.application_id, "add": list(grant.privileges)}
        granted = sandbox.http.patch(SECURABLE_KINDS[grant.kind].grants(grant.api_name), json={"changes": [change]})
    elif OBJECT_KINDS[grant.kind].guarded_by == "secrets":
        body = {"scope": grant.id, "principal": newcomer.application_id, "permission": grant.level}
        granted = sandbox.http.post("/api/2.0/secrets/acls/put", json=body)
    else:
        entry = {"service_principal_name": newcomer.application_id, "permission_level": grant.level}
        granted = sandbox.http.patch(OBJECT_KINDS[grant.kind].access_list(grant.id), json={"access_control_list": [entry]})
    assert granted.status_code == 200, granted.text
