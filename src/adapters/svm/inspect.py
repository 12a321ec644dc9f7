"""What `ballast pool inspect` shows of recorded accounts: any part of a pool, in whole tokens and dollars."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from attrs import asdict, evolve, fields, frozen

from ballast.adapters.common.solana.files import Skipped
from ballast.adapters.svm.assembly import PoolAccounts, load_accounts
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import exact, from_units
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.proof import Check, pool_checks
from ballast.domain.pool.scale import PRICE_PLACES, USD_PLACES, dollars
from ballast.domain.pool.state import Pool, PoolState
from ballast.domain.pool.valuation import (
    PriceMode,
    assets_under_management,
    custody_aum,
    lp_price,
    naive_pool_delta,
    per_jlp,
    pool_delta,
)


@frozen(kw_only=True)
class CustodyRow:
    """One custody in whole tokens and dollars; None where the feed or the JLP supply is not among the accounts."""

    address: str
    asset: str
    owned: Decimal
    locked: Decimal
    debt: Decimal
    short_size_usd: Decimal
    short_average_price: Decimal
    delta: Decimal
    price: Decimal | None
    aum_usd_min: Decimal | None
    aum_usd_max: Decimal | None
    delta_per_jlp: Decimal | None
    naive_delta_per_jlp: Decimal | None


@frozen(kw_only=True)
class PoolRow:
    """The Pool account's own figures; `stored_aum_usd` (dollars) is a cache that keepers refresh."""

    address: str
    stored_aum_usd: Decimal
    aum_updated_time: datetime
    aum_refreshed_slot: int
    fee_apr_bps: int
    lp_price_change_bps_max: int


@frozen(kw_only=True)
class Total:
    """The pool's value, recomputed, and what one JLP is worth (dollars); Min redeems, Max mints."""

    aum_usd_min: Decimal
    aum_usd_max: Decimal
    jlp_price_min: Decimal
    jlp_price_max: Decimal


@frozen(kw_only=True)
class Inspection:
    """Everything recorded accounts say.

    `total` is None when `lacking` names something it needs. `checks` are the cross-checks of the whole pool; one that
    does not hold means that the accounts are not of one moment, or that a figure is wrong: the total is not proved.
    """

    pool: PoolRow | None
    custodies: tuple[CustodyRow, ...]
    supply: Decimal | None
    total: Total | None
    checks: tuple[Check, ...]
    lacking: tuple[str, ...]
    positions: int
    skipped: tuple[Skipped, ...]

    @property
    def is_proved(self) -> bool:
        """Say whether the whole pool is here and every cross-check holds."""
        return self.total is not None and all(check.holds for check in self.checks)

    def rows(self) -> list[dict[str, str | None]]:
        """Return one row of texts for each custody: numbers as plain decimals, None where unknown."""
        return [{column: _text(value) for column, value in asdict(row).items()} for row in self.custodies]

    def to_json(self) -> dict[str, object]:
        """Return the whole as JSON values: whole tokens and dollars as decimal texts, None where unknown."""
        total = asdict(self.total) if self.total else {column.name: None for column in fields(Total)}
        return {
            "pool": asdict(self.pool, value_serializer=lambda _, __, value: _json(value)) if self.pool else None,
            "supply": _text(self.supply),
            **{name: _text(value) for name, value in total.items()},
            "custodies": self.rows(),
            "is_proved": self.is_proved,
            "checks": [_check_json(check) for check in self.checks],
            "lacking": list(self.lacking),
            "positions": self.positions,
            "skipped": [{"path": str(skipped.path), "reason": skipped.reason} for skipped in self.skipped],
        }


def inspect(paths: Iterable[Path], supply: Decimal | None = None) -> Inspection:
    """Return what files and folders of recorded accounts say; `supply` (JLP) takes the place of the mint account's.

    Raises InvalidInput when a file or an account fails its proof, for a supply that is not positive, and when there
    is neither a custody nor a pool.
    """
    accounts = load_accounts(paths)
    if accounts.pool is None and not accounts.custodies:
        raise InvalidInput("paths", "at least one Custody or Pool account", "none")
    if supply is not None:
        accounts = evolve(accounts, supply=_supply_units(supply))
    lacking = accounts.lacking()
    state = None if lacking else accounts.state()
    return Inspection(
        pool=_pool_row(accounts.pool) if accounts.pool else None,
        custodies=tuple(_custody_row(accounts, custody) for custody in accounts.custodies),
        supply=None if accounts.supply is None else from_units(accounts.supply, USD_PLACES),
        total=_total(state) if state else None,
        checks=pool_checks(state) if state else (),
        lacking=lacking,
        positions=len(accounts.positions),
        skipped=accounts.skipped,
    )


def _supply_units(supply: Decimal) -> int:
    if not supply.is_finite() or supply <= 0:
        raise InvalidInput("supply", "more than zero JLP", str(supply))
    return int(exact(supply, USD_PLACES, "supply").scaleb(USD_PLACES))


def _pool_row(pool: Pool) -> PoolRow:
    return PoolRow(
        address=pool.address,
        stored_aum_usd=dollars(pool.aum_usd),
        aum_updated_time=pool.aum_updated_time,
        aum_refreshed_slot=pool.aum_refreshed_slot,
        fee_apr_bps=pool.apr.fee_apr_bps,
        lp_price_change_bps_max=pool.lp_price_change_bps_max,
    )


def _custody_row(accounts: PoolAccounts, custody: Custody) -> CustodyRow:
    feed, supply = accounts.feeds.get(custody.address), accounts.supply
    delta = pool_delta(custody)
    naive = naive_pool_delta(custody, feed.price_e8, PriceMode.MIN) if feed else None
    return CustodyRow(
        address=custody.address,
        asset=custody.symbol,
        owned=from_units(custody.owned, custody.decimals),
        locked=from_units(custody.locked, custody.decimals),
        debt=from_units(custody.debt, custody.decimals),
        short_size_usd=dollars(custody.short_size_usd),
        short_average_price=dollars(custody.short_average_price),
        delta=delta,
        price=from_units(feed.price_e8, PRICE_PLACES) if feed else None,
        aum_usd_min=dollars(custody_aum(custody, feed.price_e8, PriceMode.MIN)) if feed else None,
        aum_usd_max=dollars(custody_aum(custody, feed.price_e8, PriceMode.MAX)) if feed else None,
        delta_per_jlp=None if supply is None else per_jlp(delta, supply),
        naive_delta_per_jlp=None if supply is None or naive is None else per_jlp(naive, supply),
    )


def _total(state: PoolState) -> Total:
    return Total(
        aum_usd_min=dollars(assets_under_management(state, PriceMode.MIN)),
        aum_usd_max=dollars(assets_under_management(state, PriceMode.MAX)),
        jlp_price_min=lp_price(state, PriceMode.MIN),
        jlp_price_max=lp_price(state, PriceMode.MAX),
    )


def _check_json(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "expected_usd": _text(dollars(check.expected_usd)),
        "found_usd": _text(dollars(check.found_usd)),
        "bound_bps": check.bound_bps,
        "holds": check.holds,
    }


def _text(value: Decimal | str | None) -> str | None:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return _text(value) if isinstance(value, Decimal) else value
