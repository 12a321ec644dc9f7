"""What leaves the process on its log, and what must not."""

import io
import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.adapters.events import START

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.system.log import HIDDEN, redact, set_up_log


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def untouched() -> Generator[None]:
    """Leave the process's logging as it was."""
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raises


@pytest.fixture
def stream() -> io.StringIO:
    """Set the log up on a file-like stream."""
    stream = io.StringIO()
    set_up_log(MemoryClock(START), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the JSON lines written."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def cleaned(**fields: object) -> dict[str, Any]:
    """Return a line's fields as they would be written."""
    return dict(redact(None, "info", dict(fields)))


def test_a_line_is_json_with_the_clocks_time_level_and_logger(stream: io.StringIO) -> None:
    structlog.get_logger("ballast.test").info("placed", quantity="1.5", count=2)
    assert lines(stream) == [
        {
            "event": "placed", "quantity": "1.5", "count": 2,
            "time": "2026-04-01T12:00:00+00:00", "level": "info", "logger": "ballast.test",
        }
    ]  # fmt: skip


def test_a_bound_operation_is_on_every_line_inside(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(operation="en1"):
        structlog.get_logger("a").info("in")
        logging.getLogger("library").warning("in")
    structlog.get_logger("a").info("out")
    assert [line.get("operation") for line in lines(stream)] == ["en1", "en1", None]


def test_a_stream_that_broke_neither_raises_nor_shows_the_line_elsewhere(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    stream.close()
    structlog.get_logger("a").info("lost", api_key="hunter2")
    assert "hunter2" not in capsys.readouterr().err


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    structlog.get_logger("a").debug("no")
    logging.getLogger("library").debug("no")
    assert lines(stream) == []


def test_a_library_line_is_json_too_and_hides_what_its_url_carries(stream: io.StringIO) -> None:
    logging.getLogger("httpx").info("GET %s", "https://user:hunter2@host/v3?apiKey=abc&symbol=BTC")
    (line,) = lines(stream)
    assert line["event"] == f"GET https://{HIDDEN}@host/v3?apiKey={HIDDEN}&symbol=BTC"
    assert line["logger"] == "httpx"


def connect() -> None:
    """Fail as a library would."""
    raise OSError("no answer from wss://me:hunter2@host")


def test_a_traceback_is_in_its_line_without_secrets(stream: io.StringIO) -> None:
    try:
        connect()
    except OSError:
        structlog.get_logger("a").exception("lost")
        logging.getLogger("library").exception("lost")
    ours, theirs = lines(stream)
    for line in (ours, theirs):
        assert f"OSError: no answer from wss://{HIDDEN}@host" in line["exception"]
        assert "Traceback" in line["exception"]


def test_a_terminal_gets_text_without_secrets() -> None:
    terminal = Terminal()
    set_up_log(MemoryClock(START), terminal)
    structlog.get_logger("a").info("connected", api_key="hunter2")
    assert "connected" in terminal.getvalue()
    assert "hunter2" not in terminal.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(terminal.getvalue())


@pytest.mark.parametrize(
    "name", ["api_key", "apiKey", "SECRET", "listen_token", "db_password", "passphrase", "mnemonic"]
)
@pytest.mark.parametrize("value", ["hunter2", 42, ["hunter2"], None])
def test_a_value_named_like_a_secret_is_hidden(name: str, value: object) -> None:
    assert cleaned(**{name: value}) == {name: HIDDEN}


@given(st.recursive(st.just({"api_key": "hunter2"}), lambda part: st.lists(part) | st.dictionaries(st.text(), part)))
def test_a_secret_is_hidden_at_any_depth(nested: object) -> None:
    assert "hunter2" not in json.dumps(cleaned(nested=nested))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("postgres://me:pw@db:5432/x", f"postgres://{HIDDEN}@db:5432/x"),
        ("see https://token@host/a and https://b:c@d", f"see https://{HIDDEN}@host/a and https://{HIDDEN}@d"),
        ("https://host/?api-key=abc", f"https://host/?api-key={HIDDEN}"),
        (f"https://host/v3/{'f00d' * 8}", f"https://host/v3/{HIDDEN}"),
        ("{'X-MBX-APIKEY': 'abc', 'a': 1}", f"{{'X-MBX-APIKEY': '{HIDDEN}', 'a': 1}}"),
        ("Authorization: Bearer abc", f"Authorization: Bearer {HIDDEN}"),
        ("password=abc&x=1", f"password={HIDDEN}&x=1"),
    ],
)
def test_credentials_inside_a_text_are_hidden(text: str, written: str) -> None:
    assert cleaned(text=text) == {"text": written}


@pytest.mark.parametrize(
    "text",
    ["KeyError: 'sequence'", "https://host/v3/order?symbol=BTC", "a@b.c wrote to https://host", "12:30 at 5 bps"],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert cleaned(text=text) == {"text": text}


def test_values_that_json_has_no_word_for_are_written_as_text() -> None:
    assert cleaned(at=START, parts=(1, None, True, 2.5)) == {"at": str(START), "parts": [1, None, True, 2.5]}
