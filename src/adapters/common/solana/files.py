"""Reading recorded accounts from files, in the shapes tools write them.

A JSON file holds one account, `{"pubkey", "account": {"data", "owner"}}` or the same without nesting, or the reply of a
node (`{"result"}`) with one or several. `data` is `[base64, "base64"]` or a list of bytes; keys are base-58 texts or
lists of bytes. A `.b64` file holds nothing but base64. Without a `pubkey` the file's name may carry the address.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.layout import PUBKEY_LENGTH, RawAccount
from ballast.domain.kernel.errors import InvalidInput

_FILE_BYTES_MAX = 64 * 1024 * 1024
_ADDRESS = re.compile(r"(?<![1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{32,44}(?![1-9A-HJ-NP-Za-km-z])")
_BYTE_MAX = 255

Json = dict[str, object]


@frozen
class Skipped:
    """A file of a folder that was left aside, and why."""

    path: Path
    reason: str


@frozen
class AccountFiles:
    """What a set of paths held: accounts in the order of the paths, and what was left aside."""

    accounts: tuple[RawAccount, ...]
    skipped: tuple[Skipped, ...]


def read_accounts(paths: Iterable[Path]) -> AccountFiles:
    """Read the accounts in files and folders (a folder's own files, by name, without its subfolders).

    A file that is named must be an account; in a folder, JSON files of another shape and other kinds of files are left
    aside and listed. Raises InvalidInput naming file, field, what was expected and what was found.
    """
    accounts: dict[Path, tuple[RawAccount, ...]] = {}
    skipped: list[Skipped] = []
    for path, is_named in _files(paths):
        found = _read(path)
        if isinstance(found, str):
            if is_named:
                raise InvalidInput(str(path), "an account", found)
            skipped.append(Skipped(path, found))
        else:
            accounts[path.resolve()] = found
    return AccountFiles(tuple(account for found in accounts.values() for account in found), tuple(skipped))


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    for path in paths:
        if path.is_dir():
            yield from ((entry, False) for entry in sorted(path.iterdir()) if entry.is_file())
        elif path.is_file():
            yield path, True
        else:
            raise InvalidInput("path", "a file or a folder", str(path))


def _read(path: Path) -> tuple[RawAccount, ...] | str:
    """Return the accounts in a file, or why it holds none."""
    if path.suffix not in {".json", ".b64"}:
        return f"a file of another kind ({path.suffix or 'no suffix'})"
    size = path.stat().st_size
    if size > _FILE_BYTES_MAX:
        raise InvalidInput(str(path), f"at most {_FILE_BYTES_MAX} bytes", str(size))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} at byte {error.start}", "UTF-8 text", error.reason) from None
    if path.suffix == ".b64":
        data = _base64("".join(text.split()), str(path))
        return (RawAccount(str(path), _address_in(path), None, data),)
    return _accounts(_json(path, text), path)


def _json(path: Path, text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{path} line {error.lineno} column {error.colno}", "JSON", error.msg) from None
    except RecursionError:
        raise InvalidInput(str(path), "JSON", "too many levels") from None


def _accounts(document: object, path: Path) -> tuple[RawAccount, ...] | str:
    value = _object(document)
    if _is_account(value):
        return (_account(value, str(path), _address_in(path)),)
    replies = _replies(value)
    if not any(_is_account(reply) for reply in replies):
        return "JSON without an account"
    return tuple(_account(reply, f"{path} result[{index}]", None) for index, reply in enumerate(replies))


def _replies(value: Json) -> list[Json]:
    result = value.get("result")
    result = _object(result).get("value", result)
    return [_object(reply) for reply in (cast("list[object]", result) if isinstance(result, list) else [result])]


def _is_account(value: Json) -> bool:
    return "data" in value or "data" in _object(value.get("account"))


def _account(value: Json, source: str, name_address: str | None) -> RawAccount:
    if not _is_account(value):
        raise InvalidInput(f"{source}: data", "an account's data", "none")
    inner = _object(value["account"]) if "account" in value else value
    data = _data(inner["data"], f"{source}: data")
    space = inner.get("space", len(data))
    if space != len(data):
        raise InvalidInput(f"{source}: data", f"{space} bytes, the account's space", str(len(data)))
    address = _key(value["pubkey"], f"{source}: pubkey") if "pubkey" in value else name_address
    owner = _key(inner["owner"], f"{source}: owner") if "owner" in inner else None
    return RawAccount(source, address, owner, data)


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _data(value: object, field: str) -> bytes:
    match value:
        case [str(text), "base64"]:
            return _base64(text, field)
        case [str(), object() as encoding]:
            raise InvalidInput(f"{field} encoding", "base64", repr(encoding))
        case list():
            return _bytes(cast("list[object]", value), field)
        case _:
            raise InvalidInput(field, '[base64, "base64"] or a list of bytes', type(value).__name__)


def _base64(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(field, "base64", str(error)) from None


def _bytes(values: list[object], field: str) -> bytes:
    for index, value in enumerate(values):
        if type(value) is not int or not 0 <= value <= _BYTE_MAX:
            raise InvalidInput(f"{field}[{index}]", "a byte, 0 to 255", repr(value))
    return bytes(cast("list[int]", values))


def _key(value: object, field: str) -> str:
    if isinstance(value, list):
        data = _bytes(cast("list[object]", value), field)
        if len(data) != PUBKEY_LENGTH:
            raise InvalidInput(field, f"{PUBKEY_LENGTH} bytes", str(len(data)))
        return str(Pubkey.from_bytes(data))
    if isinstance(value, str) and _is_key(value):
        return value
    raise InvalidInput(field, "a base-58 key of 32 bytes", repr(value)[:80])


def _is_key(text: str) -> bool:
    try:
        Pubkey.from_string(text)
    except ValueError:
        return False
    return True


def _address_in(path: Path) -> str | None:
    return next((found for found in _ADDRESS.findall(path.stem) if _is_key(found)), None)
