"""What an exposure run would measure now."""

from ballast.domain.ledger.events import ExposureMeasured
from ballast.services.desk import Desk
from ballast.services.exposure.measure import exposure_of


async def preview(desk: Desk) -> ExposureMeasured:
    """Measure without recording or trading; raises what makes the inputs untrustworthy."""
    await desk.refresh()
    seen = await desk.observe()
    found = await exposure_of(desk, seen)
    return ExposureMeasured(seen.time, found.rows, found.nav_usd, found.nav_btc, "preview")
