"""Compiling instructions to a vault's message, and reading them back.

Order of keys: writable signers, other signers, writable others, the rest; inside each class the order in which the SDK
(@sqds/multisig 2.1.4) meets them: the payer, then for each instruction its program and its accounts. A library's own
compiler sorts them otherwise, which the program would take but which no other signer's tool would reproduce.
"""

from collections.abc import Mapping, Sequence

from attrs import define, frozen
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.lookup import LookupTable
from ballast.adapters.squads.model import CompiledInstruction, Message, TableLookup
from ballast.domain.kernel.errors import InvalidInput

INDEXES = 256
Tables = Mapping[Pubkey, LookupTable]


@define
class _Flags:
    is_signer: bool = False
    is_writable: bool = False

    def add(self, *, is_signer: bool, is_writable: bool) -> None:
        self.is_signer |= is_signer
        self.is_writable |= is_writable

    @property
    def place(self) -> int:
        """Return the class of the message's order, 0 for writable signers to 3 for the rest."""
        return 2 * (not self.is_signer) + (not self.is_writable)


@frozen
class _Drained:
    """What a table takes over: its lookup, and the keys by which they count in the index space."""

    lookup: TableLookup
    writable: tuple[Pubkey, ...]
    readonly: tuple[Pubkey, ...]


def compile_message(payer: Pubkey, instructions: Sequence[Instruction], tables: Sequence[LookupTable] = ()) -> Message:
    """Return the message of instructions that a vault (the payer) signs, byte for byte as the SDK compiles it.

    Unlike in an outer message, programs may be loaded from a table too. Raises InvalidInput for more than 256 accounts.
    """
    flags = _flags(payer, instructions)
    drained = [_drain(table, flags) for table in tables]
    drained = [found for found in drained if found.writable or found.readonly]
    static = sorted(flags, key=lambda key: flags[key].place)
    order = static + [key for found in drained for key in found.writable]
    order += [key for found in drained for key in found.readonly]
    if len(order) > INDEXES:
        raise InvalidInput("instructions", f"at most {INDEXES} accounts", str(len(order)))
    index = {key: place for place, key in enumerate(order)}
    counts = [sum(flags[key].place == place for key in static) for place in range(3)]
    return Message(
        signers=counts[0] + counts[1],
        writable_signers=counts[0],
        writable_non_signers=counts[2],
        keys=tuple(static),
        instructions=tuple(_compiled(instruction, index) for instruction in instructions),
        lookups=tuple(found.lookup for found in drained),
    )


def _flags(payer: Pubkey, instructions: Sequence[Instruction]) -> dict[Pubkey, _Flags]:
    """Return every key in the order it is met, with the highest rights it is named with."""
    flags = {payer: _Flags(is_signer=True, is_writable=True)}
    for instruction in instructions:
        flags.setdefault(instruction.program_id, _Flags())
        for meta in instruction.accounts:
            flags.setdefault(meta.pubkey, _Flags()).add(is_signer=meta.is_signer, is_writable=meta.is_writable)
    return flags


def _drain(table: LookupTable, flags: dict[Pubkey, _Flags]) -> _Drained:
    """Move the keys that a table holds out of the flags, signers excepted."""
    held = [key for key in flags if not flags[key].is_signer and key in table.addresses[:INDEXES]]
    writable = tuple(key for key in held if flags[key].is_writable)
    readonly = tuple(key for key in held if not flags[key].is_writable)
    for key in held:
        del flags[key]
    indexes = (bytes(table.addresses.index(key) for key in keys) for keys in (writable, readonly))
    return _Drained(TableLookup(table.address, *indexes), writable, readonly)


def _compiled(instruction: Instruction, index: Mapping[Pubkey, int]) -> CompiledInstruction:
    accounts = bytes(index[meta.pubkey] for meta in instruction.accounts)
    return CompiledInstruction(index[instruction.program_id], accounts, instruction.data)


def missing_tables(message: Message, tables: Tables) -> tuple[Pubkey, ...]:
    """Return the lookup tables without which a message cannot be read."""
    return tuple(lookup.table for lookup in message.lookups if lookup.table not in tables)


def decompile(message: Message, tables: Tables) -> tuple[Instruction, ...]:
    """Return a message's instructions with their keys and rights; raises InvalidInput where a table does not say."""
    writable = [meta for lookup in message.lookups for meta in _writable(lookup, tables)]
    readonly = [meta for lookup in message.lookups for meta in _readonly(lookup, tables)]
    metas = [*static_metas(message), *writable, *readonly]
    return tuple(
        Instruction(
            metas[compiled.program_index].pubkey, compiled.data, [metas[index] for index in compiled.account_indexes]
        )
        for compiled in message.instructions
    )


def static_metas(message: Message) -> tuple[AccountMeta, ...]:
    """Return the message's own keys with the rights that the three counts give them."""
    signers, writable_signers = message.signers, message.writable_signers
    writable_end = signers + message.writable_non_signers
    return tuple(
        AccountMeta(
            key,
            is_signer=index < signers,
            is_writable=index < writable_signers or signers <= index < writable_end,
        )
        for index, key in enumerate(message.keys)
    )


def loaded_metas(lookup: TableLookup, tables: Tables) -> tuple[AccountMeta, ...]:
    """Return what one lookup loads, writable keys first; raises InvalidInput where the table does not say."""
    return (*_writable(lookup, tables), *_readonly(lookup, tables))


def _writable(lookup: TableLookup, tables: Tables) -> list[AccountMeta]:
    keys = (_at(lookup.table, index, tables) for index in lookup.writable_indexes)
    return [AccountMeta(key, is_signer=False, is_writable=True) for key in keys]


def _readonly(lookup: TableLookup, tables: Tables) -> list[AccountMeta]:
    keys = (_at(lookup.table, index, tables) for index in lookup.readonly_indexes)
    return [AccountMeta(key, is_signer=False, is_writable=False) for key in keys]


def _at(table: Pubkey, index: int, tables: Tables) -> Pubkey:
    known = tables.get(table)
    if known is None:
        raise InvalidInput("lookup table", str(table), "no such account")
    if index >= len(known.addresses):
        raise InvalidInput(f"lookup table {table}", f"more than {index} addresses", str(len(known.addresses)))
    return known.addresses[index]
