"""Reading packed little-endian account bytes, field by field; every refusal names account, field, offset and bytes."""

from datetime import UTC, datetime, timedelta
from typing import NoReturn

from attrs import define, field, frozen
from solders.pubkey import Pubkey

from ballast.domain.kernel.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_TIME_S_MAX = (_LAST - _EPOCH) // timedelta(seconds=1)
PUBKEY_LENGTH = 32
DISCRIMINATOR_LENGTH = 8


@frozen
class RawAccount:
    """An account's bytes as they were read: `source` says where, address and owner are None when the source is bare."""

    source: str
    address: str | None
    owner: str | None
    data: bytes

    @property
    def discriminator(self) -> bytes:
        """Return the first eight bytes, which name the kind of a program's account."""
        return self.data[:DISCRIMINATOR_LENGTH]

    @property
    def name(self) -> str:
        """Return what an error calls this account: its source, and its address if known."""
        return self.source if self.address is None else f"{self.source} ({self.address})"


def prove_address(account: RawAccount, expected: str) -> str:
    """Return the derived address; raises InvalidInput when the account is known to stand at another one."""
    if account.address not in (None, expected):
        raise InvalidInput(f"{account.name}: address", f"{expected}, derived from its fields", str(account.address))
    return expected


def prove_owner(account: RawAccount, program: str) -> None:
    """Prove that the account belongs to a program, where its owner is known."""
    if account.owner not in (None, program):
        raise InvalidInput(f"{account.name}: owner", program, str(account.owner))


@define
class Reader:
    """A cursor over one account's bytes. Every method raises InvalidInput when the bytes end or are out of range."""

    account: RawAccount
    offset: int = field(default=0)

    def take(self, name: str, length: int) -> bytes:
        """Return the next `length` bytes."""
        end = self.offset + length
        if end > len(self.account.data):
            self.refuse(name, f"{length} more bytes", f"{self.remaining}, the account's end")
        taken = self.account.data[self.offset : end]
        self.offset = end
        return taken

    @property
    def remaining(self) -> int:
        """Count the bytes not read yet."""
        return len(self.account.data) - self.offset

    def skip(self, name: str, length: int) -> None:
        """Step over bytes that nothing here needs."""
        self.take(name, length)

    def unsigned(self, name: str, length: int) -> int:
        """Return an unsigned whole number of `length` bytes."""
        return int.from_bytes(self.take(name, length), "little")

    def u8(self, name: str) -> int:
        """Return one byte."""
        return self.unsigned(name, 1)

    def u32(self, name: str) -> int:
        """Return four bytes as an unsigned number."""
        return self.unsigned(name, 4)

    def u64(self, name: str) -> int:
        """Return eight bytes as an unsigned number."""
        return self.unsigned(name, 8)

    def u128(self, name: str) -> int:
        """Return sixteen bytes as an unsigned number."""
        return self.unsigned(name, 16)

    def at_most(self, name: str, length: int, maximum: int) -> int:
        """Return an unsigned number of `length` bytes that is not above a plausible maximum."""
        value = self.unsigned(name, length)
        if value > maximum:
            self.refuse(name, f"at most {maximum}", str(value), length)
        return value

    def boolean(self, name: str) -> bool:
        """Return one byte that is 0 or 1."""
        return self.at_most(name, 1, 1) == 1

    def time(self, name: str) -> datetime:
        """Return eight bytes of Unix seconds, 1970 to 9999, as aware UTC."""
        seconds = int.from_bytes(self.take(name, 8), "little", signed=True)
        if not 0 <= seconds <= _TIME_S_MAX:
            self.refuse(name, "Unix seconds between 1970 and 9999", str(seconds), 8)
        return _EPOCH + timedelta(seconds=seconds)

    def key(self, name: str) -> Pubkey:
        """Return 32 bytes as a key."""
        return Pubkey.from_bytes(self.take(name, PUBKEY_LENGTH))

    def pubkey(self, name: str) -> str:
        """Return 32 bytes as a base-58 address."""
        return str(self.key(name))

    def expect(self, name: str, wanted: bytes) -> None:
        """Step over bytes that can only have one value."""
        found = self.take(name, len(wanted))
        if found != wanted:
            self.refuse(name, wanted.hex(), found.hex(), len(wanted))

    def end(self) -> None:
        """Prove that nothing but zeros follows the last field."""
        tail = self.account.data[self.offset :]
        rest = tail.lstrip(b"\0")
        if rest:
            self.offset += len(tail) - len(rest)
            self.refuse("tail", "only zeros after the last field", rest[:1].hex())

    def refuse(self, name: str, expected: str, found: str, width: int = 0) -> NoReturn:
        """Raise InvalidInput for the field that began `width` bytes back."""
        raise InvalidInput(f"{self.account.name}: {name} at byte {self.offset - width}", expected, found)
