"""Quote an entry: what a deposit would get now, item by item."""

from ballast.domain.hedge.quote import Quote, entry_quote
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import InvalidInput
from ballast.services.desk import Desk
from ballast.services.operations.quoting import quote_life, quote_terms, quote_world


async def quote(desk: Desk, deposit: Amount) -> Quote:
    """Price a deposit; raises InvalidInput for an amount outside the limits, Stale when an input is too old."""
    low, high = desk.settings.deposit_btc_min, desk.settings.deposit_btc_max
    if deposit.asset is not BTC or not low <= deposit.quantity <= high:
        raise InvalidInput("amount", f"{low} to {high} BTC", str(deposit))
    world = await quote_world(desk)
    now = desk.clock.now()
    return entry_quote(deposit, world, quote_terms(desk), desk.state.sequence, now, now + quote_life(desk))
