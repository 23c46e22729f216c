"""A proxy, an authority and a server with a certificate of it, all on this machine."""

from __future__ import annotations

import base64
import datetime as dt
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Port = Callable[[], int]
HOST = re.compile(rb"^(host: )[^\r\n]+", re.IGNORECASE | re.MULTILINE)


@dataclass
class Proxy:
    """Takes CONNECT only, and leads wherever it is asked to go to *target*."""

    target: Port
    user: str = ""
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    port: int = 0

    def serve(self, client: socket.socket) -> None:
        head = _head(client)
        method, where, _ = head.split("\r\n", 1)[0].split(" ")
        wanted = f"basic {base64.b64encode(self.user.encode()).decode()}".lower()
        if self.user and f"proxy-authorization: {wanted}" not in head.lower():
            self.refused += 1
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                b'Proxy-Authenticate: Basic realm="proxy"\r\nConnection: close\r\n\r\n'
            )
            return
        assert method == "CONNECT", head
        self.asked.append(where)
        with socket.create_connection(("127.0.0.1", self.target())) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _both_ways(client, server)


@dataclass
class Front:
    """
    Speaks TLS by *context*, and hands on to *behind* in the open; *renamed*: as what it is called
    there, where it answers to no other name.
    """

    behind: Port
    context: ssl.SSLContext
    port: int = 0
    renamed: str = ""

    def serve(self, client: socket.socket) -> None:
        with (
            self.context.wrap_socket(client, server_side=True) as secured,
            socket.create_connection(("127.0.0.1", self.behind())) as server,
        ):
            _both_ways(secured, server, self.renamed)


@contextmanager
def listening(one: Proxy | Front) -> Iterator[None]:
    """Serve each connection in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one.port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, one.serve), daemon=True).start()
        yield


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # it was closed
            return
        threading.Thread(target=_one, args=(client, serve), daemon=True).start()


def _one(client: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    with client, suppress(OSError):
        serve(client)


def _head(client: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (more := client.recv(1)):
        head += more
    return head.decode("latin-1")


def _both_ways(one: socket.socket, other: socket.socket, host: str = "") -> None:
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other, host)
    back.join()


def _copy(source: socket.socket, sink: socket.socket, host: str = "") -> None:
    """A request's head comes in one piece: clients send it so."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(HOST.sub(rb"\1" + host.encode(), data, count=1) if host else data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def authority(folder: Path, *hosts: str) -> tuple[Path, ssl.SSLContext]:
    """
    A new authority's certificate, as a file, and the context of a server that it vouches for by the
    names of *hosts* (none: ``localhost``).
    """
    names = hosts or ("localhost",)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of one test")])
    root = _signed(name, root_key.public_key(), name, root_key, names, ca=True)
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = _signed(own, key.public_key(), name, root_key, names, ca=False)
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return ca_file, context


def _signed(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    hosts: Sequence[str],
    *,
    ca: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 # certificates are judged by real time
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in hosts]), critical=False
        )
        .sign(by, hashes.SHA256())
    )
