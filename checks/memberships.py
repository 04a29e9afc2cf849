"""The proof of membership in a group."""

from checks.check import Outcome, Verdict
from checks.patience import NotInForce
from checks.witnesses import Witnesses


def prove_membership(group: str, witnesses: Witnesses) -> Outcome:
    """A group counts whether the principal is in it directly or by another group; its name is as it was declared. (api-facts: 5.4)"""
    principal, admin = witnesses.principal, witnesses.admin
    if principal:
        member_of = principal.current_user.me().groups or []
    elif admin:
        found = admin.service_principals.list(filter=f'applicationId eq "{witnesses.client_id}"', attributes="groups")
        member_of = [each for one in found for each in one.groups or []]
    else:
        return witnesses.not_tried()
    names = {each.display for each in member_of if each.display}
    if group not in names:
        raise NotInForce(f"its groups are {', '.join(sorted(names)) or 'none'}")
    if principal:
        return Outcome(Verdict.EXERCISED, "the workspace counts it among them")
    return Outcome(Verdict.CONFIRMED, "an admin read it back")
