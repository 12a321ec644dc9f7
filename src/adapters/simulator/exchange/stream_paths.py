"""What a socket's address asks for: streams of which market and group, a user stream, or the socket API."""

import re
from collections.abc import Mapping

from attrs import frozen

from ballast.adapters.simulator.exchange.sockets import Group
from ballast.domain.execution.instrument import Market

_HOSTS: Mapping[str, Market] = {"stream": Market.SPOT, "fstream": Market.PERP}
_KEY = re.compile(r"[0-9a-f]{64}")
_ALL = frozenset({Group.PUBLIC, Group.MARKET})


@frozen
class StreamPath:
    """Where a socket was opened: what it may read, what it reads from the start, and the key of a user stream."""

    market: Market
    groups: frozenset[Group]
    names: frozenset[str] = frozenset()
    key: str = ""
    combined: bool = False


def is_socket_api(path: str) -> bool:
    """Say whether an address is the futures order API over a socket."""
    return path.strip("/").split("/")[-2:] == ["ws-fapi", "v1"]


def read_stream_path(path: str, query: Mapping[str, str]) -> StreamPath | None:
    """Read an address: the first label of the host's name, then the path on that host; None for no such place.

    Without a host's label the address is one of the futures host.
    """
    parts = path.strip("/").split("/")
    market = _HOSTS.get(parts[0]) if len(parts) > 1 else None
    rest = parts[1:] if market is not None else parts
    market = market or Market.PERP
    match rest:
        case ["private", "ws"]:
            return StreamPath(market, frozenset({Group.PRIVATE}), key=query.get("listenKey", ""))
        case ["pm", "ws", key]:
            return StreamPath(market, frozenset({Group.PRIVATE}), key=key)
        case [("public" | "market") as group, "ws", *_]:
            return StreamPath(market, frozenset({Group(group)}))
        case [*group, "stream"] if group in ([], ["public"], ["market"]):
            names = frozenset(filter(None, query.get("streams", "").split("/")))
            return StreamPath(market, frozenset(map(Group, group)) or _ALL, names, combined=True)
        case ["ws", *names] if len(names) <= 1:
            return _named(market, "".join(names))
        case _:
            return None


def _named(market: Market, name: str) -> StreamPath:
    """Read what follows `/ws/`: a listen key, a stream, a client's own count of its sockets, or nothing."""
    if _KEY.fullmatch(name):
        return StreamPath(market, frozenset({Group.PRIVATE}), key=name)
    return StreamPath(market, _ALL, frozenset() if name.isdigit() or not name else frozenset({name}))
