"""The way to the issuer of OIDC tokens: proxy, authority, and how much and how long it may say."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from app.errors import Transient
from app.oidc import Issuer as Known
from app.settings.outgoing import Outgoing
from app.settings.secret import Secret
from tests.issuer import issuing
from tests.lock_servers.serving import Said, serving
from tests.processes import PATIENCE
from tests.proxies import Front, Proxy, authority, listening

NOWHERE = "https://localhost:1/issuer"
"""Nobody listens there: only the proxy knows the way."""
CANARY = "issuer-canary-4d1"


@pytest.fixture
def ways(tmp_path):
    """An issuer behind TLS of an authority of our own, and a proxy that leads there."""
    ca_file, context = authority(tmp_path)
    with issuing() as made, ExitStack() as stack:
        front = Front(lambda: urlsplit(made.url).port or 0, context)
        proxy = Proxy(lambda: front.port)
        for one in (front, proxy):
            stack.enter_context(listening(one))
        yield made, front, proxy, ca_file


def known(made, url, **outgoing):
    """The issuer as one who is called *url* says that it is."""
    made.says = made.elsewhere = url
    return Known(url, Outgoing(**outgoing))


def test_it_is_reached_through_the_proxy_whose_password_is_told_to_it_alone(ways):
    made, _, proxy, ca_file = ways
    proxy.user = f"ada:{CANARY}"
    address = Secret(f"http://ada:{CANARY}@127.0.0.1:{proxy.port}")
    issuer = known(made, NOWHERE, proxy=address, ca_file=ca_file)
    assert issuer.key("one") is not None
    assert set(proxy.asked) == {"localhost:1"}
    assert len(made.asked) == 2


def test_a_proxy_that_refuses_is_no_answer_and_shows_no_password(ways):
    made, _, proxy, ca_file = ways
    proxy.user = "ada:another"
    address = Secret(f"http://ada:{CANARY}@127.0.0.1:{proxy.port}")
    with pytest.raises(Transient) as error:
        known(made, NOWHERE, proxy=address, ca_file=ca_file).key("one")
    assert proxy.refused > 0
    assert made.asked == []
    assert CANARY not in str(error.value) + repr(error.value.__cause__)


def test_who_is_named_in_no_proxy_is_reached_directly(ways):
    made, front, proxy, ca_file = ways
    address = Secret(f"http://127.0.0.1:{proxy.port}")
    url = f"https://localhost:{front.port}/issuer"
    issuer = known(made, url, proxy=address, direct=("localhost",), ca_file=ca_file)
    assert issuer.key("one") is not None
    assert proxy.asked == []


def test_the_surroundings_of_the_process_lead_nowhere(ways, monkeypatch):
    """The settings have read them once; what a library reads besides does not count."""
    made, front, proxy, ca_file = ways
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    issuer = known(made, f"https://localhost:{front.port}/issuer", ca_file=ca_file)
    assert issuer.key("one") is not None
    assert proxy.asked == []


def test_without_the_authority_nothing_that_it_says_is_believed(ways, monkeypatch):
    made, front, _, _ = ways
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Transient, match="does not say its keys"):
        known(made, f"https://localhost:{front.port}/issuer").key("one")
    assert made.asked == []


def test_a_redirect_is_not_followed():
    followed = []

    def answer(asked, _):
        followed.append(asked.path)
        return Said(302, None, {"Location": "/elsewhere"})

    with serving(answer) as url, pytest.raises(Transient):
        Known(f"{url}/issuer", Outgoing()).key("one")
    assert followed == ["/issuer/.well-known/openid-configuration"]


@pytest.mark.parametrize("document", ["openid-configuration", "jwks"])
def test_a_document_without_an_end_is_given_up_after_a_quarter_of_a_megabyte(document):
    sent: list[int] = []

    def answer(asked, to):
        if document not in asked.path:
            root = f"http://127.0.0.1:{to.server.server_port}/issuer"
            return Said(200, {"issuer": root, "jwks_uri": f"{root}/.well-known/jwks"})
        to.send_response(200)
        to.end_headers()
        try:
            while sum(sent) < 64 * 1024 * 1024:
                sent.append(to.wfile.write(b" " * 65536))
        except OSError:
            pass
        return None

    with serving(answer) as url, pytest.raises(Transient, match="does not say its keys"):
        Known(f"{url}/issuer", Outgoing()).key("one")
    assert sum(sent) < 32 * 1024 * 1024  # what lies in buffers on the way, and no more


@contextmanager
def dripping(head, piece, pause):
    """Says *head* at once, then *piece* after each *pause*, for ever; the address."""
    over = threading.Event()

    def serve(client):
        with client:
            client.recv(65536)
            client.sendall(head)
            while not over.wait(pause):
                try:
                    client.sendall(piece)
                except OSError:
                    return

    def accept(listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/issuer"
        finally:
            over.set()


def bounded(url):
    """*url* is given up within ten seconds, of which a busy machine may make more, and not never."""
    gave_up = threading.Event()

    def ask():
        with pytest.raises(Transient, match="does not say its keys"):
            Known(url, Outgoing()).key("one")
        gave_up.set()

    threading.Thread(target=ask, daemon=True).start()
    assert gave_up.wait(PATIENCE), "it waits for ever"


def test_an_issuer_that_takes_the_connection_and_says_nothing_is_given_up():
    with dripping(b"", b"", 1.0) as url:
        bounded(url)


def test_a_body_that_comes_in_large_pieces_for_ever_is_given_up_in_time():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    with dripping(head, b" " * 4096, 0.5) as url:
        bounded(url)


def test_a_body_that_comes_byte_by_byte_is_given_up_in_time():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    with dripping(head, b" ", 0.2) as url:
        bounded(url)
