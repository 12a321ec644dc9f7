"""The USDT reserve at the venue and its top-up; design/strategy.md section 4.6."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.number import ONE, ROUND_UP, ZERO, divide


@frozen
class ReserveTerms:
    """Below `floor` of the open positions' notional (1 % = 100 bps), top up to `target` (150 bps)."""

    floor: Bps
    target: Bps


@frozen
class Reserve:
    """USDT in the margin wallet against the open positions' notional, both in USD."""

    usdt: Decimal
    notional_usd: Decimal

    def short(self, terms: ReserveTerms) -> bool:
        """Say whether the reserve is below its floor (a debt always is)."""
        return self.usdt < terms.floor.fraction * self.notional_usd or self.usdt < 0


def top_up_btc(reserve: Reserve, btc_position: Decimal, btc_price: Decimal, cost: Bps, terms: ReserveTerms) -> Decimal:
    """Return the BTC to sell for USDT, replaced by the same BTC in perpetuals, rounded up at the satoshi.

    The bought perpetuals change the notional N by s = -1 per BTC while they close a short and by s = +1 beyond it, so
    the sale q solves U + q P (1 - cost) = t (N + s q P), where beyond a short of p BTC N is taken less 2 p P. `cost`
    is the fee and slippage of both trades.
    """
    target, short = terms.target.fraction, max(ZERO, -btc_position)
    kept = ONE - cost.fraction
    sale = _sale(reserve, reserve.notional_usd, btc_price * (kept + target), target)
    if sale <= short:
        return sale
    return _sale(reserve, reserve.notional_usd - 2 * short * btc_price, btc_price * (kept - target), target)


def _sale(reserve: Reserve, notional_usd: Decimal, gained_per_btc: Decimal, target: Decimal) -> Decimal:
    return divide(target * notional_usd - reserve.usdt, gained_per_btc, 8, ROUND_UP)
