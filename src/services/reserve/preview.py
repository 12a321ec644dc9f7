"""What the reserve service would find now."""

from ballast.services.desk import Desk
from ballast.services.reserve.assess import Assessment, assess


async def preview(desk: Desk) -> Assessment:
    """Assess the reserve without starting anything; raises what makes the inputs untrustworthy."""
    await desk.refresh()
    return await assess(desk, await desk.observe())
