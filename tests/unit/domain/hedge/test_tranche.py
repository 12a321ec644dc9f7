"""Cutting an operation into equal parts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.strategies import assets

from ballast.domain.hedge.tranche import tranche_parts
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import quantum

D = Decimal


@given(assets, st.integers(1, 10**18), st.integers(1, 50))
def test_the_parts_sum_to_the_whole_and_differ_by_less_than_their_number_of_units(
    asset: Asset, units: int, tranches: int
) -> None:
    whole = Amount(asset, units * quantum(asset.scale))
    if units < tranches:
        with pytest.raises(InvalidInput, match=f"enough {asset.value} for {tranches} tranches"):
            tranche_parts(whole, tranches)
        return
    parts = tranche_parts(whole, tranches)
    assert len(parts) == tranches
    assert sum((part.quantity for part in parts), D(0)) == whole.quantity
    assert len(set(parts[:-1])) <= 1
    assert 0 <= parts[-1].quantity - parts[0].quantity < tranches * quantum(asset.scale)
    assert parts[0].quantity > 0


@pytest.mark.parametrize("tranches", [0, -1])
def test_less_than_one_part_is_refused(tranches: int) -> None:
    with pytest.raises(InvalidInput, match="tranches: expected at least 1"):
        tranche_parts(Amount(BTC, D(1)), tranches)


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_nothing_cannot_be_cut(quantity: str) -> None:
    with pytest.raises(InvalidInput, match="amount: expected enough BTC"):
        tranche_parts(Amount(BTC, D(quantity)), 1)
