"""The reference of rpc_latency: a bare grpc.aio server whose one method returns the bytes it gets."""

import asyncio
import signal
from typing import Any

import grpc.aio

# The stubs leave out what a server's handlers are.
_GRPC: Any = grpc
_AIO: Any = grpc.aio
SERVICE, METHOD = "benchmarks.Echo", "Echo"


async def _echo(request: bytes, _context: object) -> bytes:
    return request


async def main() -> None:
    server = _AIO.server(options=(("grpc.so_reuseport", 0),))
    handler = _GRPC.method_handlers_generic_handler(SERVICE, {METHOD: _GRPC.unary_unary_rpc_method_handler(_echo)})
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print(port, flush=True)
    await stopped.wait()
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
