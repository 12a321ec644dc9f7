"""The real exchange: only with keys in the environment, and only to look."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen
from tests.contract.capabilities import skip_unclaimed

from ballast.adapters.exchange.keys import FILE_VARIABLE, KEY_VARIABLE, SECRET_VARIABLE, Keys, load_keys
from ballast.adapters.exchange.settings import ExchangeSettings
from ballast.adapters.exchange.venue import ExchangeVenue, open_venue
from ballast.adapters.system.clock import SystemClock

PROFILE_VARIABLE = "BALLAST_VENUE_PROFILE"


@frozen
class Profile:
    """A real place: `demo` is the exchange's own practice ground."""

    name: str
    demo: bool


PROFILES = (Profile("live", demo=False), Profile("testnet", demo=True))


def keys_of(profile: Profile) -> Keys:
    """Return the keys of the profile that the environment names; skips the law without them."""
    if os.environ.get(PROFILE_VARIABLE) != profile.name:
        variables = f"{KEY_VARIABLE} and {SECRET_VARIABLE}, or {FILE_VARIABLE}"
        skip_unclaimed("venue", f"binance@{profile.name}", f"{PROFILE_VARIABLE}={profile.name}, and {variables}")
    return load_keys(os.environ)


@asynccontextmanager
async def open_live(profile: Profile, scratch: Path) -> AsyncGenerator[ExchangeVenue, None]:
    """Open the account of a profile for reading."""
    settings = ExchangeSettings(store=scratch / "exchange.db", networks={}, demo=profile.demo, withdrawals=False)
    async with open_venue(settings, keys_of(profile), SystemClock()) as venue:
        yield venue
