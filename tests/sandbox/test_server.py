"""The sandbox starts on its port and leaves nothing behind."""

from __future__ import annotations

import http.client
import threading
from pathlib import Path

import pytest

from app.sandbox.serve.connections import HELD
from app.sandbox.serve.server import Sandbox
from tests.processes import PATIENCE


def test_a_stopped_sandbox_leaves_no_thread_and_no_port(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Sandbox(tmp_path) as sandbox:
        sandbox.world.ci.job("slow", after=3600)
        sandbox.world.create_repo("acme/shop", {"a": "1"})
        host = sandbox.url.partition("://")[2]
    assert set(threading.enumerate()) <= before
    link = http.client.HTTPConnection(host, timeout=2)
    with pytest.raises(ConnectionRefusedError):
        link.request("GET", "/")
    link.close()


def test_waiting_for_what_never_happens_ends_with_its_name(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox, pytest.raises(TimeoutError, match="a miracle"):
        sandbox.world.wait_for(lambda: False, timeout=0.01, what="a miracle")


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        world = sandbox.world
        credentials = world.register_app("stagelock", None, "canary-secret", {"checks": "write"})
        world.create_repo("acme/shop", {"a": "1"})
        said = repr((credentials, world.hub.app("stagelock"), world.user("alice")))
        assert "PRIVATE KEY" not in said
        assert "canary-secret" not in said
        assert world.user("alice").token not in said


def test_calls_share_a_connection_which_ends_with_the_sandbox(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Sandbox(tmp_path) as sandbox:
        link = http.client.HTTPConnection(sandbox.url.partition("://")[2], timeout=PATIENCE)
        ports = set()
        for method, body in (("GET", None), ("POST", "{}"), ("HEAD", None), ("GET", None)):
            link.request(method, "/api/v3/app", body)
            assert link.getresponse().read() == b"" or method != "HEAD"
            assert link.sock is not None, f"closed after {method}"
            ports.add(link.sock.getsockname())
        assert len(ports) == 1
    assert set(threading.enumerate()) <= before
    assert link.sock.recv(1) == b""
    link.close()


def test_what_is_sent_with_a_call_is_no_part_of_the_next(tmp_path: Path) -> None:
    """The call is refused before what came with it is read."""
    with Sandbox(tmp_path) as sandbox:
        link = http.client.HTTPConnection(sandbox.url.partition("://")[2], timeout=PATIENCE)
        for sent in (b"x" * 9, b"y" * (HELD + 1), (b"z" for _ in range(9))):
            link.request("POST", "/api/v3/app", sent, encode_chunked=not isinstance(sent, bytes))
            answer = link.getresponse()
            answer.read()
            assert answer.status == 401
        link.close()
