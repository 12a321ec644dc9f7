"""The reference vectors, and this project's answer to each in the vectors' own words."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from attrs import fields_dict, has
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.derivation import Derived
from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.lookup import LookupTable
from ballast.adapters.squads import addresses, buffers, control, instructions
from ballast.adapters.squads.accounts import decode, decode_as
from ballast.adapters.squads.codecs import COMPACT_MESSAGE
from ballast.adapters.squads.message import compile_message
from ballast.adapters.squads.model import (
    AddMember,
    AddSpendingLimit,
    ChangeThreshold,
    ConfigAction,
    Member,
    Period,
    RemoveMember,
    RemoveSpendingLimit,
    SetRentCollector,
    SetTimeLock,
    Standing,
    VaultTransaction,
)

DEFAULT = Path(__file__).parents[4] / "data" / "squads" / "vectors.json"
Vector = dict[str, Any]


def named() -> Path:
    """The project's vectors, or a file of the same format that SQUADS_VECTORS names."""
    return Path(os.environ.get("SQUADS_VECTORS", DEFAULT))


def load(path: Path = DEFAULT) -> list[Vector]:
    found: list[Vector] = json.loads(path.read_text())["vectors"]
    return found


def key(text: str) -> Pubkey:
    return Pubkey.from_string(text)


def optional(text: str | None) -> Pubkey | None:
    return None if text is None else key(text)


def bare(data: str) -> RawAccount:
    return RawAccount("vector", None, None, bytes.fromhex(data))


def tables(given: list[Vector]) -> list[LookupTable]:
    return [LookupTable(key(table["key"]), tuple(map(key, table["addresses"]))) for table in given]


def member(given: Vector) -> Member:
    return Member(key(given["key"]), given["mask"])


def limit(given: Vector) -> AddSpendingLimit:
    return AddSpendingLimit(
        create_key=key(given["create_key"]),
        vault_index=given["vault_index"],
        mint=key(given["mint"]),
        amount=int(given["amount"]),
        period=Period(given["period"]),
        members=tuple(map(key, given["members"])),
        destinations=tuple(map(key, given["destinations"])),
    )


ACTIONS: dict[str, Callable[[Vector], ConfigAction]] = {
    "AddMember": lambda given: AddMember(member(given["new_member"])),
    "RemoveMember": lambda given: RemoveMember(key(given["old_member"])),
    "ChangeThreshold": lambda given: ChangeThreshold(given["new_threshold"]),
    "SetTimeLock": lambda given: SetTimeLock(given["new_time_lock"]),
    "AddSpendingLimit": limit,
    "RemoveSpendingLimit": lambda given: RemoveSpendingLimit(key(given["spending_limit"])),
    "SetRentCollector": lambda given: SetRentCollector(optional(given["new_rent_collector"])),
}


def inner(given: Vector) -> Instruction:
    metas = [AccountMeta(key(meta["pubkey"]), meta["signer"], meta["writable"]) for meta in given["accounts"]]
    return Instruction(key(given["program_id"]), bytes.fromhex(given["data"]), metas)


def answer(vector: Vector) -> Vector:
    """What this project makes of a vector's input, in the form of its `expect`."""
    kind, given = vector["instruction"], vector["input"]
    if kind.startswith("account:"):
        decoded = decode(bare(given["data"]))
        assert type(decoded).__name__ == kind.removeprefix("account:")
        return structure_said(decoded)
    if kind == "pdas":
        return {name: told(found) for name, found in pdas(given).items()}
    return BUILDERS[kind](given)


# The fields that the vectors name otherwise.
NAMES = {
    "time_lock_s": "time_lock",
    "new_time_lock_s": "new_time_lock",
    "last_reset_s": "last_reset",
    "signers": "num_signers",
    "writable_signers": "num_writable_signers",
    "writable_non_signers": "num_writable_non_signers",
    "keys": "account_keys",
    "lookups": "address_table_lookups",
    "program_index": "program_id_index",
    "table": "account_key",
}
TEXT_NUMBERS = {
    "transaction_index", "stale_transaction_index", "index", "amount", "remaining_amount", "last_reset",
    "multisig_creation_fee",
}  # fmt: skip
INDEXES = {"account_indexes", "writable_indexes", "readonly_indexes", "ephemeral_signer_bumps"}


def said(value: object) -> object:
    if isinstance(value, tuple):
        return [said(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, Pubkey):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Period):
        return value.value
    return structure_said(value) if has(type(value)) else value


def structure_said(value: object) -> Vector:
    kind = type(value)
    assert has(kind)
    named: Vector = {"kind": kind.__name__} if kind.__name__ in ACTIONS else {}
    for name in fields_dict(kind):
        named |= field_said(NAMES.get(name, name), getattr(value, name))
    return named


def field_said(name: str, value: Any) -> Vector:
    if isinstance(value, Standing):
        since = None if value.since_s is None else str(value.since_s)
        return {"status": value.status.value, "status_timestamp": since}
    if name in INDEXES:
        return {name: list(value)}
    if name == "reserved":
        return {}
    return {name: str(value) if name in TEXT_NUMBERS else said(value)}


def told(found: Derived) -> Vector:
    return {"address": str(found.address), "bump": found.bump}


def pdas(given: Vector) -> dict[str, Derived]:
    multisig = addresses.multisig(key(given["create_key"])).address
    index = int(given["transaction_index"])
    transaction = addresses.transaction(multisig, index)
    return {
        "program_config": addresses.program_config(),
        "multisig": addresses.multisig(key(given["create_key"])),
        "vault": addresses.vault(multisig, given["vault_index"]),
        "transaction": transaction,
        "proposal": addresses.proposal(multisig, index),
        "ephemeral_signer": addresses.ephemeral_signer(transaction.address, given["ephemeral_index"]),
        "spending_limit": addresses.spending_limit(multisig, key(given["spending_limit_create_key"])),
        "batch_transaction": addresses.batch_item(multisig, index, given["batch_transaction_index"]),
        "transaction_buffer": addresses.transaction_buffer(
            multisig, key(given["buffer_creator"]), given["buffer_index"]
        ),
    }


def built(instruction: Instruction, pdas: Vector | None = None, **rest: str) -> Vector:
    metas = [
        {"pubkey": str(meta.pubkey), "signer": meta.is_signer, "writable": meta.is_writable}
        for meta in instruction.accounts
    ]
    found = {"program_id": str(instruction.program_id), "data": instruction.data.hex(), "accounts": metas, **rest}
    return found | ({"pdas": pdas} if pdas else {})


def place(given: Vector) -> tuple[Pubkey, int]:
    return key(given["multisig"]), int(given["transaction_index"])


def vault_transaction_create(given: Vector) -> Vector:
    at = place(given)
    compiled = compile_message(
        key(given["payer_key"]), list(map(inner, given["inner_instructions"])), tables(given["lookup_tables"])
    )
    message = COMPACT_MESSAGE.encode(compiled, "message")
    assert COMPACT_MESSAGE.decode(message, "message") == compiled
    transaction = addresses.transaction(*at)
    made = instructions.vault_transaction_create(
        *at,
        key(given["creator"]),
        message,
        vault_index=given["vault_index"],
        ephemeral_signers=given["ephemeral_signers"],
        rent_payer=optional(given["rent_payer"]),
        memo=given["memo"],
    )
    count = given["ephemeral_signers"]
    ephemeral = [told(addresses.ephemeral_signer(transaction.address, number)) for number in range(count)]
    vault = addresses.vault(at[0], given["vault_index"])
    derived = {"vault": told(vault), "transaction": told(transaction), "ephemeral_signers": ephemeral}
    return built(made, derived, transaction_message=message.hex())


def vault_transaction_execute(given: Vector) -> Vector:
    stored = decode_as(VaultTransaction, bare(given["vault_transaction_account"]))
    known = {table.address: table for table in tables(given["lookup_tables"])}
    assert (stored.multisig, stored.index) == place(given)
    return built(instructions.vault_transaction_execute(stored, key(given["member"]), known))


def config_transaction_create(given: Vector) -> Vector:
    made = instructions.config_transaction_create(
        *place(given),
        key(given["creator"]),
        [ACTIONS[action["kind"]](action) for action in given["actions"]],
        rent_payer=optional(given["rent_payer"]),
        memo=given["memo"],
    )
    return built(made, {"transaction": told(addresses.transaction(*place(given)))})


def multisig_create(given: Vector) -> Vector:
    made = control.multisig_create_v2(
        key(given["treasury"]),
        key(given["creator"]),
        key(given["create_key"]),
        members=list(map(member, given["members"])),
        threshold=given["threshold"],
        time_lock_s=given["time_lock"],
        config_authority=optional(given["config_authority"]),
        rent_collector=optional(given["rent_collector"]),
        memo=given["memo"],
    )
    multisig, config = addresses.multisig(key(given["create_key"])), addresses.program_config()
    return built(made, {"multisig": told(multisig), "program_config": told(config)})


def spending_limit_use(given: Vector) -> Vector:
    token = optional(given["token_program"])
    return built(
        instructions.spending_limit_use(
            key(given["multisig"]),
            key(given["member"]),
            key(given["spending_limit"]),
            key(given["destination"]),
            vault_index=given["vault_index"],
            amount=int(given["amount"]),
            decimals=given["decimals"],
            mint=optional(given["mint"]),
            memo=given["memo"],
            **({} if token is None else {"token_program": token}),
        )
    )


def buffer_create(given: Vector) -> Vector:
    message, at = bytes.fromhex(given["final_buffer"]), (key(given["multisig"]), key(given["creator"]))
    made = buffers.transaction_buffer_create(
        *at,
        message,
        vault_index=given["vault_index"],
        buffer_index=given["buffer_index"],
        first_bytes=given["first_slice_len"],
        rent_payer=optional(given["rent_payer"]),
    )
    address = addresses.transaction_buffer(*at, given["buffer_index"]).address
    digest = made.data[10:42].hex()
    return built(made, {"transaction_buffer": {"address": str(address)}}, final_buffer_hash=digest)


def from_buffer(given: Vector) -> Vector:
    return built(
        buffers.vault_transaction_create_from_buffer(
            *place(given),
            key(given["creator"]),
            vault_index=given["vault_index"],
            buffer_index=given["buffer_index"],
            ephemeral_signers=given["ephemeral_signers"],
            rent_payer=optional(given["rent_payer"]),
            memo=given["memo"],
        )
    )


def vote(build: Callable[[Pubkey, int, Pubkey, str | None], Instruction]) -> Callable[[Vector], Vector]:
    def answered(given: Vector) -> Vector:
        made = build(*place(given), key(given["member"]), given["memo"])
        return built(made, {"proposal": told(addresses.proposal(*place(given)))})

    return answered


def closed(build: Callable[[Pubkey, int, Pubkey], Instruction]) -> Callable[[Vector], Vector]:
    return lambda given: built(build(*place(given), key(given["rent_collector"])))


def proposal_create(given: Vector) -> Vector:
    payer = optional(given["rent_payer"])
    made = instructions.proposal_create(*place(given), key(given["creator"]), draft=given["draft"], rent_payer=payer)
    return built(made, {"proposal": told(addresses.proposal(*place(given)))})


def config_transaction_execute(given: Vector) -> Vector:
    return built(
        instructions.config_transaction_execute(
            *place(given),
            key(given["member"]),
            rent_payer=optional(given["rent_payer"]),
            spending_limits=list(map(key, given["spending_limits"] or [])),
        )
    )


def add_spending_limit(given: Vector) -> Vector:
    multisig, authority, payer = (key(given[name]) for name in ("multisig", "config_authority", "rent_payer"))
    made = control.multisig_add_spending_limit(multisig, authority, payer, limit(given), given["memo"])
    return built(made, {"spending_limit": told(addresses.spending_limit(multisig, key(given["create_key"])))})


def remove_spending_limit(given: Vector) -> Vector:
    multisig, authority, collector = (key(given[name]) for name in ("multisig", "config_authority", "rent_collector"))
    spending_limit = key(given["spending_limit"])
    made = control.multisig_remove_spending_limit(multisig, authority, spending_limit, collector, given["memo"])
    return built(made)


def add_member(given: Vector) -> Vector:
    multisig, authority, payer = (key(given[name]) for name in ("multisig", "config_authority", "rent_payer"))
    return built(control.multisig_add_member(multisig, authority, member(given["new_member"]), payer, given["memo"]))


def set_time_lock(given: Vector) -> Vector:
    multisig, authority = key(given["multisig"]), key(given["config_authority"])
    return built(control.multisig_set_time_lock(multisig, authority, given["time_lock"], given["memo"]))


def buffer_extend(given: Vector) -> Vector:
    multisig, creator, piece = key(given["multisig"]), key(given["creator"]), bytes.fromhex(given["slice"])
    return built(buffers.transaction_buffer_extend(multisig, creator, given["buffer_index"], piece))


def buffer_close(given: Vector) -> Vector:
    multisig, creator = key(given["multisig"]), key(given["creator"])
    return built(buffers.transaction_buffer_close(multisig, creator, given["buffer_index"]))


BUILDERS: dict[str, Callable[[Vector], Vector]] = {
    "vaultTransactionCreate": vault_transaction_create,
    "vaultTransactionCreateFromBuffer": from_buffer,
    "vaultTransactionExecute": vault_transaction_execute,
    "vaultTransactionAccountsClose": closed(instructions.vault_transaction_accounts_close),
    "configTransactionCreate": config_transaction_create,
    "configTransactionExecute": config_transaction_execute,
    "configTransactionAccountsClose": closed(instructions.config_transaction_accounts_close),
    "proposalCreate": proposal_create,
    "proposalActivate": lambda given: built(instructions.proposal_activate(*place(given), key(given["member"]))),
    "proposalApprove": vote(instructions.proposal_approve),
    "proposalReject": vote(instructions.proposal_reject),
    "proposalCancel": vote(instructions.proposal_cancel),
    "proposalCancelV2": vote(instructions.proposal_cancel_v2),
    "spendingLimitUse": spending_limit_use,
    "multisigCreateV2": multisig_create,
    "multisigAddMember": add_member,
    "multisigSetTimeLock": set_time_lock,
    "multisigAddSpendingLimit": add_spending_limit,
    "multisigRemoveSpendingLimit": remove_spending_limit,
    "transactionBufferCreate": buffer_create,
    "transactionBufferExtend": buffer_extend,
    "transactionBufferClose": buffer_close,
}
