"""An account in another mode than ours is not traded on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import frozen

from ballast.adapters.exchange import endpoints
from ballast.adapters.exchange.endpoints import Endpoint
from ballast.adapters.exchange.line import Line
from ballast.adapters.exchange.permissions import check_modes
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.domain.kernel.errors import RuleBroken


@frozen
class Answers:
    """A line that answers from a table."""

    table: Mapping[str, Any]

    async def ask(self, endpoint: Endpoint) -> Any:
        return self.table[endpoint.call]


async def check(variant: Variant, *, hedged: bool, pooled: bool) -> None:
    table = {
        endpoints.POSITION_MODE[variant].call: {"dualSidePosition": hedged},
        endpoints.MULTI_ASSETS.call: {"multiAssetsMargin": pooled},
    }
    settings = ExchangeSettings(store=Path("unused"), networks={}, variant=variant)
    await check_modes(cast("Line", Answers(table)), settings)


@pytest.mark.parametrize("variant", list(Variant))
async def test_hedge_mode_is_refused(variant: Variant) -> None:
    with pytest.raises(RuleBroken, match="position mode"):
        await check(variant, hedged=True, pooled=True)


async def test_a_wallet_where_only_the_quote_asset_is_margin_is_refused() -> None:
    with pytest.raises(RuleBroken, match="margin mode"):
        await check(Variant.FUTURES, hedged=False, pooled=False)


async def test_a_portfolio_account_pools_its_assets_by_nature() -> None:
    await check(Variant.PORTFOLIO, hedged=False, pooled=False)
