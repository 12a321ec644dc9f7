"""Alerts as log lines."""

import structlog
from structlog.testing import CapturingLogger
from tests.unit.adapters.events import START

from ballast.adapters.system.alerts import LogAlerts
from ballast.ports.alerts import Alert, Severity


def alerts_on(logger: object) -> LogAlerts:
    """Return alerts over a bare logger."""
    return LogAlerts(
        structlog.wrap_logger(logger, processors=[], wrapper_class=structlog.make_filtering_bound_logger(0))
    )


async def test_severity_is_the_lines_level_and_no_field_is_called_a_key() -> None:
    logger = CapturingLogger()
    alerts = alerts_on(logger)
    await alerts.tell(Alert("floor", Severity.CRITICAL, "below 0.88", START))
    await alerts.tell(Alert("reserve", Severity.WARNING, "below 1 %", START))
    assert [call.method_name for call in logger.calls] == ["error", "warning"]
    assert logger.calls[0].kwargs == {
        "event": "alert", "condition": "floor", "text": "below 0.88", "since": "2026-04-01T12:00:00+00:00",
    }  # fmt: skip


async def test_an_alert_the_log_would_not_take_is_counted_and_tried_again() -> None:
    alerts = alerts_on(None)
    alert = Alert("floor", Severity.CRITICAL, "below 0.88", START)
    await alerts.tell(alert)
    await alerts.tell(alert)
    assert alerts.undelivered == 2
