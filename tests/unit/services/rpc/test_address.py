"""Where the server may listen, and with what."""

from pathlib import Path

import grpc
import pytest

from ballast.domain.kernel.errors import InvalidInput
from ballast.services.rpc.address import Tls, credentials_for


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "127.9.9.9:50051", "localhost:65535", "[::1]:1"])
def test_plain_text_is_for_loopback(listen: str) -> None:
    assert credentials_for(listen, None, insecure=False) is None


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.org:1", "localhost.example.org:1"])
def test_plain_text_anywhere_else_must_be_asked_for(listen: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        credentials_for(listen, None, insecure=False)
    assert refused.value.field == "listen"
    assert credentials_for(listen, None, insecure=True) is None


@pytest.mark.parametrize("listen", ["", "localhost", ":1", "localhost:", "localhost:65536", "::1:1", "a b:1"])
def test_an_address_is_host_and_port(listen: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        credentials_for(listen, None, insecure=True)
    assert refused.value.field == "listen"


def test_tls_files_give_credentials_anywhere(tmp_path: Path) -> None:
    (tmp_path / "pem").write_text("never parsed before a caller comes")
    tls = Tls(tmp_path / "pem", tmp_path / "pem", tmp_path / "pem")
    assert isinstance(credentials_for("0.0.0.0:0", tls, insecure=False), grpc.ServerCredentials)


def test_a_missing_tls_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    with pytest.raises(InvalidInput) as refused:
        credentials_for("localhost:0", Tls(tmp_path / "none", tmp_path / "key"), insecure=False)
    assert refused.value.field == "tls certificate"
    assert str(tmp_path / "none") in refused.value.found
