"""A sandbox to test with: an App that listens, and a client for its API."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from app.sandbox.github.model import AppCredentials
from app.sandbox.serve.server import Sandbox
from tests.processes import PATIENCE

SECRET = "webhook-secret"
PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "deployments": "write",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "write",
    "merge_queues": "read",
}


@dataclass
class Answer:
    status: int
    headers: HTTPMessage
    json: Any


class Ear:
    """An App's webhook endpoint: it keeps what it hears; `answer` is the status it gives."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answer = 202
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                ear.heard.append((dict(self.headers), self.rfile.read(length)))
                self.send_response(ear.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/github/webhook"

    def events(self) -> list[str]:
        """What was heard, as ``event`` or ``event.action``."""
        said = []
        for headers, body in self.heard:
            action = json.loads(body).get("action")
            event = headers["X-GitHub-Event"]
            said.append(f"{event}.{action}" if action else event)
        return said

    def payloads(self, event: str) -> list[dict[str, Any]]:
        return [json.loads(b) for h, b in self.heard if h["X-GitHub-Event"] == event]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@cache
def _key(pem: str) -> Any:
    """Reading a key takes longer than most of what is tested here."""
    return serialization.load_pem_private_key(pem.encode(), None)


@dataclass
class Client:
    """Calls the REST API as the App (`app`) or as its installation (the other verbs)."""

    sandbox: Sandbox
    credentials: AppCredentials
    token: str = field(default="", repr=False)

    def raw(
        self, method: str, path: str, body: Any = None, auth: str = "", **headers: str
    ) -> Answer:
        host = self.sandbox.url.partition("://")[2]
        link = http.client.HTTPConnection(host, timeout=PATIENCE)
        sent = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if auth:
            named["Authorization"] = auth
        link.request(method, f"/api/v3{path}", sent, named)
        answer = link.getresponse()
        text = answer.read()
        link.close()
        kind = answer.headers.get("Content-Type", "")
        return Answer(
            answer.status,
            answer.headers,
            json.loads(text) if text and "json" in kind and "raw" not in kind else text,
        )

    def jwt(self, **claims: Any) -> str:
        now = int(datetime.now(UTC).timestamp())  # noqa: TID251 - the App's own clock
        about = {"iss": str(self.credentials.app_id), "iat": now - 30, "exp": now + 500, **claims}
        return jwt.encode(about, _key(self.credentials.private_key_pem), "RS256")

    def app(self, method: str, path: str, body: Any = None) -> Answer:
        return self.raw(method, path, body, f"Bearer {self.jwt()}")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        if not self.token:
            number = self.app("GET", "/app/installations").json[0]["id"]
            made = self.app("POST", f"/app/installations/{number}/access_tokens")
            self.token = made.json["token"]
        return self.raw(method, path, body, f"token {self.token}", **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.call("POST", path, body)


def git(
    *args: str | Path, cwd: Path | None = None, ok: bool = True
) -> subprocess.CompletedProcess[str]:
    """Git as a person at a terminal has it, without that person's settings."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Alice",
        "GIT_AUTHOR_EMAIL": "alice@example.com",
        "GIT_COMMITTER_NAME": "Alice",
        "GIT_COMMITTER_EMAIL": "alice@example.com",
    }
    done = subprocess.run(
        ["git", *args], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert not ok or done.returncode == 0, done.stderr
    return done


def remote(sandbox: Sandbox, login: str, password: str, repo: str = "acme/shop") -> str:
    """A clone URL with credentials in it, which is fine in a test."""
    return f"{sandbox.url.replace('://', f'://{login}:{password}@')}/{repo}.git"
