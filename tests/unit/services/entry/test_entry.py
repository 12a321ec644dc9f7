"""An entry from the deposit to the shares."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.builders import quick_settings, recorded_pool
from tests.unit.services.scenes import Scene, play, pool_earning

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, HEDGED, JLP, SOL, USDC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import OperationKind, OrdersSent
from ballast.services.entry.quote import quote
from ballast.services.settings import StrategySettings

D = Decimal
SATOSHI = D("1e-8")
# The fee of a mint stays in the pool and so lifts the price of all JLP, by a ten-millionth here.
POOL_SHARE = D("2e-7")
STILL = pool_earning(0)
ONE_TRANCHE = StrategySettings(tranches=1)


@pytest.mark.parametrize("tranches", [1, 3])
def test_the_first_shares_are_the_deposit_less_its_costs(tranches: int) -> None:
    async def story(scene: Scene) -> None:
        entry = await scene.entered("2")
        brought = 2 - entry.cost_usd / scene.market.prices[BTC]
        assert abs(brought - scene.shares()) < 2 * POOL_SHARE
        assert entry.price_per_share == round(2 / scene.shares(), 18)
        assert scene.desk.state.hedge_base - scene.shares() in (0, SATOSHI)
        await scene.check_whole()

    play(story, strategy=StrategySettings(tranches=tranches), pool=STILL, running=("entry",))


def test_a_later_entry_pays_for_itself_and_leaves_the_share_price_alone() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("5")
        before = scene.desk.share_price_btc((await scene.desk.observe()).marks)
        shares = scene.shares()
        entry = await scene.entered("3")
        after = scene.desk.share_price_btc((await scene.desk.observe()).marks)
        brought = 3 - entry.cost_usd / scene.market.prices[BTC]
        assert 0 <= after - before < POOL_SHARE
        assert abs((scene.shares() - shares) * before - brought) < 3 * POOL_SHARE

    play(story, strategy=ONE_TRANCHE, pool=STILL, running=("entry",))


def test_what_is_earned_during_an_entry_is_shared_by_what_each_has_brought() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("5")
        scene.deposit("5")
        await scene.until(lambda: scene.open(OperationKind.ENTRY))
        before, shares = scene.desk.share_price_btc((await scene.desk.observe()).marks), scene.shares()
        await scene.until(lambda: scene.shares() > shares)
        marks = (await scene.desk.observe()).marks
        price = scene.desk.share_price_btc(marks)
        grown = price / before
        entry = scene.closed(OperationKind.ENTRY)[-1]
        brought = (scene.shares() - shares) * price + entry.cost_usd / marks.prices[BTC]
        assert grown > D("1.001")
        assert abs(brought / 5 - grown) < (grown - 1) / 100

    play(story, strategy=ONE_TRANCHE, pool=pool_earning(1_000_000), delays=quick_settings(600), running=("entry",))


def test_seven_tenths_become_jlp_and_the_rest_is_margin() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        marks = (await scene.desk.observe()).marks
        jlp_btc = scene.desk.state.balance(Place.TREASURY, JLP) * marks.prices[JLP] / marks.prices[BTC]
        assert D("6.95") < jlp_btc < 7
        assert scene.desk.state.balance(Place.VENUE_MARGIN, BTC) == 3
        assert scene.desk.state.balance(Place.TREASURY, USDC) == 0

    play(story, running=("entry",))


def test_afterwards_every_coin_is_hedged_to_within_its_band() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        marks = (await scene.desk.observe()).marks
        for coin, drift in (await scene.drifts()).items():
            assert abs(drift * marks.prices[coin]) < D("0.001") * scene.desk.nav_usd(marks)
        perps = scene.perps()
        assert perps[SOL] < 0 > perps[ETH]

    play(story)


def test_btc_sold_for_jlp_is_bought_as_perpetuals_in_the_same_breath() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        rounds = [envelope.event for envelope in await scene.journal() if isinstance(envelope.event, OrdersSent)]
        trades = [sent.orders for sent in rounds if sent.step == "trade"]
        assert trades
        for orders in trades:
            assert {order.leg for order in orders} == {"sellspot", "buyperp"}
            assert len({order.quantity for order in orders}) == 1

    play(story, running=("entry",))


def test_each_chunk_of_jlp_is_shorted_in_all_its_coins_at_once() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        hedges = [
            envelope.event
            for envelope in await scene.journal()
            if isinstance(envelope.event, OrdersSent) and envelope.event.step.startswith("hedge")
        ]
        assert {order.leg for order in hedges[0].orders} == {f"hedge0{coin.value.lower()}" for coin in HEDGED}
        legs = [order for order, _ in scene.venue.placed if ".hedge" in order.client_id]
        assert {order.side for order in legs} == {Side.SELL}

    play(story, running=("entry",))


@pytest.mark.parametrize("btc", ["0.5", "10"])
def test_what_was_quoted_is_what_an_entry_costs_to_within_a_fifth(btc: str) -> None:
    async def story(scene: Scene) -> None:
        quoted = await quote(scene.desk, Amount(BTC, D(btc)))
        entry = await scene.entered(btc)
        expected = D(btc) - quoted.receive.quantity
        spent = entry.cost_usd / scene.market.prices[BTC]
        assert abs(spent - expected) < expected / 5

    play(story, pool=STILL, running=("entry",))


def test_two_deposits_queue_and_are_entered_in_their_order() -> None:
    async def story(scene: Scene) -> None:
        first, second = scene.deposit("2"), scene.deposit("3")
        await scene.until(lambda: scene.open(OperationKind.ENTRY))
        waiting = 0
        while len(scene.closed(OperationKind.ENTRY)) < 2:
            open_ = scene.open(OperationKind.ENTRY)
            assert len(open_) <= 1
            waiting += "one at a time" in scene.desk.waiting.get(second, "")
            await scene.wait(1)
        entries = scene.closed(OperationKind.ENTRY)
        assert [entry.opened.subject for entry in entries] == [first, second]
        assert entries[0].closed_at is not None
        assert entries[0].closed_at <= entries[1].opened_at
        await scene.check_whole()

    play(story)


def test_no_share_is_made_before_the_deposit_is_final_on_its_chain() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.wait(1_100)
        entry = scene.open(OperationKind.ENTRY)[0]
        assert entry.confirmed(0, "mint0") is not None
        assert (entry.action(0, "fulfil"), scene.shares()) == (None, D(0))
        await scene.wait(200)
        assert scene.shares() > 0

    play(story, strategy=ONE_TRANCHE, delays=evolve(quick_settings(), final_s=1_200))


def test_a_mint_the_pool_has_no_room_for_waits_and_somebody_is_told() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.until(lambda: "held:entry" in scene.desk.state.alerts)
        assert "6" in scene.desk.state.alerts["held:entry"]
        await scene.wait(600)
        assert scene.open(OperationKind.ENTRY)[0].action(0, "mint0") is None
        assert scene.desk.state.paused == {}

    state = recorded_pool()
    full = evolve(state, pool=evolve(state.pool, aum_usd_max=state.pool.aum_usd // 2))
    play(story, strategy=ONE_TRANCHE, pool=full, running=("entry",))


@pytest.mark.parametrize("btc", ["0.009", "1001"])
def test_a_deposit_beyond_the_limits_is_left_waiting_and_nothing_is_sent(btc: str) -> None:
    async def story(scene: Scene) -> None:
        key = scene.deposit(btc)
        await scene.wait(300)
        assert not scene.open(OperationKind.ENTRY)
        assert "0.01 to 1000 BTC" in scene.desk.waiting[key]
        with pytest.raises(InvalidInput, match=r"amount: expected 0\.01 to 1000 BTC"):
            await quote(scene.desk, Amount(BTC, D(btc)))

    play(story, running=("entry",))


def test_a_deposit_that_its_chain_takes_back_is_never_worked_on() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.wait(1)
        assert scene.world.call("vault", "reorganise")
        await scene.wait(300)
        assert not scene.desk.state.operations
        assert not scene.closed(OperationKind.ENTRY)

    play(story, running=("entry",))
