"""Every command that asks a server ends with the same code for the same refusal: one table for all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.__main__ import main

COMMANDS = (
    ("status",),
    ("why", "prod"),
    ("promote", "prod"),
    ("retry", "prod"),
    ("cancel", "prod"),
    ("rollback", "prod"),
    ("resume", "prod"),
    ("hold", "prod", "not now"),
    ("locks",),
    ("lock", "e2e"),
    ("unlock", "e2e"),
    ("unlock", "e2e", "--force", "it burns"),
    ("events",),
    ("events", "aaaaaaaa"),
    ("doctor",),
)
CODES = {401: 3, 403: 1, 404: 1, 409: 1, 413: 1, 422: 2, 429: 1, 500: 3, 503: 3}


class Refusing(BaseHTTPRequestHandler):
    """Says no to everything, with the status that the token names."""

    def do_GET(self) -> None:
        status = int(self.headers["Authorization"].removeprefix("Bearer "))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = json.dumps({"error": "no", "message": "no and why", "fields": {}}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Tests are silent."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_refusal_ends_every_command_with_the_same_code(
    url: str,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("STAGELOCK_URL", url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    ended = {}
    for status in CODES:
        monkeypatch.setenv("STAGELOCK_TOKEN", str(status))
        ended[status] = main(command)
        assert capsys.readouterr().err.strip(), status

    assert ended == CODES
