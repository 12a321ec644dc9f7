"""The assets that are known, by their symbols."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.domain.kernel.asset import HEDGED, PERP_OF, STABLES, Asset
from ballast.domain.kernel.errors import InvalidInput


@given(st.sampled_from(Asset))
def test_an_asset_is_found_by_its_symbol(asset: Asset) -> None:
    assert Asset.named(asset.value) is asset
    assert asset.value == asset.name.replace("_", "-")


@given(st.text().filter(lambda text: text not in {asset.value for asset in Asset}))
def test_an_unknown_symbol_is_refused_with_the_known_ones(symbol: str) -> None:
    with pytest.raises(InvalidInput, match=r"^pay: expected one of BTC, ETH, SOL, ") as refused:
        Asset.named(symbol, "pay")
    assert refused.value.found == repr(symbol)


def test_every_hedged_coin_has_its_own_perpetual_and_is_no_stable() -> None:
    assert set(PERP_OF) == set(HEDGED)
    assert len(set(PERP_OF.values())) == len(HEDGED)
    assert not set(STABLES) & {*HEDGED, *PERP_OF.values()}
