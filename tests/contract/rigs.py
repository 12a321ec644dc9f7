"""The shape in which every contract test gets its adapters."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from attrs import frozen

PortT = TypeVar("PortT")
WorldT = TypeVar("WorldT")


@frozen
class Rig(Generic[PortT, WorldT]):
    """How to build one adapter: `open(scratch)` gives (port, world) and takes both down again.

    `world` arranges the reality behind the port (set a price, move time, lose the next answer); `scratch` is an
    empty folder of the test's own.
    """

    adapter: str
    open: Callable[[Path], AbstractAsyncContextManager[tuple[PortT, WorldT]]]


def each(rigs: Iterable[Rig[PortT, WorldT]]) -> pytest.MarkDecorator:
    """Run a law once per rig, which arrives as the argument `rig`."""
    return pytest.mark.parametrize("rig", [pytest.param(rig, id=rig.adapter) for rig in rigs])


def prove(rig: Rig[PortT, WorldT], law: Callable[[PortT, WorldT], Awaitable[None]]) -> None:
    """Run a law once on a new build of the rig, in a folder of its own: for laws that hypothesis repeats."""

    async def run(scratch: Path) -> None:
        async with rig.open(scratch) as (port, world):
            await law(port, world)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
