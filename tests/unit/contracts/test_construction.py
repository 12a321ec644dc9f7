"""Construction: terms the vault refuses, and the build that is constructed."""

import hashlib

import pytest
from attrs import evolve
from tests.compiled import CONTRACTS
from tests.unit.contracts.chain import Chain
from tests.unit.contracts.rig import ADMIN, TOKEN, Terms, deploy_vault, make_rig, refused

from ballast.adapters.evm.artifacts import Artifact, load_artifact

# Answers 18 to whatever it is asked: PUSH1 18, MSTORE at 0, RETURN 32 bytes, behind the ten-byte constructor.
EIGHTEEN = bytes.fromhex("69601260005260206000f3600052600a6016f3")


@pytest.mark.parametrize(
    "terms",
    [
        Terms(step_bps_max=10_000),
        Terms(spread_bps_max=10_000),
        Terms(age_s_max=0),
        Terms(interval_s_min=0),
    ],
)
def test_bounds_that_bind_nothing_are_refused(terms: Terms) -> None:
    with refused("BoundsInvalid"):
        make_rig(terms)


def test_an_asset_of_other_than_eight_decimals_is_refused() -> None:
    chain = Chain()
    other = chain.deploy(Artifact("Eighteen", "", "", [], EIGHTEEN), ADMIN)
    with refused("AssetDecimalsInvalid"):
        deploy_vault(chain, other, Terms())
    deploy_vault(chain, chain.deploy(TOKEN, ADMIN), Terms())


def test_the_first_quote_is_one_and_prices_no_request() -> None:
    rig = make_rig(evolve(Terms(), step_bps_max=1))
    assert rig.vault.read("quote") == (0, rig.chain.time_s, 10**18, 10**18)


def test_the_committed_build_names_the_sources_beside_it() -> None:
    found = hashlib.sha256()
    for path in sorted((CONTRACTS / "src").glob("*.sol")):
        text = path.read_text(encoding="utf-8")
        found.update(f"{path.name}\n{len(text)}\n{text}".encode())
    assert load_artifact().sources_sha256 == found.hexdigest()
