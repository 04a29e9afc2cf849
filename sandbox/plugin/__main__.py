"""`python -m sandbox.plugin ENGINE_ADDRESS`: serves until the engine goes."""

import os
import sys
import threading
import time
from concurrent import futures

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2_grpc

from sandbox.plugin import ABOUT, databricks_sdk
from sandbox.plugin.server import Servicer

# As many as the engine may have under way at once; each waits for the network nearly all of its time.
_WORKERS = 64
_HELLO_TIMEOUT_S = 5
_LARGEST_MESSAGE = 400 * 1024 * 1024


def main() -> int:
    """Prints its port, as the engine expects of a plugin, and says once what it is."""
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if len(addresses) != 1:
        sys.stderr.write("usage: python -m sandbox.plugin ENGINE_ADDRESS (the Pulumi engine starts it)\n")
        return 2
    databricks_sdk.enter()
    options = [("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.max_send_message_length", _LARGEST_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=_WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_the_engine, args=(os.getppid(),), daemon=True).start()
    _say_what_it_is(addresses[0])
    server.wait_for_termination()
    return 0


def _say_what_it_is(engine_address: str) -> None:
    with grpc.insecure_channel(engine_address) as channel:
        try:
            request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=ABOUT)
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=_HELLO_TIMEOUT_S)
        except grpc.RpcError:
            # An engine that takes no messages shows what a plugin writes here.
            sys.stderr.write(f"{ABOUT}\n")


def _end_with_the_engine(engine: int) -> None:
    # A killed engine closes nothing, and would leave the plugin behind.
    while os.getppid() == engine:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        # Ctrl-C goes to the engine as well, which ends the run in its own time.
        sys.exit(0)
