"""A law that did not run is either declared in `capabilities` or a failure of the run."""

import pytest
from tests.contract.capabilities import CLAIMS, require_claim
from tests.contract.conftest import pytest_runtest_makereport


def outcome_of(request: pytest.FixtureRequest, reason: str) -> str:
    """Return what the run makes of a test that was skipped for a reason."""
    report = pytest.TestReport("law", ("law.py", 1, "law"), {}, "skipped", ("law.py", 1, f"Skipped: {reason}"), "call")
    hook = pytest_runtest_makereport(request.node)
    next(hook)
    with pytest.raises(StopIteration) as made:
        hook.send(report)
    return str(made.value.value.outcome)


def test_a_skip_nobody_declared_fails_the_run(request: pytest.FixtureRequest) -> None:
    assert outcome_of(request, "no time today") == "failed"


def test_a_declared_skip_stays_a_skip(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.skip.Exception) as skipped:
        require_claim("ids", "memory", "processes")
    assert outcome_of(request, str(skipped.value)) == "skipped"


def test_a_claimed_group_is_not_skipped() -> None:
    require_claim("ids", "system", "processes")


@pytest.mark.parametrize(("port", "adapter", "group"), [("ids", "system", "typo"), ("ids", "typo", "processes")])
def test_a_name_nobody_declared_is_an_error(port: str, adapter: str, group: str) -> None:
    assert port in CLAIMS
    with pytest.raises(KeyError):
        require_claim(port, adapter, group)
