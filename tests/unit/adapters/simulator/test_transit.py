"""What is under way is still somewhere, and arrives once."""

from decimal import Decimal

import pytest
from tests.unit.adapters.simulator.worlds import build

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC
from ballast.domain.kernel.errors import RuleBroken

ONE_BTC = Amount(BTC, Decimal(1))


@pytest.mark.parametrize(("address", "amount", "duration_s"), [
    ("venue-btc", ONE_BTC, 1800),
    ("contract-btc", ONE_BTC, 1200),
    ("venue-usdc", Amount(USDC, Decimal(5)), 300),
    ("treasury-usdc", Amount(USDC, Decimal(5)), 300),
])  # fmt: skip
def test_a_transfer_is_under_way_for_its_routes_duration(address: str, amount: Amount, duration_s: int) -> None:
    built = build()
    built.world.call("transit", "depart", amount, address)
    built.wait(duration_s - 1)
    assert built.world.call("transit", "total", amount.asset) == amount.quantity
    built.wait(1)
    assert built.world.call("transit", "total", amount.asset) == 0


def test_an_arrival_is_credited_under_the_senders_reference() -> None:
    built = build()
    reference = built.world.call("transit", "depart", ONE_BTC, "contract-btc")
    assert built.world.call("vault", "credited", reference) is None
    built.wait(1200)
    assert built.world.call("vault", "credited", reference) == ONE_BTC
    assert built.world.call("vault", "totals").btc_held == 1


@pytest.mark.parametrize("address", ["nowhere", "venue-usdc"])
def test_an_address_that_does_not_take_the_asset_gets_nothing(address: str) -> None:
    built = build()
    with pytest.raises(RuleBroken, match=f"address {address}"):
        built.world.call("transit", "depart", ONE_BTC, address)
    assert built.world.call("transit", "total", BTC) == 0
