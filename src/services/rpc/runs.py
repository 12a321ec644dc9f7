"""Work that a request sets going and that does not depend on its caller staying."""

import asyncio
from typing import TypeVar

import structlog
from attrs import define, field

from ballast.domain.kernel.errors import BallastError, RuleBroken
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.runner import SERVICES, Runner

log = structlog.get_logger("ballast")
FoundT = TypeVar("FoundT")


@define
class Runs:
    """Ticks of the runner outside its grid.

    A tick may trade: a caller that leaves, or whose deadline passes, stops waiting for it and never cuts it off between
    an order and its proof. `stop` does cut off what still runs; the next tick or the next start proves the rest.
    """

    _runner: Runner
    _tasks: dict[str, asyncio.Task[object]] = field(factory=dict[str, asyncio.Task[object]], init=False)

    async def run_now(self, service: str, kind: type[FoundT]) -> FoundT:
        """Return what a service's tick finds now, or the one that an earlier call began; raises what it raises.

        Raises RuleBroken while another process holds the service's lease.
        """
        found = await asyncio.shield(self._begin(service))
        if not isinstance(found, kind):
            raise RuleBroken(f"lease of {service}", "to be held by this process", "another holder")
        return found

    def nudge(self, operation: OperationRecord | None) -> None:
        """Have a started operation driven at once instead of at the next tick; nothing for None."""
        if operation is not None:
            self._begin(next(service.name for service in SERVICES.values() if operation.kind in service.kinds))

    async def stop(self) -> None:
        """End what still runs and wait for it."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, service: str) -> asyncio.Task[object]:
        running = self._tasks.get(service)
        if running is not None and not running.done():
            return running
        task: asyncio.Task[object] = asyncio.create_task(self._runner.run_now(service), name=f"{service} now")
        task.add_done_callback(_tell)
        self._tasks[service] = task
        return task


def _tell(task: asyncio.Task[object]) -> None:
    """Log what a run raised: whoever asked for it may be gone, and the runner's own loop tries again."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, BallastError):
        log.warning("run held", run=task.get_name(), reason=error.reason, error=error.message)
    elif error is not None:
        log.error("run failed", run=task.get_name(), exc_info=error)
