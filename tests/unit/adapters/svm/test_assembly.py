"""Accounts put together: the whole pool of April 2026, and sets that do not fit."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.adapters.svm.builders import (
    APRIL,
    DATA,
    FEBRUARY,
    custody_of,
    decoded_april,
    patched,
    position_account,
    recorded,
    solana_json,
    write,
)

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.svm.assembly import load_accounts, load_pool_state
from ballast.domain.kernel.asset import BTC, ETH, SOL
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import Decimal
from ballast.domain.pool.liquidation import liquidation_map
from ballast.domain.pool.proof import pool_checks
from ballast.domain.pool.valuation import (
    PriceMode,
    assets_under_management,
    delta_per_jlp,
    lp_price,
    naive_delta_per_jlp,
    weights,
)

D = Decimal
COMPUTED = decoded_april()["computed"]
ELSEWHERE = "1" * 32
BY_ASSET = {"sol": SOL, "weth": ETH, "wbtc": BTC}


@pytest.fixture
def april(tmp_path: Path) -> Path:
    """A copy of the recorded folder that a test may spoil."""
    return Path(shutil.copytree(APRIL, tmp_path / "april"))


def put(folder: Path, name: str, account: RawAccount) -> None:
    write(folder / f"{name}.json", solana_json(account))


def near(found: Decimal, recorded_float: object, relative: str = "1e-12") -> bool:
    return abs(found / D(str(recorded_float)) - 1) < D(relative)


def test_the_recorded_valuation_is_met() -> None:
    state = load_pool_state([APRIL])
    totals = COMPUTED["totals"]
    for mode in PriceMode:
        aum = D(assets_under_management(state, mode)).scaleb(-6)
        assert near(aum, totals[f"{mode.value}/debt_net"]["total"], "1e-14")
        assert near(lp_price(state, mode), totals[f"{mode.value}/debt_net"]["jlp"])


def test_the_recorded_delta_per_jlp_and_its_naive_error_are_met() -> None:
    state = load_pool_state([APRIL])
    exact, naive = delta_per_jlp(state), naive_delta_per_jlp(state, PriceMode.MAX)
    deltas, errors = COMPUTED["delta_per_jlp"], COMPUTED["naive_error"]
    for name, asset in BY_ASSET.items():
        assert near(exact[asset], deltas[name])
        assert abs(naive[asset] / exact[asset] - 1 - D(str(errors[name]["a_current_weight"]))) < D("1e-12")


def test_the_recorded_weights_are_met() -> None:
    expected = COMPUTED["weights"]
    found = weights(load_pool_state([APRIL]), PriceMode.MAX)
    assert all(abs(weight - D(str(value))) < D("1e-14") for weight, value in zip(found, expected.values(), strict=True))


def test_the_recorded_pool_proves_itself_within_three_bps() -> None:
    """The shorts' sum is 1.8 bps from the locked stables, the AUM 0.2 (Min) and 0.6 (Max) from the stored one."""
    state = load_pool_state([APRIL], bound_bps=3)
    assert [check.holds for check in pool_checks(state, bound_bps=1)] == [False, True, True]


def test_the_state_stands_at_its_newest_price() -> None:
    state = load_pool_state([APRIL])
    assert (state.time, state.slot) == (datetime(2026, 4, 27, 7, 35, 21, tzinfo=UTC), 415_957_237)


def test_a_part_of_the_pool_is_no_state_and_says_what_is_lacking() -> None:
    with pytest.raises(InvalidInput, match=r"without custody AQCGy.*feed FYq2B.* of SOL, the JLP supply"):
        load_pool_state([FEBRUARY])
    with pytest.raises(InvalidInput, match="without the Pool account"):
        load_pool_state([APRIL / "sol_custody.json"])


def test_a_spoilt_owned_is_found_by_the_stored_aum(april: Path) -> None:
    """No proof of the account itself can see it: every byte is a possible quantity."""
    put(april, "sol_custody", patched(recorded("sol_custody"), 222, (6 * 10**15).to_bytes(8, "little")))
    with pytest.raises(InvalidInput, match="AUM"):
        load_pool_state([april])


def test_the_same_account_twice_is_refused_with_both_files(april: Path) -> None:
    put(april, "sol_custody_again", recorded("sol_custody"))
    with pytest.raises(InvalidInput, match=r"once, found in .*sol_custody\.json and in .*sol_custody_again\.json"):
        load_accounts([april])


def test_accounts_of_two_moments_do_not_mix() -> None:
    with pytest.raises(InvalidInput, match="expected once"):
        load_accounts([APRIL, FEBRUARY])


def test_a_custody_the_pool_does_not_list_is_refused(april: Path) -> None:
    put(april, "other_custody", custody_of(bytes([9] * 32), recorded("usdt_custody")))
    with pytest.raises(InvalidInput, match=r"one that pool 5BUw.* lists"):
        load_accounts([april])


def test_custodies_come_in_the_pools_order_whatever_the_files_are_called() -> None:
    accounts = load_accounts([APRIL])
    assert accounts.pool is not None
    assert tuple(custody.address for custody in accounts.custodies) == accounts.pool.custodies
    assert [custody.symbol for custody in accounts.custodies] == ["SOL", "ETH", "BTC", "USDC", "USDT"]


def test_without_the_pool_custodies_keep_the_order_of_the_paths() -> None:
    accounts = load_accounts([APRIL / "usdc_custody.json", APRIL / "sol_custody.json"])
    assert [custody.symbol for custody in accounts.custodies] == ["USDC", "SOL"]
    assert accounts.lacking() == ("the Pool account",)


def test_a_feed_for_another_mint_is_refused(april: Path) -> None:
    put(april, "sol_ag_price_feed", patched(recorded("sol_ag_price_feed"), 8, bytes(32)))
    with pytest.raises(InvalidInput, match=r"mint: expected So111.*, as its custody says"):
        load_accounts([april])


def test_a_feed_that_no_custody_names_is_not_used(april: Path) -> None:
    feed = recorded("sol_ag_price_feed")
    put(april, "sol_ag_price_feed", RawAccount(feed.source, ELSEWHERE, feed.owner, feed.data))
    assert load_accounts([april]).lacking() == ("feed FYq2BWQ1V5P1WFBqr3qB2Kb5yHVvSv7upzKodgQE5zXh of SOL",)


def test_a_bare_feed_is_taken_by_the_mint_it_prices(april: Path) -> None:
    (april / "sol_ag_price_feed.json").unlink()
    write(april / "feed.json", {"data": list(recorded("sol_ag_price_feed").data)})
    assert load_pool_state([april]) == load_pool_state([APRIL])


def test_two_feeds_for_one_custody_are_refused(april: Path) -> None:
    write(april / "feed.json", {"data": list(recorded("sol_ag_price_feed").data)})
    with pytest.raises(InvalidInput, match="one price feed of SOL, found 2"):
        load_accounts([april])


def test_a_mint_whose_decimals_differ_from_its_custody_is_refused(april: Path) -> None:
    put(april, "weth_mint", patched(recorded("weth_mint"), 44, b"\x09"))
    with pytest.raises(InvalidInput, match="decimals: expected 8, as its custody says, found 9"):
        load_accounts([april])


def test_a_vault_of_another_owner_is_refused(april: Path) -> None:
    put(april, "usdc_vault", patched(recorded("usdc_vault"), 32, bytes([1] * 32)))
    with pytest.raises(InvalidInput, match="mint and owner"):
        load_accounts([april])


def test_a_token_account_that_is_no_vault_says_nothing(tmp_path: Path) -> None:
    vault = recorded("usdc_vault")
    put(tmp_path, "usdc_custody", recorded("usdc_custody"))
    put(tmp_path, "wallet", RawAccount(vault.source, ELSEWHERE, vault.owner, patched(vault, 32, bytes(32)).data))
    assert len(load_accounts([tmp_path]).custodies) == 1


def test_custodies_of_two_pools_do_not_mix(tmp_path: Path) -> None:
    put(tmp_path, "usdc_custody", recorded("usdc_custody"))
    put(tmp_path, "other_custody", custody_of(bytes([9] * 32), recorded("usdt_custody"), pool=bytes([8] * 32)))
    with pytest.raises(InvalidInput, match="of one pool"):
        load_accounts([tmp_path])


def test_a_mint_of_the_programs_authority_at_another_address_is_refused(april: Path) -> None:
    mint = recorded("jlp_mint")
    put(april, "jlp_mint", RawAccount(mint.source, ELSEWHERE, mint.owner, mint.data))
    with pytest.raises(InvalidInput, match="the pool's token"):
        load_accounts([april])


def test_a_jlp_mint_of_other_decimals_is_refused(april: Path) -> None:
    put(april, "jlp_mint", patched(recorded("jlp_mint"), 44, b"\x09"))
    with pytest.raises(InvalidInput, match="decimals: expected 6, found 9"):
        load_accounts([april])


def test_a_root_account_that_does_not_list_the_pool_is_refused(april: Path) -> None:
    put(april, "perpetuals", patched(recorded("perpetuals"), 19, bytes([1] * 32)))
    with pytest.raises(InvalidInput, match="pools"):
        load_accounts([april])


def test_positions_among_the_accounts_feed_the_liquidation_map(april: Path) -> None:
    put(april, "position", position_account(price=2300 * 10**6))
    put(april, "closed", position_account(side=1, size_usd=0))
    accounts = load_accounts([april])
    assert len(accounts.positions) == 1
    assert [skipped.reason for skipped in accounts.skipped] == ["JSON without an account", "a closed position"]
    state = accounts.state()
    rows = liquidation_map(state, state.address_of(ETH), accounts.positions)
    assert (rows[0].delta_change, rows[-1].delta_change) == (D(0), -D("0.434782608695652174"))


def test_every_recorded_folder_is_named_in_the_data_notes() -> None:
    notes = (DATA.parent / "README.md").read_text()
    assert all(f"jlp/{folder.name}" in notes for folder in DATA.iterdir() if folder.is_dir())
