"""What outlives the process."""

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange.memory import Change, Memory, SentAction, Stage
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.errors import InvalidInput, InvariantError
from ballast.domain.kernel.number import Decimal
from ballast.ports.venue import IncomeKind

SENT = SentAction("a", "MAIN_UMFUTURE", Amount(BTC, Decimal("0.00000001")), Amount.zero(BTC), NOON)


def store(folder: Path) -> Memory:
    return Memory(folder / "exchange.db", NOON)


def change(number: int, minute: int = 0) -> Change:
    amount = Amount(USDT, Decimal(number))
    return Change(f"FUNDING_FEE.{number}", IncomeKind.FUNDING, BTC, amount, NOON + timedelta(minutes=minute))


def test_an_action_is_read_back_exactly_also_by_another_process(tmp_path: Path) -> None:
    done = evolve(SENT, stage=Stage.DONE, venue_id="77", reference="tx")
    memory = store(tmp_path)
    memory.put(SENT)
    assert memory.action("a") == SENT
    memory.put(done)
    memory.close()
    again = store(tmp_path)
    assert again.action("a") == done
    assert again.action("b") is None
    again.close()


def test_a_forgotten_action_was_never_there(tmp_path: Path) -> None:
    memory = store(tmp_path)
    memory.put(SENT)
    memory.forget("a")
    assert memory.action("a") is None
    memory.close()


def test_a_transfer_of_the_exchange_belongs_to_one_action(tmp_path: Path) -> None:
    memory = store(tmp_path)
    memory.put(evolve(SENT, venue_id="77"))
    assert memory.claimed("77")
    assert not memory.claimed("78")
    memory.close()


def test_a_transfer_that_belongs_to_an_action_cannot_be_given_to_another(tmp_path: Path) -> None:
    memory = store(tmp_path)
    first = evolve(SENT, venue_id="77")
    memory.put(first)
    with pytest.raises(InvariantError):
        memory.put(evolve(first, intent="b"))
    assert (memory.action("a"), memory.action("b")) == (first, None)
    memory.close()


def test_income_keeps_its_numbers_whoever_lists_it_again(tmp_path: Path) -> None:
    one, other = store(tmp_path), store(tmp_path)
    one.number([change(1), change(2)])
    other.number([change(2), change(3), change(1)])
    one.number([change(3), change(4)])
    for memory in (one, other):
        found = memory.income(0, 10)
        assert [(each.position, each.amount.quantity) for each in found] == [(n, Decimal(n)) for n in (1, 2, 3, 4)]
        assert memory.income(2, 1) == found[2:3]
        memory.close()


def test_the_store_knows_how_far_it_has_listed(tmp_path: Path) -> None:
    memory = store(tmp_path)
    assert memory.last_income() is None
    memory.number([change(1, minute=5), change(2, minute=3)])
    assert memory.last_income() == NOON + timedelta(minutes=5)
    memory.close()


def test_the_store_begins_when_it_was_first_made(tmp_path: Path) -> None:
    store(tmp_path).close()
    again = Memory(tmp_path / "exchange.db", NOON + timedelta(days=1))
    assert again.started == NOON
    again.close()


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "exchange.db").write_bytes(b"no database" * 200)
    with pytest.raises(InvalidInput, match="exchange store"):
        store(tmp_path)


def test_a_store_that_fails_is_never_an_empty_answer(tmp_path: Path) -> None:
    memory = store(tmp_path)
    memory.close()
    with pytest.raises(InvariantError):
        memory.action("a")
