"""What a vault is constructed with, read from a TOML file and checked before any chain is asked."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TypeVar, cast

from attrs import NOTHING, Factory, asdict, fields, frozen
from eth_utils.address import is_address, to_checksum_address

from ballast.domain.kernel.amount import Amount, BaseUnits
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal

ASSET_DECIMALS = 8
_BPS_MAX = 9_999
_DAY_S = 86_400
_SECONDS_MAX = 365 * _DAY_S

SectionT = TypeVar("SectionT")


@frozen
class Holders:
    """Who holds which role, in the contract's order; checksummed addresses."""

    admin: str
    price_signer: str
    publisher: str
    fulfiller: str
    reviewer: str
    gatekeeper: str


@frozen
class QuoteBounds:
    """Bounds on every quote: basis points 1..9,999, seconds 1..one year."""

    step_bps_max: int = 100
    spread_bps_max: int = 300
    age_s_max: int = 3_600
    interval_s_min: int = 60


@frozen
class Caps:
    """Shares minted and assets reserved, in whole coins as text with at most 8 decimals."""

    mint_per_block: str = "10"
    mint_per_day: str = "50"
    reserve_per_block: str = "10"
    reserve_per_day: str = "50"


@frozen
class Delays:
    """Seconds before an admin or a custody change takes effect, and before a user may cancel; 1..one year."""

    admin_s: int = 2 * _DAY_S
    custody_s: int = 2 * _DAY_S
    cancel_s: int = 3 * _DAY_S


@frozen
class VaultTerms:
    """The constructor's arguments; see contracts/src/Vault.sol."""

    asset: str
    custody: str
    holders: Holders
    bounds: QuoteBounds = Factory(QuoteBounds)
    caps: Caps = Factory(Caps)
    delays: Delays = Factory(Delays)

    def arguments(self) -> tuple[object, ...]:
        """Return them in the constructor's order and units."""
        caps = tuple(_units(f"caps.{name}", value) for name, value in asdict(self.caps).items())
        structs = (self.holders, self.bounds, self.delays)
        holders, bounds, delays = (tuple(asdict(struct).values()) for struct in structs)
        return self.asset, self.custody, holders, bounds, caps, delays


def read_terms(path: Path) -> VaultTerms:
    """Read terms from TOML: `asset`, `custody`, and the tables holders, bounds, caps and delays.

    Raises InvalidInput naming what is missing, unknown or out of range.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as failure:
        raise InvalidInput(str(path), "a readable TOML file", str(failure)) from failure
    sections = {"holders": Holders, "bounds": QuoteBounds, "caps": Caps, "delays": Delays}
    made: dict[str, object] = {
        name: _section(kind, name, content[name]) for name, kind in sections.items() if name in content
    }
    terms = _section(VaultTerms, "", {**content, **made})
    _check(terms)
    return terms


def _section(kind: type[SectionT], name: str, content: object) -> SectionT:
    if not isinstance(content, Mapping):
        raise InvalidInput(name, "a table", repr(content))
    found = cast("Mapping[str, object]", content)
    known = {each.name: each.default is NOTHING for each in fields(kind)}  # type: ignore[arg-type]  # all are attrs
    required = {key for key, needed in known.items() if needed}
    if unfit := sorted((set(found) - set(known)) | (required - set(found))):
        raise InvalidInput(name or "terms", ", ".join(known), f"unknown or missing: {', '.join(unfit)}")
    return kind(**found)


def _check(terms: VaultTerms) -> None:
    addresses = {"asset": terms.asset, "custody": terms.custody, **asdict(terms.holders)}
    for name, address in addresses.items():
        _check_address(name, address)
    for name, value in asdict(terms.bounds).items():
        _check_whole(name, value, _BPS_MAX if "_bps_" in name else _SECONDS_MAX)
    for name, value in asdict(terms.delays).items():
        _check_whole(name, value, _SECONDS_MAX)
    apart = {terms.holders.price_signer, terms.holders.publisher, terms.holders.reviewer}
    if len(apart) < len(("price_signer", "publisher", "reviewer")):
        raise InvalidInput("holders", "price_signer, publisher and reviewer to be three", f"{len(apart)}")
    terms.arguments()


def _check_address(name: str, address: object) -> None:
    if not isinstance(address, str) or not is_address(address) or to_checksum_address(address) != address:
        raise InvalidInput(name, "a checksummed address", repr(address))
    if int(address, 16) == 0:
        raise InvalidInput(name, "an address that is somebody's", address)


def _check_whole(name: str, value: object, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise InvalidInput(name, f"a whole number of 1 to {most}", repr(value))


def _units(name: str, value: object) -> int:
    if not isinstance(value, str):
        raise InvalidInput(name, "a number as text", repr(value))
    quantity = parse_decimal(value, name)
    if quantity < Decimal(0):
        raise InvalidInput(name, "zero or more", value)
    return BaseUnits.from_amount(Amount(BTC, quantity), ASSET_DECIMALS).units
