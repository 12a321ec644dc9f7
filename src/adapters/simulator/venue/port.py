"""ports.venue.Venue over the simulated exchange."""

from collections.abc import Mapping

from ballast.adapters.common.actions import refused
from ballast.adapters.common.venue.trouble import Trouble
from ballast.adapters.simulator.access import SimulatedActor
from ballast.adapters.simulator.faults import LOST_ANSWER
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument
from ballast.domain.execution.order import Order, OrderReport, OrderState
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.venue import Income, VenueAccount, VenueAction

_LATE, _REFUSE = "late:", "refuse:"


class SimulatedVenue(SimulatedActor[VenueAction]):
    """The laws of ports.venue.Venue over the world's part "venue", a VenueEngine.

    `place`, `cancel` and `submit` can meet "unreachable" (nothing is sent), "lost_answer" (done, the answer lost),
    "late:<seconds>" (done, but nobody can see it before) and "refuse:<code>".
    """

    part = "venue"

    async def instruments(self) -> Mapping[str, Instrument]:
        """Return the markets by symbol."""
        instruments: Mapping[str, Instrument] = await self._ask("instruments")
        return instruments

    async def account(self) -> VenueAccount:
        """Return balances, positions and margin at one moment."""
        account: VenueAccount = await self._ask("account")
        return account

    async def book(self, symbol: str) -> Book:
        """Return the visible order book; raises NotKnown."""
        book: Book = await self._ask("book", symbol)
        return book

    async def order(self, symbol: str, client_id: str) -> OrderReport | None:
        """Return what the exchange knows of an order, by our id."""
        report: OrderReport | None = await self._ask("order", symbol, client_id)
        return report

    async def income(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` (1..1000) changes of the margin wallet after a cursor."""
        income: tuple[Income, ...] = await self._ask("income", after, limit)
        return income

    async def place(self, order: Order) -> OrderReport:
        """Send an order under our client id."""
        trouble = await self._meet("place")
        if trouble.refused_code:
            return OrderReport(order.client_id, OrderState.REFUSED, code=trouble.refused_code, reason="simulated")
        report: OrderReport = self._world.call(self.part, "place", order, trouble.hidden_s)
        return OrderReport(order.client_id, OrderState.UNRESOLVED) if trouble.answer_lost else report

    async def cancel(self, symbol: str, client_id: str) -> OrderReport:
        """Cancel what has not filled; raises NotKnown. A refused cancel proves nothing of the order."""
        trouble = await self._meet("cancel")
        if trouble.refused_code:
            return OrderReport(client_id, OrderState.UNRESOLVED, code=trouble.refused_code, reason="simulated")
        report: OrderReport = self._world.call(self.part, "cancel", symbol, client_id)
        lost = trouble.answer_lost or trouble.hidden_s
        return OrderReport(client_id, OrderState.UNRESOLVED) if lost else report

    async def submit(self, intent_id: str, action: VenueAction) -> ActionReport:
        """Ask for an action under our id."""
        trouble = await self._meet("submit")
        if trouble.refused_code:
            return refused(intent_id, trouble.refused_code)
        report: ActionReport = self._world.call(self.part, "submit", intent_id, action, trouble.hidden_s)
        return ActionReport(intent_id, ActionState.UNRESOLVED) if trouble.answer_lost else report

    async def _meet(self, method: str) -> Trouble:
        return _trouble(await self._arrive(method))


def _trouble(fault: str | None) -> Trouble:
    """Read a fault; raises InvalidInput for one an exchange does not know."""
    if fault is None:
        return Trouble()
    if fault == LOST_ANSWER:
        return Trouble(answer_lost=True)
    if fault.startswith(_REFUSE):
        return Trouble(refused_code=fault.removeprefix(_REFUSE))
    if fault.startswith(_LATE) and fault.removeprefix(_LATE).isdigit():
        return Trouble(hidden_s=int(fault.removeprefix(_LATE)))
    raise InvalidInput("fault", "unreachable, lost_answer, late:<seconds> or refuse:<code>", repr(fault))
