"""`stagelock doctor`: what GitHub reaches of us, or does not: webhook, deliveries, address, certificate."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.cli.doctored import SHOP, wrong


def test_a_webhook_that_goes_elsewhere(server, ask):
    server.app.webhook_url = "http://127.0.0.1:1/elsewhere"

    found = ask()

    assert wrong(found) == {"webhook"}
    assert "/github/webhook" in found["webhook"][1]


def test_a_webhook_that_is_not_set(server, ask):
    server.app.webhook_url = None

    assert "webhook" in wrong(ask())


def test_a_delivery_that_did_not_come(server, ask):
    server.world.courier.weather.lost = lambda _: True
    server.world.push(SHOP, "main", {"apps/web/a": "3\n"})
    server.world.flush()

    found = ask()

    assert wrong(found) == {"deliveries"}
    assert "had no answer" in found["deliveries"][1]


def test_a_secret_that_is_not_the_apps(server, ask):
    server.app.webhook_secret = "another"
    server.world.push(SHOP, "main", {"apps/web/a": "3\n"})
    server.world.flush()

    found = ask()

    assert wrong(found) == {"signature"}
    assert "STAGELOCK_WEBHOOK_SECRET" in found["signature"][1]


def test_a_secret_that_the_last_delivery_does_not_prove_is_not_known(server, ask):
    """GitHub keeps what it sent, not byte by byte: a signature that does not fit proves nothing."""
    found = ask(STAGELOCK_WEBHOOK_SECRET="rotated")

    assert wrong(found) == set()
    assert found["signature"][0] == "unknown"


def test_no_delivery_yet_is_not_known(server, ask):
    server.sandbox.hub.deliveries.clear()

    found = ask()

    assert wrong(found) == set()
    assert found["deliveries"][0] == found["signature"][0] == "unknown"


def test_a_public_address_that_nobody_listens_on(server, ask):
    server.app.webhook_url = "http://127.0.0.1:9/github/webhook"

    found = ask(STAGELOCK_PUBLIC_URL="http://127.0.0.1:9")

    assert wrong(found) == {"public address"}
    assert "STAGELOCK_PUBLIC_URL" in found["public address"][1]


def test_a_public_address_on_which_another_program_answers(server, ask):
    url = server.sandbox.url
    server.app.webhook_url = f"{url}/github/webhook"

    assert wrong(ask(STAGELOCK_PUBLIC_URL=url)) == {"public address"}


def test_without_a_public_address_nothing_is_known_of_it(server, ask):
    found = ask(STAGELOCK_PUBLIC_URL="")

    assert wrong(found) == set()
    assert found["public address"][0] == "unknown"


@contextmanager
def secure(tmp_path, days):
    """Our address over https, with a certificate that ends in so many days; its port."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    answer = Response("ok\n")
    listening = make_server("localhost", 0, answer, ssl_context=context, threaded=True)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{listening.port}"
    finally:
        listening.shutdown()
        listening.server_close()


@pytest.mark.parametrize(
    ("days", "known", "expected"),
    [
        (60, True, set()),
        (5, True, {"certificate"}),
        (60, False, {"certificate"}),
        (-1, True, {"certificate"}),
    ],
)
def test_a_certificate_that_ends_soon_or_is_not_trusted(
    server, ask, tmp_path, days, known, expected
):
    with secure(tmp_path, days) as url:
        server.app.webhook_url = f"{url}/github/webhook"
        trusted = {"STAGELOCK_CA_FILE": str(tmp_path / "cert.pem")} if known else {}

        found = ask(STAGELOCK_PUBLIC_URL=url, **trusted)

    assert wrong(found) == expected
    assert found["certificate"][0] != "unknown"
