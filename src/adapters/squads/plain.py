"""Values as JSON has them."""

from enum import Enum
from typing import cast

from attrs import fields_dict, has
from solders.pubkey import Pubkey

from ballast.domain.kernel.errors import InvariantError

_EXACT_MAX = 2**53 - 1


def plain(value: object) -> object:
    """Return a decoded value as JSON values: keys in base 58, bytes in hex, whole numbers above 2^53 - 1 as text.

    Raises InvariantError for a value that no decoder makes.
    """
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    kind = type(value)
    if has(kind):
        return {name: plain(getattr(value, name)) for name in fields_dict(kind)}
    return _scalar(value)


def _scalar(value: object) -> object:
    match value:
        case None | str() | bool():
            found: object = value
        case Enum():
            found = value.value
        case int():
            found = value if abs(value) <= _EXACT_MAX else str(value)
        case bytes():
            found = value.hex()
        case Pubkey():
            found = str(value)
        case _:
            raise InvariantError(f"{type(value).__name__} has no JSON form")
    return found
