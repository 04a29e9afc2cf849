"""What the provider says while it works, shown by the engine beside the resource."""

from typing import cast

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineLog:
    """Sends lines to the engine's log. Never give it a credential: the log is for everybody's eyes."""

    def __init__(self, engine_address: str) -> None:
        # One class serves both kinds of channel; the asynchronous one has its types under another name.
        self._engine = cast("engine_pb2_grpc.EngineAsyncStub", engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(engine_address)))

    async def status(self, urn: str, message: str) -> None:
        """What is waited for: shown while it lasts, and not kept."""
        await self._log(urn, message, engine_pb2.INFO, ephemeral=True)

    async def warning(self, urn: str, message: str) -> None:
        await self._log(urn, message, engine_pb2.WARNING)

    async def _log(self, urn: str, message: str, severity: engine_pb2.LogSeverity.ValueType, *, ephemeral: bool = False) -> None:
        await self._engine.Log(engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral))
