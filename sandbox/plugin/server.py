"""The plugin as the engine sees it: gRPC in and out, and nothing else."""
# ruff: noqa: ARG002, N802 - the names and arguments of Pulumi's protocol

import json
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Never, TypeAlias

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.plugin import PACKAGE, VERSION, handlers
from sandbox.plugin.handlers import HalfMadeError
from sandbox.plugin.properties import Difference, Failure, marshal, unmarshal
from sandbox.plugin.refusals import InvalidInputError, Refused
from sandbox.plugin.resource import Resource
from sandbox.plugin.settings import Settings, faults, metadata_workspace_id, settings_from

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Workspace

_Context: TypeAlias = grpc.ServicerContext


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider. Handlers run on the server's threads, since databricks-sdk waits for its answers."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._workspace_id: str | None = None
        self._workspace: Workspace | None = None
        self._login = Lock()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: _Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: _Context) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": PACKAGE, "version": VERSION, "resources": {}}))

    def Cancel(self, request: empty_pb2.Empty, context: _Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(faults(unmarshal(request.news))))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:
        old, new = unmarshal(request.olds), unmarshal(request.news)
        changed = {name: Difference("UPDATE", replaces=False) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        return _diff_response(changed)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: _Context) -> provider_pb2.ConfigureResponse:
        try:
            self._settings = settings_from(unmarshal(request.args))
        except InvalidInputError as error:
            _abort(context, str(error))
        self._workspace_id = str(self._settings.options.get("workspace_id") or "") or metadata_workspace_id(self._settings)
        # Without `acceptSecrets` the engine itself takes secrets off on the way in, and puts them back on on the way out.
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        resource = _resource(request.urn, context)
        inputs, failures = handlers.check(resource, unmarshal(request.news))
        return provider_pb2.CheckResponse(inputs=marshal(inputs), failures=_failures(failures))

    def Diff(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:
        resource = _resource(request.urn, context)
        return _diff_response(handlers.diff(resource, unmarshal(request.olds), unmarshal(request.news), workspace_id=self._workspace_id))

    def Create(self, request: provider_pb2.CreateRequest, context: _Context) -> provider_pb2.CreateResponse:
        resource, inputs = _resource(request.urn, context), unmarshal(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=marshal(handlers.preview(resource, inputs)))
        try:
            made = handlers.create(resource, self._logged_in(), inputs)
        except HalfMadeError as error:
            _abort_half_made(context, error, inputs=request.properties)
        except (Refused, InvalidInputError) as error:
            _abort(context, str(error))
        return provider_pb2.CreateResponse(id=made.resource_id, properties=marshal(made.state))

    def Read(self, request: provider_pb2.ReadRequest, context: _Context) -> provider_pb2.ReadResponse:
        resource = _resource(request.urn, context)
        try:
            found = handlers.read(resource, self._logged_in(), request.id, unmarshal(request.properties), unmarshal(request.inputs))
        except (Refused, InvalidInputError) as error:
            _abort(context, str(error))
        if found is None:
            return provider_pb2.ReadResponse()
        made, inputs = found
        return provider_pb2.ReadResponse(id=made.resource_id, properties=marshal(made.state), inputs=marshal(inputs))

    def Update(self, request: provider_pb2.UpdateRequest, context: _Context) -> provider_pb2.UpdateResponse:
        resource, old, inputs = _resource(request.urn, context), unmarshal(request.olds), unmarshal(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=marshal(handlers.preview(resource, inputs, old)))
        try:
            state = handlers.update(resource, self._logged_in(), request.id, old, inputs)
        except (Refused, InvalidInputError) as error:
            _abort(context, str(error))
        return provider_pb2.UpdateResponse(properties=marshal(state))

    def Delete(self, request: provider_pb2.DeleteRequest, context: _Context) -> empty_pb2.Empty:
        resource = _resource(request.urn, context)
        try:
            handlers.delete(resource, self._logged_in(), request.id, unmarshal(request.properties))
        except (Refused, InvalidInputError) as error:
            _abort(context, str(error))
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: _Context) -> provider_pb2.InvokeResponse:
        _abort(context, f"The stand-in for the databricks plugin has no functions, and so no {request.tok!r}.")

    def _logged_in(self) -> "Workspace":
        from sandbox.plugin.workspace import Workspace  # noqa: PLC0415 - a run that calls nothing saves its import

        with self._login:
            if self._settings is None:
                raise InvalidInputError("the databricks provider is not configured yet")
            self._workspace = self._workspace or Workspace(self._settings)
            return self._workspace


def _resource(urn: str, context: _Context) -> Resource:
    # urn:pulumi:stack::project::parent$type::name
    try:
        return handlers.resource_of(urn.split("::")[2].rsplit("$", 1)[-1])
    except InvalidInputError as error:
        _abort(context, str(error))


def _failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]


def _diff_response(found: dict[str, Difference]) -> provider_pb2.DiffResponse:
    kinds = {name: f"{difference.kind}_REPLACE" if difference.replaces else difference.kind for name, difference in found.items()}
    return provider_pb2.DiffResponse(
        # Left at its default this would mean "unknown", and the engine would compare by itself.
        changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({name.split(".")[0] for name in found}),
        replaces=sorted(name for name, difference in found.items() if difference.replaces),
        detailedDiff={name: provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind)) for name, kind in kinds.items()},
        hasDetailedDiff=True,
    )


def _abort(context: _Context, sentence: str) -> Never:
    context.abort(grpc.StatusCode.UNKNOWN, sentence)
    raise AssertionError


@dataclass
class _Status(grpc.Status):
    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def _abort_half_made(context: _Context, error: HalfMadeError, *, inputs: struct_pb2.Struct) -> Never:
    made = provider_pb2.ErrorResourceInitFailed(
        id=error.made.resource_id, properties=marshal(error.made.state), reasons=[str(error)], inputs=inputs
    )
    packed = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    packed.details.add().Pack(made)
    # The engine looks for the id and the state that it has to keep in these details.
    context.abort_with_status(_Status(grpc.StatusCode.UNKNOWN, str(error), (("grpc-status-details-bin", packed.SerializeToString()),)))
    raise AssertionError
