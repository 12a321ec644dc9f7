"""One vault on its own chain, with a holder for every role."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, frozen
from eth_account import Account
from eth_utils.crypto import keccak
from tests.unit.contracts.chain import CHAIN_ID, Chain, Contract, Reverted

from ballast.adapters.evm.artifacts import VAULT_BUILD, load_artifact

BTC = 10**8
ONE = 10**18
HOUR_S, DAY_S = 3600, 86_400
FOREVER = 2**256 - 1

ALICE, BOB, MALLORY = ("0x" + pair * 20 for pair in ("a1", "b0", "66"))
CUSTODY, ADMIN, PUBLISHER, FULFILLER, REVIEWER, GATEKEEPER = (
    "0x" + pair * 20 for pair in ("c5", "ad", "9b", "f0", "4e", "6a")
)
SIGNER_KEY, OTHER_KEY = keccak(text="price signer"), keccak(text="somebody else")
SIGNER: str = Account.from_key(SIGNER_KEY).address.lower()

# The faults are planted in copies: the suite then runs on the build that this variable names.
BUILD_VARIABLE = "BALLAST_VAULT_BUILD"
VAULT = load_artifact(Path(os.environ.get(BUILD_VARIABLE, VAULT_BUILD)))
TOKEN = load_artifact(Path(__file__).with_name("TestToken.json"))

_QUOTE_TYPE = [("seq", "uint64"), ("valuedAt", "uint64"), ("entryPrice", "uint128"), ("exitPrice", "uint128")]


@frozen
class Terms:
    """What the vault is constructed with; bps, seconds and satoshi."""

    custody: str = CUSTODY
    step_bps_max: int = 100
    spread_bps_max: int = 300
    age_s_max: int = HOUR_S
    interval_s_min: int = 60
    caps: tuple[int, int, int, int] = (50 * BTC, 200 * BTC, 40 * BTC, 150 * BTC)
    delays_s: tuple[int, int, int] = (2 * DAY_S, 2 * DAY_S, 3 * DAY_S)


Quote = tuple[int, int, int, int]


@define
class Rig:
    """The vault, its asset, and the moves most tests begin with."""

    chain: Chain
    token: Contract
    vault: Contract

    def ask_deposit(self, user: str, assets: int) -> int:
        """Give a user BTC and have it asked in; returns the request's id."""
        self.token.send(user, "mint", user, assets)
        self.token.send(user, "approve", self.vault.address, FOREVER)
        return int(self.vault.send(user, "requestDeposit", assets, user, user))

    def ask_redeem(self, user: str, shares: int) -> int:
        """Have a user ask shares out; returns the request's id."""
        return int(self.vault.send(user, "requestRedeem", shares, user, user))

    def quote(self, entry: int = 1006 * ONE // 1000, exit_: int = 994 * ONE // 1000) -> Quote:
        """Return the next quote in order, valued now."""
        return self.vault.read("quote")[0] + 1, self.chain.time_s, entry, exit_

    def publish(self, quote: Quote | None = None, key: bytes = SIGNER_KEY) -> int:
        """Sign and send a quote a minute from now, or the one that is given; returns its number."""
        if quote is None:
            self.chain.mine(60)
            quote = self.quote()
        self.vault.send(PUBLISHER, "publish", quote, sign_quote(quote, self.vault.address, key))
        return quote[0]

    def fulfil(self, request_id: int) -> int:
        """Fulfil at a fresh quote; returns the shares or assets."""
        return int(self.vault.send(FULFILLER, "fulfil", request_id, self.publish()))

    def shareholder(self, user: str, assets: int) -> int:
        """Make a user the holder of claimed shares, the BTC still in the vault; returns the shares."""
        shares = self.fulfil(self.ask_deposit(user, assets))
        self.vault.send(user, "deposit", assets, user)
        return shares

    def allow(self, user: str, operator: str, *, approved: bool = True) -> None:
        """Have a user make another its operator, or no longer."""
        self.vault.send(user, "setOperator", operator, approved)

    def held(self) -> int:
        """Return the asset's balance of the vault."""
        return int(self.token.read("balanceOf", self.vault.address))


def make_rig(terms: Terms | None = None) -> Rig:
    """Deploy the asset and the vault."""
    chain = Chain()
    token = chain.deploy(TOKEN, ADMIN)
    return Rig(chain, token, deploy_vault(chain, token, terms or Terms()))


def deploy_vault(chain: Chain, asset: Contract, terms: Terms) -> Contract:
    """Deploy a vault over an asset."""
    holders = (ADMIN, SIGNER, PUBLISHER, FULFILLER, REVIEWER, GATEKEEPER)
    bounds = (terms.step_bps_max, terms.spread_bps_max, terms.age_s_max, terms.interval_s_min)
    return chain.deploy(VAULT, ADMIN, asset.address, terms.custody, holders, bounds, terms.caps, terms.delays_s)


def with_caps(*caps: int) -> Rig:
    """Deploy a vault with other caps: mint per block, per day, reserve per block, per day."""
    mint_block, mint_day, reserve_block, reserve_day = caps
    return make_rig(evolve(Terms(), caps=(mint_block, mint_day, reserve_block, reserve_day)))


def sign_quote(quote: Quote, vault: str, key: bytes = SIGNER_KEY, chain_id: int = CHAIN_ID) -> bytes:
    """Sign a quote as EIP-712 data with eth-account."""
    message: dict[str, Any] = {
        "domain": {"name": "Ballast Vault", "version": "1", "chainId": chain_id, "verifyingContract": vault},
        "types": {"Quote": [{"name": name, "type": kind} for name, kind in _QUOTE_TYPE]},
        "primaryType": "Quote",
        "message": dict(zip((name for name, _ in _QUOTE_TYPE), quote, strict=True)),
    }
    return bytes(Account.sign_typed_data(key, full_message=_with_domain(message)).signature)


def _with_domain(message: dict[str, Any]) -> dict[str, Any]:
    kinds = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}
    domain = [{"name": name, "type": kind} for name, kind in kinds.items()]
    return {**message, "types": {**message["types"], "EIP712Domain": domain}}


@contextmanager
def refused(name: str) -> Generator[None]:
    """Expect the contract's custom error of this name."""
    with pytest.raises(Reverted) as caught:
        yield
    assert caught.value.name == name, caught.value
