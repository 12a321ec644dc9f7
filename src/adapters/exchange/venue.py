"""ports.venue.Venue over Binance: spot and USD-M perpetuals as one account."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from attrs import frozen

from ballast.adapters.exchange.account import read_account
from ballast.adapters.exchange.budget import Budget
from ballast.adapters.exchange.client import Client
from ballast.adapters.exchange.depth import LEVELS, book_of
from ballast.adapters.exchange.endpoints import DEPTH, MARKETS
from ballast.adapters.exchange.errors import UNKNOWN_SYMBOL, Refused, reading
from ballast.adapters.exchange.income import IncomeReader
from ballast.adapters.exchange.instruments import read_instruments, venue_symbol
from ballast.adapters.exchange.keys import Keys
from ballast.adapters.exchange.line import Line, moment
from ballast.adapters.exchange.live_market import LiveMarket
from ballast.adapters.exchange.memory import Memory
from ballast.adapters.exchange.orders import Orders
from ballast.adapters.exchange.settings import ExchangeSettings
from ballast.adapters.exchange.socket import running
from ballast.adapters.exchange.wallets import Wallets
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument
from ballast.domain.execution.order import Order, OrderReport
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import NotKnown
from ballast.ports.actions import ActionReport
from ballast.ports.clock import Clock
from ballast.ports.venue import Income, VenueAccount, VenueAction


@frozen
class ExchangeVenue:
    """The laws of ports.venue.Venue over one line to the exchange.

    Besides what the port says, every call raises LimitReached while the exchange's limits or a ban of it forbid to ask
    (nothing was sent, or the exchange proved that it did nothing), and NotRecognised when it refuses the key.
    """

    line: Line
    orders: Orders
    wallets: Wallets
    changes: IncomeReader
    live: LiveMarket
    settings: ExchangeSettings

    async def instruments(self) -> Mapping[str, Instrument]:
        """Return the markets that trade now, by symbol."""
        with reading():
            infos = await asyncio.gather(*(self.line.ask(endpoint) for endpoint in MARKETS.values()))
            pairs = zip(MARKETS, infos, strict=True)
            return {name: found for market, info in pairs for name, found in read_instruments(market, info).items()}

    async def account(self) -> VenueAccount:
        """Return balances, positions and margin, read from the exchange's answers at nearly one moment."""
        return await read_account(self.line, self.settings.variant)

    async def book(self, symbol: str) -> Book:
        """Return the best levels: the stream's while they are proved and fresh, else asked for; raises NotKnown."""
        streamed = self.live.book(symbol)
        if streamed is not None:
            return streamed
        market, name = venue_symbol(symbol)
        with reading():
            try:
                answer = await self.line.ask(DEPTH[market], {"symbol": name, "limit": LEVELS})
            except Refused as refusal:
                if refusal.code == UNKNOWN_SYMBOL:
                    raise NotKnown("symbol", symbol) from refusal
                raise
            # Spot does not say when it made the book.
            return book_of(symbol, answer, moment(answer["E"]) if "E" in answer else self.line.now())

    async def place(self, order: Order) -> OrderReport:
        """Send an order under our client id."""
        return await self.orders.place(order)

    async def order(self, symbol: str, client_id: str) -> OrderReport | None:
        """Return what the exchange knows of an order, by our id."""
        return await self.orders.order(symbol, client_id)

    async def cancel(self, symbol: str, client_id: str) -> OrderReport:
        """Cancel what has not filled; raises NotKnown."""
        return await self.orders.cancel(symbol, client_id)

    async def submit(self, intent_id: str, action: VenueAction) -> ActionReport:
        """Ask for an action under our id."""
        return await self.wallets.submit(intent_id, action)

    async def progress(self, intent_id: str) -> ActionReport:
        """Report what is proved of an action."""
        return await self.wallets.progress(intent_id)

    async def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a chain's transaction id."""
        return await self.wallets.credited(reference)

    async def income(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` (1..1000) changes of the margin wallet after a cursor."""
        return await self.changes.income(after, limit)


@asynccontextmanager
async def open_venue(settings: ExchangeSettings, keys: Keys, clock: Clock) -> AsyncGenerator[ExchangeVenue, None]:
    """Open an account; nothing is asked of the exchange before the first call, but for the books to be streamed.

    Raises InvalidInput when the store cannot be used.
    """
    budget = Budget(clock)
    client = Client(keys, clock, budget, settings)
    line = Line(client, budget, clock)
    live = LiveMarket(line, clock, settings)
    memory = Memory(settings.store, clock.now())
    try:
        async with running(live.run()):
            yield ExchangeVenue(
                line,
                Orders(line, clock, settings),
                Wallets(line, memory, settings),
                IncomeReader(line, memory, settings.variant),
                live,
                settings,
            )
    finally:
        await client.close()
        memory.close()
