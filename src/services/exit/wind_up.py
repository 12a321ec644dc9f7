"""Closing everything for the last shares: positions flat, all cash turned into BTC, dust written off to the house."""

from ballast.domain.hedge.quote import SPOT_SYMBOL
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, HEDGED, PERP_OF, USDC, USDT, Asset
from ballast.domain.kernel.number import ONE, ROUND_CEILING, ROUND_FLOOR, ZERO, divide, round_to_step
from ballast.domain.ledger.entry import Entry, Place, Posting
from ballast.domain.ledger.events import ActionKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.ledger.state import WIND_UP_STEP, StrategyState
from ballast.services.desk import Desk
from ballast.services.operations.legs import Want, perp_wants, plan_legs
from ballast.services.operations.steps import DoAction, DoLegs, Step

RESERVE_SYMBOL = "BTCUSDT:SPOT"
SPENDS_MAX = 4
_HOUSE = {
    Place.VENUE_SPOT: Place.HOUSE_SPOT,
    Place.VENUE_MARGIN: Place.HOUSE_MARGIN,
    Place.PERP_ENTRY: Place.COSTS,  # a rounding rest of realised profit: nothing lies anywhere
}
BUY_WITH = {USDC: SPOT_SYMBOL, USDT: RESERVE_SYMBOL}


def leaves_all(desk: Desk, operation: OperationRecord) -> bool:
    """Say whether no share is left after this exit."""
    return operation.opened.amount.quantity == desk.state.share_supply


async def wind_up(desk: Desk, operation: OperationRecord) -> Step | None:
    """Return what is next in closing everything, None when all that is worth anything is BTC on the spot wallet."""
    if operation.legs_closed(0, WIND_UP_STEP) is None:
        held = {asset: -desk.state.own.get(PERP_OF[asset], ZERO) for asset in HEDGED}
        return DoLegs(await plan_legs(desk, operation.id, 0, WIND_UP_STEP, perp_wants(WIND_UP_STEP, held)))
    for asset in (USDT, USDC):
        step = await _cover(desk, operation) if asset is USDT else None
        step = step or await _spend(desk, operation, asset)
        if step is not None:
            return step
    margin = desk.state.balance(Place.VENUE_MARGIN, BTC)
    return DoAction(0, "margin", ActionKind.TO_SPOT, Amount(BTC, margin)) if margin > 0 else None


async def _cover(desk: Desk, operation: OperationRecord) -> Step | None:
    """Sell BTC for the USDT that closing the positions has left owing."""
    owing = -desk.state.balance(Place.VENUE_MARGIN, USDT)
    sale = operation.legs_closed(0, "cover")
    if operation.confirmed(0, "coverbtc") is None:
        if owing <= 0:
            return None
        instrument = (await desk.instruments())[RESERVE_SYMBOL]
        mid = (await desk.venue.book(RESERVE_SYMBOL)).mid
        less = ONE - desk.settings.fees.spot.fraction - desk.settings.slippage.fraction
        needed = max(divide(owing, mid * less, BTC.scale, ROUND_CEILING), instrument.notional_min / mid)
        return DoAction(
            0, "coverbtc", ActionKind.TO_SPOT, Amount(BTC, round_to_step(needed, instrument.step, ROUND_CEILING))
        )
    record = operation.action(0, "coverbtc")
    if sale is None and record is not None:
        want = Want("coversell", RESERVE_SYMBOL, -record.sent.amount.quantity)
        return DoLegs(await plan_legs(desk, operation.id, 0, "cover", (want,)))
    if owing > 0 and operation.confirmed(0, "coverusdt") is None:
        return DoAction(0, "coverusdt", ActionKind.TO_MARGIN, Amount(USDT, owing))
    return None


async def _spend(desk: Desk, operation: OperationRecord, asset: Asset) -> Step | None:
    """Bring one stable to the spot wallet and buy BTC with it, again while what the limit left over is tradable."""
    name = asset.value.lower()
    margin = desk.state.balance(Place.VENUE_MARGIN, asset)
    if operation.confirmed(0, f"cash{name}") is None and margin > 0:
        return DoAction(0, f"cash{name}", ActionKind.TO_SPOT, Amount(asset, margin))
    symbol = BUY_WITH[asset]
    worst = (await desk.venue.book(symbol)).mid * (ONE + desk.settings.slippage.fraction)
    for attempt in range(SPENDS_MAX):
        step = f"spend{attempt}{name}"
        if operation.legs_closed(0, step) is None:
            spot = max(desk.state.balance(Place.VENUE_SPOT, asset), ZERO)
            planned = await plan_legs(
                desk, operation.id, 0, step, (Want(step, symbol, divide(spot, worst, BTC.scale, ROUND_FLOOR)),)
            )
            return DoLegs(planned) if planned.legs else None
    return None


def write_off(state: StrategyState) -> Entry:
    """Book what is too small to trade over to the house, so that the last share price is what is paid out."""
    postings: list[Posting] = []
    for place, house in _HOUSE.items():
        for asset in Asset:
            left = state.balance(place, asset)
            if left and not (place is Place.VENUE_SPOT and asset is BTC):
                postings += [Posting(place, asset, -left), Posting(house, asset, left)]
    return Entry(tuple(postings))
