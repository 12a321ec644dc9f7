"""The server itself: health, reflection, who may connect where, and how it stops."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.contract.grpc_rig import LOOPBACK, PATIENCE_S, Rig, Stubs, told
from tests.unit.builders import START

from ballast.domain.kernel.errors import InvalidInput, Unreachable
from ballast.domain.kernel.events import Envelope
from ballast.services.rpc.address import Tls
from ballast.services.rpc.server import OFFERS, Server
from ballast.services.v1 import control_pb2, entry_pb2, exposure_pb2

# The stubs leave the generated parts of these two packages out.
HEALTH: Any = health_pb2
HEALTH_GRPC: Any = health_pb2_grpc
REFLECTION: Any = reflection_pb2
REFLECTION_GRPC: Any = reflection_pb2_grpc
SERVING, NOT_SERVING = HEALTH.HealthCheckResponse.SERVING, HEALTH.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


def channel_to(server: Server) -> grpc.Channel:
    return grpc.insecure_channel(f"127.0.0.1:{server.port}")


def healths(channel: grpc.Channel, names: tuple[str, ...]) -> set[int]:
    stub = HEALTH_GRPC.HealthStub(channel)
    return {stub.Check(HEALTH.HealthCheckRequest(service=name), timeout=PATIENCE_S).status for name in names}


@define
class HeldJournal:
    """A journal that is being read until `open`, and then is empty or, told so, out of reach."""

    fails: bool = False
    reading: bool = False
    _gate: asyncio.Event = field(factory=asyncio.Event, init=False)

    def open(self) -> None:
        self._gate.set()

    async def read(self, _after: int, _limit: int) -> tuple[Envelope, ...]:
        self.reading = True
        await self._gate.wait()
        if self.fails:
            raise Unreachable("journal: no answer")
        return ()


def held(rig: Rig, *, fails: bool) -> HeldJournal:
    """Put a held journal in the place of the desk's, which only recovery reads."""
    journal = HeldJournal(fails)
    rig.desk.journal = journal  # type: ignore[assignment]
    return journal


def test_a_served_service_and_the_whole_are_healthy_and_others_unknown(rig: Rig) -> None:
    server = rig.serve(("entry",))
    with channel_to(server) as channel:
        assert healths(channel, ("", *server.names)) == {SERVING}
        with pytest.raises(grpc.RpcError) as unknown:
            healths(channel, (OFFERS["exit"].full_name,))
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


def test_only_what_was_asked_for_is_served_and_control_always(rig: Rig) -> None:
    server = rig.serve(("exposure",))
    assert server.names == (OFFERS["exposure"].full_name, OFFERS["control"].full_name)
    with channel_to(server) as channel:
        stubs = Stubs(channel)
        assert stubs.control.GetStatus(control_pb2.GetStatusRequest()).status.healthy
        with pytest.raises(grpc.RpcError) as refused:
            stubs.entry.ListEntries(entry_pb2.ListEntriesRequest())
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_an_unknown_service_is_refused(rig: Rig) -> None:
    with pytest.raises(InvalidInput) as refused:
        rig.serve(("entry", "leverage"))
    assert (refused.value.field, refused.value.found) == ("service", "'leverage'")


def test_reflection_tells_every_service_and_its_messages(rig: Rig) -> None:
    server = rig.serve()
    with channel_to(server) as channel:
        stub = REFLECTION_GRPC.ServerReflectionStub(channel)
        asked = [
            REFLECTION.ServerReflectionRequest(list_services=""),
            REFLECTION.ServerReflectionRequest(file_containing_symbol=server.names[0]),
        ]
        listed, described = list(stub.ServerReflectionInfo(iter(asked), timeout=PATIENCE_S))
    names = {service.name for service in listed.list_services_response.service}
    assert names == {*server.names, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert b"StartEntryRequest" in b"".join(described.file_descriptor_response.file_descriptor_proto)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def test_until_the_journal_is_read_the_server_says_that_it_is_not_serving(rig: Rig) -> None:
    listen = f"127.0.0.1:{free_port()}"
    journal = held(rig, fails=False)
    starting = rig.begin(rig.starting(("entry",), listen))
    rig.wait_until(lambda: journal.reading)
    with grpc.insecure_channel(listen) as channel:
        assert healths(channel, ("", OFFERS["entry"].full_name)) == {NOT_SERVING}
        rig.on_loop(journal.open)
        server = starting.result(PATIENCE_S)
        assert healths(channel, ("", *server.names)) == {SERVING}


def test_a_journal_that_cannot_be_read_stops_the_start_and_frees_the_port(rig: Rig) -> None:
    journal = rig.desk.journal
    listen = f"127.0.0.1:{free_port()}"
    rig.on_loop(held(rig, fails=True).open)
    with pytest.raises(Unreachable) as failed:
        rig.serve(("entry",), listen)
    assert failed.traceback  # while it is held, nothing that was begun is freed by itself
    rig.desk.journal = journal
    assert listen.endswith(f":{rig.serve(('entry',), listen).port}")


def test_a_stop_says_not_serving_ends_the_watchers_and_frees_the_port(rig: Rig) -> None:
    server = rig.serve()
    with channel_to(server) as channel:
        watching = Stubs(channel).exposure.WatchExposure(exposure_pb2.WatchExposureRequest(), timeout=PATIENCE_S)
        health = HEALTH_GRPC.HealthStub(channel).Watch(HEALTH.HealthCheckRequest(), timeout=PATIENCE_S)
        assert next(health).status == SERVING
        rig.wait_until(lambda: rig.clock.waiting == 1)
        stopping = rig.begin(server.stop(PATIENCE_S))
        assert next(health).status == NOT_SERVING
        health.cancel()
        with pytest.raises(grpc.RpcError) as ended:
            list(watching)
        stopping.result(PATIENCE_S)
    assert told(ended.value)[:2] == ("UNAVAILABLE", "UNREACHABLE")
    assert ended.value.details() == "the server is stopping"
    rig.do(server.wait())
    assert rig.serve(("entry",), f"127.0.0.1:{server.port}").port == server.port


def test_a_taken_port_is_refused_and_not_shared(rig: Rig) -> None:
    listen = f"127.0.0.1:{rig.serve().port}"
    other = Rig()
    with pytest.raises(InvalidInput) as refused:
        other.serve(("entry",), listen)
    other.close()
    assert (refused.value.field, refused.value.found) == ("listen", listen)


@define
class Authority:
    """A certificate authority for one test, with what it signs as PEM files in a folder."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        authority = cls(folder, key, certificate_for("authority", key, key, "authority", is_authority=True))
        (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
        return authority

    def sign(self, name: str) -> Tls:
        """Sign a certificate for loopback and return its files."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = certificate_for(name, key, self.key, "authority", is_authority=False)
        plain = serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        (self.folder / f"{name}.key").write_bytes(private)
        (self.folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return Tls(self.folder / f"{name}.pem", self.folder / f"{name}.key", self.folder / "ca.pem")


def certificate_for(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    is_authority: bool,
) -> x509.Certificate:
    """A certificate that holds whatever the machine's clock says."""
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START - timedelta(days=10_000))
        .not_valid_after(START + timedelta(days=10_000))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(loopback, critical=False)
        .sign(signer, hashes.SHA256())
    )


def secure_channel(server: Server, ca: bytes, caller: Tls | None) -> grpc.Channel:
    key = caller.key.read_bytes() if caller else None
    chain = caller.certificate.read_bytes() if caller else None
    credentials = grpc.ssl_channel_credentials(ca, key, chain)
    return grpc.secure_channel(f"127.0.0.1:{server.port}", credentials)


def test_with_a_client_authority_only_its_callers_are_let_in(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    authority, stranger = Authority.made(tmp_path), Authority.made(tmp_path / "other")
    server = rig.serve(("entry",), LOOPBACK, authority.sign("server"))
    ca = (tmp_path / "ca.pem").read_bytes()
    with secure_channel(server, ca, authority.sign("operator")) as channel:
        assert healths(channel, ("",)) == {SERVING}
    for caller in (None, stranger.sign("stranger")):
        with secure_channel(server, ca, caller) as channel, pytest.raises(grpc.RpcError) as refused:
            healths(channel, ("",))
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
