"""The newest exposure run: once, or each as it comes."""

from collections.abc import AsyncIterator

from ballast.domain.kernel.errors import NotKnown
from ballast.domain.ledger.events import ExposureMeasured
from ballast.services.desk import Desk
from ballast.services.operations.read import WATCH_S


async def last(desk: Desk) -> ExposureMeasured:
    """Return the newest run; raises NotKnown before the first."""
    await desk.refresh()
    if desk.state.exposure is None:
        raise NotKnown("exposure run", "newest")
    return desk.state.exposure


async def watch_last(desk: Desk) -> AsyncIterator[ExposureMeasured]:
    """Yield the newest run and each newer one, without end; whoever reads slowly gets the newest, not each."""
    seen: ExposureMeasured | None = None
    while True:
        await desk.refresh()
        run = desk.state.exposure
        if run is not None and run is not seen:
            seen = run
            yield run
        await desk.clock.sleep(WATCH_S)
