"""`databricks:index/groupMember:GroupMember`."""

from typing import TYPE_CHECKING

from sandbox.plugin.properties import Failure, Field, Properties
from sandbox.plugin.refusals import Gone, InvalidInputError
from sandbox.plugin.resource import Resource, unknown_level

if TYPE_CHECKING:
    from sandbox.plugin.group_members import GroupMembers
    from sandbox.plugin.workspace import Workspace


class GroupMember(Resource):
    """One principal in one group, of the workspace or, with `api: account`, of the account."""

    noun = "group member"
    fields = (
        Field("groupId", required=True, replaces=True),
        Field("memberId", required=True, replaces=True),
        Field("api", replaces=True),
        Field("providerConfig", dict, computed=True),
    )
    computed = ("providerConfig",)

    def faults(self, given: Properties) -> list[Failure]:
        return unknown_level(given)

    def create(self, workspace: "Workspace", inputs: Properties) -> str:
        resource_id = f"{inputs['groupId']}|{inputs['memberId']}"
        self._group(workspace, resource_id, inputs).add(str(inputs["memberId"]))
        return resource_id

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        group_id, member_id = _parts(resource_id)
        if not self._group(workspace, resource_id, state).has(member_id):
            raise Gone(f"{member_id} is not a member of {group_id}")
        return {**state, "groupId": group_id, "memberId": member_id}

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:
        self._group(workspace, resource_id, state).remove(_parts(resource_id)[1])

    def _group(self, workspace: "Workspace", resource_id: str, properties: Properties) -> "GroupMembers":
        return workspace.members_of(_parts(resource_id)[0], account=self.of_an_account(properties))


def _parts(resource_id: str) -> tuple[str, str]:
    group_id, _, member_id = resource_id.partition("|")
    if not member_id:
        raise InvalidInputError(f"the id must be GROUP|MEMBER, not {resource_id!r}")
    return group_id, member_id
