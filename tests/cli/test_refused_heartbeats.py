"""`stagelock lock GROUP -- COMMAND` while a server refuses its heartbeats: rule AP23, over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cli.asking import ROOT, ended, environ

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
COMMAND = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
sys.exit(7)
"""
"""Goes on until a file is there."""


class Grants(ThreadingHTTPServer):
    """Grants everything, and answers heartbeats by *beats*; after the last one *over* is there."""

    def __init__(self, beats, over):
        super().__init__(("127.0.0.1", 0), Answering)
        self.beats, self.over, self.heard = list(beats), over, []


class Answering(BaseHTTPRequestHandler):
    server: Grants

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(verb := self.path.rpartition("/")[2])
        status = 200
        if verb == "heartbeat" and self.server.beats:
            status = self.server.beats.pop(0)
            if not self.server.beats and status == 200:
                self.server.over.touch()
        refusal = {"error": "unauthorized", "message": "this token is not known", "fields": {}}
        body = json.dumps(GRANT if status == 200 else refusal).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Location", "/api/v1/locks/repo-1/e2e/requests/7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads it."""


@contextmanager
def granting(beats, over):
    with Grants(beats, over) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("beats", "code", "warned"), [([401, 401, 200], 7, 2), ([401, 409], 1, 1)], ids=["back", "gone"]
)
def test_a_token_that_is_refused_meanwhile_ends_no_command_and_a_grant_that_has_ended_does(
    tmp_path, beats, code, warned
):
    with granting(beats, tmp_path / "over") as server:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "app", "lock", "e2e", "--repo", "acme/shop"),
                *("--ttl", "10s", "--"),
                *(sys.executable, "-c", COMMAND, str(tmp_path / "over")),
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
        )
        found, out, err = ended(process)

    assert found == code, err
    assert err.count("this token is not known; retrying") == warned
    assert ("told to end" in err) == ("no longer held" in err) == (code == 1)
    assert server.heard.count("heartbeat") >= len(beats)
    assert server.heard[-1] == "release", "given back however it ends"
    assert CANARY not in out + err
