"""What a run is made of: modes, recorded inputs, and numbers from a TOML file and BALLAST_ variables."""

import json
import os
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from ballast.adapters.common.codec import encode, structured
from ballast.adapters.simulator.settings import WorldSettings
from ballast.domain.kernel.errors import InvalidInput
from ballast.services.settings import StrategySettings

PROJECT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
PREFIX = "BALLAST_"


class Mode(Enum):
    """Where prices, venue and chains come from; the services are the same."""

    REPLAY = "replay"
    PAPER = "paper"
    LOCAL = "local"
    TESTNET = "testnet"
    LIVE = "live"


@frozen
class Inputs:
    """The recorded inputs of replay and paper: folders of candles, funding rates and pool accounts."""

    data: Path = PROJECT / "data"
    bars: Path = PROJECT / "data" / "market" / "ohlcv"
    funding: Path = PROJECT / "data" / "market" / "funding"
    pool: Path = PROJECT / "data" / "jlp" / "beethoven-2026-04"


@frozen
class Settings:
    """What a settings file may say: the strategy's numbers, and the delays of the simulated world."""

    strategy: StrategySettings = StrategySettings()
    world: WorldSettings = WorldSettings()


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read settings: defaults, then the file's, then variables such as BALLAST_STRATEGY__JLP_SHARE.

    Numbers are written as text ("0.88"), so that they stay exact. Raises InvalidInput for a file that is no TOML, an
    unknown name, or a value that does not fit.
    """
    given = _file(path) if path is not None else {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and "__" in name:
            _put(given, name.removeprefix(PREFIX).lower().split("__"), value)
    return structured(_over(json.loads(encode(Settings())), given), Settings)


def _file(path: Path) -> Json:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise InvalidInput(str(path), "a readable settings file", failure.strerror or "none") from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise InvalidInput(str(path), "a TOML file", str(failure)) from failure


def _put(given: Json, names: list[str], value: str) -> None:
    """Lay one variable over what is given; where that is a bare value, the variable's group takes its place."""
    for name in names[:-1]:
        if not isinstance(given.get(name), dict):
            given[name] = {}
        given = given[name]
    given[names[-1]] = value


def _over(default: Json, given: Json, where: str = "") -> Json:
    """Lay given values over the defaults; a bare value stands for a group's only field (basis points)."""
    merged = dict(default)
    for name, value in given.items():
        if name not in default:
            raise InvalidInput(f"setting {where}{name}", "one of " + ", ".join(default), name)
        merged[name] = _value(default[name], value, f"{where}{name}")
    return merged


def _value(default: Any, value: Any, where: str) -> Any:
    if isinstance(default, dict):
        group = cast("Json", default)
        if isinstance(value, dict):
            return _over(group, cast("Json", value), f"{where}.")
        if len(group) != 1:
            raise InvalidInput(f"setting {where}", "a group of settings", repr(value))
        return _over(group, {next(iter(group)): value}, f"{where}.")
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(str(value).lower(), value)
    if isinstance(default, int) and isinstance(value, str) and value.isdecimal():
        return int(value)
    return str(value) if isinstance(default, str) and isinstance(value, int) else value
