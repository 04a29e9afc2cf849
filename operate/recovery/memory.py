"""What the engine remembers of a stack, and what it is to remember besides."""

import json
import os
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from model.clock import instant, rfc3339
from model.faults import WrongUse
from model.hosts import account_console
from model.identity import external_id_of, external_ids_begin
from model.stackfile import StackFile
from operate.recovery.policies import RESOURCE_ID, StrayPolicy
from operate.recovery.principals import Principal
from operate.stack import name_of
from operate.state import INTEGRATION, POLICY, PRINCIPAL, PROVIDER, SECRET, Resource, plain

STACK = "pulumi:pulumi:Stack"
PROVIDER_OF_PRINCIPALS = "pulumi:providers:databricks"


@dataclass(frozen=True)
class Place:
    """Where a stack's principals are."""

    host: str
    account_id: str | None
    """Where they are made in an account."""
    account_host: str | None
    trusted_hosts: tuple[str, ...] = ()
    """Those that get credentials though they are not Databricks' own."""


@dataclass(frozen=True)
class Declared:
    """What the stack file says of its principals."""

    external_ids: frozenset[str]
    """Of all that it names, or named before."""
    protected: bool
    policies: Mapping[str, Collection[str]]
    """By external id, the federation policies that log an integration in."""


@dataclass(frozen=True)
class TakenIn:
    """A principal that the state is to know from a moment on: secrets made before it are none of what the state's runs made."""

    principal: Principal
    since: datetime


class Memory:
    """An export of a stack's state: all of it, as the engine imports it again."""

    def __init__(self, export: Mapping[str, Any], *, project: str, stack: str) -> None:
        self._export = export
        self._deployment = export.get("deployment") or {}
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self.project, self.stack = project, stack
        self.external_ids_begin = external_ids_begin(project, stack)

    @classmethod
    def of(cls, export: Mapping[str, Any], *, stack: str | None) -> "Memory":
        """Project and stack have their names in each URN; a state that remembers nothing leaves them to files and the engine."""
        resources = (export.get("deployment") or {}).get("resources") or []
        if resources:
            named = resources[0]["urn"].removeprefix("urn:pulumi:").split("::")
            return cls(export, project=named[1], stack=named[0])
        return cls(export, project=project_here(), stack=name_of(stack))

    @cached_property
    def place(self) -> Place:
        """Where the providers of the stack work; of a state that was lost, where its file says."""
        inputs = next((plain(each["inputs"]) for each in self._resources if each["type"] == PROVIDER), None)
        if inputs is not None:
            return Place(inputs["host"], inputs.get("accountId"), inputs.get("accountHost"), tuple(inputs.get("trustedHosts", ())))
        config = self._file.config()
        account, trusted = config.account, config.trusted_hosts
        host = self._file.host or os.environ.get("DATABRICKS_HOST", "").rstrip("/")
        if not host:
            raise WrongUse(f"no workspace is named; write databricks:host: into stacks/Pulumi.{self.stack}.yaml, or set DATABRICKS_HOST")
        if account is None:
            return Place(host, None, None, trusted)
        return Place(host, account.id, account.host or account_console(host), trusted)

    @property
    def secret_ids(self) -> frozenset[str]:
        """All secrets that the state knows."""
        secrets = (each.get("outputs", {}) for each in self._resources if each["type"] == SECRET)
        return frozenset(known for state in secrets for known in _secrets_in(state))

    @property
    def recorded(self) -> dict[str, str]:
        """The external id of each principal of an integration's own, by its id."""
        return {str(each["id"]): external_id_of(each["urn"]) for each in self._resources if each["type"] == PRINCIPAL and each.get("id")}

    @cached_property
    def declared(self) -> Declared:
        """What the file says, which nobody needs to be able to read before there is something to decide."""
        config = self._file.config()
        made = [(name, each.was) for name, each in config.integrations.items() if not each.adopt]
        names = {name for both in made for name in both if name}
        federated = {name: [policy.policy_id for policy in each.federation] for name, each in config.integrations.items()}
        return Declared(
            frozenset(self.external_ids_begin + name for name in names),
            config.protect,
            {self.external_ids_begin + name: policies for name, policies in federated.items()},
        )

    @property
    def policies(self) -> frozenset[tuple[str, str]]:
        """All federation policies that the state knows, by principal and id."""
        known = (each.get("outputs", {}) for each in self._resources if each["type"] == POLICY)
        return frozenset((f"{each['servicePrincipalId']:.0f}", str(each["policyId"])) for each in known if each.get("policyId"))

    @property
    def is_lost(self) -> bool:
        """Whether it knows of nothing that was made."""
        return not any(each.get("custom") and not each["type"].startswith("pulumi:providers:") for each in self._resources)

    @property
    def begun(self) -> frozenset[str]:
        """The external ids of the principals that a killed run had begun to make."""
        creating = (each["resource"] for each in self._pending if each["type"] == "creating")
        return frozenset(external_id_of(each["urn"]) for each in creating if each["type"] == PRINCIPAL)

    @property
    def written_at(self) -> datetime:
        """When the engine last wrote it."""
        return _moment((self._deployment.get("manifest") or {}).get("time"))

    @property
    def made_at(self) -> dict[str, datetime]:
        """When each principal came into the state, by its id."""
        return {str(each["id"]): _moment(each.get("created")) for each in self._resources if each["type"] == PRINCIPAL and each.get("id")}

    @property
    def rotated_at(self) -> dict[str, datetime]:
        """When the secret of each principal was last written, by the principal's id."""
        written = (self._deployment.get("manifest") or {}).get("time")
        return {principal: _moment(each.get("modified") or written) for principal, each in _by_principal(self._resources)}

    @property
    def rotating(self) -> frozenset[str]:
        """The principals whose secret a killed run had begun to make."""
        begun = (plain(each["resource"]) for each in self._pending if each["type"] in ("creating", "updating"))
        return frozenset(principal for principal, _ in _by_principal(begun))

    @property
    def holders(self) -> dict[str, str]:
        """Whose secrets there may be: the external id of an integration, by the id of its principal, an adopted one's too."""
        theirs = {
            str(inputs["principalId"]): external_id_of(each["urn"])
            for each in [*self._resources, *self._begun.values()]
            if each["type"].startswith("brickpass:") and isinstance((inputs := plain(each.get("inputs", {}))).get("principalId"), str)
        }
        trusting = {
            f"{principal:.0f}": external_id_of(each["parent"])
            for each in [*self._resources, *self._begun.values()]
            if each["type"] == POLICY and isinstance(principal := plain(each.get("inputs", {})).get("servicePrincipalId"), int | float)
        }
        return trusting | theirs | self.recorded

    def remembering(
        self, taken_in: Iterable[TakenIn], *, ending: Mapping[str, Collection[str]], policies: Iterable[StrayPolicy] = ()
    ) -> dict[str, Any]:
        """The export with these in it, and without what is pending, as the engine would have written it had it not been killed.

        What is pending says which secrets are to be ended; without it, the secrets say so themselves, until they are gone.
        """
        resources = [_to_end(each, ending) for each in self._deployment.get("resources") or []]
        known = {each["urn"] for each in resources}
        for new in self._all_written(taken_in, policies, resources):
            if new["urn"] not in known:
                known.add(new["urn"])
                resources.append(new)
        deployment = {**self._deployment, "resources": resources}
        deployment.pop("pending_operations", None)
        return {"version": 3, **self._export, "deployment": {"manifest": _NOBODYS, **deployment}}

    def says(self, export: Mapping[str, Any]) -> bool:
        """Whether the state is still the same."""
        return json.dumps(export, sort_keys=True) == json.dumps(self._export, sort_keys=True)

    @cached_property
    def _resources(self) -> list[Resource]:
        return [plain(each) for each in self._deployment.get("resources") or []]

    @property
    def _begun(self) -> dict[str, Resource]:
        """What the engine had begun, by URN."""
        return {each["resource"]["urn"]: each["resource"] for each in self._pending}

    @property
    def _pending(self) -> list[dict[str, Any]]:
        return self._deployment.get("pending_operations") or []

    @cached_property
    def _file(self) -> StackFile:
        return StackFile.read(Path("stacks", f"Pulumi.{self.stack}.yaml"))

    def _all_written(
        self, taken_in: Iterable[TakenIn], policies: Iterable[StrayPolicy], resources: list[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        for taken in taken_in:
            yield from self._written(taken, resources)
        for policy in policies:
            yield from self._written_policy(policy, resources)

    def _written_policy(self, policy: StrayPolicy, resources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Below its integration, which the engine or the principal that was taken in brought into the state."""
        provider = self._provider(f"{self._prefix}{STACK}::{self.project}-{self.stack}", resources)
        yield provider
        yield {
            "urn": f"{self._prefix}{INTEGRATION}${POLICY}::{policy.integration}-{policy.id}",
            "custom": True,
            "id": RESOURCE_ID,
            "type": POLICY,
            "inputs": policy.inputs,
            "outputs": policy.outputs,
            "parent": f"{self._prefix}{INTEGRATION}::{policy.integration}",
            "provider": f"{provider['urn']}::{provider['id']}",
        }

    def _written(self, taken: TakenIn, resources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """What stands for a principal in a state: the stack, the provider, the integration, and itself."""
        principal = taken.principal
        stack = f"{self._prefix}{STACK}::{self.project}-{self.stack}"
        yield {"urn": stack, "custom": False, "type": STACK}
        provider = self._provider(stack, resources)
        yield provider
        integration = f"{self._prefix}{INTEGRATION}::{principal.integration}"
        yield {"urn": integration, "custom": False, "type": INTEGRATION, "parent": stack}
        urn = f"{self._prefix}{INTEGRATION}${PRINCIPAL}::{principal.integration}"
        known = {"displayName": principal.name, "externalId": principal.external_id, "active": True}
        if self.place.account_id:
            known |= {"api": "account", "disableAsUserDeletion": False}
        yield {
            "urn": urn,
            "custom": True,
            "id": principal.id,
            "type": PRINCIPAL,
            # The rest is the workspace's to say, at the refresh.
            "inputs": self._begun.get(urn, {}).get("inputs", known),
            "outputs": {**known, "applicationId": principal.application_id},
            "parent": integration,
            "protect": self.declared.protected,
            "created": rfc3339(taken.since),
            "modified": rfc3339(taken.since),
            "provider": f"{provider['urn']}::{provider['id']}",
        }

    def _provider(self, stack: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
        in_account = self.place.account_id is not None
        urn = f"{self._prefix}{PROVIDER_OF_PRINCIPALS}::{'databricks-account' if in_account else 'databricks'}"
        where = {"host": self.place.account_host, "accountId": self.place.account_id} if in_account else {"host": self.place.host}
        new = {"custom": True, "id": str(uuid.uuid4()), "inputs": where, "outputs": where, "parent": stack}
        return next((each for each in resources if each["urn"] == urn), {"urn": urn, "type": PROVIDER_OF_PRINCIPALS, **new})


# A deployment must name who wrote it; this is what a stack's first one has.
_NOBODYS = {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}


NEVER = datetime.fromtimestamp(0, UTC)


def _moment(said: str | None) -> datetime:
    """The engine counts nanoseconds."""
    return instant(re.sub(r"(\.\d{6})\d+", r"\1", said)) if said and not said.startswith("0001") else NEVER


def _by_principal(resources: Iterable[Resource]) -> Iterator[tuple[str, Resource]]:
    """The rotating secrets among these, and whose they are."""
    for each in resources:
        if each["type"] == SECRET and isinstance(principal := plain(each.get("inputs", {})).get("principalId"), str):
            yield principal, each


def _to_end(resource: dict[str, Any], ending: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """A rotating secret that is to end these besides."""
    ends = [secret_id for principal, _ in _by_principal([resource]) for secret_id in ending.get(principal, ())]
    if not ends:
        return resource
    outputs = resource.get("outputs", {})
    return {**resource, "outputs": {**outputs, "toEnd": [*(outputs.get("toEnd") or ()), *ends]}}


def _secrets_in(state: Mapping[str, Any]) -> set[str]:
    # `previous` is what one of them was called before there could be several.
    earlier = (each.get("secretId") for each in (*(state.get("earlier") or ()), state.get("previous") or {}))
    return {str(known) for known in (state.get("secretId"), *earlier, *(state.get("toEnd") or ())) if known}


def project_here() -> str:
    """The project of this folder."""
    try:
        said = YAML(typ="safe").load(Path("Pulumi.yaml").read_text(encoding="utf-8"))
        return str(said["name"])
    except OSError:
        raise WrongUse("there is no Pulumi.yaml here; go to its folder") from None
    except (YAMLError, KeyError, TypeError):
        raise WrongUse("Pulumi.yaml does not name its project; `pulumi preview` says what is wrong with it") from None
