"""Net exposure in tokens, its band and its correction."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.strategies import HELD, decimals, marks, quantities

from ballast.domain.hedge.exposure import AssetExposure, Band, corrections, measure
from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.asset import BTC, ETH, HEDGED, JLP, PERP_OF, SOL, USDC, USDT, Asset

D = Decimal
NOW = Marks.made(
    {BTC: D(80_000), ETH: D(2_000), SOL: D(100), USDC: D(1), USDT: D(1)},
    {BTC: D(80_000), ETH: D(2_000), SOL: D(100)},
    D("1.5"),
    {BTC: D("0.000005"), ETH: D("0.0001"), SOL: D("0.01")},
)
NAIVE = {BTC: D("0.000006"), ETH: D("0.00012"), SOL: D("0.011")}
BAND = Band(Bps(D(10)), {BTC: D(100), ETH: D(20), SOL: D(5)})
HEDGED_BOOK = {
    JLP: D(100_000), BTC: D("0.3"), PERP_OF[BTC]: D("0.2"), PERP_OF[ETH]: D(-10), PERP_OF[SOL]: D(-1_000)
}  # fmt: skip
holdings = st.fixed_dictionaries({asset: quantities(asset, 10**12) for asset in HELD})
coins = st.fixed_dictionaries({asset: quantities(asset, 10**10) for asset in HEDGED})


def rows(
    held: dict[Asset, Decimal],
    pending: dict[Asset, Decimal] | None = None,
    now: Marks = NOW,
    target: str = "1",
    nav: str = "100000",
    band: Band = BAND,
) -> dict[Asset, AssetExposure]:
    found = measure(held, pending or {}, NAIVE, now, D(target), D(nav), band)
    return {row.asset: row for row in found}


def test_a_hedged_book_has_no_drift() -> None:
    for row in rows(HEDGED_BOOK).values():
        assert row.drift == 0
        assert not row.outside
    assert {asset: row.net for asset, row in rows(HEDGED_BOOK).items()} == {BTC: 1, ETH: 0, SOL: 0}


@given(holdings, coins, marks(), decimals("0.2", "5", 3))
def test_exposure_does_not_move_with_prices(
    held: dict[Asset, Decimal], pending: dict[Asset, Decimal], now: Marks, factor: Decimal
) -> None:
    moved = Marks({asset: price * factor for asset, price in now.prices.items()}, now.jlp_constant, now.jlp_delta)
    before, after = rows(held, pending, now), rows(held, pending, moved)
    for asset in HEDGED:
        assert (before[asset].net, before[asset].drift) == (after[asset].net, after[asset].drift)
        assert after[asset].drift_usd == before[asset].drift_usd * factor


@given(holdings, coins)
def test_what_is_pending_is_counted_once_and_is_not_yet_net(
    held: dict[Asset, Decimal], pending: dict[Asset, Decimal]
) -> None:
    alone, coming = rows(held), rows(held, pending)
    settled = rows({**held, **{PERP_OF[coin]: held[PERP_OF[coin]] + pending[coin] for coin in HEDGED}})
    for coin in HEDGED:
        assert coming[coin].net == alone[coin].net
        assert coming[coin].drift == alone[coin].drift + pending[coin] == settled[coin].drift


@given(holdings, coins, marks())
def test_a_correction_brings_exactly_what_is_outside_back_to_the_middle(
    held: dict[Asset, Decimal], pending: dict[Asset, Decimal], now: Marks
) -> None:
    before = rows(held, pending, now)
    trades = corrections(tuple(before.values()))
    assert set(trades) == {asset for asset, row in before.items() if row.outside}
    after = rows(held, {coin: pending[coin] + trades.get(coin, D(0)) for coin in HEDGED}, now)
    for coin in HEDGED:
        assert after[coin].drift == (0 if coin in trades else before[coin].drift)
    assert corrections(tuple(after.values())) == {}


def test_a_drift_at_the_edge_of_its_band_is_inside_and_one_cent_more_is_outside() -> None:
    for sign in (1, -1):
        at_edge = rows({**HEDGED_BOOK, PERP_OF[ETH]: D(-10) + sign * D("0.05")})[ETH]
        assert (abs(at_edge.drift_usd), at_edge.band_usd, at_edge.outside) == (D(100), D(100), False)
        beyond = rows({**HEDGED_BOOK, PERP_OF[ETH]: D(-10) + sign * D("0.050005")})[ETH]
        assert abs(beyond.drift_usd) == D("100.01")
        assert beyond.outside


def test_the_band_is_never_narrower_than_what_the_venue_takes() -> None:
    small = rows(HEDGED_BOOK, nav="1000")
    assert {asset: row.band_usd for asset, row in small.items()} == {BTC: 100, ETH: 20, SOL: 5}
    large = rows(HEDGED_BOOK, nav="1000000")
    assert {row.band_usd for row in large.values()} == {D(1_000)}


def test_the_target_is_the_hedge_base_for_btc_and_nothing_for_the_others() -> None:
    found = rows({}, target="2.5")
    assert {asset: row.target for asset, row in found.items()} == {BTC: D("2.5"), ETH: 0, SOL: 0}
    assert {asset: row.drift for asset, row in found.items()} == {BTC: D("-2.5"), ETH: 0, SOL: 0}


def test_the_naive_figure_stands_beside_the_exact_one_and_moves_no_drift() -> None:
    row = rows(HEDGED_BOOK)[SOL]
    assert (row.pool, row.naive, row.drift) == (D(1_000), D(1_100), D(0))
