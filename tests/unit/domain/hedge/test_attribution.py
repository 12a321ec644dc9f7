"""Where a change of value came from: the parts sum to it whatever happened, and what nobody booked shows."""

from collections.abc import Sequence
from decimal import Decimal

from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.services.records import NOON
from tests.unit.strategies import HELD, decimals, marks, moves, quantities

from ballast.domain.hedge.attribution import Attribution, Baseline, Lots, attribute, in_btc
from ballast.domain.hedge.marks import Marks, value_usd
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, JLP, PERP_OF, SOL, USDC, USDT, Asset
from ballast.domain.kernel.events import Envelope
from ballast.domain.ledger.entry import OWN_PLACES, Place, move
from ballast.domain.ledger.events import IncomePosted
from ballast.domain.ledger.state import StrategyState

D = Decimal
# Every conversion to BTC is rounded at 18 places; a sequence of a few dozen of them stays far below this.
ROUNDING_BTC = D("1e-15")
START = Marks.made(
    {BTC: D(80_000), ETH: D(2_000), SOL: D(100), USDC: D(1), USDT: D(1)},
    {BTC: D(80_000), ETH: D(2_000), SOL: D(100)},
    D(2),
    {BTC: D("0.000005"), ETH: D("0.0001"), SOL: D("0.01")},
)
Booked = tuple[tuple[Place, Place, Amount], Marks]
history = st.lists(st.tuples(moves(), marks()), max_size=12)
holdings = st.fixed_dictionaries({asset: quantities(asset, 10**12) for asset in HELD})


@define
class Story:
    """A ledger with something in it, a baseline, and everything that was booked since."""

    held: dict[Asset, Decimal]
    start: Marks
    state: StrategyState = field(factory=StrategyState)

    def __attrs_post_init__(self) -> None:
        self.state.own = dict(self.held)

    def book(self, booked: Sequence[Booked]) -> "Story":
        for (source, target, amount), at in booked:
            event = IncomePosted(0, move(amount, source, target), at)
            self.state.apply(Envelope(self.state.sequence + 1, NOON, "test", "", event, ""))
        return self

    def attributed(self, end: Marks, unbooked_usd: Decimal = D(0)) -> Attribution:
        baseline = Baseline(self.held, self.start, value_usd(self.held, self.start))
        return attribute(baseline, self.state.lots, end, value_usd(self.state.own, end) + unbooked_usd)


def parts_of(found: Attribution) -> Decimal:
    return found.price + found.funding + found.fees + found.pool_income + found.flows


@settings(max_examples=50)
@given(holdings, marks(), history, marks())
def test_the_parts_sum_to_the_change_whatever_was_booked_at_whatever_prices(
    held: dict[Asset, Decimal], start: Marks, booked: list[Booked], end: Marks
) -> None:
    found = Story(held, start).book(booked).attributed(end)
    assert found.change == parts_of(found) + found.unexplained
    scale = 1 + sum((abs(amount.quantity) for (_, _, amount), _ in booked), D(0))
    assert abs(found.unexplained) <= ROUNDING_BTC * scale


@settings(max_examples=50)
@given(holdings, marks(), history, marks(), decimals("-1000000", "1000000", 2))
def test_what_nobody_booked_is_unexplained_to_its_full_size(
    held: dict[Asset, Decimal], start: Marks, booked: list[Booked], end: Marks, planted_usd: Decimal
) -> None:
    story = Story(held, start).book(booked)
    whole, planted = story.attributed(end), story.attributed(end, planted_usd)
    assert abs(planted.unexplained - whole.unexplained - in_btc(planted_usd, end)) <= ROUNDING_BTC
    assert parts_of(planted) == parts_of(whole)


@settings(max_examples=50)
@given(history.filter(bool), st.data())
def test_one_entry_left_out_is_unexplained_by_what_it_moved_into_our_places(
    booked: list[Booked], data: st.DataObject
) -> None:
    left_out = data.draw(st.integers(0, len(booked) - 1))
    complete = Story({}, START).book(booked)
    lacking = Story({}, START).book(booked[:left_out] + booked[left_out + 1 :])
    (source, target, amount), _ = booked[left_out]
    arrived = amount.quantity * ((target in OWN_PLACES) - (source in OWN_PLACES))
    missing_usd = value_usd({amount.asset: arrived}, START)
    found = lacking.attributed(START, value_usd(complete.state.own, START) - value_usd(lacking.state.own, START))
    assert abs(found.unexplained - in_btc(missing_usd, START)) <= ROUNDING_BTC * (1 + abs(arrived))


@given(quantities(BTC), marks())
def test_btc_itself_has_no_price_profit_because_it_is_the_measure(quantity: Decimal, end: Marks) -> None:
    found = Story({BTC: quantity}, START).attributed(end)
    assert max(abs(found.price), abs(found.change)) <= ROUNDING_BTC


def test_jlp_of_an_unchanged_pool_earns_price_and_a_grown_pool_earns_income() -> None:
    held = {JLP: D(10_000)}
    moved = Marks.made({**_coins(), SOL: D(120)}, _perps(), START.jlp_constant, START.jlp_delta)
    found = Story(held, START).attributed(moved)
    assert (found.price, found.pool_income) == (in_btc(D(10_000) * D("0.01") * 20, moved), D(0))
    grown = Marks.made(_coins(), _perps(), START.jlp_constant + D("0.08"), START.jlp_delta)
    found = Story(held, START).attributed(grown)
    assert (found.price, found.pool_income) == (D(0), D("0.01"))


def test_jlp_bought_on_the_way_earns_no_income_of_the_time_before() -> None:
    grown = Marks.made(_coins(), _perps(), START.jlp_constant + D("0.08"), START.jlp_delta)
    bought = (Place.POOL, Place.TREASURY, Amount(JLP, D(10_000)))
    found = Story({}, START).book([(bought, grown)]).attributed(grown)
    assert (found.price, found.pool_income) == (D(0), D(0))


@given(st.lists(st.tuples(quantities(JLP, 10**9), marks()), min_size=1, max_size=4), marks())
def test_jlp_of_every_lot_is_split_by_the_pool_of_its_own_moment(lots: list[tuple[Decimal, Marks]], end: Marks) -> None:
    booked = [((Place.POOL, Place.TREASURY, Amount(JLP, quantity)), at) for quantity, at in lots]
    found = Story({}, START).book(booked).attributed(end)
    unchanged_usd = sum((quantity * at.jlp_at(end.prices) for quantity, at in lots), D(0))
    now_usd = sum((quantity for quantity, _ in lots), D(0)) * end.prices[JLP]
    assert abs(found.pool_income - in_btc(now_usd - unchanged_usd, end)) <= ROUNDING_BTC


def test_each_kind_of_entry_lands_in_its_own_part() -> None:
    usdt = Amount(USDT, D(800))
    bookings: list[tuple[str, Place, Place]] = [
        ("funding", Place.FUNDING, Place.VENUE_MARGIN),
        ("fees", Place.COSTS, Place.VENUE_MARGIN),
        ("fees", Place.POOL_FEES, Place.VENUE_MARGIN),
        ("fees", Place.MARKET, Place.VENUE_MARGIN),
        ("flows", Place.DEPOSITORS, Place.VENUE_MARGIN),
        ("flows", Place.CONTRACT, Place.CUSTODY_WALLET),
    ]
    for part, source, target in bookings:
        found = Story({}, START).book([((source, target, usdt), START)]).attributed(START)
        parts = {name: getattr(found, name) for name in ("price", "funding", "fees", "pool_income", "flows")}
        assert parts == {**dict.fromkeys(parts, D(0)), part: D("0.01")}
        assert found.unexplained == 0


def test_moving_between_our_own_places_changes_nothing() -> None:
    for source in OWN_PLACES:
        for target in OWN_PLACES:
            found = Story({}, START).book([((source, target, Amount(USDT, D(800))), START)]).attributed(START)
            assert (found.change, parts_of(found)) == (D(0), D(0))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(HELD), quantities(USDC, 10**9), marks()), max_size=30))
def test_the_memory_of_lots_does_not_grow_with_their_number(lots: list[tuple[Asset, Decimal, Marks]]) -> None:
    kept = Lots()
    for asset, quantity, at in lots:
        kept.add(asset, quantity, at)
    assert set(kept.quantity) == {asset for asset, _, _ in lots}
    assert len(kept.jlp_delta) <= len(START.jlp_delta)


def _coins() -> dict[Asset, Decimal]:
    return {asset: START.prices[asset] for asset in (BTC, ETH, SOL, USDC, USDT)}


def _perps() -> dict[Asset, Decimal]:
    return {coin: START.prices[PERP_OF[coin]] for coin in PERP_OF}
