"""A web server that answers as told, for one test."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.core.model.names import Repo, Sha

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA = Sha("4f2a91c" + "0" * 33)
REPO = Repo(42, "acme", "shop", 9)
BASE = "/repos/acme/shop"
TOKEN = "ghs_7_canary.token-of_nine"
NOT_GRANTED = "The permissions requested are not granted to this installation."
NOT_THERE = (
    "There is at least one repository that does not exist or is not accessible to the parent "
    "installation."
)


@cache
def pem() -> str:
    """A key of the kind that GitHub gives Apps."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@dataclass
class Seen:
    """A request that arrived; *path* is below /api/v3."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Reply:
    """An answer: JSON, or raw bytes; *hang_up* closes the connection instead of answering."""

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang_up: bool = False


class Script:
    """Answers by method and path, in the order given; the last one of a path is repeated."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.url = ""
        self._replies: dict[tuple[str, str], list[Reply]] = {}
        expires = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        self.token_path = "/app/installations/9/access_tokens"
        self.on("POST", self.token_path, 201, {"token": TOKEN, "expires_at": expires})
        self.proofs: list[Reply] = []
        """Answers to tokens that try themselves, in turn; then every one is taken."""
        self.granted: dict[str, str] | None = None
        """What the installation grants, where tokens are judged by it."""
        self.repositories: set[int] = {42, 43, 44}

    def on(self, method: str, path: str, status: int = 200, data: Any = None, **extra: Any) -> None:
        self._replies.setdefault((method, path), []).append(Reply(status, data, **extra))

    def again(self, method: str, path: str, *replies: Reply) -> None:
        """Replace what was said about a path."""
        self._replies[method, path] = list(replies)

    def calls(self, method: str, path: str) -> list[Seen]:
        return [one for one in self.seen if (one.method, one.path) == (method, path)]

    def reply(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        if is_proof(seen) and (self.proofs or (seen.method, seen.path) not in self._replies):
            return self.proofs.pop(0) if self.proofs else Reply(200, {"id": 42, "total_count": 1})
        if self.granted is not None and (judged := self._judged(seen, self.granted)) is not None:
            return judged
        replies = self._replies.get((seen.method, seen.path), [])
        if not replies:
            return Reply(404, {"message": "Not Found"})
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def _judged(self, seen: Seen, granted: dict[str, str]) -> Reply | None:
        """
        As GitHub does, in its words; tests/data/github/rest.json has the operation.

        https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
        """
        if seen.path == "/app/installations/9":
            return Reply(200, {"id": 9, "permissions": granted})
        if seen.path != self.token_path:
            return None
        asked = {"metadata": "read", **seen.body["permissions"]}
        if any(granted.get(name) not in {level, "write"} for name, level in asked.items()):
            return Reply(422, {"message": NOT_GRANTED})
        if not set(seen.body.get("repository_ids", ())) <= self.repositories:
            return Reply(422, {"message": NOT_THERE})
        return Reply(201, {"token": f"ghs_{len(self.seen)}"})


def is_proof(seen: Seen) -> bool:
    """Whether a call may be that of a new token that tries itself."""
    return seen.path == "/installation/repositories" and seen.query == {"per_page": "1"}


class _Handler(BaseHTTPRequestHandler):
    """Gives each request to the script."""

    protocol_version = "HTTP/1.1"
    script: Script

    def _any(self) -> None:
        reply = self.script.reply(self._seen())
        if reply.hang_up:
            self.close_connection = True
            self.connection.close()
            return
        content = reply.raw
        if content is None:
            content = b"" if reply.data is None else json.dumps(reply.data).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = _any  # noqa: N815 # the names that are looked up

    def _seen(self) -> Seen:
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, query = url.path.removeprefix("/api/v3"), dict(parse_qsl(url.query))
        return Seen(self.command, path, query, json.loads(raw) if raw else None, headers)

    def log_message(self, *args: object) -> None:
        """Tests are quiet."""

    def finish(self) -> None:
        if not self.wfile.closed and self.connection.fileno() >= 0:
            super().finish()


@contextmanager
def serving() -> Iterator[Script]:
    """A script behind a real port."""
    script = Script()
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
