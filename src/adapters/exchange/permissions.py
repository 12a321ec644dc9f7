"""What the key may do and how the account is set, checked before anything is done with them."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ballast.adapters.exchange.endpoints import MULTI_ASSETS, POSITION_MODE, RESTRICTIONS
from ballast.adapters.exchange.errors import reading
from ballast.adapters.exchange.line import Line
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.domain.kernel.errors import NotAllowed, RuleBroken

_ALWAYS = frozenset({"enableReading", "enableSpotAndMarginTrading", "permitsUniversalTransfer"})
_PERPETUALS = {Variant.FUTURES: "enableFutures", Variant.PORTFOLIO: "enablePortfolioMarginTrading"}
_WITHDRAW = "enableWithdrawals"
# Powers that no mode of ours needs; a key that has one can lose more than it must.
_NEVER = frozenset({"enableMargin", "enableVanillaOptions", "enableInternalTransfer"})
_BY_ADDRESS = "ipRestrict"


@frozen
class KeyReport:
    """What was found: whether the key works from listed addresses only."""

    ip_restricted: bool


async def check_key(line: Line, settings: ExchangeSettings) -> KeyReport:
    """Ask what the key may do; raises NotAllowed when it may do too little, or more than the mode needs."""
    with reading():
        found: Mapping[str, Any] = await line.ask(RESTRICTIONS)
    needed = _ALWAYS | {_PERPETUALS[settings.variant]}
    if settings.withdrawals:
        needed |= {_WITHDRAW}
    missing = sorted(name for name in needed if not found.get(name, False))
    excess = sorted(name for name in (_NEVER | {_WITHDRAW}) - needed if found.get(name, False))
    if missing or excess:
        raise NotAllowed(
            f"the key lacks {', '.join(missing) or 'nothing'} and has {', '.join(excess) or 'nothing'} too much",
            missing=" ".join(missing),
            excess=" ".join(excess),
        )
    return KeyReport(ip_restricted=bool(found.get(_BY_ADDRESS, False)))


async def check_modes(line: Line, settings: ExchangeSettings) -> None:
    """Raise RuleBroken unless positions are one-way and every asset of the margin wallet counts as collateral."""
    with reading():
        mode = await line.ask(POSITION_MODE[settings.variant])
        # A portfolio account counts all assets by its nature.
        futures = settings.variant is Variant.FUTURES
        pooled = (await line.ask(MULTI_ASSETS))["multiAssetsMargin"] if futures else True
    if mode["dualSidePosition"]:
        raise RuleBroken("position mode", "one-way", "hedge mode")
    if not pooled:
        raise RuleBroken("margin mode", "multi-assets", "single-asset")
