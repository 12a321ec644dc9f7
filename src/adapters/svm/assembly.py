"""Putting decoded accounts together: what belongs to which, and proof that they fit each other."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from ballast.adapters.common.solana.files import Skipped, read_accounts
from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.svm.accounts import Perpetuals
from ballast.adapters.svm.addresses import TRANSFER_AUTHORITY
from ballast.adapters.svm.decoding import Account, Unneeded, decode
from ballast.adapters.svm.feeds import AgFeed
from ballast.adapters.svm.tokens import Mint, TokenAccount
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.liquidation import Position
from ballast.domain.pool.proof import BOUND_BPS, prove_pool
from ballast.domain.pool.scale import USD_PLACES
from ballast.domain.pool.state import Feed, Pool, PoolState

_T = TypeVar("_T")


@frozen(kw_only=True)
class PoolAccounts:
    """Any part of one pool, every account proved by itself and against the others.

    `custodies` are in the pool's order when the pool is known; `feeds` are keyed by custody address; `supply` is JLP in
    1e-6.
    """

    pool: Pool | None
    custodies: tuple[Custody, ...]
    feeds: dict[str, Feed]
    supply: int | None
    positions: tuple[Position, ...]
    skipped: tuple[Skipped, ...]

    def lacking(self) -> tuple[str, ...]:
        """Name what is not here and is needed to value the pool."""
        if self.pool is None:
            return ("the Pool account",)
        held = {custody.address for custody in self.custodies}
        lacks = [f"custody {address}" for address in self.pool.custodies if address not in held]
        lacks += [f"feed {c.feed} of {c.symbol}" for c in self.custodies if c.address not in self.feeds]
        if self.supply is None:
            lacks.append("the JLP supply (its mint account)")
        return tuple(lacks)

    def state(self) -> PoolState:
        """Return the whole pool as seen at its newest price; raises InvalidInput naming what is lacking.

        Recorded accounts do not say when they were read: time is that of the newest price or AUM refresh, slot that of
        the last refresh.
        """
        lacking = self.lacking()
        if self.pool is None or self.supply is None or lacking:
            raise InvalidInput("pool accounts", "the whole pool", "without " + ", ".join(lacking))
        feeds = tuple(self.feeds[custody.address] for custody in self.custodies)
        return PoolState(
            pool=self.pool,
            custodies=self.custodies,
            feeds=feeds,
            supply=self.supply,
            slot=self.pool.aum_refreshed_slot,
            time=max(self.pool.aum_updated_time, *(feed.time for feed in feeds)),
        )


def load_pool_state(paths: Iterable[Path], bound_bps: int = BOUND_BPS) -> PoolState:
    """Return the whole pool from recorded accounts in files and folders, proved as a whole.

    Raises InvalidInput when a file, an account or a cross-check is wrong, or anything of the pool is lacking.
    """
    return prove_pool(load_accounts(paths).state(), bound_bps)


def load_accounts(paths: Iterable[Path]) -> PoolAccounts:
    """Return any part of one pool from files and folders; raises InvalidInput when something is wrong."""
    files = read_accounts(paths)
    decoded = [(account, decode(account)) for account in files.accounts]
    _prove_distinct(decoded)
    unneeded = (Skipped(Path(account.source), item.what) for account, item in decoded if isinstance(item, Unneeded))
    items = [item for _, item in decoded]
    pool = _the_only(_of(items, Pool), "Pool account")
    custodies = _in_order(pool, _of(items, Custody))
    _prove_mints(custodies, _of(items, Mint))
    _prove_vaults(custodies, _of(items, TokenAccount))
    _prove_root(pool, _of(items, Perpetuals))
    return PoolAccounts(
        pool=pool,
        custodies=custodies,
        feeds=_feeds(custodies, _of(items, AgFeed)),
        supply=_supply(pool, _of(items, Mint)),
        positions=tuple(_of(items, Position)),
        skipped=(*files.skipped, *unneeded),
    )


def _of(items: Sequence[Account], kind: type[_T]) -> list[_T]:
    return [item for item in items if isinstance(item, kind)]


def _the_only(items: list[_T], what: str) -> _T | None:
    if len(items) > 1:
        raise InvalidInput("pool accounts", f"one {what}", str(len(items)))
    return items[0] if items else None


def _prove_distinct(decoded: list[tuple[RawAccount, Account]]) -> None:
    sources: dict[str, str] = {}
    for account, item in decoded:
        address = account.address if isinstance(item, Unneeded) else item.address
        if address is None:
            continue
        if address in sources:
            raise InvalidInput(f"account {address}", "once", f"in {sources[address]} and in {account.source}")
        sources[address] = account.source


def _in_order(pool: Pool | None, custodies: list[Custody]) -> tuple[Custody, ...]:
    if pool is None:
        pools = sorted({custody.pool for custody in custodies})
        if len(pools) > 1:
            raise InvalidInput("custodies", "of one pool", ", ".join(pools))
        return tuple(custodies)
    for custody in custodies:
        if custody.address not in pool.custodies:
            raise InvalidInput(f"custody {custody.address}", f"one that pool {pool.address} lists", "it does not")
    return tuple(sorted(custodies, key=lambda custody: pool.custodies.index(custody.address)))


def _prove_mints(custodies: tuple[Custody, ...], mints: list[Mint]) -> None:
    decimals = {custody.mint: custody.decimals for custody in custodies}
    for mint in mints:
        expected = decimals.get(mint.address or "", mint.decimals)
        if mint.decimals != expected:
            raise InvalidInput(f"{mint.source}: decimals", f"{expected}, as its custody says", str(mint.decimals))


def _prove_vaults(custodies: tuple[Custody, ...], token_accounts: list[TokenAccount]) -> None:
    mints = {custody.token_account: custody.mint for custody in custodies}
    for vault in token_accounts:
        if vault.address not in mints:
            continue
        expected, found = (mints[vault.address], TRANSFER_AUTHORITY), (vault.mint, vault.owner)
        if found != expected:
            raise InvalidInput(f"{vault.source}: mint and owner", " and ".join(expected), " and ".join(found))


def _prove_root(pool: Pool | None, roots: list[Perpetuals]) -> None:
    for root in roots:
        if pool is not None and pool.address not in root.pools:
            raise InvalidInput(f"account {root.address}: pools", pool.address, ", ".join(root.pools))


def _feeds(custodies: tuple[Custody, ...], feeds: list[AgFeed]) -> dict[str, Feed]:
    found = {custody.address: _feed_of(custody, feeds) for custody in custodies}
    return {address: feed for address, feed in found.items() if feed is not None}


def _feed_of(custody: Custody, feeds: list[AgFeed]) -> Feed | None:
    # A feed whose file does not carry its address is taken by the mint it prices.
    own = [feed for feed in feeds if (feed.address or custody.feed) == custody.feed and _prices(feed, custody)]
    feed = _the_only(own, f"price feed of {custody.symbol}")
    if feed is None:
        return None
    return Feed(address=custody.feed, mint=feed.mint, price_e8=feed.price_e8, time=feed.time)


def _prices(feed: AgFeed, custody: Custody) -> bool:
    if feed.address == custody.feed and feed.mint != custody.mint:
        raise InvalidInput(f"{feed.source}: mint", f"{custody.mint}, as its custody says", feed.mint)
    return feed.mint == custody.mint


def _supply(pool: Pool | None, mints: list[Mint]) -> int | None:
    # Only the pool's own token is minted by the program's transfer authority.
    own = _the_only([mint for mint in mints if mint.authority == TRANSFER_AUTHORITY], "JLP mint account")
    if own is None:
        return None
    if pool is not None and own.address not in (None, pool.lp_mint):
        raise InvalidInput(f"{own.source}: address", f"{pool.lp_mint}, the pool's token", str(own.address))
    if own.decimals != USD_PLACES:
        raise InvalidInput(f"{own.source}: decimals", str(USD_PLACES), str(own.decimals))
    return own.supply
