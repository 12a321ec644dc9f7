"""The newest report of the fee hedge."""

from ballast.domain.kernel.errors import NotKnown
from ballast.domain.ledger.events import ValueTaken
from ballast.services.desk import Desk


async def last(desk: Desk) -> ValueTaken:
    """Return the newest report; raises NotKnown before the first."""
    await desk.refresh()
    if desk.state.value is None:
        raise NotKnown("fee hedge report", "newest")
    return desk.state.value
