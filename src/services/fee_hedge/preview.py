"""What the fee hedge would report now."""

from ballast.domain.ledger.events import ValueTaken
from ballast.services.desk import Desk
from ballast.services.fee_hedge.tick import take_value


async def preview(desk: Desk) -> ValueTaken:
    """Take the value without recording or trading; raises what makes the inputs untrustworthy."""
    await desk.refresh()
    return take_value(desk, await desk.observe())
