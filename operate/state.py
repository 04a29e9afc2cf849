"""What a stack deployed, as the engine's state has it. Secrets stay in memory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from pydantic import SecretStr, TypeAdapter

from model.bundle import AuthenticationBundle, Warehouse, token_endpoint
from model.clock import instant, now, rfc3339
from model.faults import StackUnreadable, WrongUse
from model.federation import FederatedLogin
from model.grants import Grant, ObjectGrant, SecurablePrivileges
from model.hosts import require_trusted
from model.nearest import did_you_mean
from operate.engine import pulumi, said
from operate.secrets import Secrets

Resource: TypeAlias = Mapping[str, Any]

INTEGRATION = "brickpass:index:Integration"
PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"
SECRET = "brickpass:index:RotatingSecret"  # noqa: S105 -- a type of resource
OBJECT_PERMISSION = "brickpass:index:ObjectPermission"
SECURABLE_GRANT = "brickpass:index:SecurableGrant"
VERIFICATION = "brickpass:index:Verification"
DELIVERY = "brickpass:index:Delivery"
POLICY = "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy"
PROVIDER = "pulumi:providers:brickpass"
TAKEN_AWAY: TypeAdapter[tuple[ObjectGrant, ...]] = TypeAdapter(tuple[ObjectGrant, ...])
DECLARED: TypeAdapter[list[Grant]] = TypeAdapter(list[Grant])
# How the engine marks a secret in a state. (pulumi: sdk/go/common/resource/sig)
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Delivery:
    """A place that a deployment is to bring the bundle to, and what is recorded of it."""

    address: str
    at: str | None
    """When it was last brought there; None where it never was."""
    up_to_date: bool
    """Whether that was the secret of now."""
    works_until: str | None
    """For how long an earlier one does; None where it was ended."""


@dataclass(frozen=True)
class Deployed:
    """One integration as it was deployed."""

    name: str
    host: str
    account_host: str | None
    """The account's console, where the stack declares an account."""
    client_id: str | None
    client_secret: SecretStr | None
    """None where it logs in by federation, or the deployment did not come to the secret."""
    federation: tuple[FederatedLogin, ...]
    """How it is declared to log in without a secret; nothing where it has one. What is deployed of it is in the bundle."""
    secrets: Secrets | None
    """When each of them ends, and when the next one is made. None as above."""
    runs_every: timedelta | None
    """How often the stack is deployed, where that is declared."""
    bundle: AuthenticationBundle | None
    """What its consumer is configured with; None where there is no secret, or somebody ended it."""
    consumer: str | None
    """The product that it is, of those in the presets."""
    purpose: str | None
    owner: str | None
    grants: tuple[Grant, ...]
    missing: tuple[Grant, ...]
    """Declared, and not deployed: the deployment failed before them."""
    memberships: tuple[str, ...]
    """The groups that it is declared to be in."""
    entitlements: tuple[str, ...]
    ended_on: str | None
    """Its last day, where that is over and it lost what it had."""
    taken_away: tuple[ObjectGrant, ...]
    """Levels that the last deployment took away."""
    deliveries: tuple[Delivery, ...]
    """One for each address that is declared."""
    active: bool
    """Whether the bundle may be tried, or entries only read back (`verify: false`)."""
    trusted_hosts: tuple[str, ...] = ()
    """Those that get credentials though they are not Databricks' own."""

    def live_bundle(self) -> AuthenticationBundle:
        """The bundle, for whoever hands it on.

        Raises:
            WrongUse: it would be of no use to anybody.
            UntrustedHost: its credentials would go where nobody said that they may.
        """
        require_trusted(self.host, self.trusted_hosts)
        if self.ended_on:
            raise WrongUse(
                f"{self.name} was over on {self.ended_on}, and has no secret any more; give it a later `until`, and run `pulumi up`"
            )
        if not self.bundle and self.federation:
            raise WrongUse(f"{self.name} cannot log in yet: its deployment did not come to its federation; `pulumi up` finishes it")
        if not self.bundle and not self.client_secret:
            raise WrongUse(f"{self.name} has no secret yet: its deployment did not come to it; `pulumi up` finishes it")
        if not self.bundle:
            raise WrongUse(f"somebody ended the secret of {self.name}; `pulumi up` makes a new one")
        if self.bundle.expires_at and self.bundle.expires_at <= now():
            raise WrongUse(f"the secret of {self.name} ended on {rfc3339(self.bundle.expires_at)}; `pulumi up` makes a new one")
        return self.bundle


def deployed(stack: str | None) -> list[Deployed]:
    """All integrations of a stack, which is the selected one where none is named."""
    return integrations_in(export(stack))


def chosen(integrations: Sequence[Deployed], names: Sequence[str]) -> list[Deployed]:
    """Those that are named, or all.

    Raises:
        WrongUse: there is none of such a name.
    """
    known = [each.name for each in integrations]
    for name in names:
        if name not in known:
            raise WrongUse(f'this stack has no integration "{name}"; it has {", ".join(known) or "none"}{did_you_mean(name, known)}')
    return [each for each in integrations if not names or each.name in names]


def integrations_in(state: Mapping[str, Any]) -> list[Deployed]:
    # A stack that was never deployed has null here, and one that was destroyed no resources.
    deployment = state.get("deployment") or {}
    resources = [plain(each) for each in deployment.get("resources") or [] if not each.get("delete")]
    places = {each["urn"]: each["inputs"] for each in resources if each["type"] == PROVIDER}
    return [_integration(each, resources, places) for each in resources if each["type"] == INTEGRATION]


def _integration(component: Resource, resources: Sequence[Resource], places: Mapping[str, Resource]) -> Deployed:
    inputs = component.get("inputs", {})
    declared = DECLARED.validate_python(inputs.get("grants", []))
    children = [each for each in resources if each.get("parent") == component["urn"]]
    secret = _outputs(children, SECRET)
    principal = _outputs(children, PRINCIPAL)
    proof = _outputs(children, VERIFICATION)
    # A resource names its provider by urn and id.
    providers = (str(each.get("provider", "")).rpartition("::")[0] for each in children)
    place = next((places[each] for each in providers if each in places), {})
    grants = tuple(_grants(children))
    there = {_target(grant) for grant in grants}
    federation = tuple(FederatedLogin.model_validate(each) for each in inputs.get("federation") or ())
    # Whom an adopting integration adopted, only what was made for it knows.
    client_id = secret.get("applicationId") or principal.get("applicationId") or _first(children, "principal", "clientId")
    workspace = {"host": place.get("host", ""), "account_id": place.get("accountId")}
    bundle = _federated(federation, children, client_id, grants, **workspace) if federation else _bundle(secret, grants, **workspace)
    return Deployed(
        name=str(component["urn"]).rpartition("::")[2],
        host=place.get("host", ""),
        account_host=place.get("accountHost"),
        client_id=client_id,
        client_secret=SecretStr(secret["clientSecret"]) if secret.get("clientSecret") else None,
        secrets=Secrets.of(secret),
        runs_every=timedelta(seconds=inputs["runsEvery"]) if inputs.get("runsEvery") else None,
        federation=federation,
        bundle=bundle,
        consumer=inputs.get("consumer"),
        purpose=inputs.get("purpose"),
        owner=inputs.get("owner"),
        grants=grants,
        missing=tuple(grant for grant in declared if _target(grant) not in there),
        memberships=tuple(inputs.get("memberships", [])),
        entitlements=tuple(inputs.get("entitlements", [])),
        ended_on=inputs.get("endedOn"),
        taken_away=TAKEN_AWAY.validate_python(proof.get("takenAway") or []),
        deliveries=tuple(_delivery(address, children, secret) for address in inputs.get("deliver") or ()),
        active=proof.get("active", True),
        trusted_hosts=tuple(place.get("trustedHosts", ())),
    )


def _bundle(secret: Mapping[str, Any], grants: Sequence[Grant], *, host: str, account_id: str | None) -> AuthenticationBundle | None:
    if not secret.get("clientSecret") or secret.get("gone"):
        return None
    return AuthenticationBundle(
        client_id=secret["applicationId"],
        client_secret=SecretStr(secret["clientSecret"]),
        workspace_url=host,
        token_endpoint=token_endpoint(host),
        service_principal_id=secret["principalId"],
        account_id=account_id,
        secret_id=secret["secretId"],
        issued_at=instant(secret["issuedAt"]),
        expires_at=instant(secret["expiresAt"]),
        rotates_at=instant(secret["rotatesAt"]),
        warehouses=Warehouse.among(host, grants),
    )


def _federated(
    declared: Sequence[FederatedLogin],
    children: Sequence[Resource],
    client_id: str | None,
    grants: Sequence[Grant],
    *,
    host: str,
    account_id: str | None,
) -> AuthenticationBundle | None:
    policies = [each["outputs"] for each in children if each["type"] == POLICY and each.get("outputs")]
    trusted = {(each["oidcPolicy"]["issuer"], each["oidcPolicy"]["subject"]) for each in policies}
    deployed = tuple(login for login in declared if (login.issuer, login.subject) in trusted)
    if not deployed or not client_id:
        return None
    return AuthenticationBundle(
        client_id=client_id,
        workspace_url=host,
        token_endpoint=token_endpoint(host),
        service_principal_id=f"{policies[0]['servicePrincipalId']:.0f}",
        account_id=account_id,
        federation=deployed,
        warehouses=Warehouse.among(host, grants),
    )


def _first(children: Sequence[Resource], *names: str) -> str | None:
    """What any of the resources has under one of these names."""
    said = (each.get("outputs", {}).get(name) for each in children for name in names)
    return next((value for value in said if value), None)


def _delivery(address: str, children: Sequence[Resource], secret: Mapping[str, Any]) -> Delivery:
    recorded = (each.get("outputs", {}) for each in children if each["type"] == DELIVERY)
    found: Mapping[str, Any] = next((each for each in recorded if each.get("address") == address), {})
    earlier = {each["secretId"]: each["worksUntil"] for each in secret.get("earlier") or ()}
    up_to_date = bool(found) and found.get("secretId") == secret.get("secretId")
    return Delivery(address, found.get("deliveredAt"), up_to_date, earlier.get(found.get("secretId", "")))


def _target(grant: Grant) -> tuple[str, str]:
    return grant.kind, grant.id if isinstance(grant, ObjectGrant) else grant.full_name


def _outputs(children: Sequence[Resource], type_: str) -> Mapping[str, Any]:
    return next((each["outputs"] for each in children if each["type"] == type_), {})


def _grants(children: Sequence[Resource]) -> Iterator[Grant]:
    for child in children:
        said = child.get("outputs", {})
        if child["type"] == OBJECT_PERMISSION:
            yield ObjectGrant(kind=said["kind"], id=said["objectId"], name=said["objectName"], level=said["level"])
        elif child["type"] == SECURABLE_GRANT:
            yield SecurablePrivileges(
                kind=said["kind"],
                full_name=said["fullName"],
                id=said.get("securableId", ""),
                privileges=said["privileges"],
                implied=said.get("implied", ()),
            )


def plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON in, the same out
    """JSON of a state with its secrets taken out of their wrapping."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return json.loads(value["plaintext"])
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def export(stack: str | None) -> Mapping[str, Any]:
    """All that the engine remembers of a stack, with its secrets in clear. It needs no lock."""
    done = pulumi("stack", "export", "--show-secrets", stack=stack)
    if done.returncode:
        raise StackUnreadable(f"pulumi does not show the stack: {said(done)}")
    state: Mapping[str, Any] = json.loads(done.stdout)
    return state
