"""Groups that a bundle's principal should be in."""

from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.iam import Patch, PatchOp, PatchSchema

from checks.check import Check, Verdict
from checks.proof import prove
from tests.checks.granting import bundle_of
from tests.harness import Newcomer, Sandbox

AT_ONCE = timedelta(0)


@pytest.fixture
def member(sandbox: Sandbox, newcomer: Newcomer) -> Newcomer:
    """Directly in `analytics`, and by that in `all-analysts`."""
    (group,) = sandbox.account.groups.list(filter='displayName eq "analytics"')
    assert group.id
    added = Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])
    sandbox.account.groups.patch(group.id, operations=[added], schemas=[PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP])
    return newcomer


def proven(sandbox: Sandbox, who: Newcomer, *groups: str, admin: WorkspaceClient | None = None, active: bool = True) -> dict[str, Check]:
    checks = prove(bundle_of(sandbox, who), [], admin=admin, active=active, memberships=groups, patience=AT_ONCE)
    return {check.target: check for check in checks if check.check == "membership"}


def test_a_membership_is_what_the_workspace_tells_its_member(sandbox: Sandbox, member: Newcomer) -> None:
    """Directly or by another group; no admin is needed."""
    found = proven(sandbox, member, "analytics", "all-analysts")

    assert {target: check.verdict for target, check in found.items()} == {
        "group analytics": Verdict.EXERCISED,
        "group all-analysts": Verdict.EXERCISED,
    }


def test_a_group_that_it_is_not_in_fails(sandbox: Sandbox, member: Newcomer) -> None:
    """The answer names those that it is in, and what to do."""
    check = proven(sandbox, member, "analytics", "auditors")["group auditors"]

    assert check.verdict is Verdict.FAILED
    assert "analytics" in check.detail
    assert check.detail.endswith("`pulumi refresh` and `pulumi up` grant it again")


def test_with_nothing_to_be_tried_an_admin_reads_it_back(sandbox: Sandbox, member: Newcomer) -> None:
    """Without one it is not tried."""
    read = proven(sandbox, member, "analytics", "auditors", admin=sandbox.admin, active=False)
    alone = proven(sandbox, member, "analytics", active=False)

    assert [check.verdict for check in read.values()] == [Verdict.CONFIRMED, Verdict.FAILED]
    assert [check.verdict for check in alone.values()] == [Verdict.NOT_TRIED]
