"""The check before our signer approves: what the chain stores is what was meant, and pays whom it may pay.

The program itself puts no rule on what a vault pays to. So the stored message is read back and held against the intent
and, on its own, against the whitelist: neither a wrong proposal nor a wrong intent gets our vote.
"""

from typing import NoReturn

from attrs import frozen
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from ballast.adapters.squads import addresses
from ballast.adapters.squads.message import Tables, compile_message, decompile, missing_tables, static_metas
from ballast.adapters.squads.model import Message, VaultTransaction
from ballast.adapters.squads.naming import Names
from ballast.adapters.squads.words import Meaning, Payee, meaning, raw_text
from ballast.domain.kernel.errors import NotAllowed


@frozen(kw_only=True)
class Intent:
    """What was meant: the instructions a vault of a multisig is to sign, in order."""

    multisig: Pubkey
    vault_index: int
    instructions: tuple[Instruction, ...]
    ephemeral_signers: int = 0


@frozen(kw_only=True)
class Whitelist:
    """Which programs a vault may call, and which wallets (owners, not token accounts) it may pay besides itself."""

    programs: frozenset[Pubkey]
    wallets: frozenset[Pubkey]


def check_approval(
    stored: VaultTransaction, tables: Tables, intent: Intent, whitelist: Whitelist
) -> tuple[Meaning, ...]:
    """Return what a stored transaction does, in words, when it is the intent's and keeps to the whitelist.

    `stored` is decoded from the transaction's own address, `tables` are the lookup tables as the chain holds them.
    Raises NotAllowed naming the first thing that differs.
    """
    _same("multisig", str(intent.multisig), str(stored.multisig))
    _same("vault index", str(intent.vault_index), str(stored.vault_index))
    _same("ephemeral signers", str(intent.ephemeral_signers), str(len(stored.ephemeral_signer_bumps)))
    missing = missing_tables(stored.message, tables)
    if missing:
        _refuse("lookup tables", "all that the message loads from", f"without {', '.join(map(str, missing))}")
    vault = addresses.vault(stored.multisig, stored.vault_index).address
    _check_signers(stored, vault)
    names = Names.of({vault: "the vault", **dict.fromkeys(whitelist.wallets, "a whitelisted wallet")})
    found = decompile(stored.message, tables)
    _check_intended(found, decompile(_intended(intent, vault), {}), names)
    return tuple(_check_listed(place, instruction, names, whitelist) for place, instruction in enumerate(found, 1))


def _intended(intent: Intent, vault: Pubkey) -> Message:
    """Compile the intent, so that its accounts carry the rights they have in a message as a whole."""
    return compile_message(vault, intent.instructions)


def _check_signers(stored: VaultTransaction, vault: Pubkey) -> None:
    own = addresses.transaction(stored.multisig, stored.index).address
    count = len(stored.ephemeral_signer_bumps)
    signing = {vault, *(addresses.ephemeral_signer(own, number).address for number in range(count))}
    for meta in static_metas(stored.message):
        if meta.is_signer and meta.pubkey not in signing:
            _refuse("signers", "the vault and ephemeral signers only", str(meta.pubkey))


def _check_intended(found: tuple[Instruction, ...], expected: tuple[Instruction, ...], names: Names) -> None:
    _same("count of instructions", str(len(expected)), str(len(found)))
    for place, (ours, theirs) in enumerate(zip(expected, found, strict=True), 1):
        name = f"instruction {place}"
        _same(f"{name} program", str(ours.program_id), str(theirs.program_id))
        if ours.data != theirs.data:
            _refuse(f"{name} data", meaning(ours, names).text, meaning(theirs, names).text)
        if ours.accounts != theirs.accounts:
            _refuse(f"{name} accounts", raw_text(ours), raw_text(theirs))


def _check_listed(place: int, instruction: Instruction, names: Names, whitelist: Whitelist) -> Meaning:
    name = f"instruction {place}"
    if instruction.program_id not in whitelist.programs:
        _refuse(f"{name} program", "one of the whitelist", str(instruction.program_id))
    found = meaning(instruction, names)
    if not found.is_known:
        _refuse(name, "one that is understood", f"{found.program}: {found.text}")
    for payee in found.payees:
        if not _is_listed(payee, names):
            _refuse(f"{name} destination", "the vault or a wallet of the whitelist", str(payee.account))
    return found


def _is_listed(payee: Payee, names: Names) -> bool:
    """Say whether a named wallet gets it, itself or on its account for the token, whichever that is."""
    if names.owner_of(payee.account) is not None:
        return True
    stated = () if payee.mint is None else (payee.mint,)
    return Names.of(names.owners, stated).owner_of(payee.account) is not None


def _same(part: str, expected: str, found: str) -> None:
    if expected != found:
        _refuse(part, expected, found)


def _refuse(part: str, expected: str, found: str) -> NoReturn:
    message = f"not approved: {part} should be {expected}, is {found}"
    raise NotAllowed(message, part=part, expected=expected, found=found)
