"""Recorded CSV tables: strict reading that can name file, line and column of whatever is wrong."""

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ballast.domain.kernel.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_STAMP = re.compile(r"[0-9]{13}")
# Exponents are written by common tools for very small volumes and rates: the same value, so they are read.
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?")


def time_of(ms: int) -> datetime:
    """Return the moment of milliseconds since 1970, aware UTC, exactly."""
    return EPOCH + ms * _MS


def ms_of(at: datetime) -> int:
    """Return whole milliseconds since 1970 of an aware time, rounded down."""
    return (at - EPOCH) // _MS


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) below the header of a plain or gzipped CSV file.

    Raises InvalidInput for a header that is not `columns`, and for a file that is cut off or is not ASCII.
    """
    number = 1
    try:
        with gzip.open(path, "rt", encoding="ascii") if path.suffix == ".gz" else path.open(encoding="ascii") as lines:
            _check_header(path, next(lines, ""), columns)
            for line in lines:
                number += 1
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"{path.name} after line {number}", "a whole gzip file", str(error)) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} after line {number}", "ASCII text", str(error)) from error


def wrong(path: Path, line: int, column: str, expected: str, found: str) -> InvalidInput:
    """Return the error that names file, line and column."""
    return InvalidInput(f"{path.name} line {line} {column}", expected, found)


def fields_in(path: Path, line: int, text: str, columns: tuple[str, ...]) -> list[str]:
    """Split a CSV line into one text for each column; raises InvalidInput for another count."""
    fields = text.rstrip("\n").split(",")
    if len(fields) != len(columns):
        raise InvalidInput(f"{path.name} line {line}", f"{len(columns)} values", f"{len(fields)} in {text[:60]!r}")
    return fields


def stamp_in(path: Path, line: int, column: str, text: str) -> int:
    """Read milliseconds since 1970 (13 digits); raises InvalidInput naming file, line and column."""
    if not _STAMP.fullmatch(text):
        raise wrong(path, line, column, "milliseconds since 1970, 13 digits", repr(text[:40]))
    return int(text)


def number_in(path: Path, line: int, column: str, text: str) -> Decimal:
    """Read a finite decimal number; raises InvalidInput naming file, line and column."""
    if not _NUMBER.fullmatch(text):
        raise wrong(path, line, column, "a decimal number", repr(text[:40]))
    return Decimal(text)


def _check_header(path: Path, line: str, columns: tuple[str, ...]) -> None:
    found = line.rstrip("\n")
    if tuple(found.split(",")) == columns:
        return
    missing = [column for column in columns if column not in found.split(",")]
    what = f"no {', '.join(missing)} in {found[:80]!r}" if missing else repr(found[:80])
    raise InvalidInput(f"{path.name} line 1", "the columns " + ",".join(columns), what if line else "an empty file")
