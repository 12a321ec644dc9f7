"""A vault's terms: complete, within range, in the contract's order and units."""

from pathlib import Path

import pytest

from ballast.adapters.evm.terms import VaultTerms, read_terms
from ballast.domain.kernel.errors import InvalidInput

NAMES = ("admin", "price_signer", "publisher", "fulfiller", "reviewer", "gatekeeper")
HOLDERS = {name: f"0x{place:040d}" for place, name in enumerate(NAMES, start=11)}
ASSET, CUSTODY = f"0x{1:040d}", f"0x{2:040d}"


def toml(extra: str = "", **changed: str) -> str:
    holders = "\n".join(f'{name} = "{address}"' for name, address in {**HOLDERS, **changed}.items())
    return f'asset = "{ASSET}"\ncustody = "{CUSTODY}"\n[holders]\n{holders}\n{extra}'


def read(folder: Path, text: str) -> VaultTerms:
    path = folder / "terms.toml"
    path.write_text(text, encoding="utf-8")
    return read_terms(path)


def test_arguments_come_in_the_contracts_order_and_units(tmp_path: Path) -> None:
    terms = read(tmp_path, toml('[caps]\nmint_per_block = "0.5"\n[bounds]\nage_s_max = 600\n'))
    assert terms.arguments() == (
        ASSET,
        CUSTODY,
        tuple(HOLDERS.values()),
        (100, 300, 600, 60),
        (50_000_000, 5_000_000_000, 1_000_000_000, 5_000_000_000),
        (172_800, 172_800, 259_200),
    )


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ("[bounds]\nstep_bps_max = 10000\n", "step_bps_max"),
        ("[bounds]\nstep_bps_max = 0\n", "step_bps_max"),
        ("[bounds]\nage_s_max = true\n", "age_s_max"),
        ("[bounds]\nage = 5\n", "bounds"),
        ("[delays]\ncancel_s = 31536001\n", "cancel_s"),
        ('[caps]\nmint_per_day = "0.000000001"\n', "BTC"),
        ('[caps]\nmint_per_day = "-1"\n', "caps.mint_per_day"),
        ("[caps]\nmint_per_day = 1.5\n", "caps.mint_per_day"),
        ("[surprise]\n", "terms"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_named(tmp_path: Path, extra: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, toml(extra))
    assert caught.value.field == field


@pytest.mark.parametrize("address", ["", "0x12", "0x" + "0" * 40, "0x" + "aB" * 20])
def test_an_address_that_is_no_checksummed_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidInput, match="reviewer"):
        read(tmp_path, toml(reviewer=address))


@pytest.mark.parametrize("double", ["publisher", "reviewer"])
def test_price_signer_publisher_and_reviewer_are_three(tmp_path: Path, double: str) -> None:
    with pytest.raises(InvalidInput, match="three"):
        read(tmp_path, toml(**{double: HOLDERS["price_signer"]}))


def test_a_missing_holder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="gatekeeper"):
        read(tmp_path, toml().replace("gatekeeper", "#"))


@pytest.mark.parametrize("text", ["asset = ", "holders = 5"])
def test_what_is_no_terms_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="readable"):
        read_terms(tmp_path / "none.toml")
