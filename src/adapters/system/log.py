"""The process's log: one line per event on one stream, with no secret in it.

What is bound by `structlog.contextvars.bound_contextvars(operation=...)` is on every line written inside it.
"""

import logging
import re
from collections.abc import Mapping
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ballast.ports.clock import Clock

HIDDEN = "***"
_SECRET = "secret|key|token|password|passphrase|mnemonic|credential|authorization"  # noqa: S105  # names, no value
_SECRET_NAME = re.compile(_SECRET, re.IGNORECASE)
# `api-key=abc`, `"X-MBX-APIKEY": "abc"`: the name ends before the sign, so that `KeyError: 'x'` stays readable.
_NAMED_SECRET = re.compile(rf"((?:{_SECRET})[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)[^\s\"'&,;}}]+", re.IGNORECASE)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
_URL_LOGIN = re.compile(r"(?<=://)[^\s/?#]+@")
# RPC providers put the key into the path; nothing else in our URLs is as long.
_URL_LONG_PART = re.compile(r"(?<=/)[A-Za-z0-9_-]{24,}")


def set_up_log(clock: Clock, stream: TextIO, *, level: int = logging.INFO) -> None:
    """Send this process's whole log, the libraries' too, to a stream.

    JSON lines, or coloured text when the stream is a terminal. Replaces what was set up before.
    """
    seen: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _Stamp(clock),
        structlog.processors.format_exc_info,
    ]
    written: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, _renderer(stream)]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=seen, processors=written))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Its report of a line that could not be written would show the line as it was before `redact`.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[*seen, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide values whose name says secret, key, token or password, and the credentials inside texts and URLs."""
    return cast("EventDict", _clean(event))


def _clean(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {
                str(name): _clean_named(str(name), part)
                for name, part in cast("Mapping[object, object]", value).items()
            }
        case list() | tuple():
            return [_clean(part) for part in cast("list[object] | tuple[object, ...]", value)]
        case _:
            return _clean_text(str(value))


def _clean_named(name: str, value: object) -> object:
    return HIDDEN if _SECRET_NAME.search(name) else _clean(value)


def _clean_text(text: str) -> str:
    return _NAMED_SECRET.sub(rf"\1{HIDDEN}", _URL.sub(_clean_url, text))


def _clean_url(url: re.Match[str]) -> str:
    return _URL_LONG_PART.sub(HIDDEN, _URL_LOGIN.sub(f"{HIDDEN}@", url[0]))


def _renderer(stream: TextIO) -> Processor:
    return structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()


class _Stamp:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["time"] = self._clock.now().isoformat()
        return event
