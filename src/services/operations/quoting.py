"""What a quote is computed from, read at one moment."""

import asyncio
from datetime import timedelta

from ballast.domain.hedge.quote import SPOT_SYMBOL, QuoteTerms, World, perp_symbol
from ballast.domain.kernel.asset import HEDGED
from ballast.services.desk import Desk


async def quote_world(desk: Desk) -> World:
    """Read books, pool and marks; raises Stale, RuleBroken or Unreachable rather than guess."""
    await desk.refresh()
    seen = await desk.observe()
    symbols = (SPOT_SYMBOL, *(perp_symbol(asset) for asset in HEDGED))
    books = await asyncio.gather(*(desk.venue.book(symbol) for symbol in symbols))
    return World(dict(zip(symbols, books, strict=True)), seen.pool, seen.marks, desk.share_price_btc(seen.marks))


def quote_terms(desk: Desk) -> QuoteTerms:
    """Return what the route costs by the settings."""
    settings = desk.settings
    return QuoteTerms(
        settings.jlp_share,
        settings.tranches,
        settings.chunks_max,
        settings.fees.spot,
        settings.fees.perp,
        settings.fees.usdc_withdrawal,
        settings.fees.btc_withdrawal,
    )


def quote_life(desk: Desk) -> timedelta:
    """Return how long a quote holds."""
    return timedelta(seconds=desk.settings.quote_life_s)
