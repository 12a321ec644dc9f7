"""What the rebalancing service would find now."""

from ballast.services.desk import Desk
from ballast.services.rebalancing.assess import Assessment, assess


async def preview(desk: Desk) -> Assessment:
    """Assess the collateral without starting anything; raises what makes the inputs untrustworthy."""
    await desk.refresh()
    return assess(desk, await desk.observe())
