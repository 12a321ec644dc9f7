"""Quantities that carry their asset, and the algebra between them."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import EXACT, ZERO, exact, quantum, round_to_places

BPS_PER_ONE = 10_000
_BPS = Decimal(1).scaleb(-4)


@frozen(order=False)
class Amount:
    """A quantity of one asset, exact at the asset's scale (Decimal, finite, any sign).

    Raises InvalidInput when the quantity has more decimals than the asset carries, or when two assets are mixed.
    """

    asset: Asset
    quantity: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse digits the asset cannot carry."""
        exponent = self.quantity.as_tuple().exponent
        if isinstance(exponent, str):
            raise InvalidInput(self.asset.value, "a finite quantity", str(self.quantity))
        if exponent < -self.asset.scale:
            object.__setattr__(self, "quantity", exact(self.quantity, self.asset.scale, self.asset.value))

    @classmethod
    def zero(cls, asset: Asset) -> "Amount":
        """Return nothing of an asset."""
        return cls(asset, ZERO)

    @classmethod
    def rounded(cls, asset: Asset, quantity: Decimal, rounding: str) -> "Amount":
        """Round a quantity to the asset's scale by a named rounding."""
        return cls(asset, round_to_places(quantity, asset.scale, rounding))

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self._same(other), self.quantity + other.quantity)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self._same(other), self.quantity - other.quantity)

    def __neg__(self) -> "Amount":
        return Amount(self.asset, -self.quantity)

    def __lt__(self, other: "Amount") -> bool:
        self._same(other)
        return self.quantity < other.quantity

    def __le__(self, other: "Amount") -> bool:
        self._same(other)
        return self.quantity <= other.quantity

    def __bool__(self) -> bool:
        return bool(self.quantity)

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.asset.value}"

    def times(self, factor: Decimal, rounding: str) -> "Amount":
        """Scale by a plain number, rounding at the asset's scale by a named rounding."""
        return Amount.rounded(self.asset, self.quantity * factor, rounding)

    def _same(self, other: "Amount") -> Asset:
        if self.asset is not other.asset:
            raise InvalidInput("asset", self.asset.value, other.asset.value)
        return self.asset


@frozen
class Price:
    """Units of `quote` for one unit of `base` (Decimal > 0). Raises InvalidInput for anything not positive."""

    base: Asset
    quote: Asset
    value: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse what is no price."""
        if not self.value.is_finite() or self.value <= 0:
            raise InvalidInput(f"price of {self.base.value}", "a positive number", str(self.value))

    def value_of(self, amount: Amount, rounding: str) -> Amount:
        """Convert an amount of the base into the quote; raises InvalidInput for another asset."""
        if amount.asset is not self.base:
            raise InvalidInput("asset", self.base.value, amount.asset.value)
        return Amount.rounded(self.quote, amount.quantity * self.value, rounding)


@frozen
class Bps:
    """A fraction in hundredths of a percent (Decimal, any sign); 10,000 is one."""

    value: Decimal

    @classmethod
    def of_fraction(cls, fraction: Decimal) -> "Bps":
        """Return the basis points of a plain fraction, exactly."""
        return cls(fraction * BPS_PER_ONE)

    @property
    def fraction(self) -> Decimal:
        """Return the plain fraction, exactly."""
        return self.value * _BPS


@frozen
class BaseUnits:
    """A whole number of an asset's smallest unit on one chain (wei, lamport, satoshi); only at chain edges.

    `decimals` is the chain's own (USDC has 6 on Solana), 0..36.
    """

    asset: Asset
    units: int
    decimals: int

    @classmethod
    def from_amount(cls, amount: Amount, decimals: int) -> "BaseUnits":
        """Convert exactly; raises InvalidInput when the chain cannot carry the last digits."""
        scaled = exact(amount.quantity, decimals, amount.asset.value).scaleb(decimals, EXACT)
        return cls(amount.asset, int(scaled), decimals)

    def amount(self) -> Amount:
        """Convert exactly to an amount; raises InvalidInput when the asset's scale is too small."""
        return Amount(self.asset, Decimal(self.units) * quantum(self.decimals))
