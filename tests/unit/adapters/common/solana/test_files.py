"""Account files in every shape tools write, and how a bad one is refused."""

import base64
import json
from pathlib import Path

import pytest
from tests.unit.adapters.svm.builders import APRIL, FEBRUARY, TRUNCATED, raw_key, recorded, solana_json, write

from ballast.adapters.common.solana.files import read_accounts
from ballast.domain.kernel.errors import InvalidInput

ACCOUNT = recorded("sol_custody")
ADDRESS = ACCOUNT.address or ""
OWNER = ACCOUNT.owner or ""
TEXT = base64.b64encode(ACCOUNT.data).decode()
SHAPES: dict[str, object] = {
    "nested": solana_json(ACCOUNT),
    "flat": {"pubkey": ADDRESS, "owner": OWNER, "data": [TEXT, "base64"]},
    "bytes": {"pubkey": list(raw_key(ADDRESS)), "owner": list(raw_key(OWNER)), "data": list(ACCOUNT.data)},
    f"custody_{ADDRESS}": {"owner": OWNER, "data": [TEXT, "base64"], "space": 2000},
    "reply": {"jsonrpc": "2.0", "result": [solana_json(ACCOUNT)], "id": 1},
}


@pytest.mark.parametrize("stem", SHAPES)
def test_every_shape_gives_the_same_account(stem: str, tmp_path: Path) -> None:
    (found,) = read_accounts([write(tmp_path / f"{stem}.json", SHAPES[stem])]).accounts
    assert (found.address, found.owner, found.data) == (ADDRESS, OWNER, ACCOUNT.data)


def test_a_bare_base64_file_has_bytes_only_and_may_be_broken_into_lines(tmp_path: Path) -> None:
    path = tmp_path / "custody.b64"
    path.write_text(TEXT[:70] + "\n" + TEXT[70:] + "\n")
    (found,) = read_accounts([path]).accounts
    assert (found.address, found.owner, found.data) == (None, None, ACCOUNT.data)


def test_a_bare_base64_file_may_carry_its_address_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / f"{ADDRESS}_2026-08.b64"
    path.write_text(TEXT)
    assert read_accounts([path]).accounts[0].address == ADDRESS


def test_a_flat_account_may_lack_its_owner(tmp_path: Path) -> None:
    path = write(tmp_path / "any.json", {"pubkey": ADDRESS, "data": [TEXT, "base64"]})
    assert read_accounts([path]).accounts[0].owner is None


def test_a_nodes_reply_holds_several_accounts_without_addresses(tmp_path: Path) -> None:
    one = {"owner": OWNER, "data": [TEXT, "base64"]}
    path = write(tmp_path / "reply.json", {"result": {"context": {"slot": 1}, "value": [one, one]}})
    assert [account.source for account in read_accounts([path]).accounts] == [
        f"{path} result[0]",
        f"{path} result[1]",
    ]
    single = write(tmp_path / "single.json", {"result": {"context": {"slot": 1}, "value": one}})
    assert read_accounts([single]).accounts[0].data == ACCOUNT.data


def test_a_reply_that_lacks_one_of_several_accounts_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "reply.json", {"result": {"value": [{"data": [TEXT, "base64"]}, None]}})
    with pytest.raises(InvalidInput, match=r"result\[1\]: data: expected an account's data, found none"):
        read_accounts([path])


def test_a_folder_gives_its_accounts_and_says_what_it_left_aside() -> None:
    found = read_accounts([APRIL])
    assert len(found.accounts) == 21
    assert [(skipped.path.name, skipped.reason) for skipped in found.skipped] == [
        ("decoded.json", "JSON without an account")
    ]
    assert len(read_accounts([FEBRUARY]).accounts) == 2


def test_files_of_another_kind_and_subfolders_are_left_aside(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "deeper").mkdir()
    found = read_accounts([tmp_path])
    assert found.accounts == ()
    assert [skipped.path.name for skipped in found.skipped] == ["README.md", "list.json"]


def test_a_path_given_twice_is_read_once() -> None:
    detour = APRIL / ".." / APRIL.name / "pool.json"
    assert len(read_accounts([APRIL, APRIL / "pool.json", detour]).accounts) == 21


@pytest.mark.parametrize("name", ["decoded.json"])
def test_a_named_file_must_be_an_account(name: str) -> None:
    with pytest.raises(InvalidInput, match="expected an account, found JSON without an account"):
        read_accounts([APRIL / name])


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected a file or a folder"):
        read_accounts([tmp_path / "gone.json"])


def test_broken_json_is_refused_with_its_line_even_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "pool.json").write_text('{\n "data": [\n')
    with pytest.raises(InvalidInput, match=r"pool\.json line 3 column 1: expected JSON"):
        read_accounts([tmp_path])


def test_json_of_endless_depth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000)
    with pytest.raises(InvalidInput, match="expected JSON"):
        read_accounts([path])


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pool.b64"
    path.write_bytes(b"AAAA\xff")
    with pytest.raises(InvalidInput, match=r"pool\.b64 at byte 4: expected UTF-8 text"):
        read_accounts([path])


def test_a_file_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "pool.json"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(InvalidInput, match="expected at most 67108864 bytes, found 67108865"):
        read_accounts([path])


BAD: list[tuple[str, object, str]] = [
    ("text", {"data": "AAAA"}, r"bad\.json: data: expected \[base64, \"base64\"\] or a list of bytes, found str"),
    ("encoding", {"data": ["AAAA", "base58"]}, "encoding: expected base64, found 'base58'"),
    ("alphabet", {"data": ["A*AA", "base64"]}, "data: expected base64"),
    ("padding", {"data": ["AAA", "base64"]}, "data: expected base64"),
    ("byte", {"data": [1, 256]}, r"data\[1\]: expected a byte, 0 to 255, found 256"),
    ("flag", {"data": [True]}, r"data\[0\]: expected a byte, 0 to 255, found True"),
    ("space", {"data": [1, 2], "space": 3}, "expected 3 bytes, the account's space, found 2"),
    ("pubkey", {"data": [1], "pubkey": "short"}, "pubkey: expected a base-58 key of 32 bytes, found 'short'"),
    ("alphabet of the key", {"data": [1], "pubkey": "0" * 43}, "pubkey: expected a base-58 key"),
    ("owner", {"data": [1], "owner": [1, 2]}, "owner: expected 32 bytes, found 2"),
    ("owner's type", {"data": [1], "owner": 5}, "owner: expected a base-58 key of 32 bytes, found 5"),
]


@pytest.mark.parametrize(("document", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_file_is_refused_with_field_and_finding(document: object, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_accounts([write(tmp_path / "bad.json", document)])


def test_the_truncated_pool_is_read_as_the_bytes_it_is() -> None:
    (found,) = read_accounts([TRUNCATED]).accounts
    assert len(found.data) == 400
    assert json.loads(TRUNCATED.read_text())["pubkey"] == found.address
