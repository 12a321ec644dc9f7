"""The desk every service works at: the ports, the state the journal tells, and one look at the outside."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from attrs import define, field, frozen

from ballast.domain.execution.instrument import Instrument
from ballast.domain.execution.rails import check_prices
from ballast.domain.hedge.marks import Marks, value_usd
from ballast.domain.kernel.asset import BTC, HEDGED, JLP, PERP_OF, USDC, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.events import Envelope, Event
from ballast.domain.kernel.number import ONE, ZERO, ratio
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import AlertRaised, OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.ledger.reconcile import Balances
from ballast.domain.ledger.state import StrategyState
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PoolUnit, PriceMode, unit_value
from ballast.ports.alerts import Alert, Alerts, Severity
from ballast.ports.clock import Clock
from ballast.ports.journal import Draft, Fence, Journal
from ballast.ports.lease import Lease
from ballast.ports.pool import Pool
from ballast.ports.prices import Prices
from ballast.ports.status_store import StatusStore
from ballast.ports.treasury import Treasury
from ballast.ports.vault_contract import VaultContract, VaultRequest
from ballast.ports.venue import Venue, VenueAccount
from ballast.services.settings import StrategySettings

READ_PAGE = 500
_ON_THE_WAY = frozenset({Place.CUSTODY_WALLET, Place.TRANSIT})
_HOUSE = frozenset({Place.HOUSE_SPOT, Place.HOUSE_MARGIN})


@frozen
class Observation:
    """The outside at one moment: every price in it has passed its age and band checks.

    `sequence` is the record's when the look began: what was recorded later, the look may have missed.
    """

    time: datetime
    sequence: int
    account: VenueAccount
    pool: PoolState
    treasury: Mapping[Asset, Decimal]
    marks: Marks

    def balances(self) -> Balances:
        """Return what the venue and the treasury say they hold, as the ledger would put it."""
        said: dict[tuple[Place, Asset], Decimal] = {}
        for asset, quantity in self.account.spot.items():
            said[Place.VENUE_SPOT, asset] = quantity
        for asset, quantity in self.account.margin.items():
            said[Place.VENUE_MARGIN, asset] = quantity
        for coin, position in self.account.positions.items():
            said[Place.VENUE_MARGIN, PERP_OF[coin]] = position.quantity
        for asset in (JLP, USDC):
            said[Place.TREASURY, asset] = self.treasury.get(asset, ZERO)
        return said


@define
class Desk:
    """Ports, settings and state, shared by the services of one process.

    `state` is only ever changed by events that the journal has taken; a decision made on an older state is refused
    by the journal (Stale) and made again. `alone` says that no other process writes the journal; `waiting` says why
    a vault request has not been taken up yet.
    """

    clock: Clock
    venue: Venue
    pool: Pool
    treasury: Treasury
    vault: VaultContract
    prices: Prices
    journal: Journal
    status_store: StatusStore
    lease: Lease
    alerts: Alerts
    settings: StrategySettings
    holder: str
    alone: bool = False
    state: StrategyState = field(factory=StrategyState)
    fences: dict[str, Fence] = field(factory=dict[str, Fence])
    finished_requests: int = 0
    listed: tuple[datetime, tuple[VaultRequest, ...]] | None = None
    waiting: dict[str, str] = field(factory=dict[str, str])
    _instruments: Mapping[str, Instrument] | None = None
    _seen: Observation | None = None
    _unit: tuple[tuple[Custody, ...], int, PoolUnit] | None = None
    _lock: asyncio.Lock = field(factory=asyncio.Lock)

    async def refresh(self) -> None:
        """Take in what others have recorded since; nobody has where this process keeps the journal alone."""
        if not self.alone:
            await self.recover()

    async def recover(self) -> None:
        """Bring the state up to the journal's end: from nothing at the start, from where it is later."""
        while True:
            page = await self.journal.read(self.state.sequence, READ_PAGE)
            if page:
                self.forget_look()
            for envelope in page:
                self._take_in(envelope)
            if len(page) < READ_PAGE:
                return

    async def record(
        self, actor: str, events: Iterable[Event], operation: str = "", decided_at: int | None = None
    ) -> None:
        """Record events and take them in; raises Stale when `decided_at` is no longer the last sequence."""
        now = self.clock.now()
        drafts = [Draft(now, actor, operation, event) for event in events]
        if operation:
            self._seen = self.listed = None
        async with self._lock:
            taken = await self.journal.append(drafts, after=decided_at, fence=self.fences.get(actor))
            if taken and taken[0].sequence > self.state.sequence + 1:
                await self.recover()
                return
            for envelope in taken:
                self._take_in(envelope)

    def _take_in(self, envelope: Envelope) -> None:
        """Apply an event unless another task of this process has done so while this one was waiting for it."""
        if envelope.sequence > self.state.sequence:
            self.state.apply(envelope)

    async def instruments(self) -> Mapping[str, Instrument]:
        """Return the venue's markets, read once."""
        if self._instruments is None:
            self._instruments = await self.venue.instruments()
        return self._instruments

    def forget_look(self) -> None:
        """Let the next look be a new one, also at this same moment."""
        self._seen = None

    async def observe(self) -> Observation:
        """Read the outside; raises Stale, RuleBroken or Unreachable when no answer can be trusted.

        Services of one process that look at the same moment share one look, until one of them has done something.
        """
        now, sequence = self.clock.now(), self.state.sequence
        if self._seen is not None and self._seen.time == now:
            return self._seen
        account = await self.venue.account()
        pool = await self.pool.state()
        treasury = await self.treasury.balances()
        oracle = await self.prices.read()
        readings = {asset: (reading.usd, reading.time) for asset, reading in oracle.items()}
        check_prices(account.prices, readings, HEDGED, now, self.settings.prices)
        seen = Observation(now, sequence, account, pool, treasury, self._marks(account, pool))
        self._seen = seen
        return seen

    def _marks(self, account: VenueAccount, pool: PoolState) -> Marks:
        """Put the prices and the pool's affine value together; the latter only changes with the custodies."""
        if self._unit is None or self._unit[0] is not pool.custodies or self._unit[1] != pool.supply:
            self._unit = (pool.custodies, pool.supply, unit_value(pool, PriceMode.MIN))
        unit = self._unit[2]
        perp_marks = {coin: position.mark_price for coin, position in account.positions.items()}
        return Marks.made(account.prices, perp_marks, unit.constant_usd, unit.delta)

    def nav_usd(self, marks: Marks) -> Decimal:
        """Value everything the ledger says is ours, in USD; users' BTC in open operations is still in it."""
        return value_usd(self.state.own, marks)

    def outside_nav_usd(self, seen: Observation) -> Decimal:
        """Value what the venue and the treasury say is there, and what the ledger has on its way, in USD.

        The venue's own unrealised profit is taken as it says it. While something of ours is unproved the outside may
        run ahead of the record, so then the record is valued.
        """
        if self.state.in_flight():
            return self.nav_usd(seen.marks)
        prices = seen.marks.prices
        total = sum((position.unrealised for position in seen.account.positions.values()), ZERO)
        for wallet in (seen.account.spot, seen.account.margin, seen.treasury):
            total += sum((quantity * prices[asset] for asset, quantity in wallet.items()), ZERO)
        for (place, asset), quantity in self.state.balances.items():
            if place in _ON_THE_WAY:
                total += quantity * prices[asset]
            elif place in _HOUSE:
                total -= quantity * prices[asset]
        return total

    def share_nav_btc(self, marks: Marks) -> Decimal:
        """Value what the shares own, in BTC at 18 places.

        The costs that open entries and exits have had so far are added back: they are the entrant's and the leaver's.
        What the market does meanwhile is shared: an entrant's BTC grows and shrinks with everything else, in proportion
        to what each brought.
        """
        costs = sum((operation.cost_usd for operation in self.state.operations.values() if operation.bears_costs), ZERO)
        gross = ratio(self.nav_usd(marks) + costs, marks.prices[BTC])
        for entry in self.state.open_of(OperationKind.ENTRY):
            if entry.claim_btc:
                return gross - entry.claim_btc * self.growth(entry, marks)
        return gross - self.state.claims_btc

    def growth(self, entry: OperationRecord, marks: Marks) -> Decimal:
        """Return what one BTC of an entry and of the shares before it has become meanwhile, costs left out."""
        gross = ratio(self.nav_usd(marks) + entry.cost_usd, marks.prices[BTC])
        return ratio(gross, entry.opened.share_nav_btc + entry.claim_btc)

    def share_price_btc(self, marks: Marks) -> Decimal:
        """Return BTC per share; one before the first share."""
        supply = self.state.priced_supply
        return ratio(self.share_nav_btc(marks), supply) if supply else ONE

    def check_running(self, *scopes: str) -> None:
        """Raise RuleBroken when one of the scopes, or everything, is paused."""
        why = self.state.pause_of(*scopes)
        if why is not None:
            raise RuleBroken("running", "nothing paused", why)

    async def alert(self, actor: str, key: str, text: str) -> None:
        """Tell a person and put it on record, once while the condition lasts."""
        if self.state.alerts.get(key) != text:
            await self.record(actor, [AlertRaised(key, text)])
        await self.alerts.tell(Alert(key, Severity.CRITICAL, text, self.clock.now()))

    async def clear(self, actor: str, key: str) -> None:
        """Say that a condition is over."""
        if key in self.state.alerts:
            await self.record(actor, [AlertRaised(key, "")])
            await self.alerts.clear(key)
