"""Saying what an instruction does, and who gets something by it; what is not known is said to be unknown.

Layouts: the programs' own public interfaces; Jupiter's add and remove liquidity from its interface description of March
2026. An instruction is known only when every byte of it is understood.
"""

import json
from collections.abc import Callable

from attrs import frozen
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.borsh import U8, U32, U64, Codec, option
from ballast.adapters.common.solana.derivation import associated_token_account
from ballast.adapters.common.solana.layout import RawAccount, Reader
from ballast.adapters.common.solana.programs import (
    ASSOCIATED_TOKEN_PROGRAM,
    COMPUTE_BUDGET_PROGRAM,
    JLP_POOL,
    MEMO_PROGRAMS,
    PERPETUALS_PROGRAM,
)
from ballast.adapters.squads.actions import action_text
from ballast.adapters.squads.addresses import PROGRAM
from ballast.adapters.squads.methods import read_call
from ballast.adapters.squads.naming import (
    JLP_MINT,
    NATIVE,
    TOKEN_PROGRAMS,
    Names,
    amount_text,
    custody_mint,
    token_text,
)
from ballast.adapters.squads.plain import plain
from ballast.domain.kernel.errors import InvalidInput

_SYSTEM_TRANSFER = 2
_TOKEN_TRANSFER, _TOKEN_TRANSFER_CHECKED = 3, 12
_ADD_LIQUIDITY = bytes.fromhex("e4a24e1c46db7473")
_REMOVE_LIQUIDITY = bytes.fromhex("e6d7527ff165e392")
_LIQUIDITY_ACCOUNTS = 14


@frozen
class Payee:
    """An account that gets something; `mint` is the token where the instruction states it, NATIVE for SOL."""

    account: Pubkey
    mint: Pubkey | None


@frozen
class Meaning:
    """What an instruction does; of an unknown one `text` carries accounts and data, and `payees` says nothing."""

    program: str
    text: str
    payees: tuple[Payee, ...] = ()
    is_known: bool = True


def meaning(instruction: Instruction, names: Names) -> Meaning:
    """Return what an instruction does, in words."""
    known = _PROGRAMS.get(instruction.program_id)
    if known is None:
        return Meaning(f"UNKNOWN program {instruction.program_id}", raw_text(instruction), is_known=False)
    program, read = known
    try:
        text, payees = read(instruction, names)
    except InvalidInput as error:
        return Meaning(program, f"UNKNOWN instruction ({error}): {raw_text(instruction)}", is_known=False)
    return Meaning(program, text, payees)


def raw_text(instruction: Instruction) -> str:
    """Return an instruction's accounts, with their rights, and its data in hex."""
    rights = {
        (True, True): " signer writable",
        (True, False): " signer",
        (False, True): " writable",
        (False, False): "",
    }
    metas = [f"{meta.pubkey}{rights[meta.is_signer, meta.is_writable]}" for meta in instruction.accounts]
    return f"accounts [{', '.join(metas)}], data {instruction.data.hex() or 'empty'}"


Said = tuple[str, tuple[Payee, ...]]


def _fields(instruction: Instruction, name: str, skip: int, *codecs: Codec[int]) -> list[int]:
    """Read the numbers behind an instruction's tag, which must be all there is."""
    reader = Reader(RawAccount(name, None, None, instruction.data), skip)
    numbers = [codec.read(reader, f"argument {place}") for place, codec in enumerate(codecs, 1)]
    if reader.remaining:
        reader.refuse("end", "no more bytes", str(reader.remaining))
    return numbers


def _keys(instruction: Instruction, name: str, count: int) -> list[Pubkey]:
    if len(instruction.accounts) < count:
        raise InvalidInput(f"{name}: accounts", f"at least {count}", str(len(instruction.accounts)))
    return [meta.pubkey for meta in instruction.accounts]


def _tag(instruction: Instruction, width: int) -> int:
    return int.from_bytes(instruction.data[:width], "little") if len(instruction.data) >= width else -1


def _unknown(name: str, instruction: Instruction) -> InvalidInput:
    return InvalidInput(name, "an instruction that is known", instruction.data[:8].hex() or "no data")


def _system(instruction: Instruction, names: Names) -> Said:
    tag = _tag(instruction, 4)
    if tag == _SYSTEM_TRANSFER:
        (lamports,) = _fields(instruction, "transfer", 4, U64)
        source, target = _keys(instruction, "transfer", 2)[:2]
        text = f"send {amount_text(lamports, NATIVE)} from {names[source]} to {names[target]}"
        return text, (Payee(target, NATIVE),)
    raise _unknown("system", instruction)


def _token(instruction: Instruction, names: Names) -> Said:
    tag = _tag(instruction, 1)
    if tag == _TOKEN_TRANSFER_CHECKED:
        units, decimals = _fields(instruction, "transferChecked", 1, U64, U8)
        source, mint, target, authority = _keys(instruction, "transferChecked", 4)[:4]
        return _transfer_text(amount_text(units, mint, decimals), source, target, authority, names), (
            Payee(target, mint),
        )
    if tag == _TOKEN_TRANSFER:
        (units,) = _fields(instruction, "transfer", 1, U64)
        source, target, authority = _keys(instruction, "transfer", 3)[:3]
        held = names.mint_of(source)
        return _transfer_text(amount_text(units, held), source, target, authority, names), (Payee(target, held),)
    raise _unknown("token", instruction)


def _transfer_text(amount: str, source: Pubkey, target: Pubkey, authority: Pubkey, names: Names) -> str:
    return f"send {amount} from {names[source]} to {names[target]}, signed by {names[authority]}"


def _associated(instruction: Instruction, names: Names) -> Said:
    if instruction.data not in (b"", b"\0", b"\1"):
        raise _unknown("associated token", instruction)
    payer, account, wallet, mint, _, token_program = _keys(instruction, "create", 6)[:6]
    if associated_token_account(wallet, mint, token_program) != account:
        raise InvalidInput("create: account", f"the one of {wallet} for {mint}", str(account))
    where = " unless it is there" if instruction.data == b"\1" else ""
    text = f"open {names[wallet]}'s {token_text(mint)} account ({account}){where}, paid by {names[payer]}"
    return text, (Payee(wallet, None),)


def _budget(instruction: Instruction, _: Names) -> Said:
    settings = {
        1: ("ask for a heap of {:,} bytes", U32),
        2: ("limit compute to {:,} units", U32),
        3: ("offer {:,} micro-lamports for each compute unit", U64),
        4: ("limit the accounts' data to {:,} bytes", U32),
    }
    found = settings.get(_tag(instruction, 1))
    if found is None:
        raise _unknown("compute budget", instruction)
    text, codec = found
    (number,) = _fields(instruction, "compute budget", 1, codec)
    return text.format(number), ()


def _memo(instruction: Instruction, _: Names) -> Said:
    try:
        text = instruction.data.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("memo", "UTF-8 text", error.reason) from None
    # Whoever wrote the memo is a stranger: as a quoted literal it cannot steer a terminal or break the line.
    return f"note {text!r}", ()


def _liquidity(instruction: Instruction, names: Names) -> Said:
    keys = _keys(instruction, "liquidity", _LIQUIDITY_ACCOUNTS)
    own, jlp_account, pool, custody, jlp_mint = keys[1], keys[2], keys[5], keys[6], keys[10]
    mint = custody_mint(custody)
    if str(pool) != JLP_POOL or jlp_mint != JLP_MINT or mint is None:
        raise InvalidInput("liquidity", "the JLP pool, its token and one of its known custodies", f"{pool}, {custody}")
    tag = instruction.data[:8]
    if tag == _ADD_LIQUIDITY:
        return _add_liquidity(instruction, names, (own, mint), jlp_account)
    if tag == _REMOVE_LIQUIDITY:
        units, least = _fields(instruction, "removeLiquidity2", 8, U64, U64)
        text = f"redeem {amount_text(units, JLP_MINT)} from {names[jlp_account]} for at least"
        return f"{text} {amount_text(least, mint)} to {names[own]}", (Payee(own, mint),)
    raise _unknown("perpetuals", instruction)


def _add_liquidity(instruction: Instruction, names: Names, funding: tuple[Pubkey, Pubkey], jlp_account: Pubkey) -> Said:
    source, mint = funding
    reader = Reader(RawAccount("addLiquidity2", None, None, instruction.data), 8)
    units, least = U64.read(reader, "tokenAmountIn"), U64.read(reader, "minLpAmountOut")
    before_swap = option(U64).read(reader, "tokenAmountPreSwap")
    if reader.remaining:
        reader.refuse("end", "no more bytes", str(reader.remaining))
    swapped = "" if before_swap is None else f" (before a swap: {amount_text(before_swap, mint)})"
    text = f"pay {amount_text(units, mint)}{swapped} from {names[source]} for at least"
    return f"{text} {amount_text(least, JLP_MINT)} to {names[jlp_account]}", (Payee(jlp_account, JLP_MINT),)


def _squads(instruction: Instruction, _: Names) -> Said:
    call = read_call(instruction)
    arguments = dict(call.arguments)
    actions = [action_text(action) for action in arguments.pop("actions", ())]
    texts = [f"{name} {json.dumps(plain(value))}" for name, value in arguments.items() if value is not None]
    accounts = [f"{name} {key}" for name, key in call.accounts.items() if key is not None]
    said = "; ".join([*actions, *texts, *accounts, *(f"and {key}" for key in call.rest)])
    return f"{call.method.replace('_', ' ')}: {said}", ()


_PROGRAMS: dict[Pubkey, tuple[str, Callable[[Instruction, Names], Said]]] = {
    NATIVE: ("System", _system),
    TOKEN_PROGRAMS[0]: ("SPL Token", _token),
    TOKEN_PROGRAMS[1]: ("Token-2022", _token),
    Pubkey.from_string(ASSOCIATED_TOKEN_PROGRAM): ("Associated Token", _associated),
    Pubkey.from_string(COMPUTE_BUDGET_PROGRAM): ("Compute Budget", _budget),
    Pubkey.from_string(PERPETUALS_PROGRAM): ("Jupiter Perpetuals", _liquidity),
    PROGRAM: ("Squads", _squads),
    **{Pubkey.from_string(memo): ("Memo", _memo) for memo in MEMO_PROGRAMS},
}
