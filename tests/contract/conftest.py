"""A law may be skipped only where `capabilities` says so; everything else that did not run is a failure."""

from collections.abc import Generator

import pytest
from tests.contract.capabilities import excused


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip nobody declared into a failure."""
    report = yield
    if report.skipped and not excused(str(report.longrepr)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped outside tests/contract/capabilities.py: {report.longrepr}"
    return report
