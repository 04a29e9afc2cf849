"""The provider as the engine sees it: one call of a verb, handed to the resource that it is for."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.provider import PropertyDiff, PropertyDiffKind

from checks.sdk import metadata
from model.faults import BrickpassError
from model.hosts import trust_problem
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from provider.access_lists import AccessLists
from provider.bundle_delivery import Delivery
from provider.declared import Declared, Guarded, Thing
from provider.doubles import Doubles
from provider.engine_log import OF_THE_STACK, EngineLog
from provider.errors import sentence
from provider.grant import GrantAtFault
from provider.handler import Handler, UpstreamFailed
from provider.host import changed_account, changed_host, trusted_hosts
from provider.memberships import Memberships
from provider.object_permission import ObjectPermission
from provider.patience import Patience
from provider.preflight import Preflight
from provider.question import Findings, Question
from provider.rotating_secret import RotatingSecret
from provider.secret_maker import SecretMaker
from provider.secrets_api import SecretsApi
from provider.securable_grant import SecurableGrant
from provider.securable_writer import SecurableWriter
from provider.verification import Verification
from provider.wire import UNKNOWN, Plain, Wire, plain_map, properties, property_value, with_unknown
from provider.workspace import Workspace
from provider.workspace_membership import WorkspaceMembership

AnyHandler = Handler[Any, Any]


class NotConfigured(BrickpassError):
    """The engine asked for a resource of a provider whose host is not known."""


class NotImportable(BrickpassError):
    """Somebody asked the engine to take over by its id what only makes sense as declared."""


class Protected(BrickpassError):
    """A grant or a secret would go, though nobody took it out of an integration that is declared."""


class BrickpassProvider(engine.Provider):
    """Serves the resources and the function of package `brickpass`, for one workspace."""

    def __init__(self, log: EngineLog) -> None:
        self._log = log
        self._handlers: dict[str, AnyHandler] = {}
        self._preflight: Preflight | None = None
        self._declared = Declared()
        self._registered: set[str] = set()
        """The resources that the program declared in this run."""

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """A stack stays with its workspace: another host would make the next refresh forget all that the old one holds."""
        old, new = plain_map(request.old_inputs), plain_map(request.new_inputs)
        host = new.get("host")
        if not isinstance(host, str):
            return engine.CheckResponse(inputs=request.new_inputs)
        for name, fault in (
            ("host", changed_host(old.get("host"), host)),
            ("accountId", changed_account(old, new)),
            ("host", trust_problem(host, trusted_hosts(new))),
        ):
            if fault:
                return engine.CheckResponse(failures=[engine.CheckFailure(name, fault)])
        with self._log.telling(request.urn):
            workspace_id = old.get("workspaceId") or (await asyncio.to_thread(metadata, host)).get("workspace_id")
        kept = request.new_inputs | ({"workspaceId": property_value(workspace_id)} if workspace_id else {})
        return engine.CheckResponse(inputs=kept)

    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        values = {name: str(value) for name, value in plain_map(request.args).items() if isinstance(value, str)}
        if host := values.get("host"):
            account_id, account_host = values.get("accountId"), values.get("accountHost")
            trusted = trusted_hosts(plain_map(request.args))
            account = Workspace(account_host, account_id=account_id, trusted_hosts=trusted) if account_id and account_host else None
            self._serve(Workspace(host, workspace_id=values.get("workspaceId"), trusted_hosts=trusted), account)
        return engine.ConfigureResponse(accept_secrets=True, supports_preview=True, accept_resources=False, accept_outputs=False)

    def _serve(self, workspace: Workspace, account: Workspace | None) -> None:
        patience, secrets = Patience(self._log), SecretsApi(workspace)
        objects, securables = AccessLists(workspace, self._declared, self._log), SecurableWriter(workspace, self._declared)
        self._preflight = preflight = Preflight(workspace, account)
        handlers: Iterable[AnyHandler] = (
            ObjectPermission(objects, patience, self._declared),
            SecurableGrant(securables, patience, self._declared),
            RotatingSecret(
                secrets, SecretMaker(secrets, patience, self._log), Doubles(workspace, account, preflight, self._log), self._log
            ),
            WorkspaceMembership(Memberships(workspace, account), patience),
            Verification(workspace, objects, securables, self._log),
            Delivery(workspace, self._log),
        )
        self._handlers = {handler.resource_type: handler for handler in handlers}

    def _handler(self, parents_and_type: str) -> AnyHandler:
        if not self._handlers:
            raise NotConfigured("The brickpass provider does not know its workspace: give it a host.")
        # A URN has the types of a resource's parents before its own.
        return self._handlers[parents_and_type.rsplit("$", 1)[-1]]

    async def invoke(self, request: engine.InvokeRequest) -> engine.InvokeResponse:
        if request.tok != "brickpass:index:preflight" or self._preflight is None:
            raise NotConfigured(f"The brickpass provider has no function {request.tok}, or does not know its workspace.")
        question = Question.model_validate(plain_map(request.args))
        with self._log.telling(OF_THE_STACK):
            findings = await self._asked(self._preflight, question)
        ended = [name for asking in question.integrations if asking.ended for name in (asking.name, asking.was) if name]
        self._declared.hear(*_declared_by(question, findings), ended=ended)
        return engine.InvokeResponse(return_value=properties(findings))

    @staticmethod
    async def _asked(preflight: Preflight, question: Question) -> Findings:
        try:
            return await preflight.run(question)
        except Exception as error:
            # Raised through the engine it would reach the user with the program's traceback; told, it can be said in one sentence.
            if (said := sentence(error)) is None:
                raise
            return Findings(refused=said)

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        self._declared.deploying = True
        self._registered.add(request.urn)
        faults = self._handler(request.type).check(plain_map(request.new_inputs))
        return engine.CheckResponse(
            inputs=request.new_inputs, failures=[engine.CheckFailure(name, reason) for name, reason in faults.items()]
        )

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        handler, news = self._handler(request.type), plain_map(request.new_inputs)
        changes = handler.diff(plain_map(request.old_state), news)
        changes = [change for change in changes if change.property not in request.ignore_changes]
        # A refresh compares too, before the program declares anything: what is dropped in the same run is not to be kept for that.
        if not changes and request.urn in self._registered:
            handler.settled(news)
            handler.unchanged(handler.inputs.model_validate(news))
        return engine.DiffResponse(
            changes=bool(changes),
            replaces=[change.property for change in changes if change.replaces],
            diffs=[change.property for change in changes],
            detailed_diff={
                change.property: PropertyDiff(
                    PropertyDiffKind.UPDATE_REPLACE if change.replaces else PropertyDiffKind.UPDATE, input_diff=True
                )
                for change in changes
            },
        )

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        handler = self._handler(request.type)
        if request.preview:
            return engine.CreateResponse(properties=with_unknown(request.properties, handler.outputs))
        news = plain_map(request.properties)
        handler.settled(news)
        with self._log.telling(request.urn):
            created = await handler.create(_complete(handler, news), urn=request.urn)
        return engine.CreateResponse(created.id, properties(created.state))

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        handler = self._handler(request.type)
        old, news = handler.state.model_validate(plain_map(request.olds)), plain_map(request.news)
        if request.preview:
            new = None if _holds_unknown(news) or handler.missing(news) else handler.inputs.model_validate(news)
            if new:
                await handler.foretell(old, new, urn=request.urn)
            return engine.UpdateResponse(with_unknown(request.olds | request.news, handler.unknown_after_update(old, new)))
        handler.settled(news)
        with self._log.telling(request.urn):
            state = await handler.update(request.resource_id, old, _complete(handler, news), urn=request.urn)
        return engine.UpdateResponse(properties(state))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        handler = self._handler(request.type)
        if not request.properties:
            raise NotImportable(f"{request.name} cannot be imported: declare it in the stack file, and run `pulumi up`.")
        with self._log.telling(request.urn):
            state = await handler.read(request.resource_id, handler.state.model_validate(plain_map(request.properties)))
        if state is None:
            return engine.ReadResponse(resource_id="")
        found = properties(state)
        return engine.ReadResponse(request.resource_id, found, {name: found.get(name, value) for name, value in request.inputs.items()})

    async def delete(self, request: engine.DeleteRequest) -> None:
        handler = self._handler(request.type)
        state = handler.state.model_validate(plain_map(request.properties))
        if isinstance(state, Guarded) and state.protected and not self._declared.has_integration(state.integration):
            raise Protected(_protected(state.integration, dropped=self._declared.deploying))
        with self._log.telling(request.urn):
            await handler.delete(request.resource_id, state, urn=request.urn)


def _declared_by(question: Question, findings: Findings) -> tuple[set[str], set[Thing], set[tuple[str, str]]]:
    """The integrations of a stack file by their names, former ones included; the objects that each names; and where each has a grant."""
    ids = {(found.kind, found.reference): found.id for found in (*findings.objects, *findings.securables)}
    names = {asking.name: [name for name in (asking.name, asking.was) if name] for asking in question.integrations}
    objects = [
        (asking.name, named.kind, ids[named.kind, named.reference])
        for asking in question.integrations
        for named in asking.objects
        if (named.kind, named.reference) in ids
    ]
    grants = {(OBJECT_KINDS[kind].access_list(object_id), integration) for integration, kind, object_id in objects} | {
        (SECURABLE_KINDS[named.kind].grants(ids.get((named.kind, named.full_name), named.full_name)), asking.name)
        for asking in question.integrations
        for named in asking.securables
    }
    things = {(name, kind, object_id) for integration, kind, object_id in objects for name in names[integration]}
    return {name for all_of_one in names.values() for name in all_of_one}, things, grants


def _protected(integration: str, *, dropped: bool) -> str:
    if dropped:
        return (
            f"{integration} is protected, and this stays. Where it dropped out of the stack file by mistake, put it back; else take it "
            "away in two steps: `retire: true` and `pulumi up`, then its key and `pulumi up`."
        )
    return f"{integration} is protected, and this stays. To destroy it, say `brickpass:protect: false` and `pulumi up` first."


def _complete(handler: AnyHandler, inputs: Mapping[str, Plain]) -> Wire:
    if isinstance(fault := inputs.get("fault"), str):
        raise GrantAtFault(fault)
    if handler.missing(inputs):
        raise UpstreamFailed("Nothing was changed here, because something that it depends on failed; see there.")
    made: Wire = handler.inputs.model_validate(inputs)
    return made


def _holds_unknown(value: Plain | Mapping[str, Plain]) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_unknown(item) for item in value)
    return value is UNKNOWN
