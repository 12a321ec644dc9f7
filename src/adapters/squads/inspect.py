"""What `ballast treasury inspect` shows: accounts of the treasury in words for a human signer."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import frozen

from ballast.adapters.common.solana.files import Skipped
from ballast.adapters.squads import addresses, rules
from ballast.adapters.squads.actions import action_text, destinations_text, limit_text, mask_text
from ballast.adapters.squads.codecs import COMPACT_MESSAGE
from ballast.adapters.squads.message import decompile, missing_tables, static_metas
from ballast.adapters.squads.model import (
    Batch,
    ConfigTransaction,
    Message,
    Multisig,
    ProgramConfig,
    Proposal,
    SpendingLimit,
    SquadsAccount,
    Status,
    TransactionBuffer,
    VaultBatchTransaction,
    VaultTransaction,
)
from ballast.adapters.squads.naming import NATIVE, Names, amount_text
from ballast.adapters.squads.plain import plain
from ballast.adapters.squads.reading import Decoded, TreasuryAccounts, read_treasury
from ballast.adapters.squads.words import meaning
from ballast.domain.kernel.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_S_MAX = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)


@frozen
class Words:
    """What to read about an account, and what to be warned of before signing."""

    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@frozen(kw_only=True)
class Finding:
    """One account in words, with its fields."""

    title: str
    source: str
    address: str | None
    words: Words
    account: SquadsAccount

    def to_json(self) -> dict[str, object]:
        """Return the account as JSON values: `kind` and `fields` for machines, the rest for people."""
        return {
            "kind": type(self.account).__name__,
            "title": self.title,
            "source": self.source,
            "address": self.address,
            "lines": list(self.words.lines),
            "warnings": list(self.words.warnings),
            "fields": plain(self.account),
        }


@frozen
class Inspection:
    """Everything that account files of a treasury say."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]

    def to_json(self) -> dict[str, object]:
        """Return the whole as JSON values."""
        return {
            "accounts": [finding.to_json() for finding in self.findings],
            "skipped": [{"path": str(skipped.path), "reason": skipped.reason} for skipped in self.skipped],
        }


def inspect(paths: Iterable[Path]) -> Inspection:
    """Return what files and folders of account files say; raises InvalidInput for bytes that prove wrong."""
    accounts = read_treasury(paths)
    return Inspection(tuple(_finding(decoded, accounts) for decoded in accounts.decoded), accounts.skipped)


def _finding(decoded: Decoded, accounts: TreasuryAccounts) -> Finding:
    title, words = _said(decoded.account, accounts)
    return Finding(title=title, source=decoded.source, address=decoded.address, words=words, account=decoded.account)


def _said(account: SquadsAccount, accounts: TreasuryAccounts) -> tuple[str, Words]:
    match account:
        case Multisig():
            title, words = f"Multisig {addresses.multisig(account.create_key).address}", _multisig(account)
        case Proposal():
            title, words = f"Proposal {account.transaction_index} of {account.multisig}", _proposal(account, accounts)
        case VaultTransaction():
            title, words = (
                f"Vault transaction {account.index} of {account.multisig}",
                _vault_transaction(account, accounts),
            )
        case ConfigTransaction():
            title, words = f"Config transaction {account.index} of {account.multisig}", _config_transaction(account)
        case SpendingLimit():
            title, words = f"Spending limit of {account.multisig}", _spending_limit(account)
        case Batch():
            title, words = f"Batch {account.index} of {account.multisig}", _batch(account)
        case VaultBatchTransaction():
            title, words = "Item of a batch", _message(account.message, Names.of({}), accounts)
        case TransactionBuffer():
            title, words = (
                f"Transaction buffer {account.buffer_index} of {account.multisig}",
                _buffer(account, accounts),
            )
        case ProgramConfig():
            title, words = "The program's settings", _program_config(account)
    return title, words


def _multisig(multisig: Multisig) -> Words:
    authority = multisig.config_authority
    control = "its own votes" if authority == NATIVE else f"{authority}, without votes"
    lines = [
        f"{multisig.threshold} of {rules.voters(multisig)} voters approve; {multisig.time_lock_s:,} s until execution",
        f"changed by {control}",
        f"{multisig.transaction_index} transactions, those up to {multisig.stale_transaction_index} stale",
        f"rent of closed accounts goes to {multisig.rent_collector or 'nobody: accounts stay'}",
        *(f"{member.key} {mask_text(member.mask)}" for member in multisig.members),
    ]
    warnings = [] if authority == NATIVE else [f"{authority} changes members and threshold alone"]
    try:
        rules.check_sound(multisig)
    except InvalidInput as error:
        warnings.append(f"the program would not keep such rules: {error}")
    return Words(tuple(lines), tuple(warnings))


def _proposal(proposal: Proposal, accounts: TreasuryAccounts) -> Words:
    standing, multisig = proposal.standing, accounts.multisigs.get(proposal.multisig)
    since = "" if standing.since_s is None else f" since {_time(standing.since_s)}"
    lines = [f"{standing.status.value}{since}"]
    votes = {"approved": proposal.approved, "rejected": proposal.rejected, "cancelled": proposal.cancelled}
    lines += [f"{verdict} by {', '.join(map(str, keys))}" for verdict, keys in votes.items() if keys]
    warnings: list[str] = []
    if multisig is None:
        warnings.append("threshold, time lock and members are not known: the multisig is not among the files")
    else:
        lines += _outlook(proposal, multisig)
        voted = {key for keys in votes.values() for key in keys}
        strangers = [key for key in voted if rules.permissions(multisig, key) is None]
        warnings += [f"{key} voted and is no member now" for key in sorted(map(str, strangers))]
    if (proposal.multisig, proposal.transaction_index) not in accounts.transactions:
        warnings.append("what it is about is not known: the transaction is not among the files")
    return Words(tuple(lines), tuple(warnings))


def _outlook(proposal: Proposal, multisig: Multisig) -> list[str]:
    """Say what a proposal still needs."""
    status, is_stale = proposal.standing.status, rules.is_stale(multisig, proposal.transaction_index)
    if status in (Status.DRAFT, Status.ACTIVE):
        if is_stale:
            return ["stale: the rules changed since, it can no longer be approved"]
        missing, needed = rules.approvals_missing(multisig, proposal), rules.rejections_needed(multisig)
        return [f"{missing} more approvals needed; {needed} rejections end it"]
    from_s = rules.executable_from_s(multisig, proposal)
    if from_s is None:
        return []
    stale = "; stale: a vault transaction is still executed, a config transaction not" if is_stale else ""
    return [f"executable from {_time(from_s)} on{stale}"]


def _vault_transaction(transaction: VaultTransaction, accounts: TreasuryAccounts) -> Words:
    vault = addresses.vault(transaction.multisig, transaction.vault_index).address
    own = addresses.transaction(transaction.multisig, transaction.index).address
    count = len(transaction.ephemeral_signer_bumps)
    signing = {vault: f"vault {transaction.vault_index}"}
    signing |= {
        addresses.ephemeral_signer(own, number).address: f"ephemeral signer {number}" for number in range(count)
    }
    words = _message(transaction.message, Names.of(signing), accounts)
    extra = [
        f"{meta.pubkey} must sign the execution too"
        for meta in static_metas(transaction.message)
        if meta.is_signer and meta.pubkey not in signing
    ]
    head = f"signed by vault {transaction.vault_index} ({vault}), created by {transaction.creator}"
    return Words((head, *words.lines), (*words.warnings, *extra))


def _message(message: Message, names: Names, accounts: TreasuryAccounts) -> Words:
    missing = missing_tables(message, accounts.tables)
    if missing:
        tables = ", ".join(map(str, missing))
        count = len(message.instructions)
        return Words((f"{count} instructions",), (f"not readable: lookup tables {tables} are not among the files",))
    lines: list[str] = []
    warnings: list[str] = []
    for place, instruction in enumerate(decompile(message, accounts.tables), 1):
        found = meaning(instruction, names)
        lines.append(f"{place}. {found.program}: {found.text}")
        if not found.is_known:
            warnings.append(f"instruction {place} is unknown: nobody can say here what it does")
    return Words(tuple(lines), tuple(warnings))


def _config_transaction(transaction: ConfigTransaction) -> Words:
    lines = [f"{place}. {action_text(action)}" for place, action in enumerate(transaction.actions, 1)]
    return Words((f"changes the multisig itself, created by {transaction.creator}", *lines))


def _spending_limit(limit: SpendingLimit) -> Words:
    lines = (
        f"{limit_text(limit.amount, limit.mint, limit.period, limit.members)} from vault {limit.vault_index}",
        f"{destinations_text(limit.destinations)}, without votes and without time lock",
        f"{amount_text(limit.remaining_amount, limit.mint)} left of the period that began {_time(limit.last_reset_s)}",
    )
    return Words(lines, () if limit.destinations else ("any destination is allowed",))


def _batch(batch: Batch) -> Words:
    done = f"{batch.executed_transaction_index} of {batch.size} items executed"
    return Words((f"signed by vault {batch.vault_index}, created by {batch.creator}", done))


def _buffer(buffer: TransactionBuffer, accounts: TreasuryAccounts) -> Words:
    size = f"{len(buffer.buffer):,} of {buffer.final_buffer_size:,} bytes, gathered by {buffer.creator}"
    if len(buffer.buffer) < buffer.final_buffer_size:
        return Words((size,), ("the message is not whole yet",))
    vault = addresses.vault(buffer.multisig, buffer.vault_index).address
    try:
        message = COMPACT_MESSAGE.decode(buffer.buffer, "message")
    except InvalidInput as error:
        return Words((size,), (f"no message of a vault: {error}",))
    words = _message(message, Names.of({vault: f"vault {buffer.vault_index}"}), accounts)
    return Words((size, *words.lines), words.warnings)


def _program_config(config: ProgramConfig) -> Words:
    fee = f"a new multisig costs {amount_text(config.multisig_creation_fee, NATIVE)}, paid to {config.treasury}"
    return Words((fee, f"changed by {config.authority}"))


def _time(seconds: int) -> str:
    """Return Unix seconds as a UTC time; the program's field is wider than any calendar."""
    if not 0 <= seconds <= _TIME_S_MAX:
        return f"Unix second {seconds}"
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"
