"""The futures order API over a socket: the same doors, another envelope."""

import json
from collections.abc import Callable, Mapping

from ballast.adapters.simulator.exchange.door import Raw, Reply
from ballast.adapters.simulator.exchange.wire import Json

_METHODS: Mapping[str, tuple[str, str]] = {
    "order.place": ("POST", "/fapi/v1/order"),
    "order.modify": ("PUT", "/fapi/v1/order"),
    "order.cancel": ("DELETE", "/fapi/v1/order"),
    "order.status": ("GET", "/fapi/v1/order"),
    "account.position": ("GET", "/fapi/v2/positionRisk"),
    "v2/account.position": ("GET", "/fapi/v3/positionRisk"),
    "account.balance": ("GET", "/fapi/v2/balance"),
    "v2/account.balance": ("GET", "/fapi/v3/balance"),
    "account.status": ("GET", "/fapi/v2/account"),
    "v2/account.status": ("GET", "/fapi/v3/account"),
}


def socket_request(request: Json) -> Raw | None:
    """Return a socket request as the REST request it stands for; None for a method that does not exist.

    The signature covers the parameters in the order of their names, the key among them, not encoded.
    """
    found = _METHODS.get(str(request.get("method")))
    if found is None:
        return None
    given: Mapping[str, object] = request.get("params") or {}
    params = {name: _text(value) for name, value in given.items()}
    signature = params.pop("signature", "")
    query = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    return Raw(*found, f"{query}&signature={signature}", "", params.get("apiKey", ""))


def socket_answer(request: Json, reply: Reply) -> str:
    """Write a reply into the socket's envelope."""
    part = "result" if reply.status == 200 else "error"  # noqa: PLR2004
    return json.dumps({"id": request.get("id"), "status": reply.status, part: reply.content})


def answer(request: Json, ask: Callable[[Raw], Reply]) -> str:
    """Carry out a socket request and return what is sent back."""
    raw = socket_request(request)
    if raw is None:
        return socket_answer(request, Reply(400, {"code": -1104, "msg": "unknown method"}, {}))
    return socket_answer(request, ask(raw))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
