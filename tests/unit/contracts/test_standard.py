"""What ERC-7540, 7575, 4626 and 165 ask for by number."""

from functools import reduce

import pytest
from eth_utils.crypto import keccak
from tests.unit.contracts.rig import ALICE, BTC, ONE, Rig, refused

OPERATORS = ("setOperator(address,bool)", "isOperator(address,address)")
ASYNC_DEPOSIT = (
    "requestDeposit(uint256,address,address)", "pendingDepositRequest(uint256,address)",
    "claimableDepositRequest(uint256,address)", "deposit(uint256,address,address)", "mint(uint256,address,address)",
)  # fmt: skip
ASYNC_REDEEM = (
    "requestRedeem(uint256,address,address)", "pendingRedeemRequest(uint256,address)",
    "claimableRedeemRequest(uint256,address)",
)  # fmt: skip
ERC7575 = (
    "asset()", "share()", "convertToShares(uint256)", "convertToAssets(uint256)", "totalAssets()",
    "maxDeposit(address)", "previewDeposit(uint256)", "deposit(uint256,address)", "maxMint(address)",
    "previewMint(uint256)", "mint(uint256,address)", "maxWithdraw(address)", "previewWithdraw(uint256)",
    "withdraw(uint256,address,address)", "maxRedeem(address)", "previewRedeem(uint256)",
    "redeem(uint256,address,address)",
)  # fmt: skip


def interface_id(functions: tuple[str, ...]) -> bytes:
    selectors = (int.from_bytes(keccak(text=function)[:4]) for function in functions)
    return reduce(int.__xor__, selectors).to_bytes(4)


@pytest.mark.parametrize(
    ("functions", "expected"),
    [
        (OPERATORS, "e3bc4e65"),
        (ASYNC_DEPOSIT, "ce3bbe50"),
        (ASYNC_REDEEM, "620ee8e4"),
        (ERC7575, "2f0a18c5"),
        (("supportsInterface(bytes4)",), "01ffc9a7"),
    ],
)
def test_the_vault_supports_the_interfaces_of_the_standards(
    rig: Rig, functions: tuple[str, ...], expected: str
) -> None:
    assert interface_id(functions).hex() == expected
    assert rig.vault.read("supportsInterface", bytes.fromhex(expected))


@pytest.mark.parametrize("unknown", ["ffffffff", "8bf840e3"])
def test_the_vault_supports_no_other_interface(rig: Rig, unknown: str) -> None:
    assert not rig.vault.read("supportsInterface", bytes.fromhex(unknown))


def test_the_vault_answers_every_function_of_the_standards(rig: Rig) -> None:
    known = {
        f"{entry['name']}({','.join(value['type'] for value in entry['inputs'])})"
        for entry in rig.vault.abi
        if entry["type"] == "function"
    }
    assert {*OPERATORS, *ASYNC_DEPOSIT, *ASYNC_REDEEM, *ERC7575} <= known


def test_the_share_is_the_vault_with_eight_decimals(rig: Rig) -> None:
    assert rig.vault.read("share") == rig.vault.address
    assert rig.vault.read("asset") == rig.token.address
    assert rig.vault.read("decimals") == 8


@pytest.mark.parametrize("preview", ["previewDeposit", "previewMint", "previewWithdraw", "previewRedeem"])
def test_an_asynchronous_flow_has_no_preview(rig: Rig, preview: str) -> None:
    with refused("PreviewNotPossible"):
        rig.vault.read(preview, 1)


def test_conversions_round_down_at_the_quote_in_force(rig: Rig) -> None:
    rig.shareholder(ALICE, BTC)
    assert rig.vault.read("convertToShares", BTC) == BTC * 1000 // 1006
    assert rig.vault.read("convertToAssets", BTC + 1) == (BTC + 1) * 994 // 1000
    assert rig.vault.read("totalAssets") == rig.vault.read("totalSupply") * 994 // 1000
    assert rig.vault.read("PRICE_ONE") == ONE


def test_events_and_topics_are_the_standards(rig: Rig) -> None:
    rig.ask_deposit(ALICE, BTC)
    assert rig.chain.logs()[0][0][0].startswith("0xbb58420b")
