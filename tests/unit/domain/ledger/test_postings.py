"""The entry that each proved outcome means."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.ledger.builders import at, sums
from tests.unit.services.records import NOON
from tests.unit.strategies import amounts, decimals

from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import Trade
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, HEDGED, JLP, PERP_OF, SHARE, USDC, USDT, Asset
from ballast.domain.kernel.number import ROUND_HALF_EVEN, round_to_places
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import ActionKind, LegPlan
from ballast.domain.ledger.postings import (
    ROUTES,
    TRAVELS,
    action_entry,
    arrival_entry,
    departure_entry,
    deposit_entry,
    pool_entry,
    trade_entry,
    withdrawal_entry,
)

D = Decimal
positive = st.integers(1, 10**12).map(lambda units: Amount(BTC, Decimal(units).scaleb(-8)))
kinds = st.sampled_from(sorted(ROUTES, key=lambda kind: kind.value))


def leg(market: Market, asset: Asset, side: Side) -> LegPlan:
    quote = USDC if market is Market.SPOT else USDT
    return LegPlan("leg", f"{asset.value}", market, asset, quote, side, D(10), reduce_only=False, arrival_price=D(100))


@st.composite
def trades(draw: st.DrawFn, market: Market, fee_asset: Asset) -> Trade:
    realised = draw(decimals("-10000", "10000", 8)) if market is Market.PERP else D(0)
    return Trade(
        draw(st.uuids().map(str)), draw(decimals("0.001", "100", 3)), draw(decimals("0.01", "200000", 2)),
        draw(decimals("0", "100", 8)), fee_asset, realised, maker=draw(st.booleans()), time=NOON,
    )  # fmt: skip


@given(st.data(), st.sampled_from(Market), st.sampled_from(HEDGED), st.sampled_from(Side))
def test_the_postings_of_any_fills_sum_to_zero_per_asset(
    data: st.DataObject, market: Market, asset: Asset, side: Side
) -> None:
    fee_assets = st.sampled_from([asset, USDC]) if market is Market.SPOT else st.just(USDT)
    fills = data.draw(st.lists(fee_assets.flatmap(lambda fee: trades(market, fee)), max_size=5))
    entry = trade_entry(leg(market, asset, side), fills)
    assert not any(sums(entry.postings).values())


@given(st.sampled_from(HEDGED), st.sampled_from(Side), st.lists(trades(Market.SPOT, USDC), max_size=4))
def test_a_spot_fill_swaps_coin_and_quote_in_the_spot_wallet(asset: Asset, side: Side, fills: list[Trade]) -> None:
    entry = trade_entry(leg(Market.SPOT, asset, side), fills)
    coins = sum((fill.quantity for fill in fills), D(0))
    value = sum((round_to_places(fill.quantity * fill.price, 8, ROUND_HALF_EVEN) for fill in fills), D(0))
    fees = sum((fill.fee for fill in fills), D(0))
    assert at(entry, Place.VENUE_SPOT, asset) == side.direction * coins
    assert at(entry, Place.VENUE_SPOT, USDC) == -side.direction * value - fees
    assert at(entry, Place.COSTS, USDC) == fees


def test_a_fee_taken_in_the_bought_coin_comes_off_the_coin() -> None:
    fill = Trade("1", D(1), D(70_000), D("0.001"), BTC, D(0), maker=False, time=NOON)
    entry = trade_entry(leg(Market.SPOT, BTC, Side.BUY), [fill])
    assert at(entry, Place.VENUE_SPOT, BTC) == D("0.999")
    assert at(entry, Place.VENUE_SPOT, USDC) == -70_000


@given(st.sampled_from(HEDGED), st.sampled_from(Side), st.lists(trades(Market.PERP, USDT), max_size=4))
def test_a_perpetual_fill_moves_only_fee_and_profit_in_the_wallet(asset: Asset, side: Side, fills: list[Trade]) -> None:
    entry = trade_entry(leg(Market.PERP, asset, side), fills)
    realised = sum((fill.realised for fill in fills), D(0))
    fees = sum((fill.fee for fill in fills), D(0))
    assert at(entry, Place.VENUE_MARGIN, PERP_OF[asset]) == side.direction * sum((f.quantity for f in fills), D(0))
    assert at(entry, Place.VENUE_MARGIN, USDT) == realised - fees


def test_a_position_opened_and_closed_leaves_its_profit_in_the_wallet_and_no_cost_behind() -> None:
    opened = Trade("1", D(2), D(100), D(0), USDT, D(0), maker=False, time=NOON)
    closed = Trade("2", D(2), D(110), D(0), USDT, D(20), maker=False, time=NOON)
    bought = trade_entry(leg(Market.PERP, BTC, Side.BUY), [opened])
    sold = trade_entry(leg(Market.PERP, BTC, Side.SELL), [closed])
    assert (at(bought, Place.PERP_ENTRY, USDT), at(sold, Place.PERP_ENTRY, USDT)) == (D(-200), D(200))
    assert at(sold, Place.VENUE_MARGIN, USDT) == 20


def test_every_action_kind_has_a_route_but_those_that_trade_with_the_pool() -> None:
    assert set(ActionKind) - set(ROUTES) == {ActionKind.MINT, ActionKind.REDEEM}
    assert set(ROUTES) >= TRAVELS


@given(kinds, positive)
def test_an_action_at_once_takes_the_amount_along_its_route(kind: ActionKind, amount: Amount) -> None:
    source, target = ROUTES[kind]
    entry = action_entry(kind, amount)
    assert (at(entry, source, BTC), at(entry, target, BTC)) == (-amount.quantity, amount.quantity)
    assert not any(sums(entry.postings).values())


@given(kinds.filter(lambda kind: kind in TRAVELS), positive, st.none() | positive)
def test_what_travels_is_in_transit_between_departure_and_arrival(
    kind: ActionKind, sent: Amount, cost: Amount | None
) -> None:
    source, target = ROUTES[kind]
    left, came = departure_entry(kind, sent, cost), arrival_entry(kind, sent)
    taken = sent if cost is None else sent + cost
    assert at(left, source, BTC) == -taken.quantity
    assert at(left, Place.TRANSIT, BTC) == sent.quantity == -at(came, Place.TRANSIT, BTC)
    assert at(came, target, BTC) == sent.quantity
    assert not any(sums(left.postings + came.postings).values())


@given(amounts(USDC, 10**12), amounts(JLP, 10**12), st.none() | amounts(JLP, 10**6))
def test_a_mint_swaps_at_the_treasury_and_its_fee_is_the_pools(paid: Amount, got: Amount, fee: Amount | None) -> None:
    entry = pool_entry(paid, got, fee)
    assert at(entry, Place.TREASURY, USDC) == -paid.quantity
    assert at(entry, Place.TREASURY, JLP) == got.quantity
    assert at(entry, Place.POOL_FEES, JLP) == (fee.quantity if fee else 0)
    assert not any(sums(entry.postings).values())


@given(positive, positive)
def test_a_fulfilled_withdrawal_pays_the_user_and_burns_the_shares(payout: Amount, drawn: Amount) -> None:
    shares = Amount(SHARE, drawn.quantity)
    entry = withdrawal_entry(payout, shares)
    assert at(entry, Place.DEPOSITORS, BTC) == payout.quantity
    assert at(entry, Place.DEPOSITORS, SHARE) == shares.quantity
    assert at(entry, Place.CONTRACT, SHARE) == -shares.quantity


@pytest.mark.parametrize("quantity", ["0.00000001", "12.5"])
def test_a_deposit_comes_from_the_depositors_into_the_contract(quantity: str) -> None:
    entry = deposit_entry(Amount(BTC, D(quantity)))
    assert (at(entry, Place.DEPOSITORS, BTC), at(entry, Place.CONTRACT, BTC)) == (-D(quantity), D(quantity))
