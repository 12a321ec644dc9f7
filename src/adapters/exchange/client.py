"""ccxt's Binance client, made to fit: our clock, our addresses, exact numbers, errors by code.

The only module that talks to ccxt's objects; the rest of the package asks a `Line`.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import ccxt.pro  # type: ignore[import-untyped]  # ships no types

from ballast.adapters.exchange.budget import Budget, Pool
from ballast.adapters.exchange.errors import Answer, Answered
from ballast.adapters.exchange.keys import Keys
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.domain.execution.instrument import Market
from ballast.ports.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BAD = 400
_TABLES = {Pool.SPOT: "spot", Pool.WALLET: "spot", Pool.FUTURES: "linear", Pool.PORTFOLIO: "portfolioMargin"}
_WIRE_LOG = logging.getLogger("ballast.exchange.wire")
# ccxt logs whole requests, with the key in their headers, at DEBUG.
_WIRE_LOG.setLevel(logging.WARNING)

OnFrame = Callable[[Any], None]
OnLoss = Callable[[], None]
# ccxt carries no types; Any says so to both checkers.
_Binance: Any = ccxt.pro.binance


class Client(_Binance):  # type: ignore[misc]  # an untyped base
    """One key's connection to Binance; `hear` of the budget sees every answer."""

    def __init__(self, keys: Keys, clock: Clock, budget: Budget, settings: ExchangeSettings) -> None:
        """Build without touching the network."""
        config: dict[str, Any] = {"apiKey": keys.api_key, "secret": keys.secret}
        # Our own budget decides what may be asked; ccxt's would only make requests wait.
        config |= {"enableRateLimit": False, "timeout": settings.answer_s_max * 1000}
        self._clock = clock
        self._ccxt: Any = super()
        super().__init__(config)  # pyright: ignore[reportUnknownMemberType]  # an untyped base
        self._budget = budget
        self._listeners: dict[str, tuple[OnFrame, OnLoss]] = {}
        self.logger = _WIRE_LOG
        # Numbers stay the text they were sent as: a float would already be another number.
        self.on_json_response = exact_json
        if settings.base_url:
            self.urls["api"] = rebased(self.urls["api"], settings.base_url)
            self.timeout_on_exit = 0  # ccxt waits for TLS to say goodbye; a plain socket has nothing to say
        elif settings.demo:
            self.enable_demo_trading(True)  # noqa: FBT003  # ccxt's own signature

    def milliseconds(self) -> int:
        """Return our clock's time, which ccxt corrects by the offset in its options."""
        return (self._clock.now() - _EPOCH) // timedelta(milliseconds=1)

    def set_offset(self, ahead_ms: int) -> None:
        """Correct what is signed by how far our clock is ahead of the exchange's (milliseconds, any sign)."""
        self.options["timeDifference"] = ahead_ms

    def get_exceptions_by_url(self, url: str, exactOrBroad: str) -> Any:  # noqa: N803  # ccxt's own name
        """Choose the error table by path: ccxt goes by host, and would treat a loopback exchange differently."""
        return self.exceptions[_TABLES[pool_of(url)]].get(exactOrBroad, {})

    def handle_errors(self, *answer: Any) -> None:
        """Let every answer through to the budget, and raise Answered for each that is no success."""
        status, reason, url, _method, headers, _body, content, *_ = answer
        wait_s = self._budget.hear(pool_of(url), status, headers)
        heard = Answered(_no(status, reason, content, wait_s))
        try:
            self._ccxt.handle_errors(*answer)
        except ccxt.BaseError as failure:
            raise heard from failure
        if status >= _BAD:
            raise heard

    async def listen(self, url: str, subscribe: tuple[str, ...], on_frame: OnFrame, on_loss: OnLoss) -> None:
        """Open a socket, subscribe, and hand every frame on until it is lost or let go."""
        self._listeners[url] = (on_frame, on_loss)
        self.open()
        socket = self.client(url)
        await socket.connect(self.session)
        if subscribe:
            await socket.send({"method": "SUBSCRIBE", "params": list(subscribe), "id": 1})

    async def hang_up(self, url: str) -> None:
        """Close a socket; its loss is not reported. May be repeated."""
        self._listeners.pop(url, None)
        socket = self.clients.pop(url, None)
        if socket is not None:
            await socket.close()

    def public_stream(self, market: Market) -> str:
        """Return where a market's depth streams; perpetuals split by kind (facts/binance.md section 1)."""
        streams = self.urls["api"]["ws"]
        return str(streams["spot"]) if market is Market.SPOT else f"{_base(streams['linear'])}/public/ws"

    def mark_stream(self) -> str:
        """Return where the perpetuals' marks stream."""
        return f"{_base(self.urls['api']['ws']['linear'])}/market/ws"

    def user_stream(self, variant: Variant, listen_key: str) -> str:
        """Return where an account's own stream is."""
        streams = self.urls["api"]["ws"]
        if variant is Variant.PORTFOLIO:
            return f"{streams['papi']}/{listen_key}"
        return f"{_base(streams['linear'])}/private/ws?listenKey={listen_key}"

    def handle_message(self, client: Any, message: Any) -> None:
        """Give a frame to whoever listens on its socket."""
        listener = self._listeners.get(client.url)
        if listener is not None:
            listener[0](message)

    def on_error(self, client: Any, error: Any) -> None:
        """Report a socket that broke."""
        self._ccxt.on_error(client, error)
        self._lost(client.url)

    def on_close(self, client: Any, error: Any) -> None:
        """Report a socket that the exchange closed."""
        self._ccxt.on_close(client, error)
        self._lost(client.url)

    def _lost(self, url: str) -> None:
        listener = self._listeners.pop(url, None)
        if listener is not None:
            listener[1]()


def _no(status: int, reason: str, content: Any, wait_s: int) -> Answer:
    """Read an answer that is no success; a proxy's page of HTML has no code."""
    if not isinstance(content, Mapping):
        return Answer(status, "", reason, wait_s)
    found = cast("Mapping[str, Any]", content)
    return Answer(status, str(found.get("code", "")), str(found.get("msg", reason)), wait_s)


def _base(stream: str) -> str:
    return stream.removesuffix("/ws")


def exact_json(text: str) -> Any:
    """Read JSON, its fractions kept as text."""
    return json.loads(text, parse_float=str)


def pool_of(url: str) -> Pool:
    """Return the interface a REST address belongs to."""
    return Pool(urlsplit(url).path.split("/")[1])


def rebased(urls: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """Move every address to one host (facts/binance.md section 1).

    REST paths stay; a stream's path begins with the first label of its host, so that one port serves all.
    """
    host = urlsplit(base_url).netloc
    return {name: _moved(url, host) for name, url in urls.items()}


def _moved(url: Any, host: str) -> Any:
    if not isinstance(url, str):
        return rebased(url, f"//{host}")
    parts = urlsplit(url)
    if parts.scheme in {"ws", "wss"}:
        return f"ws://{host}/{parts.netloc.split('.')[0]}{parts.path}"
    return f"http://{host}{parts.path}"
