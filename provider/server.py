"""The gRPC server around the provider: an error comes out as one sentence, and what was half made is not forgotten."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import grpc
import grpc.aio
from grpc import ChannelConnectivity
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from provider.engine_log import EngineLog
from provider.errors import sentence
from provider.handler import PartlyDone
from provider.plugin import BrickpassProvider
from provider.wire import properties

# Google's libraries bring the same message under the name of another file, of which a process has room for one. (`delivery.google`)
sys.modules.setdefault("google.rpc.status_pb2", status_pb2)
# A stack's state, all of it, may be one message.
LARGEST_MESSAGE = 400 * 1024 * 1024


@dataclass(frozen=True)
class _Status(grpc.Status):
    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...] = ()


class OneSentence(grpc.aio.ServerInterceptor):
    """Turns what a verb raises into the engine's words. The plain server ends each error with a traceback."""

    async def intercept_service(self, continuation: Callable[..., Awaitable[Any]], handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ANN401 - grpc's own types
        handler = await continuation(handler_call_details)
        verb = handler.unary_unary

        async def one_sentence(request: Any, context: Any) -> Any:  # noqa: ANN401 - as above
            try:
                return await verb(request, context)
            except PartlyDone as error:
                await context.abort_with_status(_partly_done(error))
            except Exception as error:
                said = sentence(error)
                if said is None:
                    raise
                await context.abort(grpc.StatusCode.UNKNOWN, said)

        return grpc.unary_unary_rpc_method_handler(one_sentence, handler.request_deserializer, handler.response_serializer)


def _partly_done(error: PartlyDone) -> _Status:
    """The engine then keeps the id and the state of what was made, and calls `update` at the next run, whatever `diff` says."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id, properties=PropertyValue.marshal_map(properties(error.state)), reasons=[str(error)]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    return _Status(grpc.StatusCode.UNKNOWN, str(error), (("grpc-status-details-bin", status.SerializeToString()),))


async def serve(engine_address: str) -> None:
    """Serves until the engine ends the process, or is gone itself."""
    sizes = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.max_send_message_length", LARGEST_MESSAGE)]
    server = grpc.aio.server(interceptors=[OneSentence()], options=sizes)
    servicer = ProviderServicer(
        sys.argv[1:], version("brickpass"), BrickpassProvider(EngineLog(engine_address)), engine_address=engine_address
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    # The engine reads the port from the first line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await _gone(engine_address)
    # What still runs is given up: after this, `brickpass recover` looks at what there is, and nothing may be written any more.
    os._exit(1)


async def _gone(engine_address: str) -> None:
    """Returns when nobody listens there any more. Who kills the engine leaves its plugins behind, in the middle of their work."""
    async with grpc.aio.insecure_channel(engine_address) as channel:
        while (state := channel.get_state(try_to_connect=True)) not in (
            ChannelConnectivity.TRANSIENT_FAILURE,
            ChannelConnectivity.SHUTDOWN,
        ):
            await channel.wait_for_state_change(state)


def main() -> None:
    """Started by the engine, with its own address as the first argument that is no flag."""
    engine_address = next(argument for argument in sys.argv[1:] if not argument.startswith("-"))
    asyncio.run(serve(engine_address))
