"""A fresh vault for every test."""

import pytest
from hypothesis import Phase, settings
from tests.unit.contracts.rig import Rig, make_rig

# Of a planted fault only the finding matters, not its smallest example.
settings.register_profile("unshrunk", deadline=None, phases=[Phase.generate])


@pytest.fixture
def rig() -> Rig:
    return make_rig()
