"""GitHub's code becomes an App, or it is said why not: over HTTP, against answers as GitHub gives them."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from app.errors import Missing, Rejected, Transient
from app.github.registration import Registration
from app.settings.outgoing import Outgoing
from tests.keys import KEY

ANSWER = {
    "id": 4242,
    "slug": "stagelock-acme",
    "owner": {"login": "acme", "type": "Organization"},
    "html_url": "https://ghe.acme.example/github-apps/stagelock-acme",
    "client_id": "Iv1.1",
    "client_secret": "canary-client",
    "webhook_secret": "canary-hook",
    "pem": KEY,
}


@contextmanager
def github(status=201, body=None, headers=()):
    """A server that answers everything so; what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(
                (self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"] or 0)))
            )
            content = body if isinstance(body, bytes) else json.dumps(body or ANSWER).encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def registered(url, code="a-code"):
    return Registration(Outgoing()).registered(url, code)


def test_the_code_is_shown_once_below_the_api_of_that_server():
    with github() as (url, asked):
        made = registered(url)

    [(path, headers, sent)] = asked
    assert path == "/api/v3/app-manifests/a-code/conversions"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["Authorization"] is None
    assert sent == b""
    assert (made.id, made.slug, made.owner) == (4242, "stagelock-acme", "acme")
    assert (made.webhook_secret, made.private_key) == ("canary-hook", KEY)
    assert "canary" not in repr(made)
    assert "BEGIN" not in repr(made)


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Missing), (410, Missing), (422, Rejected), (400, Rejected), (302, Rejected)]
    + [(status, Transient) for status in (403, 429, 500, 502, 503)],
)
def test_what_github_refuses_is_the_error_that_says_whether_to_ask_again(status, error):
    elsewhere = [("Location", "http://127.0.0.1:9/")]
    with github(status, {"message": "No"}, elsewhere) as (url, _), pytest.raises(error) as caught:
        registered(url)

    assert "a-code" not in caught.value.message
    assert str(status) in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        *(
            {name: value for name, value in ANSWER.items() if name != lost}
            for lost in ("id", "slug", "webhook_secret", "pem")
        ),
        {**ANSWER, "pem": "-----BEGIN RSA PRIVATE KEY-----\ncut\n"},
        {**ANSWER, "webhook_secret": None},
        {**ANSWER, "id": "4242"},
        {**ANSWER, "id": 1 << 63},
        {**ANSWER, "webhook_secret": "half a pair: \ud800"},
        {**ANSWER, "webhook_secret": "two\nlines"},
        {**ANSWER, "slug": "\udfff"},
        b"[" * 200_000,
    ],
)
def test_an_answer_that_is_no_whole_app_is_refused(body):
    with github(201, body) as (url, _), pytest.raises(Rejected) as caught:
        registered(url)

    assert "canary" not in caught.value.message


def test_no_answer_may_come_later():
    with pytest.raises(Transient, match=r"no answer from http://127\.0\.0\.1:9/api/v3"):
        registered("http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        soon = Registration(Outgoing(), timeout=httpx.Timeout(0.3))
        with pytest.raises(Transient, match="no answer in time"):
            soon.registered(f"http://127.0.0.1:{deaf.getsockname()[1]}", "a-code")


def test_an_answer_that_comes_in_drops_is_not_waited_for():
    """Each byte is in time, and there is always one more."""
    with socket.create_server(("127.0.0.1", 0)) as slow:

        def drip():
            link, _ = slow.accept()
            with link, contextlib.suppress(OSError):
                link.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 9000000\r\n\r\n")
                while True:
                    link.sendall(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        soon = Registration(Outgoing(), patience=0.0)
        with pytest.raises(Transient, match="no answer in time"):
            soon.registered(f"http://127.0.0.1:{slow.getsockname()[1]}", "a-code")
        dripping.join()
