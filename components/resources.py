"""The resources of the `brickpass` provider, as the program registers them. What they do stands in `provider/`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi

from model.clock import now, rfc3339
from model.grants import ObjectGrant, SecurablePrivileges
from model.schedule import SecretSchedule


@dataclass(frozen=True)
class Account:
    """The account that the workspace belongs to, where its console answers."""

    id: str
    host: str


@dataclass(frozen=True)
class Group:
    """A group of the workspace."""

    name: str
    id: str
    of_account: bool


MaybeText = pulumi.Input[str | None]
"""An output of another resource; nothing, where that one failed."""


def or_nothing(output: pulumi.Output[Any]) -> pulumi.Output[str | None]:
    """The output, or nothing where its resource failed.

    Pulumi's program ends with a traceback, and every other integration half done, where a failed output is used as it is. The
    provider refuses to work with nothing, and says so in one sentence.
    """
    maybe: pulumi.Output[str | None] = output
    return maybe.recover(lambda _: None)


class BrickpassProvider(pulumi.ProviderResource):
    """One for a stack. It is told where to work, and no more: the admin's login comes from the environment, and never into the state."""

    def __init__(
        self,
        name: str,
        *,
        host: str,
        account: Account | None = None,
        trusted_hosts: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        of_account = {"accountId": account.id, "accountHost": account.host} if account else {}
        # Only where there are any: the provider of every other stack stays as it is in its state.
        trusted = {"trustedHosts": list(trusted_hosts)} if trusted_hosts else {}
        super().__init__("brickpass", name, {"host": host, **of_account, **trusted}, opts)


class _Resource(pulumi.CustomResource):
    def _output(self, name: str) -> pulumi.Output[Any]:
        output: pulumi.Output[Any] = pulumi.get(self, name)
        return output

    @property
    def revision(self) -> pulumi.Output[str]:
        """Differs after each write, so that what depends on it runs again."""
        return self._output("revision")


@dataclass(frozen=True)
class Grantee:
    """Whose a grant or a secret is."""

    integration: str
    principal: MaybeText
    """The application id."""
    principal_id: MaybeText
    """The numeric id. (api-facts: 0)"""
    protected: bool
    adopted: bool = False
    """The principal was there before, and may have some access already."""

    @property
    def properties(self) -> dict[str, object]:
        return {"integration": self.integration, "principal": self.principal, "protected": self.protected}


@dataclass(frozen=True)
class Granted:
    """All that an integration is to be able to do, for whoever proves it."""

    grants: Sequence[ObjectGrant | SecurablePrivileges]
    memberships: Sequence[str]
    entitlements: Sequence[str]

    @cached_property
    def properties(self) -> dict[str, object]:
        """What the integration and its verification are both told."""
        return {
            "grants": [grant.model_dump(mode="json") for grant in self.grants],
            "memberships": list(self.memberships),
            "entitlements": list(self.entitlements),
        }


class ObjectPermission(_Resource):
    """One principal's level on one object."""

    def __init__(self, name: str, *, to: Grantee, grant: ObjectGrant, fault: str | None, opts: pulumi.ResourceOptions) -> None:
        properties = {
            **to.properties,
            "kind": grant.kind,
            "objectId": grant.id,
            "objectName": grant.name,
            "level": grant.level,
            "nextOwner": grant.next_owner,
            "adopted": to.adopted,
            "fault": fault,
            "revision": None,
        }
        super().__init__("brickpass:index:ObjectPermission", name, properties, opts)


class SecurableGrant(_Resource):
    """One principal's privileges on one securable."""

    def __init__(self, name: str, *, to: Grantee, grant: SecurablePrivileges, fault: str | None, opts: pulumi.ResourceOptions) -> None:
        properties = {
            **to.properties,
            "kind": grant.kind,
            "fullName": grant.full_name,
            "securableId": grant.id,
            "privileges": list(grant.privileges),
            "implied": list(grant.implied),
            "adopted": to.adopted,
            "fault": fault,
            "revision": None,
        }
        super().__init__("brickpass:index:SecurableGrant", name, properties, opts)


class WorkspaceMembership(_Resource):
    """A principal's role, entitlements and groups in the workspace, beside those that it has."""

    def __init__(
        self,
        name: str,
        *,
        to: Grantee,
        role: str | None,
        entitlements: Sequence[str],
        entitled: bool,
        groups: Sequence[Group],
        fault: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        properties = {
            **to.properties,
            "principalId": to.principal_id,
            "adopted": to.adopted,
            "fault": fault,
            "role": role,
            "entitlements": list(entitlements),
            "entitled": entitled,
            "groups": [{"name": group.name, "id": group.id, "ofAccount": group.of_account} for group in groups],
            **dict.fromkeys(("addedEntitlements", "joined", "raised", "roleBefore", "revision")),
        }
        super().__init__("brickpass:index:WorkspaceMembership", name, properties, opts)


class RotatingSecret(_Resource):
    """An OAuth secret that is replaced before it ends."""

    def __init__(self, name: str, *, to: Grantee, schedule: SecretSchedule, opts: pulumi.ResourceOptions) -> None:
        # By its Client ID, which no renaming changes, each has days of its own: a hundred do not rotate on one.
        own = pulumi.Output.from_input(to.principal).apply(lambda client_id: schedule.of(client_id or ""))
        properties = {
            "integration": to.integration,
            "protected": to.protected,
            "principalId": to.principal_id,
            "applicationId": to.principal,
            "period": own.apply(lambda rotation: rotation.period(now())),
            "rotateEvery": int(schedule.rotate_every.total_seconds()),
            "overlap": int(schedule.overlap.total_seconds()),
            "anchor": own.apply(lambda rotation: rfc3339(rotation.anchor)),
            "generation": schedule.generation,
            **dict.fromkeys(("secretId", "clientSecret", "issuedAt", "expiresAt", "rotatesAt", "earlier", "notRotated", "revision")),
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["clientSecret"])
        super().__init__("brickpass:index:RotatingSecret", name, properties, pulumi.ResourceOptions.merge(opts, secret))

    @property
    def client_secret(self) -> pulumi.Output[str]:
        return self._output("clientSecret")

    @property
    def secret_id(self) -> pulumi.Output[str]:
        return self._output("secretId")

    @property
    def issued_at(self) -> pulumi.Output[str]:
        return self._output("issuedAt")

    @property
    def expires_at(self) -> pulumi.Output[str]:
        return self._output("expiresAt")

    @property
    def not_rotated(self) -> pulumi.Output[str | None]:
        """Why it is still the same, though it was to be replaced."""
        return self._output("notRotated")

    @property
    def rotates_at(self) -> pulumi.Output[str]:
        return self._output("rotatesAt")

    @property
    def earlier(self) -> pulumi.Output[dict[str, str]]:
        """Until when each of the secrets before works, by its id. That is no secret, but their values are, beside which it stands."""
        ends = self._output("earlier").apply(lambda every: {each["secretId"]: each["worksUntil"] for each in every or ()})
        return pulumi.Output.unsecret(ends)


class Verification(_Resource):
    """The proof that a bundle works, made again after each change."""

    def __init__(
        self,
        name: str,
        *,
        client_id: MaybeText,
        client_secret: MaybeText,
        granted: Granted,
        revisions: Sequence[MaybeText],
        not_rotated: MaybeText,
        active: bool,
        adopted: bool,
        opts: pulumi.ResourceOptions,
    ) -> None:
        properties = {
            "integration": name,
            "clientId": client_id,
            "clientSecret": client_secret,
            **granted.properties,
            "revisions": list(revisions),
            "notRotated": not_rotated,
            "active": active,
            "adopted": adopted,
            "checks": None,
            "takenAway": None,
            "verifiedAt": None,
        }
        super().__init__("brickpass:index:Verification", name, properties, opts)

    @property
    def verified_at(self) -> pulumi.Output[str]:
        return self._output("verifiedAt")


class Delivery(_Resource):
    """A bundle at an address where its consumer reads it."""

    def __init__(
        self,
        name: str,
        *,
        integration: str,
        address: str,
        bundle: pulumi.Output[str | None],
        secret: RotatingSecret,
        proof: Verification,
        opts: pulumi.ResourceOptions,
    ) -> None:
        properties = {
            "integration": integration,
            "address": address,
            "secretId": or_nothing(secret.secret_id),
            "expiresAt": or_nothing(secret.expires_at),
            "bundle": bundle,
            "verifiedAt": or_nothing(proof.verified_at),
            "earlier": or_nothing(secret.earlier),
            **dict.fromkeys(("deliveredAt", "where")),
        }
        secretly = pulumi.ResourceOptions(additional_secret_outputs=["bundle"])
        super().__init__("brickpass:index:Delivery", name, properties, pulumi.ResourceOptions.merge(opts, secretly))
