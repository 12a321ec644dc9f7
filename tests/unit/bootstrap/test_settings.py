"""Settings: defaults, a file over them, variables over both, and a precise word about what does not fit."""

from decimal import Decimal
from pathlib import Path

import pytest

from ballast.bootstrap.settings import Settings, load_settings
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.errors import InvalidInput
from ballast.services.settings import Addresses, Intervals, StrategySettings

D = Decimal


def load(tmp_path: Path, text: str = "", **environment: str) -> Settings:
    path = tmp_path / "ballast.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment)


def test_without_a_file_everything_is_as_the_strategy_says() -> None:
    assert load_settings(None, {}) == Settings()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        """
        [strategy]
        tranches = 2
        jlp_share = "0.65"
        deposit_btc_max = 500
        [strategy.collateral]
        floor = "0.9"
        [world]
        time_lock_s = 600
        """,
    )
    assert (found.strategy.tranches, found.strategy.jlp_share) == (2, D("0.65"))
    assert found.strategy.deposit_btc_max == 500
    assert found.strategy.collateral.floor == D("0.9")
    assert found.strategy.collateral.target == StrategySettings().collateral.target
    assert found.world.time_lock_s == 600


def test_basis_points_may_be_written_bare_or_as_a_group(tmp_path: Path) -> None:
    for text in ('drift_band = "12.5"', '[strategy.drift_band]\nvalue = "12.5"'):
        assert load(tmp_path, f"[strategy]\n{text}").strategy.drift_band == Bps(D("12.5"))
    assert load(tmp_path, "[strategy]\ndrift_band = 12").strategy.drift_band == Bps(D(12))


def test_a_variable_goes_over_the_file(tmp_path: Path) -> None:
    text = '[strategy]\njlp_share = "0.65"\ndrift_band = "12"'
    variables = {
        "BALLAST_STRATEGY__JLP_SHARE": "0.6",
        "BALLAST_STRATEGY__TRANCHES": "3",
        "BALLAST_STRATEGY__DRIFT_BAND__VALUE": "15",
        "BALLAST_STRATEGY__TERMS__MAKER_FIRST": "true",
        "BALLAST_STRATEGY__COLLATERAL__FLOOR": "0.9",
    }
    found = load(tmp_path, text, **variables).strategy
    assert (found.jlp_share, found.tranches, found.drift_band) == (D("0.6"), 3, Bps(D(15)))
    assert (found.terms.maker_first, found.collateral.floor) == (True, D("0.9"))


def test_variables_that_name_no_setting_of_ours_are_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, BALLAST_SERVER="127.0.0.1:1", HOME="/", OTHER__NAME="1") == Settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[strategy]\njlp_shere = '0.7'", r"setting strategy\.jlp_shere: expected one of .*jlp_share"),
        ("[strategie]", r"setting strategie: expected one of strategy, world"),
        ("[strategy.collateral]\nfloors = '1'", r"setting strategy\.collateral\.floors: expected one of floor"),
        ("[strategy]\ncollateral = '0.9'", r"setting strategy\.collateral: expected a group of settings, found '0\.9'"),
        ("strategy = 5", r"setting strategy: expected a group of settings, found 5"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        load(tmp_path, text)


def test_an_unknown_variable_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"setting strategy\.tranche: expected one of"):
        load(tmp_path, BALLAST_STRATEGY__TRANCHE="3")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("jlp_share = 0.7", "jlp_share"),
        ("jlp_share = 'much'", "jlp_share"),
        ("jlp_share = 'NaN'", "jlp_share"),
        ("tranches = 2.5", "tranches"),
        ("tranches = 'two'", "tranches"),
        ("tranches = true", "tranches"),
        ("drift_band = 'wide'", "drift_band"),
        ("strategy = 5.5", "strategy"),
        ("terms = {maker_first = 'perhaps'}", "maker_first"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=rf"Settings: expected its declared fields, found .*{told}"):
        load(tmp_path, f"[strategy]\n{line}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("tranches = 0", "tranches: expected 1 to 99, found 0"),
        ("tranches = 100", "tranches: expected 1 to 99, found 100"),
        ("rebalance_tranches = 0", "rebalance_tranches: expected 1 to 99"),
        ("chunks_max = 0", "chunks_max: expected 1 to 9, found 0"),
        ("attempts_max = 0", "attempts_max: expected 1 or more"),
        ("lease_s = 0", "lease_s: expected 1 or more"),
        ("quote_life_s = -1", "quote_life_s: expected 1 or more"),
        ("jlp_share = '0'", "jlp_share: expected above 0 and below 1"),
        ("jlp_share = '1'", "jlp_share: expected above 0 and below 1"),
        ("deposit_btc_min = '0'", "deposit_btc_min: expected above 0"),
        ("deposit_btc_max = '0.001'", "deposit_btc_max: expected 0.01 or more"),
        ("drift_band = '-1'", "drift_band: expected 0 or more"),
        ("intervals = {exposure_s = 0}", "exposure_s: expected 1 or more"),
        ("intervals = {work_s = -5}", "work_s: expected 1 or more"),
        ("collateral = {floor = '1.1'}", "collateral target: expected 1.1 or more"),
        ("collateral = {margin_share = '0'}", "margin_share: expected above 0"),
        ("reserve = {floor = '200'}", "reserve target: expected 200 or more"),
        ("caps = {order_usd_max = '0'}", "order_usd_max: expected above 0"),
        ("prices = {age_s_max = -1}", "age_s_max: expected 1 or more"),
        ("fees = {spot = '-10'}", "spot fee: expected 0 or more"),
        ("terms = {depth_share = '2'}", "depth_share: expected at most 1"),
    ],
)
def test_a_value_that_makes_no_strategy_is_refused_with_its_range(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told.replace(".", r"\.")):
        load(tmp_path, f"[strategy]\n{line}")


def test_a_file_that_is_not_there_or_no_toml_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"missing\.toml: expected a readable settings file, found No such file"):
        load_settings(tmp_path / "missing.toml", {})
    with pytest.raises(InvalidInput, match=r"ballast\.toml: expected a TOML file, found .*line 2"):
        load(tmp_path, "[strategy]\ntranches = x")
    with pytest.raises(InvalidInput, match="expected a readable settings file"):
        load_settings(tmp_path, {})


def test_a_file_of_other_bytes_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match=r"picture\.toml: expected a TOML file"):
        load_settings(path, {})


def test_every_service_has_an_interval_under_its_name() -> None:
    assert [Intervals().of(name) for name in ("entry", "exposure", "fee_hedge", "rebalancing", "exit", "reserve")] == [
        60, 60, 1800, 60, 60, 60
    ]  # fmt: skip


def test_the_whitelist_is_every_address_and_nothing_else() -> None:
    assert Addresses("t", "v", "c").whitelist == {"t", "v", "c"}
