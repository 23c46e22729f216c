"""The sandbox starts on its port and leaves nothing behind."""

from __future__ import annotations

import http.client
import threading
from pathlib import Path

import pytest

from app.sandbox.serve.server import Sandbox


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
