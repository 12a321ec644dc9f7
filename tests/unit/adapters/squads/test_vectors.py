"""Every reference vector of the SDK: instructions and messages byte for byte, accounts field by field, addresses."""

import pytest
from tests.unit.adapters.squads.vectors import BUILDERS, Vector, answer, load, named

VECTORS = load(named())


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_a_vector_of_the_sdk_is_met_exactly(vector: Vector) -> None:
    assert answer(vector) == vector["expect"]


def test_the_projects_vectors_cover_every_kind() -> None:
    accounts = {"Batch", "ConfigTransaction", "Multisig", "ProgramConfig", "Proposal", "SpendingLimit"}
    accounts |= {"TransactionBuffer", "VaultTransaction"}
    kinds = {vector["instruction"] for vector in load()}
    assert kinds == {"pdas", *BUILDERS, *(f"account:{name}" for name in accounts)}
