"""The exchange on a socket: REST, streams and the control interface on one port."""

import asyncio
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import cast

from aiohttp import WSMsgType, web

from ballast.adapters.simulator.exchange import socket_api
from ballast.adapters.simulator.exchange.control import COMMANDS, ExchangeControl
from ballast.adapters.simulator.exchange.door import Door
from ballast.adapters.simulator.exchange.exchange import Exchange
from ballast.adapters.simulator.exchange.sockets import Socket, subscribe
from ballast.adapters.simulator.exchange.stream_paths import StreamPath, is_socket_api, read_stream_path
from ballast.adapters.simulator.exchange.wire import Json
from ballast.domain.kernel.errors import BallastError, InvalidInput

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Sockets are paced by real time, whatever the exchange's own clock says.
_TICK_S = 0.1
_GRACE_S = 2
_TOKEN_HEADER = "X-Control-Token"  # noqa: S105 (the header's name, not a token)


class ExchangeServer:
    """Serve one exchange; `token` opens the control interface, an empty one leaves it closed."""

    def __init__(self, exchange: Exchange, token: str) -> None:
        self.exchange = exchange
        self.control = ExchangeControl(exchange)
        self._token = token
        self._stopping = asyncio.Event()
        self._order_sockets: list[web.WebSocketResponse] = []
        self._door = Door(exchange, self._stopping)

    def application(self) -> web.Application:
        """Return the web application."""
        application = web.Application()
        application.router.add_post("/control/{command}", self._command)
        application.router.add_route("*", "/{path:.*}", self._any)
        application.on_shutdown.append(self._close_sockets)
        return application

    async def pump(self) -> None:
        """Send what time brings until the server stops."""
        while not self._stopping.is_set():
            self.exchange.tick()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _TICK_S)

    def stop(self) -> None:
        """Let the pump and every held request end."""
        self._stopping.set()

    async def _close_sockets(self, _application: web.Application) -> None:
        for socket in tuple(self.exchange.hub.sockets):
            socket.shut()
        for connection in tuple(self._order_sockets):
            await connection.close()

    async def _any(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await self._door.answer(request)
        if is_socket_api(request.path):
            return await self._orders(request)
        place = read_stream_path(request.path, request.query)
        if place is None:
            raise web.HTTPNotFound
        return await self._stream(request, place)

    async def _stream(self, request: web.Request, place: StreamPath) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        socket = Socket(place.market, place.groups, self.exchange.clock.now(), place.key, place.combined)
        socket.names.update(place.names)
        self.exchange.hub.sockets.append(socket)
        writer = asyncio.create_task(socket.write(response))
        try:
            await _read(response, socket)
        finally:
            self.exchange.hub.sockets.remove(socket)
            socket.shut()
            await writer
        return response

    async def _orders(self, request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        self._order_sockets.append(response)
        try:
            async for message in response:
                asked = _parsed(message.data) if message.type is WSMsgType.TEXT else None
                if asked is None:
                    break
                await response.send_str(socket_api.answer(asked, self._door.ask))
        finally:
            self._order_sockets.remove(response)
        await response.close()
        return response

    async def _command(self, request: web.Request) -> web.Response:
        given = request.headers.get(_TOKEN_HEADER, "")
        if not self._token or not hmac.compare_digest(given, self._token):
            raise web.HTTPForbidden
        command = COMMANDS.get(request.match_info["command"])
        if command is None:
            raise web.HTTPNotFound
        try:
            body = _parsed(await request.text())
            if body is None:
                raise InvalidInput("body", "a JSON object", "something else")
            return web.json_response({"done": command(self.control, body)})
        except BallastError as error:
            return web.json_response({"error": error.message}, status=400)


async def _read(response: web.WebSocketResponse, socket: Socket) -> None:
    async for message in response:
        request = _parsed(message.data) if message.type is WSMsgType.TEXT else None
        answer = {"error": {"code": 3, "msg": "invalid JSON"}} if request is None else subscribe(socket, request)
        socket.send(json.dumps(answer))


def _parsed(text: str) -> Json | None:
    """Return a JSON object; None for anything else."""
    try:
        found: object = json.loads(text or "{}")
    except ValueError:
        return None
    return cast("Json", found) if isinstance(found, dict) else None


def check_address(host: str, *, insecure: bool) -> None:
    """Raise InvalidInput for an address off loopback, where the traffic would be open, unless it is wanted."""
    if host not in _LOOPBACK and not insecure:
        raise InvalidInput("listen", "a loopback address, or --insecure", host)


@asynccontextmanager
async def serving(
    exchange: Exchange, host: str = "127.0.0.1", port: int = 0, *, token: str = "", insecure: bool = False
) -> AsyncGenerator[tuple[str, ExchangeServer], None]:
    """Serve an exchange and give its address ("http://127.0.0.1:8011") and server; port 0 takes a free one.

    Leaving ends held requests, sockets and the pump; an error in the pump is raised then. Raises InvalidInput for an
    address off loopback that is not said to be `insecure`.
    """
    check_address(host, insecure=insecure)
    server = ExchangeServer(exchange, token)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_GRACE_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        pump = asyncio.create_task(server.pump())
        try:
            yield f"http://{host}:{bound}", server
        finally:
            server.stop()
            await pump
    finally:
        await runner.cleanup()
