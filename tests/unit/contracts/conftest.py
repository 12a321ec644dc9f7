"""A fresh vault for every test."""

import pytest
from tests.unit.contracts.rig import Rig, make_rig


@pytest.fixture
def rig() -> Rig:
    return make_rig()
