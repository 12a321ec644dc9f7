"""Quote an exit: what shares would get now, item by item."""

from ballast.domain.hedge.quote import Quote, exit_quote
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import SHARE
from ballast.domain.kernel.errors import InvalidInput
from ballast.services.desk import Desk
from ballast.services.exit.start import jlp_of
from ballast.services.operations.quoting import quote_life, quote_terms, quote_world


async def quote(desk: Desk, shares: Amount) -> Quote:
    """Price a withdrawal; raises InvalidInput, RuleBroken beyond the supply, Stale when an input is too old."""
    if shares.asset is not SHARE or shares.quantity <= 0:
        raise InvalidInput("amount", "a positive number of shares", str(shares))
    world = await quote_world(desk)
    jlp = jlp_of(desk, shares)
    now = desk.clock.now()
    return exit_quote(shares, jlp.quantity, world, quote_terms(desk), desk.state.sequence, now, now + quote_life(desk))
