"""The USDT reserve at the venue and its top-up; design/strategy.md section 4.6."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.number import ONE, ROUND_UP, divide


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

    The bought perpetuals change the notional by s = +1 (long, flat) or -1 (short) per BTC, so the sale q solves
    U + q P (1 - cost) = t (N + s q P). `cost` is the fee and slippage of both trades.
    """
    target = terms.target.fraction
    missing = target * reserve.notional_usd - reserve.usdt
    side = ONE if btc_position >= 0 else -ONE
    return divide(missing, btc_price * (ONE - cost.fraction - side * target), 8, ROUND_UP)
