"""Borsh by description: one codec both reads and writes a type, so that the two cannot disagree.

Format: borsh.io; little endian, no padding. A read goes through a Reader, whose refusals name account, field and byte.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.layout import RawAccount, Reader
from ballast.domain.kernel.errors import InvalidInput

T = TypeVar("T")


@frozen
class Codec(Generic[T]):
    """How one type stands in bytes; both ways take the field's name, for their refusals (InvalidInput)."""

    read: Callable[[Reader, str], T]
    write: Callable[[T, str], bytes]

    def decode(self, data: bytes, name: str) -> T:
        """Return the value that the bytes are, whole; raises InvalidInput for bytes too few, too many or wrong."""
        reader = Reader(RawAccount(name, None, None, data))
        value = self.read(reader, "")
        if reader.remaining:
            reader.refuse("end", "no more bytes", str(reader.remaining))
        return value

    def encode(self, value: T, name: str) -> bytes:
        """Return the value's bytes; raises InvalidInput for a value that has none."""
        return self.write(value, name)


def part(name: str, field: str) -> str:
    """Return the path of a field inside another."""
    return f"{name}.{field}" if name else field


def whole(width: int, maximum: int | None = None, *, signed: bool = False) -> Codec[int]:
    """Return the codec of a whole number of `width` bytes, not above `maximum` where one is given."""

    def read(reader: Reader, name: str) -> int:
        value = int.from_bytes(reader.take(name, width), "little", signed=signed)
        if maximum is not None and value > maximum:
            reader.refuse(name, f"at most {maximum}", str(value), width)
        return value

    def write(value: int, name: str) -> bytes:
        if maximum is not None and value > maximum:
            raise InvalidInput(name, f"at most {maximum}", str(value))
        try:
            return value.to_bytes(width, "little", signed=signed)
        except OverflowError:
            kind = "a signed" if signed else "an unsigned"
            raise InvalidInput(name, f"{kind} number of {width} bytes", str(value)) from None

    return Codec(read, write)


U8, U16, U32, U64 = whole(1), whole(2), whole(4), whole(8)
I64 = whole(8, signed=True)
BOOL: Codec[bool] = Codec(lambda reader, name: reader.boolean(name), lambda value, _: bytes([value]))
KEY: Codec[Pubkey] = Codec(lambda reader, name: reader.key(name), lambda value, _: bytes(value))


def raw(length: int) -> Codec[bytes]:
    """Return the codec of a fixed count of bytes."""

    def write(value: bytes, name: str) -> bytes:
        if len(value) != length:
            raise InvalidInput(name, f"{length} bytes", str(len(value)))
        return value

    return Codec(lambda reader, name: reader.take(name, length), write)


def blob(length: Codec[int] = U32) -> Codec[bytes]:
    """Return the codec of bytes behind their count."""
    return Codec(
        lambda reader, name: reader.take(name, length.read(reader, part(name, "length"))),
        lambda value, name: length.write(len(value), part(name, "length")) + value,
    )


def _read_text(reader: Reader, name: str) -> str:
    taken = blob().read(reader, name)
    try:
        return taken.decode()
    except UnicodeDecodeError as error:
        reader.refuse(name, "UTF-8 text", error.reason, len(taken))


TEXT: Codec[str] = Codec(_read_text, lambda value, name: blob().write(value.encode(), name))


def option(codec: Codec[T]) -> Codec[T | None]:
    """Return the codec of a value that may be absent: one byte, 0 or 1, then the value."""

    def read(reader: Reader, name: str) -> T | None:
        return codec.read(reader, name) if reader.boolean(part(name, "option")) else None

    return Codec(read, lambda value, name: b"\0" if value is None else b"\1" + codec.write(value, name))


def vector(codec: Codec[T], length: Codec[int] = U32) -> Codec[tuple[T, ...]]:
    """Return the codec of values behind their count; a count the bytes cannot hold ends in a refusal."""

    def read(reader: Reader, name: str) -> tuple[T, ...]:
        count = length.read(reader, part(name, "length"))
        return tuple(codec.read(reader, f"{name}[{index}]") for index in range(count))

    def write(values: tuple[T, ...], name: str) -> bytes:
        items = b"".join(codec.write(value, f"{name}[{index}]") for index, value in enumerate(values))
        return length.write(len(values), part(name, "length")) + items

    return Codec(read, write)


def record(make: Callable[..., T], **fields: Codec[Any]) -> Codec[T]:
    """Return the codec of a class by its fields, in the order of the bytes."""

    def read(reader: Reader, name: str) -> T:
        return make(**{field: codec.read(reader, part(name, field)) for field, codec in fields.items()})

    def write(value: T, name: str) -> bytes:
        return b"".join(codec.write(getattr(value, field), part(name, field)) for field, codec in fields.items())

    return Codec(read, write)


def choice(*values: T) -> Codec[T]:
    """Return the codec of an enum without contents: one byte, the value's index."""
    index = whole(1, len(values) - 1)
    return Codec(
        lambda reader, name: values[index.read(reader, name)],
        lambda value, name: index.write(values.index(value), name),
    )


def tagged(*variants: tuple[type[Any], Codec[Any]]) -> Codec[Any]:
    """Return the codec of an enum with contents: one byte, the index of the variant, then the variant."""
    kinds, index = [kind for kind, _ in variants], whole(1, len(variants) - 1)

    def read(reader: Reader, name: str) -> object:
        return variants[index.read(reader, part(name, "kind"))][1].read(reader, name)

    def write(value: object, name: str) -> bytes:
        if type(value) not in kinds:
            raise InvalidInput(name, "one of " + ", ".join(kind.__name__ for kind in kinds), type(value).__name__)
        place = kinds.index(type(value))
        return index.write(place, name) + variants[place][1].write(value, name)

    return Codec(read, write)


def checked(codec: Codec[T], check: Callable[[T, str], None]) -> Codec[T]:
    """Return a codec that also holds each value against a rule, which raises InvalidInput naming the field."""

    def read(reader: Reader, name: str) -> T:
        value = codec.read(reader, name)
        check(value, f"{reader.account.name}: {name}")
        return value

    def write(value: T, name: str) -> bytes:
        check(value, name)
        return codec.write(value, name)

    return Codec(read, write)
