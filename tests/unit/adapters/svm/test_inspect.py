"""What an operator sees of recorded accounts, whole or in part."""

import base64
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.adapters.svm.builders import (
    APRIL,
    FEBRUARY,
    POOL_ADDRESS,
    TRUNCATED,
    custody_of,
    patched,
    raw_key,
    recorded,
    solana_json,
    write,
)

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.svm.inspect import inspect
from ballast.domain.kernel.errors import InvalidInput

D = Decimal
SOL_ROW = {
    "address": "7xS2gz2bTp3fwCC7knJvUWTEU9Tycczu6VhJYKgi1wdz",
    "asset": "SOL",
    "owned": "4971666.500441095",
    "locked": "375825.068232035",
    "debt": "0",
    "short_size_usd": "15723068.258328",
    "short_average_price": "86.9492",
    "delta": "4776671.943108849762297985",
    "price": "85.40079622",
    "aum_usd_min": "417631764.726532",
    "aum_usd_max": "417631764.726532",
    "delta_per_jlp": "0.02018304396121331",
    "naive_delta_per_jlp": "0.020662975192607693",
}


def test_the_whole_pool_is_shown_with_value_price_and_delta() -> None:
    shown = inspect([APRIL])
    document = shown.to_json()
    assert shown.is_proved
    assert document["supply"] == "236667568.692235"
    assert (document["aum_usd_min"], document["aum_usd_max"]) == ("921741921.366905", "921775546.496687")
    assert str(document["jlp_price_min"]).startswith("3.89466933074192")
    assert str(document["jlp_price_max"]).startswith("3.89481140821357")
    assert shown.rows()[0] == SOL_ROW
    assert [row["asset"] for row in shown.rows()] == ["SOL", "ETH", "BTC", "USDC", "USDT"]


def test_debt_and_a_zero_delta_are_shown_for_a_stable() -> None:
    usdc = inspect([APRIL]).rows()[3]
    assert (usdc["debt"], usdc["delta"], usdc["delta_per_jlp"]) == ("139555371.828933", "0", "0")


def test_everything_shown_is_plain_json() -> None:
    document = inspect([APRIL]).to_json()
    assert json.loads(json.dumps(document)) == document
    assert document["pool"] == {
        "address": POOL_ADDRESS,
        "stored_aum_usd": "921723508.552819",
        "aum_updated_time": "2026-04-27T07:35:12+00:00",
        "aum_refreshed_slot": 415_957_237,
        "fee_apr_bps": 849,
        "lp_price_change_bps_max": 500,
    }


def test_a_part_of_the_pool_shows_what_it_can_and_names_what_is_lacking() -> None:
    shown = inspect([FEBRUARY])
    (sol,) = shown.rows()
    assert (sol["owned"], sol["delta"]) == ("6368829.939225389", "6096419.009446569991461955")
    assert (sol["price"], sol["delta_per_jlp"]) == (None, None)
    document = shown.to_json()
    assert (document["aum_usd_min"], document["jlp_price_max"], document["is_proved"]) == (None, None, False)
    assert "the JLP supply (its mint account)" in shown.lacking


def test_a_supply_stands_in_for_the_mint_account(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(APRIL, tmp_path / "april"))
    (folder / "jlp_mint.json").unlink()
    assert inspect([folder]).total is None
    assert inspect([folder], D("236667568.692235")).total == inspect([APRIL]).total


def test_a_custody_and_a_supply_give_the_delta_of_one_jlp() -> None:
    (row,) = inspect([APRIL / "sol_custody.json"], D("236667568.692235")).rows()
    assert (row["delta_per_jlp"], row["naive_delta_per_jlp"]) == (SOL_ROW["delta_per_jlp"], None)


@pytest.mark.parametrize("supply", ["0", "-1", "NaN", "Infinity", "0.0000001"])
def test_a_supply_that_is_no_quantity_of_jlp_is_refused(supply: str) -> None:
    with pytest.raises(InvalidInput, match="supply"):
        inspect([APRIL], D(supply))


def test_a_bare_custody_shows_the_address_it_derives(tmp_path: Path) -> None:
    path = tmp_path / "custody.b64"
    path.write_text(base64.b64encode(recorded("sol_custody").data).decode())
    (row,) = inspect([path]).rows()
    from_feed_or_supply = ("price", "aum_usd_min", "aum_usd_max", "delta_per_jlp", "naive_delta_per_jlp")
    assert row == {**SOL_ROW, **dict.fromkeys(from_feed_or_supply)}


def six_custody_pool(folder: Path) -> Path:
    """April's pool with JupUSD as a sixth custody that holds nothing, its feed a copy of USDC's."""
    pool, mint = recorded("pool"), raw_key("JuprjznTrTSp2UFa3ZBUFgwdAmtZCq4MQCwysN55USD")
    custody = custody_of(mint, patched(recorded("usdt_custody"), 222, bytes(8)))
    feed_address = raw_key(custody.address or "")[::-1]
    custody = patched(custody, 384, feed_address)
    feed = patched(recorded("usdc_ag_price_feed"), 8, mint)
    data = pool.data[:16] + (6).to_bytes(4, "little") + pool.data[20:180] + raw_key(custody.address or "")
    data = (data + pool.data[180:])[:2000]
    write(folder / "pool.json", solana_json(RawAccount("made", pool.address, pool.owner, data)))
    write(folder / "jupusd_custody.json", solana_json(custody))
    write(folder / "jupusd_feed.json", {"data": list(feed.data)})
    return folder


def test_a_sixth_custody_is_shown_and_needed_for_the_total(tmp_path: Path) -> None:
    folder = six_custody_pool(Path(shutil.copytree(APRIL, tmp_path / "six")))
    shown = inspect([folder])
    assert [row["asset"] for row in shown.rows()] == ["SOL", "ETH", "BTC", "USDC", "USDT", "JupUSD"]
    assert shown.total == inspect([APRIL]).total
    (folder / "jupusd_custody.json").unlink()
    assert inspect([folder]).total is None


def test_a_custody_of_an_unknown_mint_is_shown_by_its_short_form(tmp_path: Path) -> None:
    path = write(tmp_path / "custody.json", solana_json(custody_of(bytes([9] * 32), recorded("sol_custody"))))
    (row,) = inspect([path]).rows()
    assert row["asset"] == "cGfH..izuN"
    assert row["delta"] == SOL_ROW["delta"]


def test_a_pool_that_fails_a_cross_check_is_shown_as_not_proved(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(APRIL, tmp_path / "april"))
    spoilt = patched(recorded("sol_custody"), 222, (6 * 10**15).to_bytes(8, "little"))
    write(folder / "sol_custody.json", solana_json(spoilt))
    shown = inspect([folder])
    assert not shown.is_proved
    assert [check.holds for check in shown.checks] == [True, False, False]


def test_a_truncated_pool_is_refused_and_not_shown() -> None:
    for path in (TRUNCATED, TRUNCATED.parent):
        with pytest.raises(InvalidInput, match="expected 2000 bytes, found 400"):
            inspect([path])


def test_paths_without_a_custody_or_a_pool_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one Custody or Pool account"):
        inspect([APRIL / "jlp_mint.json"])


def test_inspecting_loads_no_client_of_any_chain_or_exchange() -> None:
    heavy = "{'solana', 'web3', 'ccxt', 'pymongo'} & {name.split('.')[0] for name in sys.modules}"
    code = f"import sys, ballast.adapters.svm.inspect; sys.exit(len({heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own text
