"""Acting on a quote only while it holds."""

from datetime import datetime

from ballast.domain.kernel.errors import Stale
from ballast.services.desk import Desk


async def check_quote(desk: Desk, request_id: str, expiry: datetime | None) -> None:
    """Raise Stale when the quote a caller decided on has expired.

    None stands for no quote. A request that was answered before passes: its first answer is still the answer.
    """
    await desk.refresh()
    now = desk.clock.now()
    if expiry is not None and now >= expiry and request_id not in desk.state.requests:
        raise Stale("quote", f"use before {expiry.isoformat()}", now.isoformat())
