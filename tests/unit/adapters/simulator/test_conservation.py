"""Whatever is done in the world, every asset is always somewhere: the sum over all places never changes."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.worlds import Built, build

from ballast.adapters.common.vault import VaultBooks
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, SHARE, USDC, Asset
from ballast.domain.kernel.errors import BallastError
from ballast.domain.pool.state import PoolState
from ballast.ports.treasury import Mint, Redeem, Remit
from ballast.ports.vault_contract import Forward, FulfilDeposit, FulfilWithdrawal, Release, RequestKind, VaultRequest

D = Decimal
USDC_INDEX = 3


def totals(built: Built) -> dict[Asset, Decimal]:
    """The sum over all places; users, and holders of JLP outside, count what they were paid."""
    call = built.world.call
    books: VaultBooks = built.world.parts["vault"].books
    pool: PoolState = call("pool", "state")
    held: dict[Asset, Decimal] = call("treasury", "balances")
    requests: tuple[VaultRequest, ...] = call("vault", "requests", 0, 500)
    escrow = sum((r.amount.quantity for r in requests if r.kind is RequestKind.WITHDRAWAL and not r.fulfilled), D(0))
    usdc = pool.custodies[USDC_INDEX]
    moving = {asset: call("transit", "total", asset) + built.venue.balances.get(asset, D(0)) for asset in (BTC, USDC)}
    return {
        BTC: sum(books.paid_btc.values(), books.held_btc + books.custody_btc) + moving[BTC],
        USDC: held[USDC] + Decimal(usdc.owned + usdc.fees_reserves).scaleb(-6) + moving[USDC],
        JLP: held[JLP] - Decimal(pool.supply).scaleb(-6),
        SHARE: sum(books.shares.values(), escrow) - books.share_supply,
    }


_btc = st.decimals(D("0.00000001"), D(4), places=8).map(lambda quantity: Amount(BTC, quantity))
_shares = st.decimals(D("0.00000001"), D(4), places=8).map(lambda quantity: Amount(SHARE, quantity))
_usdc = st.decimals(D("0.000001"), D(300_000), places=6).map(lambda quantity: Amount(USDC, quantity))
_jlp = st.decimals(D("0.000001"), D(300_000), places=6).map(lambda quantity: Amount(JLP, quantity))
_keys = st.integers(1, 8).map(lambda number: f"1:vault:{number}")
_users = st.sampled_from(("anna", "ben"))
_vault_actions = st.one_of(
    st.builds(Release, _keys),
    st.builds(Forward, _btc),
    st.builds(FulfilDeposit, _keys, _shares),
    st.builds(FulfilWithdrawal, _keys, _btc),
)
_treasury_actions = st.one_of(
    st.builds(Mint, _usdc, st.just(Amount(JLP, D(1)))),
    st.builds(Redeem, _jlp, st.just(Amount(USDC, D(1)))),
    st.builds(Remit, _usdc, st.just("venue-usdc")),
)
_calls: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("vault"), st.just("deposit"), _users, _btc),
    st.tuples(st.just("vault"), st.just("request_withdrawal"), _users, _shares),
    st.tuples(st.just("vault"), st.just("claim"), _users),
    st.tuples(st.just("vault"), st.just("reorganise")),
    st.tuples(st.just("vault"), st.just("submit"), st.uuids().map(str), _vault_actions),
    st.tuples(st.just("treasury"), st.just("submit"), st.sampled_from("abc"), _treasury_actions),
    st.tuples(st.just("treasury"), st.just("progress"), st.sampled_from("abc")),
    st.tuples(st.just("venue"), st.just("withdraw"), _btc, st.just("contract-btc")),
    st.tuples(st.just("venue"), st.just("withdraw"), _usdc, st.just("treasury-usdc")),
)


def furnish(built: Built) -> None:
    """Two depositors with shares, one of them asking for some back, BTC in every place, one proposal under way."""
    call = built.world.call
    for number, user in enumerate(("anna", "ben", "ben")):
        call("vault", "deposit", user, Amount(BTC, D(10)))
        built.wait(900)
        call("vault", "submit", f"release{number}", Release(f"1:vault:{number + 1}"))
    for number in (1, 2):
        call("vault", "submit", f"fulfil{number}", FulfilDeposit(f"1:vault:{number}", Amount(SHARE, D(10))))
    built.wait(60)
    call("vault", "submit", "forward", Forward(Amount(BTC, D(20))))
    call("vault", "request_withdrawal", "anna", Amount(SHARE, D(2)))
    built.wait(1800)
    call("venue", "withdraw", Amount(BTC, D(6)), "contract-btc")
    call("treasury", "submit", "a", Mint(Amount(USDC, D(1000)), Amount(JLP, D(1))))
    built.wait(1200)
    call("vault", "submit", "pay", FulfilWithdrawal("1:vault:4", Amount(BTC, D(1))))


@settings(deadline=None, max_examples=100)
@given(calls=st.lists(st.tuples(st.integers(0, 1500), _calls), min_size=5, max_size=40))
def test_the_sum_of_every_asset_never_changes(calls: list[tuple[int, tuple[Any, ...]]]) -> None:
    built = build()
    expected = totals(built)
    furnish(built)
    assert totals(built) == expected
    for seconds, (part, method, *args) in calls:
        built.wait(seconds)
        with suppress(BallastError):  # a refused call must leave every sum as it was, too
            built.world.call(part, method, *args)
        assert totals(built) == expected


def test_a_whole_round_moves_everything_and_keeps_every_sum() -> None:
    """The random histories above seldom reach the end of the road; this one does."""
    built = build()
    expected = totals(built)
    call = built.world.call
    deposit = call("vault", "deposit", "anna", Amount(BTC, D(10)))
    steps: list[tuple[Any, ...]] = [
        ("vault", "submit", "v1", Release(deposit)),
        ("vault", "submit", "v2", Forward(Amount(BTC, D(10)))),
        ("venue", "withdraw", Amount(USDC, D(500)), "treasury-usdc"),
        ("treasury", "submit", "t1", Mint(Amount(USDC, D(500)), Amount(JLP, D(1)))),
        ("treasury", "progress", "t1"),
        ("treasury", "submit", "t2", Redeem(Amount(JLP, D(100)), Amount(USDC, D(1)))),
        ("treasury", "progress", "t2"),
        ("treasury", "submit", "t3", Remit(Amount(USDC, D(300)), "venue-usdc")),
        ("treasury", "progress", "t3"),
        ("vault", "submit", "v3", FulfilDeposit(deposit, Amount(SHARE, D("9.5")))),
        ("vault", "request_withdrawal", "anna", Amount(SHARE, D("9.5"))),
        ("venue", "withdraw", Amount(BTC, D("9.6")), "contract-btc"),
        ("vault", "submit", "v4", FulfilWithdrawal("1:vault:2", Amount(BTC, D("9.6")))),
    ]
    for part, method, *args in steps:
        built.wait(1800)
        call(part, method, *args)
        assert totals(built) == expected
    built.wait(60)
    assert call("vault", "claim", "anna") == Amount(BTC, D("9.6"))
    assert totals(built) == expected
    assert built.world.parts["vault"].books.share_supply == 0
    assert built.venue.balances == {BTC: D("0.4"), USDC: D(-200)}
