"""What getting in or out really costs now, item by item; design/strategy.md section 2."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Side
from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.amount import BPS_PER_ONE, Amount, Bps
from ballast.domain.kernel.asset import BTC, HEDGED, JLP, SHARE, USDC, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ROUND_DOWN, ROUND_HALF_EVEN, ZERO, divide, from_units, ratio, whole_units
from ballast.domain.pool.liquidity import plan_mint, plan_redeem
from ballast.domain.pool.state import PoolState

PRICE_PLACES = 8


@frozen
class QuoteTerms:
    """What the route costs: fees as bps, network fees in the asset's units; `tranches` share the work.

    `jlp_share` is the part of a deposit that becomes JLP (0.70); `chunks_max` bounds the pool orders of one tranche.
    """

    jlp_share: Decimal
    tranches: int
    chunks_max: int
    spot_fee: Bps
    perp_fee: Bps
    usdc_network_fee: Decimal
    btc_network_fee: Decimal


@frozen
class World:
    """What the quote was computed from: books by symbol, the pool, marks, and the shares' own price in BTC."""

    books: Mapping[str, Book]
    pool: PoolState
    marks: Marks
    share_price_btc: Decimal


@frozen
class CostItem:
    """One cost in USD, named for what takes it."""

    name: str
    usd: Decimal


@frozen
class Quote:
    """An itemised price.

    `pay` and `receive` are what the user gives and gets; `price_btc` is BTC per share, costs included; `sequence` is
    the journal's when it was made; it holds until `expiry_time`.
    """

    pay: Amount
    receive: Amount
    price_btc: Decimal
    share_price_btc: Decimal
    cost_bps: Decimal
    items: tuple[CostItem, ...]
    sequence: int
    valuation_time: datetime
    expiry_time: datetime


SPOT_SYMBOL = "BTCUSDC:SPOT"


def perp_symbol(asset: Asset) -> str:
    """Return the symbol of a coin's perpetual."""
    return f"{asset.value}USDT:PERP"


def entry_costs(btc: Decimal, world: World, terms: QuoteTerms) -> tuple[CostItem, ...]:
    """Itemise putting BTC to work, one tranche at a time against the visible books."""
    part = btc * terms.jlp_share / terms.tranches
    price = world.marks.prices
    spot = _trade("sell BTC for USDC", SPOT_SYMBOL, Side.SELL, part, world, terms.spot_fee, price[USDC])
    perp = _trade("buy BTC perpetuals", perp_symbol(BTC), Side.BUY, part, world, terms.perp_fee, price[USDC])
    usdc = world.books[SPOT_SYMBOL].walk(Side.SELL, part).value
    paid = usdc - terms.usdc_network_fee
    if paid <= 0:
        raise RuleBroken("deposit", "more than its costs", f"{usdc:.2f} USDC to mint with, before the network fee")
    results = plan_mint(
        world.pool, world.pool.address_of(USDC), whole_units(paid, _decimals(world.pool)), terms.chunks_max
    )
    jlp = from_units(sum(result.lp_out for result in results), JLP.scale)
    minted = CostItem("mint JLP", paid * price[USDC] - jlp * price[JLP])
    hedges = _hedge_costs(Side.SELL, jlp, world, terms)
    network = CostItem("USDC network fee", terms.usdc_network_fee * price[USDC])
    return _times((*spot, *perp, network, minted, *hedges), terms.tranches)


def exit_costs(jlp: Decimal, world: World, terms: QuoteTerms) -> tuple[CostItem, ...]:
    """Itemise taking JLP (>= 0) back into BTC, one tranche at a time against the visible books."""
    part = jlp / terms.tranches
    price = world.marks.prices
    once = CostItem("BTC network fee", terms.btc_network_fee * price[BTC])
    units = whole_units(part, JLP.scale)
    if not units:
        return (once,)
    results = plan_redeem(world.pool, world.pool.address_of(USDC), units, terms.chunks_max)
    usdc = from_units(sum(result.tokens_out for result in results), _decimals(world.pool))
    redeemed = CostItem("redeem JLP", part * price[JLP] - usdc * price[USDC])
    hedges = _hedge_costs(Side.BUY, part, world, terms)
    btc = usdc / world.books[SPOT_SYMBOL].mid
    spot = _trade("buy BTC with USDC", SPOT_SYMBOL, Side.BUY, btc, world, terms.spot_fee, price[USDC])
    perp = _trade("sell BTC perpetuals", perp_symbol(BTC), Side.SELL, btc, world, terms.perp_fee, price[USDC])
    return (*_times((redeemed, *hedges, *spot, *perp), terms.tranches), once)


def entry_quote(btc: Amount, world: World, terms: QuoteTerms, sequence: int, now: datetime, expiry: datetime) -> Quote:
    """Price a deposit: the shares it would get after the costs of putting it to work."""
    items = entry_costs(btc.quantity, world, terms)
    cost_btc = _total(items) / world.marks.prices[BTC]
    shares = Amount(SHARE, divide(btc.quantity - cost_btc, world.share_price_btc, SHARE.scale, ROUND_DOWN))
    if shares.quantity <= 0:
        raise RuleBroken("deposit", "more than its costs", f"{btc} against costs of {cost_btc:.8f} BTC")
    price = divide(btc.quantity, shares.quantity, PRICE_PLACES, ROUND_HALF_EVEN)
    cost_bps = ratio(cost_btc, btc.quantity) * BPS_PER_ONE
    return Quote(btc, shares, price, world.share_price_btc, cost_bps, items, sequence, now, expiry)


def exit_quote(
    shares: Amount, jlp: Decimal, world: World, terms: QuoteTerms, sequence: int, now: datetime, expiry: datetime
) -> Quote:
    """Price a withdrawal of shares that own `jlp`: the BTC it would get after the costs of getting it out."""
    items = exit_costs(jlp, world, terms)
    gross = shares.quantity * world.share_price_btc
    cost_btc = _total(items) / world.marks.prices[BTC]
    payout = Amount.rounded(BTC, gross - cost_btc, ROUND_DOWN)
    if payout.quantity <= 0:
        raise RuleBroken("withdrawal", "more than its costs", f"{gross:.8f} BTC against {cost_btc:.8f} BTC")
    price = divide(payout.quantity, shares.quantity, PRICE_PLACES, ROUND_HALF_EVEN)
    cost_bps = ratio(cost_btc, gross) * BPS_PER_ONE
    return Quote(shares, payout, price, world.share_price_btc, cost_bps, items, sequence, now, expiry)


def _hedge_costs(side: Side, jlp: Decimal, world: World, terms: QuoteTerms) -> list[CostItem]:
    verb = "short" if side is Side.SELL else "buy back"
    items: list[CostItem] = []
    for asset in HEDGED:
        quantity = jlp * world.marks.jlp_delta[asset]
        if quantity:
            items += _trade(
                f"{verb} {asset.value}", perp_symbol(asset), side, quantity, world, terms.perp_fee, Decimal(1)
            )
    return items


def _trade(
    name: str, symbol: str, side: Side, quantity: Decimal, world: World, fee: Bps, quote_usd: Decimal
) -> list[CostItem]:
    """Cost one trade: what the walk gives away against the mid, and the fee."""
    book = world.books[symbol]
    walk = book.walk(side, quantity)
    slippage = abs(walk.value - book.mid * quantity) * quote_usd
    return [
        CostItem(f"{name}: spread and depth", slippage),
        CostItem(f"{name}: fee", walk.value * fee.fraction * quote_usd),
    ]


def _times(items: tuple[CostItem, ...], tranches: int) -> tuple[CostItem, ...]:
    return tuple(CostItem(item.name, item.usd * tranches) for item in items)


def _total(items: tuple[CostItem, ...]) -> Decimal:
    return sum((item.usd for item in items), ZERO)


def _decimals(pool: PoolState) -> int:
    return pool.custodies[pool.index(pool.address_of(USDC))].decimals
