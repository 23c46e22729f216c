"""
Deliveries accepted (verified, stored durably) against the same server answering a bare "ok".

Both are real servers with the workers that `stagelock serve` has; the load comes from this process,
on the same machine, so that each has what the other leaves.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.client import Client
from benchmarks.harness import Limit, Row, Series, below, more

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "a secret of the benchmark"
REPOSITORIES = 20
PARTS = tuple(f"resource{n}" for n in range(46))
"""A repository has as many URLs in a payload."""


def deliveries() -> Iterator[bytes]:
    """Signed deliveries of pushes to some repositories."""
    tails = []
    for number in range(REPOSITORIES):
        body = json.dumps(push(number + 1)).encode()
        signed = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
        head = f"X-Hub-Signature-256: sha256={signed}\r\nContent-Length: {len(body)}\r\n\r\n"
        tails.append(head.encode() + body)
    start = (
        b"POST /github/webhook HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nUser-Agent: GitHub-Hookshot/1\r\n"
        b"X-GitHub-Event: push\r\nX-GitHub-Delivery: "
    )
    run = os.urandom(4).hex()
    for number, tail in zip(itertools.count(), itertools.cycle(tails)):
        yield start + f"{run}-{number}\r\n".encode() + tail


def push(repository: int) -> dict[str, Any]:
    """A push as large as GitHub's usual ones: about 7 KB, most of it URLs of the repository."""
    url = "https://api.github.com/repos/acme/a-repository"
    person = {"login": "somebody", "id": 7, "type": "User"}
    person |= {
        f"{name}_url": f"https://api.github.com/users/somebody/{name}" for name in PARTS[:12]
    }
    commit = {
        "id": "4f2a91c0" * 5,
        "message": "Change what is needed\n\nAnd say why it is so, in a sentence or two.",
        "timestamp": "2026-03-02T09:00:00Z",
        "author": {"name": "Some Body", "email": "somebody@example.org", "username": "somebody"},
        "modified": [f"apps/web/src/part{n}.ts" for n in range(8)],
    }
    return {
        "ref": "refs/heads/main",
        "before": "0f3b82d1" * 5,
        "after": commit["id"],
        "repository": {
            "id": repository,
            "name": "a-repository",
            "full_name": "acme/a-repository",
            "owner": person,
            "default_branch": "main",
        }
        | {f"{name}_url": f"{url}/{name}{{/sha}}" for name in PARTS},
        "pusher": {"name": "somebody", "email": "somebody@example.org"},
        "sender": person,
        "installation": {"id": 1},
        "commits": [commit] * 3,
        "head_commit": commit,
    }


def rows(*, tiny: bool) -> list[Row]:
    """Full load on each server in turn; then half of what ours took, for its latency."""
    rounds, seconds = (1, 0.3) if tiny else (7, 3.0)
    rounds = Limit.of(rounds)
    with tempfile.TemporaryDirectory() as folder, ours(Path(folder)) as mine, bare() as theirs:
        requests = deliveries()
        clients = {
            "stagelock": Client(mine, requests, b"202"),
            'a bare "ok"': Client(theirs, requests, b"200"),
        }
        rates: dict[str, list[float]] = {name: [] for name in clients}
        for client in clients.values():
            client.paced(200, 1)  # both processes import, open databases, fill caches
        for _ in range(rounds):
            for name, client in clients.items():
                rates[name].append(client.full(seconds))
        series = {name: Series(name, "requests/s", tuple(found)) for name, found in rates.items()}
        accepted, answered = series.values()
        half = accepted.median / 2
        took = [late(clients["stagelock"].paced(half, seconds)) for _ in range(rounds)]
        for client in clients.values():
            client.close()
    latency = Series("99 of 100 deliveries, from being due to the answer", "ms", tuple(took))
    return [
        more("webhook accepted: verified, stored durably (SQLite)", accepted, answered, 0.5),
        below(f"the same at half load, {half:,.0f} a second: 99th percentile", latency, 50),
    ]


def late(times: list[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


@contextmanager
def ours(folder: Path) -> Iterator[int]:
    """`stagelock serve` without a work process, on SQLite; gives its port."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    port = free()
    settings = {
        "STAGELOCK_DATA_DIR": str(folder),
        "STAGELOCK_APP_ID": "1",
        "STAGELOCK_PRIVATE_KEY": key.decode(),
        "STAGELOCK_WEBHOOK_SECRET": SECRET,
        "STAGELOCK_PORT": str(port),
        "STAGELOCK_GITHUB_URL": "http://127.0.0.1:9",  # nobody: the server starts all the same
    }
    with running([sys.executable, "-m", "app", "serve", "--no-worker"], settings):
        yield port


@contextmanager
def bare() -> Iterator[int]:
    """The same gunicorn around next to nothing; gives its port."""
    port = free()
    with running([sys.executable, "-m", "benchmarks.bare", str(port)], {}):
        yield port


@contextmanager
def running(command: list[str], settings: dict[str, str]) -> Iterator[None]:
    """The program, from when it says that it is ready."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("STAGELOCK_")}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command, env=plain | settings, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            if process.stdout is None or "ready" not in process.stdout.readline():
                raise RuntimeError(f"{' '.join(command)} did not start")
            yield
        finally:
            process.terminate()


def free() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
