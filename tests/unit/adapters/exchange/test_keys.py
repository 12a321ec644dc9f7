"""Where the keys come from, and that nobody sees them."""

from pathlib import Path

import pytest

from ballast.adapters.exchange.keys import FILE_VARIABLE, KEY_VARIABLE, SECRET_VARIABLE, Keys, load_keys
from ballast.domain.kernel.errors import InvalidInput, NotRecognised


def secrets_file(folder: Path, content: str, mode: int = 0o600) -> dict[str, str]:
    path = folder / "secrets.toml"
    path.write_text(content)
    path.chmod(mode)
    return {FILE_VARIABLE: str(path)}


def test_keys_come_from_the_environment() -> None:
    assert load_keys({KEY_VARIABLE: "k", SECRET_VARIABLE: "s"}) == Keys("k", "s")


def test_keys_come_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    assert load_keys(secrets_file(tmp_path, 'key = "k"\nsecret = "s"')) == Keys("k", "s")


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="chmod 600"):
        load_keys(secrets_file(tmp_path, 'key = "k"\nsecret = "s"', 0o640))


@pytest.mark.parametrize("content", ['key = "hidden"', "secret = hidden", 'key = 1\nsecret = "hidden"'])
def test_a_file_without_both_texts_is_refused_and_not_quoted(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_keys(secrets_file(tmp_path, content))
    assert "hidden" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        load_keys({FILE_VARIABLE: str(tmp_path / "none")})


def test_without_keys_nobody_is_recognised() -> None:
    with pytest.raises(NotRecognised, match=KEY_VARIABLE):
        load_keys({KEY_VARIABLE: "k"})


def test_keys_do_not_show_in_their_repr() -> None:
    assert "hidden" not in repr(Keys("hidden-key", "hidden-secret"))
