"""An exit from the withdrawal request to the claimable BTC."""

from decimal import Decimal

import pytest
from tests.unit.builders import quick_settings
from tests.unit.services.scenes import Scene, differences, play, pool_earning

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, PERP_OF, SHARE, SOL, Asset
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.ledger.entry import OWN_PLACES, Place
from ballast.domain.ledger.events import OperationKind, OrderSettled, PayoutFixed
from ballast.services.exit.quote import quote
from ballast.services.settings import StrategySettings

D = Decimal
SATOSHI = D("1e-8")
# The fee of a redemption stays in the pool and so lifts the price of all JLP, by less than a millionth here.
WALLETS = set(OWN_PLACES) - {Place.PERP_ENTRY}
POOL_SHARE = D("2e-6")
EXIT = OperationKind.EXIT
STILL = pool_earning(0)
UNWOUND = {"BTCUSDT:PERP": BTC, "ETHUSDT:PERP": ETH, "SOLUSDT:PERP": SOL}


async def left(scene: Scene, shares: Decimal) -> None:
    before = len(scene.closed(EXIT))
    scene.withdraw(shares)
    await scene.until(lambda: len(scene.closed(EXIT)) > before)


def test_a_part_of_the_shares_gets_their_price_less_its_own_costs() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        before, base = scene.desk.share_price_btc((await scene.desk.observe()).marks), scene.desk.state.hedge_base
        await left(scene, D(4))
        exit_ = scene.closed(EXIT)[-1]
        assert exit_.payout is not None
        price = scene.market.prices[BTC]
        gross = 4 * before
        assert abs(gross - exit_.cost_usd / price - scene.claims()) < POOL_SHARE
        assert abs(base - gross - scene.desk.state.hedge_base) < POOL_SHARE
        assert exit_.price_per_share == exit_.payout.price_per_share == round(scene.claims() / 4, 18)
        after = scene.desk.share_price_btc((await scene.desk.observe()).marks)
        assert 0 <= after - before < POOL_SHARE

    play(story, pool=STILL, strategy=StrategySettings(tranches=2), running=("entry", "exit"))


def test_what_was_quoted_is_what_an_exit_costs_to_within_a_fifth() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        quoted = await quote(scene.desk, Amount(SHARE, D(4)))
        await left(scene, D(4))
        exit_ = scene.closed(EXIT)[-1]
        expected = 4 * quoted.share_price_btc - quoted.receive.quantity
        assert abs(exit_.cost_usd / scene.market.prices[BTC] - expected) < expected / 5

    play(story, pool=STILL)


def test_the_last_shares_get_everything_and_nothing_stays_behind() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await left(scene, scene.shares())
        exit_ = scene.closed(EXIT)[-1]
        assert exit_.price_per_share is not None
        assert scene.claims() == round(exit_.price_per_share * exit_.opened.amount.quantity, 8)
        assert scene.world.parts["vault"].books.share_supply == scene.desk.state.share_supply == 0
        assert not {asset for asset, quantity in scene.desk.state.own.items() if quantity}
        assert not any(scene.perps().values())
        assert scene.desk.state.hedge_base == scene.desk.state.target_btc == 0
        assert await differences(scene.desk) == {}

    play(story)


def test_everything_in_and_out_leaves_only_dust_to_the_house() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await left(scene, scene.shares())
        prices = (await scene.desk.observe()).marks.prices
        house = {
            asset: quantity for (place, asset), quantity in scene.desk.state.balances.items()
            if place.value.startswith("house") and quantity
        }  # fmt: skip
        assert sum(abs(quantity) * prices[asset] for asset, quantity in house.items()) < 20
        assert all(quantity >= 0 for quantity in house.values())

    play(story)


@pytest.mark.parametrize("part", ["0.3", "1"])
def test_unwinds_shrink_their_positions_and_no_order_is_beyond_the_drift_it_answers(part: str) -> None:
    """Redeeming leaves the coins short of JLP; buying back must end at the target, never on the other side."""

    async def story(scene: Scene) -> None:
        await scene.entered("10")
        held = scene.perps()
        scene.venue.placed.clear()
        await left(scene, scene.shares() * D(part) // SATOSHI * SATOSHI)
        unwinds = [(order, report) for order, report in scene.venue.placed if ".unwind" in order.client_id]
        assert {UNWOUND[order.symbol] for order, _ in unwinds} == {BTC, ETH, SOL}
        for order, report in unwinds:
            asset = UNWOUND[order.symbol]
            position = held[asset]
            held[asset] += order.side.direction * report.filled
            if asset is not BTC:
                assert order.reduce_only
                assert abs(held[asset]) < abs(position)

    play(story)


def test_the_drift_of_every_coin_never_grows_between_two_fills_of_an_unwind() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        scene.withdraw(D(4))
        await scene.until(lambda: scene.open(EXIT))
        worst: dict[Asset, Decimal] = {}
        seen = scene.desk.state.sequence
        while not scene.closed(EXIT):
            fresh = await scene.desk.journal.read(seen, 100)
            drifts = await scene.drifts()
            if any(isinstance(row.event, OrderSettled) and row.event.step.startswith("unwind") for row in fresh):
                for asset, drift in drifts.items():
                    assert abs(drift) <= abs(worst.get(asset, drift)), asset
            worst, seen = drifts, scene.desk.state.sequence
            await scene.wait(1)

    play(story, strategy=StrategySettings(tranches=2))


def test_closing_all_positions_is_reduce_only() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await left(scene, scene.shares())
        flattening = [order for order, _ in scene.venue.placed if ".flatten" in order.client_id]
        assert flattening
        assert all(order.reduce_only for order in flattening)
        assert {order.side for order in flattening if order.symbol == "BTCUSDT:PERP"} == {Side.SELL}

    play(story)


def test_a_withdrawal_during_an_entry_waits_for_its_end() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        scene.deposit("2")
        await scene.until(lambda: scene.open(OperationKind.ENTRY))
        key = scene.withdraw(D(1))
        await scene.until(lambda: "one at a time" in scene.desk.waiting.get(key, ""))
        await scene.until(lambda: scene.open(EXIT))
        entry = scene.closed(OperationKind.ENTRY)[-1]
        assert entry.closed_at is not None
        assert entry.closed_at <= scene.open(EXIT)[0].opened_at
        await scene.until(lambda: scene.closed(EXIT))
        await scene.quiet()
        await scene.check_whole()

    play(story, delays=quick_settings(durations_s=90))


def test_a_payout_belongs_to_the_leaver_as_soon_as_it_is_fixed() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        scene.withdraw(D(1))
        await scene.until(lambda: any(record.payout for record in scene.open(EXIT)))
        fixed = scene.open(EXIT)[0].payout
        assert isinstance(fixed, PayoutFixed)
        assert scene.desk.state.claims_btc in (fixed.payout.quantity, D(0))
        await scene.until(lambda: scene.closed(EXIT))
        assert scene.claims() == fixed.payout.quantity

    play(story)


@pytest.mark.parametrize("part", ["0.5", "0.9"])
@pytest.mark.parametrize("moves", [{"BTC": "1.5"}, {"BTC": "0.9"}, {"SOL": "1.3", "ETH": "1.3"}])
def test_a_withdrawal_after_a_large_move_is_paid_all_the_same(part: str, moves: dict[str, str]) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.glide(**moves)
        await scene.quiet()
        nav = scene.desk.share_nav_btc((await scene.desk.observe()).marks)
        await left(scene, scene.shares() * D(part) // SATOSHI * SATOSHI)
        assert abs(scene.claims() - nav * D(part)) < nav * D("0.02")
        await scene.quiet()
        await scene.check_whole()

    play(story)


@pytest.mark.parametrize("shares", ["0.00000001", "0.0001"])
def test_a_withdrawal_that_would_not_pay_for_itself_waits_and_stops_nobody(shares: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        key = scene.withdraw(D(shares))
        await scene.until(lambda: key in scene.desk.waiting)
        assert not scene.open(EXIT)
        assert scene.desk.state.paused == {}
        await left(scene, D(1))
        assert scene.claims() > D("0.99")

    play(story)


@pytest.mark.parametrize(("amount", "error"), [("0", InvalidInput), ("-1", InvalidInput), ("2.1", RuleBroken)])
def test_a_quote_for_no_shares_or_more_than_there_are_is_refused(amount: str, error: type[Exception]) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        with pytest.raises(error, match=r"amount|withdrawal"):
            await quote(scene.desk, Amount(SHARE, D(amount)))
        with pytest.raises(InvalidInput, match="a positive number of shares"):
            await quote(scene.desk, Amount(BTC, D(1)))

    play(story, running=("entry",))


def test_our_places_hold_nothing_negative_when_all_is_quiet() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await left(scene, D(4))
        await scene.quiet()
        debts = {
            key: quantity for key, quantity in scene.desk.state.balances.items()
            if quantity < 0 and key[0] in WALLETS and key[1] not in PERP_OF.values()
        }  # fmt: skip
        assert debts == {}

    play(story)
