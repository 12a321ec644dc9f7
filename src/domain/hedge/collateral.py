"""The collateral ratio and the smallest JLP sale that restores it; design/strategy.md section 4.4."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ONE, ROUND_UP, ZERO, divide, ratio


@frozen
class CollateralTerms:
    """The floors and targets, all plain fractions.

    `margin_share` of NAV is what the venue account should hold (0.30); below `floor` (0.88) of that, sell JLP until
    `target` (1.00). The venue's own measure, equity over maintenance margin, has its own floor and target.
    """

    margin_share: Decimal
    floor: Decimal
    target: Decimal
    maintenance_floor: Decimal
    maintenance_target: Decimal


@frozen
class SaleCosts:
    """What selling one USD of JLP costs and frees, as plain fractions of it.

    `redeem` is lost on the way to the venue (pool fee, chain fee); `unwind` is paid at the venue for buying the hedges
    back; `haircut` is what counts of the arriving stable; `maintenance` is the margin freed by the smaller hedges.
    """

    redeem: Decimal
    unwind: Decimal
    haircut: Decimal
    maintenance: Decimal


@frozen
class Collateral:
    """The venue account against what the strategy asks of it; `equity_usd` is after haircuts."""

    equity_usd: Decimal
    required_usd: Decimal
    maintenance_usd: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Return equity over the required margin; None when nothing is required."""
        return ratio(self.equity_usd, self.required_usd) if self.required_usd > 0 else None

    @property
    def maintenance_ratio(self) -> Decimal | None:
        """Return equity over maintenance margin (uniMMR in portfolio margin); None without positions."""
        return ratio(self.equity_usd, self.maintenance_usd) if self.maintenance_usd > 0 else None

    def below(self, terms: CollateralTerms) -> bool:
        """Say whether either floor is broken."""
        share, maintenance = self.ratio, self.maintenance_ratio
        return (share is not None and share < terms.floor) or (
            maintenance is not None and maintenance < terms.maintenance_floor
        )


def collateral(
    margin: Mapping[Asset, Decimal],
    haircuts: Mapping[Asset, Decimal],
    prices: Mapping[Asset, Decimal],
    unrealised_usd: Decimal,
    maintenance_usd: Decimal,
    nav_usd: Decimal,
    terms: CollateralTerms,
) -> Collateral:
    """Add up the margin wallet after haircuts and the unrealised profit; debts count in full."""
    equity = unrealised_usd
    for asset, quantity in margin.items():
        value = quantity * prices[asset]
        equity += value * haircuts[asset] if value > 0 else value
    return Collateral(equity, terms.margin_share * nav_usd, maintenance_usd)


def restoring_sale_usd(
    state: Collateral, nav_usd: Decimal, held_jlp_usd: Decimal, terms: CollateralTerms, costs: SaleCosts
) -> Decimal:
    """Return the smallest USD value of JLP to sell, at most what is held; >= 0.

    It meets the share target and, where the maintenance floor is broken, the maintenance target too. Raises RuleBroken
    when a sale costs as much as it brings.

    With arriving share h(1 - r) - u and NAV falling by the costs c = r + u per USD sold, the share target solves
    E + x (h(1 - r) - u) = t s (NAV - c x), the maintenance target E + x (h(1 - r) - u) = m (M - f x).
    """
    arriving = costs.haircut * (ONE - costs.redeem) - costs.unwind
    share = terms.target * terms.margin_share
    for_share = _sale(share * nav_usd - state.equity_usd, arriving + share * (costs.redeem + costs.unwind))
    for_maintenance = _sale(
        terms.maintenance_target * state.maintenance_usd - state.equity_usd,
        arriving + terms.maintenance_target * costs.maintenance,
    )
    needed = for_share
    maintenance = state.maintenance_ratio
    if maintenance is not None and maintenance < terms.maintenance_floor:
        needed = max(needed, for_maintenance)
    return min(needed, held_jlp_usd)


def _sale(missing_usd: Decimal, restored_per_usd: Decimal) -> Decimal:
    if missing_usd <= 0:
        return ZERO
    if restored_per_usd <= 0:
        raise RuleBroken("restoring sale", "costs below what it restores", f"{restored_per_usd} restored per USD sold")
    return divide(missing_usd, restored_per_usd, 8, ROUND_UP)


def jlp_for(sale_usd: Decimal, jlp_price: Decimal, held: Amount) -> Amount:
    """Return the JLP worth a USD value, rounded up, at most what is held."""
    return min(Amount(JLP, divide(sale_usd, jlp_price, JLP.scale, ROUND_UP)), held)
