"""Deployment: keys that nobody prints, a node that must answer, and a real transaction on anvil."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address
from tests.compiled import CONTRACTS, toolchain_lack
from tests.unit.adapters.evm.test_terms import toml
from typer.testing import CliRunner
from web3 import HTTPProvider, Web3

from ballast.adapters.evm.artifacts import load_artifact
from ballast.adapters.evm.deployment import KEY_FILE_VARIABLE, KEY_VARIABLE, deploy_vault, load_key
from ballast.adapters.evm.terms import VaultTerms, read_terms
from ballast.bootstrap.cli.app import app
from ballast.domain.kernel.errors import InvalidInput, NotRecognised, RuleBroken, Unreachable

# The first account of anvil's published mnemonic: it owns test money on local chains only.
ANVIL_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
TOKEN = Path(__file__).parents[2] / "contracts/TestToken.json"


def test_a_key_comes_from_the_environment_and_shows_nowhere() -> None:
    key = load_key({KEY_VARIABLE: ANVIL_KEY})
    assert key.account.address == Account.from_key(ANVIL_KEY).address
    assert ANVIL_KEY[2:] not in repr(key)


def test_a_key_comes_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{ANVIL_KEY}\n", encoding="utf-8")
    path.chmod(0o600)
    assert load_key({KEY_FILE_VARIABLE: str(path)}).account == Account.from_key(ANVIL_KEY)
    path.chmod(0o644)
    with pytest.raises(InvalidInput, match="chmod 600"):
        load_key({KEY_FILE_VARIABLE: str(path)})


def test_a_wrong_key_is_refused_without_being_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        load_key({KEY_VARIABLE: "0xsecret"})
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_key_and_no_file_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(NotRecognised):
        load_key({})
    with pytest.raises(InvalidInput, match="readable"):
        load_key({KEY_FILE_VARIABLE: str(tmp_path / "none")})


def test_a_node_that_does_not_answer_was_sent_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        deploy_vault(
            f"http://127.0.0.1:{free_port()}",
            load_key({KEY_VARIABLE: ANVIL_KEY}),
            terms(tmp_path, "0x" + "1" * 40),
            validate_only=True,
        )


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    if lack := toolchain_lack():
        pytest.skip(lack)
    port = free_port()
    command = [str(CONTRACTS / "node_modules/.bin/anvil"), "--port", str(port), "--hardfork", "shanghai"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as anvil:  # noqa: S603  # ours
        assert anvil.stdout is not None
        assert any("Listening" in line for line in anvil.stdout), "anvil ended before it listened"
        yield f"http://127.0.0.1:{port}"
        anvil.terminate()


@pytest.fixture(scope="module")
def asset(node: str) -> str:
    web3 = Web3(HTTPProvider(node))
    token = load_artifact(TOKEN)
    made = (
        web3.eth.contract(abi=token.abi, bytecode=token.bytecode).constructor().transact({"from": web3.eth.accounts[0]})
    )
    return str(web3.eth.wait_for_transaction_receipt(made)["contractAddress"])


def test_validation_sends_nothing_and_foretells_the_address(node: str, asset: str, tmp_path: Path) -> None:
    key = load_key({KEY_VARIABLE: ANVIL_KEY})
    planned = deploy_vault(node, key, terms(tmp_path, asset), validate_only=True)
    web3 = Web3(HTTPProvider(node))
    assert (planned.state, planned.transaction) == ("validated", "")
    assert not web3.eth.get_code(to_checksum_address(planned.address))
    made = deploy_vault(node, key, terms(tmp_path, asset), validate_only=False)
    assert (made.state, made.address, made.chain_id) == ("confirmed", planned.address, web3.eth.chain_id)
    vault = web3.eth.contract(to_checksum_address(made.address), abi=load_artifact().abi)
    assert vault.functions.asset().call() == asset


def test_the_command_prints_the_address_as_json(
    node: str, asset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, ANVIL_KEY)
    path = terms_file(tmp_path, asset)
    ran = CliRunner().invoke(app, ["vault", "deploy", str(path), "--rpc", node, "--json"])
    assert ran.exit_code == 0, ran.output
    printed = json.loads(ran.output)
    assert printed["state"] == "confirmed"
    assert Web3(HTTPProvider(node)).eth.get_code(printed["address"])
    assert ANVIL_KEY[2:] not in ran.output


def test_an_asset_that_is_no_contract_is_refused(node: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a contract on this chain"):
        deploy_vault(node, load_key({KEY_VARIABLE: ANVIL_KEY}), terms(tmp_path, "0x" + "1" * 40), validate_only=True)


def test_a_deployer_without_money_is_refused(node: str, asset: str, tmp_path: Path) -> None:
    with pytest.raises(RuleBroken):
        deploy_vault(node, load_key({KEY_VARIABLE: "0x" + "01" * 32}), terms(tmp_path, asset), validate_only=True)


def terms_file(folder: Path, asset: str) -> Path:
    path = folder / "terms.toml"
    path.write_text(toml().replace(f"0x{1:040d}", asset, 1), encoding="utf-8")
    return path


def terms(folder: Path, asset: str) -> VaultTerms:
    return read_terms(terms_file(folder, asset))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
