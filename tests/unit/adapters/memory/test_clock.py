"""A clock that is moved by hand."""

from datetime import timedelta

import pytest
from tests.unit.adapters.events import START

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import InvalidInput


def test_it_stands_until_it_is_moved() -> None:
    clock = MemoryClock(START)
    clock.advance(timedelta(minutes=5))
    assert clock.now() == START + timedelta(minutes=5)


def test_it_is_not_moved_back() -> None:
    clock = MemoryClock(START)
    with pytest.raises(InvalidInput, match="duration"):
        clock.advance(-timedelta(microseconds=1))
    assert clock.now() == START
