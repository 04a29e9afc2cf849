"""Who is asked: the principal itself, and an admin where there is one."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.service.sql import ExecuteStatementRequestOnWaitTimeout, StatementState

from checks.check import Outcome, Verdict
from checks.entries import direct_levels, direct_privileges, have_level, have_privilege
from checks.patience import NotInForce, Patience
from model.grants import ObjectGrant, SecurablePrivileges
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS

LONGEST_WAIT = "30s"


@dataclass(frozen=True)
class Witnesses:
    """All that the checks of one bundle have in common."""

    client_id: str
    principal: WorkspaceClient | None
    """None where nothing may be tried, and only the entries are read back."""
    admin: WorkspaceClient | None
    warehouse: Future[str | None]
    """The id of a warehouse that the principal may use and that runs already: starting one would cost."""
    patience: Patience
    without_principal: str
    """Why there is none, where that is so."""

    def read_back_level(self, grant: ObjectGrant) -> Outcome:
        """Confirms a level in the object's access list, which only whoever manages the object can read. (api-facts: 5.5)"""
        if self.admin is None:
            return self.not_tried()
        kind = OBJECT_KINDS[grant.kind]
        try:
            access_list = get(self.admin, kind.access_list(grant.id))
        except (PermissionDenied, Unauthenticated):
            return Outcome(Verdict.NOT_TRIED, "whom the environment logs in may not read this access list")
        held = direct_levels(kind, access_list, self.client_id)
        if not have_level(kind, held, grant.level):
            raise NotInForce(f"the access list has {', '.join(held) or 'no entry'} for it")
        return Outcome(Verdict.CONFIRMED, "an admin read it back")

    def read_back_privilege(self, grant: SecurablePrivileges, privilege: str) -> Outcome:
        """Confirms a privilege among those of the principal, which it may see itself. (api-facts: 6.3)"""
        witness = self.principal or self.admin
        if witness is None:
            return self.not_tried()
        path = SECURABLE_KINDS[grant.kind].grants(grant.api_name)
        held = direct_privileges(get(witness, path, principal=self.client_id), self.client_id)
        if not have_privilege(held, privilege):
            raise NotInForce(f"its privileges there are {', '.join(sorted(held)) or 'none'}")
        return Outcome(Verdict.CONFIRMED, "it was read back" if self.principal else "an admin read it back")

    def not_tried(self) -> Outcome:
        why = "a look does not show it" if self.principal else self.without_principal
        return Outcome(Verdict.NOT_TRIED, f"{why}, and only an admin may read it back")


def run(client: WorkspaceClient, warehouse: str, statement: str) -> bool:
    """Whether a statement came to its end. A refused one is an answer of HTTP 200. (api-facts: 8.1)"""
    answer = client.statement_execution.execute_statement(
        statement, warehouse, wait_timeout=LONGEST_WAIT, on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL
    )
    state = answer.status.state if answer.status else None
    if state is StatementState.FAILED:
        error = answer.status.error if answer.status else None
        raise NotInForce(" ".join(str(error.message if error else "the statement failed").split()))
    return state is StatementState.SUCCEEDED


def found(client: WorkspaceClient, path: str) -> dict[str, Any]:
    """A securable, or NotFound where only its name is shown to the principal."""
    answer = get(client, path)
    if answer.get("browse_only"):
        raise NotFound("only its name and owner are shown (BROWSE)")
    return answer


def get(client: WorkspaceClient, path: str, **query: str) -> dict[str, Any]:
    answer = client.api_client.do("GET", path, query=query)
    return answer if isinstance(answer, dict) else {}
