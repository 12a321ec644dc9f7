"""The program's instructions as data: names, arguments and accounts in order, for building and for reading alike.

Facts: the program's source at c14a6d6, the SDK 2.1.4, and the deployed program. `w` writable, `s` signer, `?` optional:
an absent one is passed as the program itself, without rights. `batch_execute` and `vault_transaction_execute` take the
message's own accounts behind the listed ones, `config_transaction_execute` the spending limits it adds or removes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.borsh import (
    BOOL,
    KEY,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    Codec,
    blob,
    option,
    part,
    raw,
    vector,
    whole,
)
from ballast.adapters.common.solana.layout import DISCRIMINATOR_LENGTH, RawAccount, Reader
from ballast.adapters.squads import addresses
from ballast.adapters.squads.accounts import discriminator
from ballast.adapters.squads.codecs import BUFFER_BYTES_MAX, CONFIG_ACTION, MEMBER, PERIOD
from ballast.domain.kernel.errors import InvalidInput


@frozen
class Role:
    """What an account is for in an instruction, and the rights it is passed with."""

    name: str
    is_signer: bool
    is_writable: bool
    is_optional: bool


@frozen
class Call:
    """An instruction of the program as it was read: arguments and accounts by name, further accounts behind them."""

    method: str
    arguments: Mapping[str, Any]
    accounts: Mapping[str, Pubkey | None]
    rest: tuple[Pubkey, ...]


@frozen
class Method:
    """One instruction of the program."""

    name: str
    roles: tuple[Role, ...]
    arguments: Mapping[str, Codec[Any]]

    @property
    def discriminator(self) -> bytes:
        """Return the eight bytes that name the instruction."""
        return discriminator("global", self.name)

    def build(
        self, accounts: Mapping[str, Pubkey | None], rest: Sequence[AccountMeta] = (), **arguments: object
    ) -> Instruction:
        """Return the instruction; raises InvalidInput for an argument that has no bytes."""
        data = b"".join(codec.encode(arguments[name], part(self.name, name)) for name, codec in self.arguments.items())
        metas = [_meta(role, accounts[role.name]) for role in self.roles]
        return Instruction(addresses.PROGRAM, self.discriminator + data, [*metas, *rest])

    def read(self, instruction: Instruction) -> Call:
        """Return what an instruction of this method says; raises InvalidInput for bytes or accounts that do not fit."""
        reader = Reader(RawAccount(self.name, None, None, instruction.data), DISCRIMINATOR_LENGTH)
        arguments = {name: codec.read(reader, name) for name, codec in self.arguments.items()}
        if reader.remaining:
            reader.refuse("end", "no more bytes", str(reader.remaining))
        keys, count = [meta.pubkey for meta in instruction.accounts], len(self.roles)
        if len(keys) < count:
            raise InvalidInput(f"{self.name}: accounts", f"at least {count}", str(len(keys)))
        accounts = {
            role.name: None if role.is_optional and key == addresses.PROGRAM else key
            for role, key in zip(self.roles, keys, strict=False)
        }
        return Call(self.name, arguments, accounts, tuple(keys[count:]))


def _meta(role: Role, key: Pubkey | None) -> AccountMeta:
    if key is None:
        return AccountMeta(addresses.PROGRAM, is_signer=False, is_writable=False)
    return AccountMeta(key, is_signer=role.is_signer, is_writable=role.is_writable)


def _roles(text: str) -> tuple[Role, ...]:
    """Read roles as `name:rights`, one word each."""
    words = (word.partition(":") for word in text.split())
    return tuple(Role(name, "s" in rights, "w" in rights, "?" in rights) for name, _, rights in words)


def _method(name: str, roles: str, **arguments: Codec[Any]) -> Method:
    return Method(name, _roles(roles), arguments)


_MEMO, _KEYS = option(TEXT), vector(KEY)
_CREATE = "creator:s rent_payer:ws system"
_VOTE = "multisig member:ws proposal:w"
_CLOSE = "multisig proposal:w transaction:w rent_collector:w system"
_CONTROL = "multisig:w config_authority:s rent_payer:ws? system:?"
_LIMIT: dict[str, Codec[Any]] = {
    "create_key": KEY,
    "vault_index": U8,
    "mint": KEY,
    "amount": U64,
    "period": PERIOD,
    "members": _KEYS,
    "destinations": _KEYS,
}
_MESSAGE: dict[str, Codec[Any]] = {"vault_index": U8, "ephemeral_signers": U8, "transaction_message": blob()}

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        _method(
            "multisig_create_v2",
            "program_config treasury:w multisig:w create_key:s creator:ws system",
            config_authority=option(KEY),
            threshold=U16,
            members=vector(MEMBER),
            time_lock_s=U32,
            rent_collector=option(KEY),
            memo=_MEMO,
        ),
        _method(
            "config_transaction_create",
            f"multisig:w transaction:w {_CREATE}",
            actions=vector(CONFIG_ACTION),
            memo=_MEMO,
        ),
        _method(
            "config_transaction_execute",
            "multisig:w member:s proposal:w transaction rent_payer:ws? system:?",
        ),
        _method("config_transaction_accounts_close", _CLOSE),
        _method("vault_transaction_create", f"multisig:w transaction:w {_CREATE}", **_MESSAGE, memo=_MEMO),
        _method(
            "vault_transaction_create_from_buffer",
            f"multisig:w transaction:w {_CREATE} transaction_buffer:w buffer_creator:ws",
            **_MESSAGE,
            memo=_MEMO,
        ),
        _method("vault_transaction_execute", "multisig proposal:w transaction member:s"),
        _method("vault_transaction_accounts_close", _CLOSE),
        _method("proposal_create", f"multisig proposal:w {_CREATE}", transaction_index=U64, draft=BOOL),
        _method("proposal_activate", _VOTE),
        _method("proposal_approve", _VOTE, memo=_MEMO),
        _method("proposal_reject", _VOTE, memo=_MEMO),
        _method("proposal_cancel", _VOTE, memo=_MEMO),
        _method("proposal_cancel_v2", f"{_VOTE} system", memo=_MEMO),
        _method(
            "spending_limit_use",
            "multisig member:s spending_limit:w vault:w destination:w system:? mint:? vault_token_account:w?"
            " destination_token_account:w? token_program:?",
            amount=U64,
            decimals=U8,
            memo=_MEMO,
        ),
        _method(
            "multisig_add_spending_limit",
            "multisig config_authority:s spending_limit:w rent_payer:ws system",
            **_LIMIT,
            memo=_MEMO,
        ),
        _method(
            "multisig_remove_spending_limit",
            "multisig config_authority:s spending_limit:w rent_collector:w",
            memo=_MEMO,
        ),
        _method("multisig_add_member", _CONTROL, new_member=MEMBER, memo=_MEMO),
        _method("multisig_remove_member", _CONTROL, old_member=KEY, memo=_MEMO),
        _method("multisig_set_time_lock", _CONTROL, time_lock_s=U32, memo=_MEMO),
        _method("multisig_change_threshold", _CONTROL, new_threshold=U16, memo=_MEMO),
        _method("multisig_set_config_authority", _CONTROL, config_authority=KEY, memo=_MEMO),
        _method("multisig_set_rent_collector", _CONTROL, rent_collector=option(KEY), memo=_MEMO),
        _method(
            "transaction_buffer_create",
            f"multisig transaction_buffer:w {_CREATE}",
            buffer_index=U8,
            vault_index=U8,
            final_buffer_hash=raw(32),
            final_buffer_size=whole(2, BUFFER_BYTES_MAX),
            buffer=blob(),
        ),
        _method("transaction_buffer_extend", "multisig transaction_buffer:w creator:s", buffer=blob()),
        _method("transaction_buffer_close", "multisig transaction_buffer:w creator:s"),
        _method("batch_create", "multisig:w batch:w creator:s rent_payer:ws system", vault_index=U8, memo=_MEMO),
        _method(
            "batch_add_transaction",
            "multisig proposal batch:w transaction:w member:s rent_payer:ws system",
            ephemeral_signers=U8,
            transaction_message=blob(),
        ),
        _method("batch_execute_transaction", "multisig member:s proposal:w batch:w transaction"),
    )
}
_BY_DISCRIMINATOR = {method.discriminator: method for method in METHODS.values()}


def read_call(instruction: Instruction) -> Call:
    """Return what an instruction of the program says; raises InvalidInput for one that is not known or does not fit."""
    found = instruction.data[:DISCRIMINATOR_LENGTH]
    method = _BY_DISCRIMINATOR.get(found)
    if method is None:
        raise InvalidInput("Squads instruction", f"one of {', '.join(METHODS)}", found.hex())
    return method.read(instruction)
