"""Building the program's instructions for proposals, votes, executions and spending; all keys derived from the index.

`rent_payer` None means the creator pays, as in the SDK. Each raises InvalidInput for an argument that has no bytes.
"""

from collections.abc import Sequence

from solders.compute_budget import request_heap_frame
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.derivation import associated_token_account
from ballast.adapters.common.solana.programs import SYSTEM_PROGRAM, TOKEN_PROGRAM
from ballast.adapters.squads import addresses
from ballast.adapters.squads.message import Tables, loaded_metas, static_metas
from ballast.adapters.squads.methods import METHODS
from ballast.adapters.squads.model import ConfigAction, Message, VaultTransaction

SYSTEM = Pubkey.from_string(SYSTEM_PROGRAM)
_TOKEN = Pubkey.from_string(TOKEN_PROGRAM)
# Seen to be enough for 60 inner instructions, which die under the default 32 KiB; the program frees nothing.
HEAP_BYTES = 262_144


def creation_accounts(creator: Pubkey, rent_payer: Pubkey | None) -> dict[str, Pubkey]:
    """Return the accounts that all creating instructions end with."""
    return {"creator": creator, "rent_payer": rent_payer or creator, "system": SYSTEM}


def vault_transaction_create(
    multisig: Pubkey,
    index: int,
    creator: Pubkey,
    message: bytes,
    *,
    vault_index: int,
    ephemeral_signers: int = 0,
    rent_payer: Pubkey | None = None,
    memo: str | None = None,
) -> Instruction:
    """Store a message (in its compact form); `index` must be the multisig's transaction index + 1."""
    return METHODS["vault_transaction_create"].build(
        {
            "multisig": multisig,
            "transaction": addresses.transaction(multisig, index).address,
            **creation_accounts(creator, rent_payer),
        },
        vault_index=vault_index,
        ephemeral_signers=ephemeral_signers,
        transaction_message=message,
        memo=memo,
    )


def vault_transaction_execute(transaction: VaultTransaction, member: Pubkey, tables: Tables) -> Instruction:
    """Carry out an approved message; raises InvalidInput without the lookup tables it needs."""
    multisig, index = transaction.multisig, transaction.index
    own = addresses.transaction(multisig, index).address
    accounts = {
        "multisig": multisig,
        "proposal": addresses.proposal(multisig, index).address,
        "transaction": own,
        "member": member,
    }
    signing = {addresses.vault(multisig, transaction.vault_index).address}
    count = len(transaction.ephemeral_signer_bumps)
    signing |= {addresses.ephemeral_signer(own, number).address for number in range(count)}
    rest = message_accounts(transaction.message, signing, tables)
    return METHODS["vault_transaction_execute"].build(accounts, rest)


def message_accounts(message: Message, signing: set[Pubkey], tables: Tables) -> list[AccountMeta]:
    """Return what an execution lists behind its own accounts: tables, the message's keys, then per table what it loads.

    `signing` are the keys that the program signs for (the vault, ephemeral signers): never signers outside.
    """
    metas = [AccountMeta(lookup.table, is_signer=False, is_writable=False) for lookup in message.lookups]
    metas += [
        AccountMeta(meta.pubkey, is_signer=meta.is_signer and meta.pubkey not in signing, is_writable=meta.is_writable)
        for meta in static_metas(message)
    ]
    return metas + [meta for lookup in message.lookups for meta in loaded_metas(lookup, tables)]


def heap_request() -> Instruction:
    """Ask for the heap that a message of many instructions needs; goes before the execution, outside the message."""
    return request_heap_frame(HEAP_BYTES)


def batch_create(
    multisig: Pubkey,
    index: int,
    creator: Pubkey,
    *,
    vault_index: int,
    rent_payer: Pubkey | None = None,
    memo: str | None = None,
) -> Instruction:
    """Open a batch; `index` must be the multisig's transaction index + 1."""
    batch = addresses.transaction(multisig, index).address
    accounts = {"multisig": multisig, "batch": batch, **creation_accounts(creator, rent_payer)}
    return METHODS["batch_create"].build(accounts, vault_index=vault_index, memo=memo)


def batch_add_transaction(
    multisig: Pubkey,
    index: int,
    item: int,
    member: Pubkey,
    message: bytes,
    *,
    ephemeral_signers: int = 0,
    rent_payer: Pubkey | None = None,
) -> Instruction:
    """Add a message (in its compact form) to a batch as its item (from 1), while the proposal is a draft."""
    accounts = {
        **_batch_accounts(multisig, index, item, member),
        "rent_payer": rent_payer or member,
        "system": SYSTEM,
    }
    return METHODS["batch_add_transaction"].build(
        accounts, ephemeral_signers=ephemeral_signers, transaction_message=message
    )


def batch_execute_transaction(
    multisig: Pubkey, index: int, item: int, member: Pubkey, rest: Sequence[AccountMeta]
) -> Instruction:
    """Carry out the next item of an approved batch; `rest` are its `message_accounts`."""
    return METHODS["batch_execute_transaction"].build(_batch_accounts(multisig, index, item, member), rest)


def _batch_accounts(multisig: Pubkey, index: int, item: int, member: Pubkey) -> dict[str, Pubkey]:
    return {
        "multisig": multisig,
        "proposal": addresses.proposal(multisig, index).address,
        "batch": addresses.transaction(multisig, index).address,
        "transaction": addresses.batch_item(multisig, index, item).address,
        "member": member,
    }


def proposal_create(
    multisig: Pubkey, index: int, creator: Pubkey, *, draft: bool = False, rent_payer: Pubkey | None = None
) -> Instruction:
    """Open the votes on a transaction; a draft cannot be voted on until it is activated."""
    accounts = {
        "multisig": multisig,
        "proposal": addresses.proposal(multisig, index).address,
        **creation_accounts(creator, rent_payer),
    }
    return METHODS["proposal_create"].build(accounts, transaction_index=index, draft=draft)


def proposal_activate(multisig: Pubkey, index: int, member: Pubkey) -> Instruction:
    """Let a draft be voted on."""
    return METHODS["proposal_activate"].build(_vote_accounts(multisig, index, member))


def proposal_approve(multisig: Pubkey, index: int, member: Pubkey, memo: str | None = None) -> Instruction:
    """Vote for an active proposal."""
    return METHODS["proposal_approve"].build(_vote_accounts(multisig, index, member), memo=memo)


def proposal_reject(multisig: Pubkey, index: int, member: Pubkey, memo: str | None = None) -> Instruction:
    """Vote against an active proposal."""
    return METHODS["proposal_reject"].build(_vote_accounts(multisig, index, member), memo=memo)


def proposal_cancel(multisig: Pubkey, index: int, member: Pubkey, memo: str | None = None) -> Instruction:
    """Vote to cancel an approved proposal, in the form that cannot grow its account."""
    return METHODS["proposal_cancel"].build(_vote_accounts(multisig, index, member), memo=memo)


def proposal_cancel_v2(multisig: Pubkey, index: int, member: Pubkey, memo: str | None = None) -> Instruction:
    """Vote to cancel an approved proposal; grows its account where members were added since."""
    accounts = {**_vote_accounts(multisig, index, member), "system": SYSTEM}
    return METHODS["proposal_cancel_v2"].build(accounts, memo=memo)


def _vote_accounts(multisig: Pubkey, index: int, member: Pubkey) -> dict[str, Pubkey]:
    return {"multisig": multisig, "member": member, "proposal": addresses.proposal(multisig, index).address}


def config_transaction_create(
    multisig: Pubkey,
    index: int,
    creator: Pubkey,
    actions: Sequence[ConfigAction],
    *,
    rent_payer: Pubkey | None = None,
    memo: str | None = None,
) -> Instruction:
    """Store changes of the multisig; `index` must be the multisig's transaction index + 1."""
    accounts = {
        "multisig": multisig,
        "transaction": addresses.transaction(multisig, index).address,
        **creation_accounts(creator, rent_payer),
    }
    return METHODS["config_transaction_create"].build(accounts, actions=tuple(actions), memo=memo)


def config_transaction_execute(
    multisig: Pubkey,
    index: int,
    member: Pubkey,
    *,
    rent_payer: Pubkey | None = None,
    spending_limits: Sequence[Pubkey] = (),
) -> Instruction:
    """Carry out approved changes; every spending limit they add or remove is listed, and adding one needs a payer."""
    accounts = {
        "multisig": multisig,
        "member": member,
        "proposal": addresses.proposal(multisig, index).address,
        "transaction": addresses.transaction(multisig, index).address,
        "rent_payer": rent_payer,
        "system": SYSTEM,
    }
    rest = [AccountMeta(limit, is_signer=False, is_writable=True) for limit in spending_limits]
    return METHODS["config_transaction_execute"].build(accounts, rest)


def vault_transaction_accounts_close(multisig: Pubkey, index: int, rent_collector: Pubkey) -> Instruction:
    """Close a finished vault transaction and its proposal; both rents go to the multisig's collector."""
    return METHODS["vault_transaction_accounts_close"].build(_close_accounts(multisig, index, rent_collector))


def config_transaction_accounts_close(multisig: Pubkey, index: int, rent_collector: Pubkey) -> Instruction:
    """Close a finished config transaction and its proposal; both rents go to the multisig's collector."""
    return METHODS["config_transaction_accounts_close"].build(_close_accounts(multisig, index, rent_collector))


def _close_accounts(multisig: Pubkey, index: int, rent_collector: Pubkey) -> dict[str, Pubkey]:
    return {
        "multisig": multisig,
        "proposal": addresses.proposal(multisig, index).address,
        "transaction": addresses.transaction(multisig, index).address,
        "rent_collector": rent_collector,
        "system": SYSTEM,
    }


def spending_limit_use(
    multisig: Pubkey,
    member: Pubkey,
    spending_limit: Pubkey,
    destination: Pubkey,
    *,
    vault_index: int,
    amount: int,
    decimals: int,
    mint: Pubkey | None = None,
    token_program: Pubkey = _TOKEN,
    memo: str | None = None,
) -> Instruction:
    """Send `amount` (whole units) to a wallet without votes; mint None sends SOL, whose decimals are 9."""
    vault = addresses.vault(multisig, vault_index).address
    accounts = {
        "multisig": multisig,
        "member": member,
        "spending_limit": spending_limit,
        "vault": vault,
        "destination": destination,
        "system": SYSTEM,
        "mint": mint,
        "vault_token_account": mint and associated_token_account(vault, mint, token_program),
        "destination_token_account": mint and associated_token_account(destination, mint, token_program),
        "token_program": mint and token_program,
    }
    return METHODS["spending_limit_use"].build(accounts, amount=amount, decimals=decimals, memo=memo)
