"""A server that grants everything, over real HTTP; and `stagelock lock` that asks it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.cli.asking import ROOT, environ
from tests.processes import PATIENCE

CANARY = "canary-of-the-token"
GRANT = {
    "id": "7",
    "state": "held",
    "token": 5,
    "permit": None,
    "position": None,
    "of": 0,
    "holder": None,
    "expires_at": "2026-11-23T14:02:00.000Z",
}
QUEUED = {**GRANT, "state": "queued", "token": None, "position": 1, "of": 1, "expires_at": None}


class Grants(ThreadingHTTPServer):
    """
    Grants everything, and answers heartbeats by *beats*, releases by *releases*: statuses.

    After the last of *beats* *over* is there. *asked*: a request has come; *answers*: it is
    answered. *seen* is called when a release comes.
    """

    def __init__(self, beats=(), over=None, releases=(), first=GRANT, seen=lambda: None, reads=()):
        super().__init__(("127.0.0.1", 0), Answering)
        self.beats, self.over, self.releases = list(beats), over, list(releases)
        self.first, self.seen, self.reads = first, seen, list(reads)
        self.heard, self.tokens = [], []
        self.asked, self.answers = threading.Event(), threading.Event()
        self.answers.set()

    def handle_error(self, *_):
        """Who asked has gone."""


class Answering(BaseHTTPRequestHandler):
    server: Grants

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append(verb := self.path.rpartition("/")[2])
        status, said = 200, GRANT
        match verb:
            case "requests":
                self.server.asked.set()
                assert self.server.answers.wait(PATIENCE)
                said = self.server.first
            case "heartbeat" if self.server.beats:
                status = self.server.beats.pop(0)
                if not self.server.beats and status == 200:
                    self.server.over.touch()
            case "release":
                self.server.tokens.append(body["token"])
                self.server.seen()
                status = self.server.releases.pop(0) if self.server.releases else 200
            case _:
                pass
        self._answer(status, said)

    def do_GET(self):
        """It was granted meanwhile; first it is answered by *reads*, statuses."""
        self.server.heard.append("read")
        self._answer(self.server.reads.pop(0) if self.server.reads else 200, GRANT)

    def _answer(self, status, said):
        refusal = {"error": "unauthorized", "message": "this token is not known", "fields": {}}
        body = json.dumps(said if status == 200 else refusal).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Location", "/api/v1/locks/repo-1/e2e/requests/7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads it."""


@contextmanager
def granting(*given, **more):
    with Grants(*given, **more) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.answers.set()
            server.shutdown()
            thread.join()


@contextmanager
def locking(server, *command):
    """`stagelock lock e2e -- COMMAND`; it is killed at the end if it is still there."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "app", "lock", "e2e", "--repo", "acme/shop"),
            *("--ttl", "10s", "--", *command),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environ(
            PYTHONPATH=str(ROOT),
            STAGELOCK_URL=f"http://127.0.0.1:{server.server_port}",
            STAGELOCK_TOKEN=CANARY,
        ),
        # Tests that are run in the background of a shell have SIGINT ignored, and so had this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
