"""Where the server may listen."""

import ipaddress
import re
from pathlib import Path

import grpc
from attrs import frozen

from ballast.domain.kernel.errors import InvalidInput

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+)):(?P<port>[0-9]{1,5})")
_PORT_MAX = 65_535
_SHOWN = 80


@frozen
class Tls:
    """PEM files: our certificate chain and its key; with `client_ca` only callers it has signed are let in."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def credentials_for(listen: str, tls: Tls | None, *, insecure: bool) -> grpc.ServerCredentials | None:
    """Return what to listen with at "HOST:PORT" (port 0 picks a free one); None for plain text.

    Plain text is for loopback; anywhere else it must be asked for by `insecure`. Raises InvalidInput otherwise, for a
    wrong address, and for a file that cannot be read.
    """
    match = _ADDRESS.fullmatch(listen)
    if match is None or int(match["port"]) > _PORT_MAX:
        raise InvalidInput("listen", f"HOST:PORT with a port from 0 to {_PORT_MAX}", repr(listen[:_SHOWN]))
    if tls is not None:
        return _credentials(tls)
    if not insecure and not _is_loopback(match["six"] or match["name"]):
        raise InvalidInput("listen", "a loopback address without TLS files or insecure", repr(listen))
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name may resolve to anything


def _credentials(tls: Tls) -> grpc.ServerCredentials:
    pair = (_read(tls.key, "tls key"), _read(tls.certificate, "tls certificate"))
    authority = _read(tls.client_ca, "tls client CA") if tls.client_ca else None
    return grpc.ssl_server_credentials([pair], authority, require_client_auth=authority is not None)


def _read(path: Path, field: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise InvalidInput(field, "a readable file", f"{path}: {failure.strerror}") from failure
