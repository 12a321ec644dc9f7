"""Decoding address lookup tables."""

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.layout import PUBKEY_LENGTH, RawAccount, Reader, prove_owner
from ballast.adapters.common.solana.programs import LOOKUP_TABLE_PROGRAM
from ballast.domain.kernel.errors import InvalidInput

_KIND = (1).to_bytes(4, "little")
_ADDRESSES_MAX = 256


@frozen
class LookupTable:
    """A table's addresses by index; the table itself may only be appended to until it is closed."""

    address: Pubkey
    addresses: tuple[Pubkey, ...]


def decode_lookup_table(account: RawAccount) -> LookupTable:
    """Return the table in an account whose address is known; raises InvalidInput unless every proof holds.

    Layout: 56 bytes of header (kind, three slots' worth of life, authority), then addresses of 32 bytes.
    """
    prove_owner(account, LOOKUP_TABLE_PROGRAM)
    if account.address is None:
        raise InvalidInput(f"{account.name}: address", "the table's own address", "none")
    reader = Reader(account)
    reader.expect("kind", _KIND)
    reader.skip("deactivation_slot, last_extended_slot and its start index", 8 + 8 + 1)
    reader.boolean("authority option")
    reader.skip("authority and padding", PUBKEY_LENGTH + 2)
    count, rest = divmod(reader.remaining, PUBKEY_LENGTH)
    if rest or count > _ADDRESSES_MAX:
        reader.refuse("addresses", f"at most {_ADDRESSES_MAX} of {PUBKEY_LENGTH} bytes", f"{reader.remaining} bytes")
    addresses = tuple(reader.key(f"addresses[{index}]") for index in range(count))
    return LookupTable(Pubkey.from_string(account.address), addresses)
