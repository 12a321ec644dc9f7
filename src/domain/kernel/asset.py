"""The assets Ballast knows, each with the fixed number of decimals its ledger accounts carry."""

from enum import Enum
from typing import Self

from ballast.domain.kernel.errors import InvalidInput


class Asset(Enum):
    """One fungible thing; the value is its symbol. Contracts (perpetuals) and pool tokens are assets too."""

    scale: int

    BTC = ("BTC", 8)
    ETH = ("ETH", 18)
    SOL = ("SOL", 9)
    USDC = ("USDC", 8)
    USDT = ("USDT", 8)
    JLP = ("JLP", 6)
    SHARE = ("SHARE", 8)
    BTC_PERP = ("BTC-PERP", 8)
    ETH_PERP = ("ETH-PERP", 8)
    SOL_PERP = ("SOL-PERP", 8)

    def __new__(cls, symbol: str, scale: int) -> Self:
        """Make the symbol the value, so that records and the wire carry plain text."""
        member = object.__new__(cls)
        member._value_ = symbol
        member.scale = scale
        return member

    # Identity is enough for an enum member; Enum's own __hash__ goes through the name on every dict access.
    __hash__ = object.__hash__

    @classmethod
    def named(cls, symbol: str, field: str = "asset") -> "Asset":
        """Return the asset of a symbol; raises InvalidInput listing the known ones."""
        for member in cls:
            if member.value == symbol:
                return member
        raise InvalidInput(field, "one of " + ", ".join(member.value for member in cls), repr(symbol))


BTC, ETH, SOL = Asset.BTC, Asset.ETH, Asset.SOL
USDC, USDT, JLP, SHARE = Asset.USDC, Asset.USDT, Asset.JLP, Asset.SHARE

HEDGED: tuple[Asset, ...] = (SOL, ETH, BTC)
STABLES: tuple[Asset, ...] = (USDC, USDT)
PERP_OF: dict[Asset, Asset] = {BTC: Asset.BTC_PERP, ETH: Asset.ETH_PERP, SOL: Asset.SOL_PERP}
