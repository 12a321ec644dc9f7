"""Open sockets, who is subscribed to what, and what may go wrong between a frame and its reader."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import Enum

from aiohttp import web
from attrs import define, field, frozen

from ballast.adapters.simulator.exchange.wire import Json
from ballast.domain.execution.instrument import Market

_LIFE = timedelta(hours=24)
# A reader that leaves so many frames waiting is disconnected.
_WAITING_MAX = 20_000


class Group(Enum):
    """The three families of streams, which have sockets of their own."""

    PUBLIC = "public"
    MARKET = "market"
    PRIVATE = "private"


class Disturbance(Enum):
    """What can happen to a frame: sent twice, sent after the next one, or lost."""

    DUPLICATE = "duplicate"
    SWAP = "swap"
    DROP = "drop"


@frozen
class Planned:
    """A disturbance of the next frame of a group; `event` narrows it to one event type, "" takes any."""

    kind: Disturbance
    group: Group
    event: str = ""


@define(eq=False)
class Socket:
    """One connection: what it reads, and the frames that wait to be written (None: close)."""

    market: Market
    groups: frozenset[Group]
    opened: datetime
    key: str = ""
    combined: bool = False
    names: set[str] = field(factory=set[str])
    waiting: asyncio.Queue[str | None] = field(factory=asyncio.Queue[str | None])

    def send(self, text: str) -> None:
        """Let a text be written; a reader far behind is disconnected."""
        self.waiting.put_nowait(text if self.waiting.qsize() < _WAITING_MAX else None)

    def shut(self) -> None:
        """Close the connection after what is waiting."""
        self.waiting.put_nowait(None)

    async def write(self, socket: web.WebSocketResponse) -> None:
        """Write what is waiting until the connection ends."""
        while (text := await self.waiting.get()) is not None:
            if socket.closed:
                return
            try:
                await socket.send_str(text)
            except ConnectionError:  # the reader is gone; the reading side notices too and ends this socket
                return
        await socket.close()


@define
class Hub:
    """All open sockets."""

    sockets: list[Socket] = field(factory=list[Socket])
    silent: set[Group] = field(factory=set[Group])
    _planned: deque[Planned] = field(factory=deque[Planned])
    _swapped: dict[Group, tuple[Callable[[Socket], bool], str, Json]] = field(
        factory=dict[Group, tuple[Callable[[Socket], bool], str, Json]]
    )

    def disturb(self, planned: Planned) -> None:
        """Arrange a disturbance."""
        self._planned.append(planned)

    def wanted(self, market: Market) -> set[str]:
        """Return every stream that somebody of a market reads."""
        return {name for socket in self.sockets if socket.market is market for name in socket.names}

    def publish(self, market: Market, group: Group, name: str, frame: Json) -> None:
        """Send a frame to the readers of a stream."""
        self._meet(group, lambda socket: socket.market is market and name in socket.names, name, frame)

    def publish_user(self, key: str, frame: Json) -> None:
        """Send a frame to the readers of a user stream."""
        self._meet(Group.PRIVATE, lambda socket: socket.key == key, key, frame)

    def shut(self, group: Group) -> None:
        """Close every connection of a group."""
        for socket in self.sockets:
            if group in socket.groups:
                socket.shut()

    def expire(self, now: datetime) -> None:
        """Close the connections that are a day old."""
        for socket in self.sockets:
            if now - socket.opened >= _LIFE:
                socket.shut()

    def _meet(self, group: Group, reads: Callable[[Socket], bool], name: str, frame: Json) -> None:
        kind = self._take(group, str(frame.get("e", "")))
        if kind is Disturbance.DROP:
            return
        if kind is Disturbance.SWAP:
            self._swapped[group] = (reads, name, frame)
            return
        self._send(group, reads, name, frame)
        if kind is Disturbance.DUPLICATE:
            self._send(group, reads, name, frame)
        later = self._swapped.pop(group, None)
        if later is not None:
            self._send(group, *later)

    def _take(self, group: Group, event: str) -> Disturbance | None:
        for planned in self._planned:
            if planned.group is group and planned.event in ("", event):
                self._planned.remove(planned)
                return planned.kind
        return None

    def _send(self, group: Group, reads: Callable[[Socket], bool], name: str, frame: Json) -> None:
        if group in self.silent:
            return
        text = json.dumps(frame, separators=(",", ":"))
        for socket in self.sockets:
            if group in socket.groups and reads(socket):
                socket.send(f'{{"stream":"{name}","data":{text}}}' if socket.combined else text)


def subscribe(socket: Socket, request: Json) -> Json:
    """Carry out a SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS request and return its answer."""
    names: Iterable[str] = request.get("params") or []
    match request.get("method"):
        case "SUBSCRIBE":
            socket.names.update(names)
        case "UNSUBSCRIBE":
            socket.names.difference_update(names)
        case "LIST_SUBSCRIPTIONS":
            return {"result": sorted(socket.names), "id": request.get("id")}
        case _:
            return {"error": {"code": 2, "msg": "invalid request"}, "id": request.get("id")}
    return {"result": None, "id": request.get("id")}
