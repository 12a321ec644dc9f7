"""Accounts of the perpetuals program: each field from its place, and nothing believed that is not proved."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.svm.builders import (
    ASSETS,
    FEBRUARY,
    POOL_ADDRESS,
    TRUNCATED,
    bare,
    custody_of,
    decoded_april,
    patched,
    position_account,
    raw_key,
    recorded,
)

from ballast.adapters.common.solana.files import read_accounts
from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import TOKEN_PROGRAM
from ballast.adapters.svm.accounts import decode_custody, decode_perpetuals, decode_pool, decode_position
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.liquidation import Side
from ballast.domain.pool.valuation import pool_delta

APRIL = decoded_april()
SOL_CUSTODY, POOL = recorded("sol_custody"), recorded("pool")


def unix(time: datetime) -> int:
    return int((time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


@pytest.mark.parametrize("asset", ASSETS)
def test_a_custody_is_read_as_an_independent_decoder_read_it(asset: str) -> None:
    custody, expected = decode_custody(recorded(f"{asset}_custody")), APRIL["custodies"][asset]
    assets = expected["assets"]
    assert assets == {
        "feesReserves": custody.fees_reserves,
        "owned": custody.owned,
        "locked": custody.locked,
        "guaranteedUsd": custody.guaranteed_usd,
        "globalShortSizes": custody.short_size_usd,
        "globalShortAveragePrices": custody.short_average_price,
    }
    found = {
        "pool": custody.pool,
        "mint": custody.mint,
        "tokenAccount": custody.token_account,
        "decimals": custody.decimals,
        "isStable": custody.is_stable,
        "targetRatioBps": custody.target_ratio_bps,
        "decreasePositionBps": custody.terms.close_fee_bps,
        "dovesAgOracle": custody.feed,
        "debt": custody.debt_e9,
        "borrowLendInterestsAccured": custody.interest_e9,
        "totalStakedAmountLamports": custody.staked_lamports,
        "withdrawalLimitTokenAmount": custody.withdrawal.limit,
        "withdrawalTokenAmountAccumulated": custody.withdrawal.accumulated,
        "withdrawalLimitLastResetAt": unix(custody.withdrawal.reset_time),
        "withdrawalLimitIntervalSeconds": custody.withdrawal.interval_s,
    }
    assert found == {name: expected[name] for name in found}


def test_the_pool_is_read_as_an_independent_decoder_read_it() -> None:
    pool, expected = decode_pool(POOL), APRIL["pool"]
    found = {
        "custodies": list(pool.custodies),
        "aumUsd": pool.aum_usd,
        "limit": {
            "maxAumUsd": pool.aum_usd_max,
            "tokenWeightageBufferBps": pool.token_weightage_buffer_bps,
            "buffer": 0,
        },
        "fees": {
            "swapMultiplier": pool.fees.swap_multiplier,
            "stableSwapMultiplier": pool.fees.stable_swap_multiplier,
            "addRemoveLiquidityBps": pool.fees.add_remove_liquidity_bps,
            "swapBps": pool.fees.swap_bps,
            "taxBps": pool.fees.tax_bps,
            "stableSwapBps": pool.fees.stable_swap_bps,
            "stableSwapTaxBps": pool.fees.stable_swap_tax_bps,
            "liquidationRewardBps": pool.fees.liquidation_reward_bps,
            "protocolShareBps": pool.fees.protocol_share_bps,
        },
        "poolApr": {
            "lastUpdated": unix(pool.apr.last_updated_time),
            "feeAprBps": pool.apr.fee_apr_bps,
            "realizedFeeUsd": pool.apr.realized_fee_usd,
        },
        "aumUsdUpdatedAt": unix(pool.aum_updated_time),
        "maxLpTokenPriceChangeBps": pool.lp_price_change_bps_max,
        "aumUsdRefreshedAtSlot": pool.aum_refreshed_slot,
    }
    assert found == {name: expected[name] for name in found}
    assert (pool.address, pool.lp_mint) == (POOL_ADDRESS, "27G8MtK7VtTcCHkpASjSDdkWWYfoqT6ggEuKidVJidD4")


def test_accounts_of_february_hold_as_well() -> None:
    pool, custody = (account for account in read_accounts([FEBRUARY]).accounts)
    assert decode_pool(pool).aum_usd == 1_133_521_743_352_874
    assert decode_pool(pool).lp_price_change_bps_max == 100
    assert round(pool_delta(decode_custody(custody))) == 6_096_419


def test_the_root_account_lists_the_pool() -> None:
    root = decode_perpetuals(recorded("perpetuals"))
    assert root.pools == (POOL_ADDRESS,)
    assert root.admin == APRIL["perpetuals"]["admin"]


def test_a_root_account_that_claims_more_pools_than_it_has_bytes_for_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"pools\[3\] at byte 115: expected 32 more bytes, found 5"):
        decode_perpetuals(patched(recorded("perpetuals"), 15, (4).to_bytes(4, "little")))


# Field, offset and width as the interface description gives them, apart from those that addresses follow from.
NUMBERS = [
    ("oracle.maxPriceAgeSec", "price_age_s_max", 147, 4),
    ("assets.feesReserves", "fees_reserves", 214, 8),
    ("assets.owned", "owned", 222, 8),
    ("assets.locked", "locked", 230, 8),
    ("assets.guaranteedUsd", "guaranteed_usd", 238, 8),
    ("assets.globalShortSizes", "short_size_usd", 246, 8),
    ("assets.globalShortAveragePrices", "short_average_price", 254, 8),
    ("debt", "debt_e9", 1004, 16),
    ("borrowLendInterestsAccured", "interest_e9", 1020, 16),
    ("totalStakedAmountLamports", "staked_lamports", 1060, 8),
]


@pytest.mark.parametrize(("name", "field", "offset", "width"), NUMBERS)
@given(data=st.data())
@settings(deadline=None, max_examples=20)
def test_a_custodys_number_comes_from_its_own_bytes(
    name: str, field: str, offset: int, width: int, data: st.DataObject
) -> None:
    value = data.draw(st.integers(1, 2 ** (8 * width) - 1))
    before = decode_custody(SOL_CUSTODY)
    after = decode_custody(patched(SOL_CUSTODY, offset, value.to_bytes(width, "little")))
    assert getattr(after, field) == value, name
    unchanged = {other for _, other, _, _ in NUMBERS} - {field}
    assert all(getattr(after, other) == getattr(before, other) for other in unchanged)


@settings(deadline=None)
@given(st.integers(0, 1999))
def test_a_truncated_account_is_refused_with_both_lengths(length: int) -> None:
    for account, decode in ((SOL_CUSTODY, decode_custody), (POOL, decode_pool)):
        cut = RawAccount(account.source, account.address, account.owner, account.data[:length])
        with pytest.raises(InvalidInput, match=f"2000 bytes, found {length}"):
            decode(cut)


@settings(deadline=None)
@given(st.integers(-1900, 1900).filter(bool))
def test_shifted_bytes_are_refused(by: int) -> None:
    """The length stays right: what is lost at one side is filled up at the other, behind the discriminator."""
    for account, decode in ((SOL_CUSTODY, decode_custody), (POOL, decode_pool)):
        head, body = account.data[:8], account.data[8:]
        shifted = head + (body[by:] + bytes(by) if by > 0 else bytes(-by) + body[:by])
        with pytest.raises(InvalidInput):
            decode(RawAccount(account.source, account.address, account.owner, shifted))


@settings(deadline=None)
@given(st.binary(min_size=8, max_size=8).filter(lambda found: found != SOL_CUSTODY.data[:8]))
def test_a_wrong_discriminator_is_refused_with_both(found: bytes) -> None:
    with pytest.raises(InvalidInput, match=f"expected 01b830515d833f91, found {found.hex()}"):
        decode_custody(patched(SOL_CUSTODY, 0, found))


@settings(deadline=None)
@given(st.one_of(st.integers(8, 103), st.integers(294, 295)), st.integers(1, 255))
def test_any_change_of_a_custodys_keys_or_bumps_is_refused(offset: int, change: int) -> None:
    spoilt = patched(SOL_CUSTODY, offset, bytes([SOL_CUSTODY.data[offset] ^ change]))
    for account in (spoilt, bare(spoilt.data)):
        with pytest.raises(InvalidInput):
            decode_custody(account)


@settings(deadline=None)
@given(st.integers(1117, 1999), st.integers(1, 255))
def test_a_byte_behind_the_last_field_is_refused_with_its_place(offset: int, value: int) -> None:
    with pytest.raises(InvalidInput, match=f"tail at byte {offset}"):
        decode_custody(patched(SOL_CUSTODY, offset, bytes([value])))


@pytest.mark.parametrize("offset", [105, *range(199, 206), 1084])
def test_a_flag_that_is_neither_0_nor_1_is_refused(offset: int) -> None:
    with pytest.raises(InvalidInput, match=f"at byte {offset}: expected at most 1, found 2"):
        decode_custody(patched(SOL_CUSTODY, offset, b"\x02"))


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (104, b"\x13", "decimals at byte 104: expected at most 18, found 19"),
        (138, b"\x03", "oracle.oracleType at byte 138: expected at most 2, found 3"),
        (206, (10_001).to_bytes(8, "little"), "targetRatioBps at byte 206: expected at most 10000, found 10001"),
        (254, bytes(8), "globalShortAveragePrices at byte 254: expected more than zero as there are shorts, found 0"),
        (278, (2**63).to_bytes(8, "little"), "fundingRateState.lastUpdate at byte 278: expected Unix seconds"),
    ],
)
def test_an_implausible_value_is_refused_with_its_place(offset: int, value: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode_custody(patched(SOL_CUSTODY, offset, value))


def test_an_account_of_another_program_is_refused() -> None:
    stolen = RawAccount(SOL_CUSTODY.source, SOL_CUSTODY.address, TOKEN_PROGRAM, SOL_CUSTODY.data)
    with pytest.raises(InvalidInput, match=f"found {TOKEN_PROGRAM}"):
        decode_custody(stolen)


def test_an_account_at_another_address_is_refused() -> None:
    moved = RawAccount(SOL_CUSTODY.source, POOL_ADDRESS, SOL_CUSTODY.owner, SOL_CUSTODY.data)
    with pytest.raises(InvalidInput, match=f"expected {SOL_CUSTODY.address}, derived from its fields"):
        decode_custody(moved)


def test_bare_bytes_tell_their_own_address() -> None:
    assert decode_custody(bare(SOL_CUSTODY.data)) == decode_custody(SOL_CUSTODY)
    assert decode_pool(bare(POOL.data)) == decode_pool(POOL)


def test_a_custody_of_an_unknown_mint_is_read_without_an_asset() -> None:
    custody = decode_custody(custody_of(bytes([9] * 32), SOL_CUSTODY))
    assert custody.asset is None
    assert custody.symbol == f"{custody.mint[:4]}..{custody.mint[-4:]}"
    assert custody.owned == decode_custody(SOL_CUSTODY).owned


def test_jupusd_is_known_by_name_and_derives_the_known_custody() -> None:
    mint = raw_key("JuprjznTrTSp2UFa3ZBUFgwdAmtZCq4MQCwysN55USD")
    custody = decode_custody(custody_of(mint, recorded("usdc_custody")))
    assert (custody.symbol, custody.asset) == ("JupUSD", None)
    assert custody.address == "DdwY1ELc9rRK7xNL3hTXabSFBmVrTPpfsUZSv2Y3LL1U"
    assert custody.token_account == "6p5mjdPVSYheaFV2bSxb3LvVBnuA6fNYKEXGXD7iTdsd"  # noqa: S105 - an address


@pytest.mark.parametrize("count", [0, 1, 6, 7])
def test_the_pool_is_walked_for_any_number_of_custodies(count: int) -> None:
    """A further custody moves every later field by 32 bytes."""
    end = 16 + 4 + 5 * 32
    keys = b"".join(bytes([1 + index]) * 32 for index in range(count))
    data = POOL.data[:16] + count.to_bytes(4, "little") + keys + POOL.data[end:]
    pool = decode_pool(RawAccount("made", POOL.address, POOL.owner, data[:2000].ljust(2000, b"\0")))
    assert len(pool.custodies) == count
    assert (pool.aum_usd, pool.aum_refreshed_slot) == (921_723_508_552_819, 415_957_237)


def test_a_pool_cut_after_400_bytes_is_refused() -> None:
    (account,) = read_accounts([TRUNCATED]).accounts
    with pytest.raises(InvalidInput, match="expected 2000 bytes, found 400"):
        decode_pool(account)


def test_a_pool_that_claims_too_many_custodies_is_refused() -> None:
    with pytest.raises(InvalidInput, match="custodies length at byte 16: expected at most 32"):
        decode_pool(patched(POOL, 16, (33).to_bytes(4, "little")))


@pytest.mark.parametrize("bump", [0, 251, 253, 255])
def test_a_bump_that_is_not_the_pools_is_refused(bump: int) -> None:
    with pytest.raises(InvalidInput, match=f"bump of pool: expected 252, found {bump}"):
        decode_pool(bare(patched(POOL, 340, bytes([bump])).data))


def test_an_open_position_is_read_and_proves_its_address() -> None:
    account = position_account()
    position = decode_position(account)
    assert position is not None
    assert (position.address, position.side) == (account.address, Side.SHORT)
    assert (position.price, position.size_usd, position.collateral_usd) == (2 * 10**9, 10**9, 10**8)
    assert (position.interest_snapshot_e9, position.locked) == (5 * 10**8, 10**9)
    assert position.custody == recorded("weth_custody").address


def test_a_closed_position_is_no_position() -> None:
    assert decode_position(position_account(side=1, size_usd=0, price=0)) is None


@pytest.mark.parametrize(("offset", "value"), [(152, 0), (152, 3), (152, 1), (209, 0), (8, 0)])
def test_a_position_whose_side_owner_or_bump_is_wrong_is_refused(offset: int, value: int) -> None:
    with pytest.raises(InvalidInput):
        decode_position(patched(position_account(), offset, bytes([value])))


def test_an_open_position_without_a_price_is_refused() -> None:
    with pytest.raises(InvalidInput, match="price of an open position"):
        decode_position(position_account(price=0))


def test_the_recorded_delta_is_met() -> None:
    """The independent decoder kept floats of about 16 digits."""
    computed = APRIL["computed"]["delta_pool_tokens"]
    for asset in ("sol", "weth", "wbtc"):
        exact = pool_delta(decode_custody(recorded(f"{asset}_custody")))
        assert abs(exact / Decimal(str(computed[asset])) - 1) < Decimal("1e-14")
