"""Every REST request's way in and out: faults, limits, key, signature, handler, answer."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl

from aiohttp import web
from attrs import define, frozen

from ballast.adapters.simulator.exchange.exchange import Exchange
from ballast.adapters.simulator.exchange.faults import Answer, Fault
from ballast.adapters.simulator.exchange.routes import ROUTES, Call, Route
from ballast.adapters.simulator.exchange.signing import Security, check_age, check_key, check_signature
from ballast.adapters.simulator.exchange.wire import Params, Rejection

# How often a held request looks whether its client is still there.
_LOOK_S = 0.05
_MS_PER_S = 1000
_FAMILIES = ("fapi", "api", "sapi", "papi", "dapi")


@frozen
class Raw:
    """A request as it came: the query and the body exactly as sent, for the signature."""

    method: str
    path: str
    query: str
    body: str
    key: str

    @property
    def family(self) -> str:
        """Return the API family a path belongs to, "" for none."""
        family = self.path.split("/")[1]
        return family if family in _FAMILIES else ""

    @property
    def values(self) -> dict[str, str]:
        """Return the parameters of query and body."""
        return dict(parse_qsl(self.query, keep_blank_values=True) + parse_qsl(self.body, keep_blank_values=True))


@define
class Reply:
    """What a request is told: JSON, or text that is a page of HTML."""

    status: int
    content: object
    headers: dict[str, str]

    def response(self) -> web.Response:
        """Return it as aiohttp sends it."""
        text = self.content if isinstance(self.content, str) else json.dumps(self.content, separators=(",", ":"))
        kind = "text/html" if isinstance(self.content, str) else "application/json"
        return web.Response(status=self.status, text=text, content_type=kind, headers=self.headers)


class Door:
    """Answer REST requests to an exchange; `stopping` ends those that are held back."""

    def __init__(self, exchange: Exchange, stopping: asyncio.Event) -> None:
        self._exchange = exchange
        self._stopping = stopping

    def ask(self, raw: Raw) -> Reply:
        """Return what a request that came another way than over HTTP is told; no fault of a connection meets it."""
        fault = self._exchange.faults.take(raw.method, raw.path, raw.values)
        reply = self._reply(raw, fault) if fault.booked else Reply(200, {}, {})
        return _error(fault, reply.headers) if fault.answer is Answer.ERROR else reply

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        raw = Raw(
            request.method,
            request.path,
            request.rel_url.raw_query_string,
            await request.text(),
            request.headers.get("X-MBX-APIKEY", ""),
        )
        fault = self._exchange.faults.take(raw.method, raw.path, raw.values)
        reply = self._reply(raw, fault) if fault.booked else Reply(200, {}, {})
        await self._wait(fault.delay_ms / _MS_PER_S)
        match fault.answer:
            case Answer.HOLD:
                await self._hold(request)
                return _cut(request)
            case Answer.CUT:
                return _cut(request)
            case Answer.ERROR:
                return _error(fault, reply.headers).response()
            case Answer.NORMAL:
                return reply.response()

    async def _hold(self, request: web.Request) -> None:
        """Wait until the client gives up or the server stops."""
        while not (self._stopping.is_set() or request.transport is None or request.transport.is_closing()):
            await self._wait(_LOOK_S)

    async def _wait(self, seconds: float) -> None:
        """Wait in real time, at most until the server stops."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    def _reply(self, raw: Raw, fault: Fault) -> Reply:
        headers: dict[str, str] = {}
        try:
            return Reply(200, self._handle(raw, fault, headers), headers)
        except Rejection as rejection:
            if rejection.retry_after_s is not None:
                headers["Retry-After"] = str(rejection.retry_after_s)
            return Reply(rejection.status, rejection.to_json(), headers)

    def _handle(self, raw: Raw, fault: Fault, headers: dict[str, str]) -> object:
        now = self._exchange.now()
        route = self._route(raw, headers)
        params = Params(raw.values)
        self._check_caller(raw, route, params)
        if route.order:
            headers.update(self._exchange.limits.admit_order(raw.family))
        return route.handler(self._exchange, Call(raw.family, params, now, fault))

    def _route(self, raw: Raw, headers: dict[str, str]) -> Route:
        route = ROUTES.get((raw.method, raw.path))
        if not raw.family or route is None:
            raise Rejection(-5000, f"path {raw.path}, method {raw.method} is invalid", 404)
        headers.update(self._exchange.limits.admit(raw.family, route.weight))
        return route

    def _check_caller(self, raw: Raw, route: Route, params: Params) -> None:
        credentials = self._exchange.credentials
        if route.security is Security.PUBLIC:
            return
        check_key(credentials, raw.key)
        if route.security is Security.SIGNED:
            check_signature(credentials, raw.query, raw.body)
            check_age(params, self._exchange.clock.gateway_now())


def _error(fault: Fault, headers: Mapping[str, str]) -> Reply:
    content: object = {"code": fault.code, "msg": "arranged by a test"} if fault.code else "<html>bad gateway</html>"
    return Reply(fault.status, content, dict(headers))


def _cut(request: web.Request) -> web.StreamResponse:
    """Close the connection without a byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
