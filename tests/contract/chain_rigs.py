"""How to build each adapter of the pool, the treasury, the vault contract and the prices, and to move its world."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from attrs import evolve, frozen
from tests.contract.rigs import Rig
from tests.unit.adapters.simulator.worlds import HELD, SETTINGS, START, Built, build, five_token_pool

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.memory.line import Line
from ballast.adapters.memory.pool import MemoryPool
from ballast.adapters.memory.prices import MemoryPrices
from ballast.adapters.memory.treasury import MemoryTreasury
from ballast.adapters.memory.vault_contract import MemoryVaultContract
from ballast.adapters.simulator.pool import SimulatedPool
from ballast.adapters.simulator.prices import SimulatedPrices
from ballast.adapters.simulator.treasury import SimulatedTreasury
from ballast.adapters.simulator.vault import SimulatedVaultContract
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.ports.pool import Pool
from ballast.ports.prices import Prices
from ballast.ports.treasury import Mint, Treasury
from ballast.ports.vault_contract import VaultContract

CONFIRM_S, FINAL_S = 60, 120
WHITELISTED = "venue-usdc"


@frozen
class Reach:
    """The line to a place: `cut(call)` makes the next call of that name not reach it, `mend` undoes what is left."""

    cut: Callable[[str], None]
    mend: Callable[[], None]


@frozen
class PoolWorld:
    """`mint` lets somebody mint; `wait` lets seconds pass."""

    reach: Reach
    wait: Callable[[int], None]
    mint: Callable[[Mint], Amount]


@frozen
class TreasuryWorld:
    """`arrive` lets an amount arrive under a sender's reference."""

    reach: Reach
    wait: Callable[[int], None]
    arrive: Callable[[Amount, str], None]


@frozen
class VaultWorld:
    """The users' side of the contract; `reorganise` replaces the blocks that are not confirmed."""

    reach: Reach
    wait: Callable[[int], None]
    arrive: Callable[[Amount, str], None]
    deposit: Callable[[str, Amount], str]
    request_withdrawal: Callable[[str, Amount], str]
    reorganise: Callable[[], object]


@frozen
class PricesWorld:
    """`price` makes a price at the present."""

    reach: Reach
    wait: Callable[[int], None]
    price: Callable[[Asset, Decimal], None]
    clock: MemoryClock


def _line(line: Line) -> Reach:
    def cut(_call: str) -> None:
        line.up = False

    def mend() -> None:
        line.up = True

    return Reach(cut, mend)


def _faults(built: Built, part: str) -> Reach:
    return Reach(lambda call: built.world.faults.plan(f"{part}.{call}", "unreachable"), lambda: None)


@asynccontextmanager
async def memory_pool(_scratch: Path) -> AsyncGenerator[tuple[Pool, PoolWorld]]:
    """Build the pool that stands still."""
    port = MemoryPool(five_token_pool())
    yield port, PoolWorld(_line(port.line), lambda _: None, port.settle)


@asynccontextmanager
async def simulated_pool(_scratch: Path) -> AsyncGenerator[tuple[Pool, PoolWorld]]:
    """Build the pool that earns fees."""
    built = build(pool=five_token_pool(fee_apr_bps=1000))

    def mint(order: Mint) -> Amount:
        amount: Amount = built.world.call("pool", "settle", order)
        return amount

    yield SimulatedPool(built.world), PoolWorld(_faults(built, "pool"), built.wait, mint)


@asynccontextmanager
async def memory_treasury(_scratch: Path) -> AsyncGenerator[tuple[Treasury, TreasuryWorld]]:
    """Build the multisig that acts at once."""
    port = MemoryTreasury(MemoryPool(five_token_pool()), HELD, {WHITELISTED})
    yield port, TreasuryWorld(_line(port.line), lambda _: None, port.credit)


@asynccontextmanager
async def simulated_treasury(_scratch: Path) -> AsyncGenerator[tuple[Treasury, TreasuryWorld]]:
    """Build the multisig with approvals and a time lock."""
    built = build()

    def arrive(amount: Amount, reference: str) -> None:
        built.world.call("treasury", "credit", amount, reference)

    yield SimulatedTreasury(built.world), TreasuryWorld(_faults(built, "treasury"), built.wait, arrive)


@asynccontextmanager
async def memory_vault(_scratch: Path) -> AsyncGenerator[tuple[VaultContract, VaultWorld]]:
    """Build the contract whose transactions are proved at once."""
    clock = MemoryClock(START)
    port = MemoryVaultContract(clock, confirm_s=CONFIRM_S, final_s=FINAL_S)
    books = port.books
    yield (
        port,
        VaultWorld(
            _line(port.line),
            lambda seconds: clock.advance(timedelta(seconds=seconds)),
            books.credit,
            lambda user, amount: books.deposit(clock.now(), user, amount),
            lambda user, amount: books.request_withdrawal(clock.now(), user, amount),
            lambda: books.reorganise(clock.now()),
        ),
    )


@asynccontextmanager
async def simulated_vault(_scratch: Path) -> AsyncGenerator[tuple[VaultContract, VaultWorld]]:
    """Build the contract on a chain that takes its time."""
    built = build(evolve(SETTINGS, confirm_s=CONFIRM_S, final_s=FINAL_S))
    call = built.world.call
    yield (
        SimulatedVaultContract(built.world),
        VaultWorld(
            _faults(built, "vault"),
            built.wait,
            lambda amount, reference: call("vault", "credit", amount, reference),
            lambda user, amount: call("vault", "deposit", user, amount),
            lambda user, amount: call("vault", "request_withdrawal", user, amount),
            lambda: call("vault", "reorganise"),
        ),
    )


@asynccontextmanager
async def memory_prices(_scratch: Path) -> AsyncGenerator[tuple[Prices, PricesWorld]]:
    """Build the prices that are set by hand."""
    clock = MemoryClock(START)
    port = MemoryPrices(clock)

    def wait(seconds: int) -> None:
        clock.advance(timedelta(seconds=seconds))

    yield port, PricesWorld(_line(port.line), wait, port.set, clock)


@asynccontextmanager
async def simulated_prices(_scratch: Path) -> AsyncGenerator[tuple[Prices, PricesWorld]]:
    """Build the prices of a market that is set by hand."""
    built = build()

    def price(asset: Asset, usd: Decimal) -> None:
        built.market.set(asset, usd, built.clock.now())

    yield SimulatedPrices(built.world), PricesWorld(_faults(built, "prices"), built.wait, price, built.clock)


POOLS = (Rig("memory", memory_pool), Rig("simulator", simulated_pool))
TREASURIES = (Rig("memory", memory_treasury), Rig("simulator", simulated_treasury))
VAULTS = (Rig("memory", memory_vault), Rig("simulator", simulated_vault))
PRICES = (Rig("memory", memory_prices), Rig("simulator", simulated_prices))
