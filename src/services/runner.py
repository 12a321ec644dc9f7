"""Running the services: each in its own loop, under its own lease, on the grid of its interval."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

import structlog
from attrs import define, field, frozen

from ballast.domain.kernel.errors import BallastError, InvariantError, NotAllowed, Stale
from ballast.domain.ledger.events import OperationKind, PauseSet
from ballast.ports.alerts import Alert, Severity
from ballast.services.control.status import save_status
from ballast.services.desk import Desk
from ballast.services.entry.tick import tick as entry_tick
from ballast.services.exit.tick import tick as exit_tick
from ballast.services.exposure.tick import tick as exposure_tick
from ballast.services.fee_hedge.tick import tick as fee_hedge_tick
from ballast.services.rebalancing.tick import tick as rebalancing_tick
from ballast.services.reserve.tick import tick as reserve_tick

log = structlog.get_logger("ballast")
STALE_RETRIES_MAX = 3
RENEWALS = 3


@frozen
class Service:
    """One of the six: `actor` names it in the journal and its lease; `kinds` are the operations it carries."""

    name: str
    actor: str
    tick: Callable[[Desk], Awaitable[object]]
    kinds: tuple[OperationKind, ...]


SERVICES: dict[str, Service] = {
    service.name: service
    for service in (
        Service("entry", "entry", entry_tick, (OperationKind.ENTRY,)),
        Service("exit", "exit", exit_tick, (OperationKind.EXIT,)),
        Service("exposure", "exposure", exposure_tick, (OperationKind.CORRECTION,)),
        Service("reserve", "reserve", reserve_tick, (OperationKind.RESERVE,)),
        Service("rebalancing", "rebalance", rebalancing_tick, (OperationKind.REBALANCE,)),
        Service("fee_hedge", "fee_hedge", fee_hedge_tick, (OperationKind.FEE_HEDGE,)),
    )
}


@define
class Runner:
    """Run services over one desk until told to stop; `tasks` are the running loops."""

    desk: Desk
    services: tuple[Service, ...]
    stopping: bool = False
    tasks: list[asyncio.Task[None]] = field(factory=list[asyncio.Task[None]])
    _locks: defaultdict[str, asyncio.Lock] = field(factory=lambda: defaultdict(asyncio.Lock))
    _told: dict[str, str] = field(factory=dict[str, str])

    async def start(self) -> None:
        """Rebuild the state from the journal, then start the loops."""
        await self.desk.recover()
        self.tasks = [asyncio.create_task(self._loop(service), name=service.name) for service in self.services]

    async def stop(self) -> None:
        """Let running ticks finish their step, end the loops and give the leases back."""
        self.stopping = True
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for actor in self.desk.fences:
            await self.desk.lease.release(actor, self.desk.holder)

    async def run_now(self, name: str) -> object | None:
        """Run one service's tick at once, after the one that may be running; None while another holds its lease."""
        service = SERVICES[name]
        try:
            return await self._guarded(service)
        except InvariantError as broken:
            await self._hold(service, broken)
            raise

    async def _loop(self, service: Service) -> None:
        while not self.stopping:
            try:
                await self._guarded(service)
            except BallastError as held:
                await self._hold(service, held)
            except Exception as fault:
                log.exception("unforeseen", service=service.name)
                await self._hold(service, InvariantError(f"unforeseen {type(fault).__name__} in {service.name}"))
            await self.desk.clock.sleep(self._pause_s(service))

    def _pause_s(self, service: Service) -> float:
        intervals = self.desk.settings.intervals
        working = bool(self.desk.state.operations) and any(self.desk.state.open_of(*service.kinds))
        interval_s = intervals.work_s if working else intervals.of(service.name)
        return interval_s - self.desk.clock.now().timestamp() % interval_s

    async def _guarded(self, service: Service) -> object | None:
        """Tick under the service's lock and, among several processes, its lease; None while another holds it.

        Processes that share a store share the main status document too: whoever measures the exposure renews it.
        """
        async with self._locks[service.name]:
            if self.desk.alone:
                return await self._tick(service)
            if not await self._lead(service):
                return None
            renewing = asyncio.create_task(self._renew(service))
            try:
                done = await self._tick(service)
                if service is SERVICES["exposure"]:
                    await save_status(self.desk)
                return done
            finally:
                renewing.cancel()

    async def _tick(self, service: Service) -> object | None:
        """Tick; a decision made on an old state is made again."""
        for attempt in range(STALE_RETRIES_MAX):
            await self.desk.refresh()
            try:
                done = await service.tick(self.desk)
            except Stale:
                self.desk.forget_look()
                if attempt == STALE_RETRIES_MAX - 1:
                    raise
            else:
                await self._go_on(service)
                return done
        return None

    async def _renew(self, service: Service) -> None:
        """Keep the lease while a tick lasts longer than it."""
        while True:
            await self.desk.clock.sleep(self.desk.settings.lease_s / RENEWALS)
            try:
                await self._lead(service)
            except BallastError as failed:
                log.warning("lease not renewed", service=service.name, error=str(failed))

    async def _lead(self, service: Service) -> bool:
        """Take or renew the service's lease; False while another process holds it."""
        fence = await self.desk.lease.take(service.actor, self.desk.holder, self.desk.settings.lease_s)
        if fence is not None:
            self.desk.fences[service.actor] = fence
        return fence is not None

    async def _hold(self, service: Service, held: BallastError) -> None:
        """Keep still and tell somebody, also when it cannot be recorded; a broken invariant pauses everything."""
        condition = str(held).partition(":")[0]
        if self._told.get(service.name) != condition:
            self._told[service.name] = condition
            log.warning("held", service=service.name, reason=held.reason, error=str(held))
        if isinstance(held, NotAllowed):
            return
        key, text = f"held:{service.name}", str(held)
        try:
            if isinstance(held, InvariantError) and "all" not in self.desk.state.paused:
                await self.desk.record(service.actor, [PauseSet("all", paused=True, reason=text)])
            await self.desk.alert(service.actor, key, text)
        except BallastError as failed:
            log.warning("not recorded", service=service.name, error=str(failed))
            await self.desk.alerts.tell(Alert(key, Severity.CRITICAL, text, self.desk.clock.now()))

    async def _go_on(self, service: Service) -> None:
        """Say that what held a service, in this process or one before it, is over."""
        key = f"held:{service.name}"
        if self._told.pop(service.name, None) is not None:
            log.info("going on", service=service.name)
            await self.desk.alerts.clear(key)
        await self.desk.clear(service.actor, key)
