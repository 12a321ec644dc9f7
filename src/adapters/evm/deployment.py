"""Putting the vault on a chain: every check first, then one transaction."""

import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from attrs import evolve, field, frozen
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError, TimeExhausted, Web3RPCError
from web3.types import TxParams
from web3.utils.address import get_create_address

from ballast.adapters.evm.artifacts import load_artifact
from ballast.adapters.evm.terms import ASSET_DECIMALS, VaultTerms
from ballast.domain.kernel.errors import InvalidInput, NotRecognised, RuleBroken, Unreachable

KEY_VARIABLE = "BALLAST_DEPLOYER_KEY"
KEY_FILE_VARIABLE = "BALLAST_DEPLOYER_KEY_FILE"
TIMEOUT_S = 30
RECEIPT_TIMEOUT_S = 300
_DECIMALS_ABI: list[dict[str, Any]] = [
    {"type": "function", "name": "decimals", "inputs": [], "outputs": [{"type": "uint8", "name": ""}],
     "stateMutability": "view"}
]  # fmt: skip


@frozen
class DeployerKey:
    """A private key; it does not show in a repr, and so in no log line."""

    account: LocalAccount = field(repr=False)


@frozen
class Deployment:
    """A vault that was put on a chain, or would be.

    `state` is "validated" (nothing was sent), "confirmed", or "unresolved" when no receipt came in time: then the
    transaction, empty when none was sent, is to be followed. `gas` is the estimate until the receipt.
    """

    state: str
    chain_id: int
    deployer: str
    address: str
    transaction: str
    gas: int


def load_key(environment: Mapping[str, str]) -> DeployerKey:
    """Read the deployer's key from BALLAST_DEPLOYER_KEY, or from the file that BALLAST_DEPLOYER_KEY_FILE names.

    Raises NotRecognised when there is none, InvalidInput for a file that others may read or for no key at all.
    """
    if KEY_VARIABLE in environment:
        return _key(KEY_VARIABLE, environment[KEY_VARIABLE])
    if KEY_FILE_VARIABLE in environment:
        return _key(KEY_FILE_VARIABLE, _read_private(Path(environment[KEY_FILE_VARIABLE])))
    raise NotRecognised(f"no deployer key: set {KEY_VARIABLE} or {KEY_FILE_VARIABLE}")


def deploy_vault(rpc_url: str, key: DeployerKey, terms: VaultTerms, *, validate_only: bool) -> Deployment:
    """Check the asset and the constructor on the chain, then send the contract unless only validating.

    Raises Unreachable when the node does not answer before anything was sent, RuleBroken when the chain refuses.
    """
    web3 = Web3(HTTPProvider(rpc_url, request_kwargs={"timeout": TIMEOUT_S}))
    artifact = load_artifact()
    factory = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    with _refusals():
        _check_asset(web3, Web3.to_checksum_address(terms.asset))
        nonce = web3.eth.get_transaction_count(key.account.address)
        transaction = factory.constructor(*terms.arguments()).build_transaction(
            {"from": key.account.address, "nonce": nonce, "chainId": web3.eth.chain_id}
        )
        _check_funds(web3, transaction, key.account.address)
    # Where it will be depends on nothing but the sender and its nonce.
    address = get_create_address(key.account.address, nonce)
    planned = Deployment(
        "validated", int(transaction["chainId"]), key.account.address, address, "", int(transaction["gas"])
    )
    return planned if validate_only else _send(web3, key, transaction, planned)


def _send(web3: Web3, key: DeployerKey, transaction: TxParams, planned: Deployment) -> Deployment:
    signed = key.account.sign_transaction(transaction)  # type: ignore[arg-type]  # eth-account asks for a plain dict
    identity = signed.hash.to_0x_hex()
    try:
        web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = web3.eth.wait_for_transaction_receipt(signed.hash, RECEIPT_TIMEOUT_S)
    except Web3RPCError as refusal:
        raise RuleBroken("deployment", "a transaction the node takes", str(refusal.message)) from refusal
    except (requests.RequestException, TimeExhausted):
        # It may have been taken before the answer was lost.
        return evolve(planned, state="unresolved", transaction=identity)
    if receipt["status"] != 1:
        raise RuleBroken("deployment", "a successful transaction", identity)
    return evolve(planned, state="confirmed", transaction=identity, gas=receipt["gasUsed"])


@contextmanager
def _refusals() -> Generator[None]:
    """Turn what fails before sending into our errors."""
    try:
        yield
    except requests.RequestException as failure:
        raise Unreachable(f"the node did not answer: {type(failure).__name__}") from failure
    except ContractLogicError as refusal:
        raise RuleBroken("constructor", "terms the contract accepts", str(refusal.data)) from refusal
    except Web3RPCError as refusal:
        raise RuleBroken("deployment", "a transaction the node takes", str(refusal.message)) from refusal


def _check_asset(web3: Web3, asset: ChecksumAddress) -> None:
    if not web3.eth.get_code(asset):
        raise InvalidInput("asset", "a contract on this chain", asset)
    decimals = web3.eth.contract(asset, abi=_DECIMALS_ABI).functions.decimals().call()
    if decimals != ASSET_DECIMALS:
        raise InvalidInput("asset", f"a token of {ASSET_DECIMALS} decimals", str(decimals))


def _check_funds(web3: Web3, transaction: TxParams, deployer: ChecksumAddress) -> None:
    most = int(transaction.get("gas", 0)) * int(transaction.get("maxFeePerGas", 0))
    if (balance := web3.eth.get_balance(deployer)) < most:
        raise RuleBroken("deployer's balance", f"{most} wei for gas", str(balance))


def _key(source: str, text: str) -> DeployerKey:
    try:
        return DeployerKey(Account.from_key(text.strip()))
    except (ValueError, TypeError):
        # The library's own words may quote the key, so its error is not kept.
        raise InvalidInput(source, "32 bytes in hex", "something else") from None


def _read_private(path: Path) -> str:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InvalidInput(KEY_FILE_VARIABLE, "a file that only its owner may read (chmod 600)", str(path))
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise InvalidInput(KEY_FILE_VARIABLE, "a readable text file", type(failure).__name__) from failure
