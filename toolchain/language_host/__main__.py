"""`pulumi-language-python`: serves one engine, and ends with it.

The engine starts it through a launcher (see `toolchain.launcher`), reads the port from the first line of its output, and
at its end interrupts the whole process group.
"""

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from toolchain.language_host.host import LanguageHost
from toolchain.pins import PULUMI_VERSION

ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
"""A stack's config travels in one message, and gRPC's own limit is 4 MB."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="pulumi-language-python", allow_abbrev=False)
    parser.add_argument("--executor", type=Path, required=True)
    parser.add_argument("--tracing", default="")
    parser.add_argument("--version", action="version", version=PULUMI_VERSION)
    parser.add_argument("engine", nargs="?", default="")
    # The engine adds logging flags of its own, which mean nothing here.
    arguments, _ = parser.parse_known_args()
    asyncio.run(serve(LanguageHost(arguments.executor, arguments.engine, PULUMI_VERSION, arguments.tracing)))


async def serve(host: LanguageHost) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = grpc.aio.server(options=ANY_SIZE)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    watch = asyncio.create_task(_engine_gone(os.getppid(), ended))
    await ended.wait()
    watch.cancel()
    await server.stop(grace=None)
    await host.processes.end()


async def _engine_gone(engine: int, ended: asyncio.Event) -> None:
    """An engine that was killed interrupts nobody, but its children get another parent."""
    while os.getppid() == engine:  # noqa: ASYNC110 - the system tells this to nobody
        await asyncio.sleep(1)
    ended.set()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
