"""The exchange's trade lists, read to their end."""

from collections.abc import Mapping
from typing import Any

from ballast.adapters.exchange.budget import Priority
from ballast.adapters.exchange.endpoints import Endpoint
from ballast.adapters.exchange.line import Line

_PAGE = 1000
_PAGES_MAX = 20
Row = Mapping[str, Any]


async def read_trades(line: Line, endpoint: Endpoint, wanted: Mapping[str, str | int]) -> list[Row]:
    """Return the rows of every trade of an order, or since a time (startTime), oldest first; 20,000 at most.

    Raises what `Line.ask` raises.
    """
    params: dict[str, str | int] = {**wanted, "limit": _PAGE}
    rows: list[Row] = []
    for _ in range(_PAGES_MAX):
        page = await line.ask(endpoint, params, Priority.TRADE)
        rows += page
        if len(page) < _PAGE:
            break
        # The exchange takes either a time or an id to begin with.
        params.pop("startTime", None)
        params["fromId"] = int(page[-1]["id"]) + 1
    return rows
