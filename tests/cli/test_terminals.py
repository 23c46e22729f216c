"""`stagelock lock` as people have it: in two terminals, with the keys that they press."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminals import LIMIT, Terminal
from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline

FILES = {
    "stagelock.yaml": pipeline(filled("dev") + "locks:\n  e2e-env: {permits: 1}\n"),
    "apps/web/a": "1",
}
CTRL_C = b"\x03"
TEN = timedelta(minutes=10)


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    """A server whose workers look all the time."""
    with served(tmp_path) as made:
        made.repo(FILES)
        over = threading.Event()

        def work() -> None:
            while not over.wait(0.1):
                made.settle()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield made
        finally:
            over.set()
            worker.join()


@pytest.fixture
def terminal(flow: Flow) -> Iterator[object]:
    """Opens a terminal in which `stagelock ...` runs, as the holder of a token."""
    opened: list[Terminal] = []
    url = flow.webhook.removesuffix("/github/webhook")

    def opens(*arguments: str, token: str = "lock-me") -> Terminal:
        own = {"STAGELOCK_URL": url, "STAGELOCK_TOKEN": token, "GITHUB_REPOSITORY": REPO}
        opened.append(Terminal(sys.executable, "-m", "app", *arguments, **own))
        return opened[-1]

    yield opens
    for one in opened:
        one.close()


def group(flow: Flow) -> Any:  # JSON
    return Caller(flow).get(f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env")


def holds(flow: Flow, *states: str) -> None:
    """Wait until those that hold the group are so."""
    end = time.monotonic() + LIMIT
    while (found := [str(holder["state"]) for holder in group(flow)["holders"]]) != [*states]:
        assert time.monotonic() < end, found
        time.sleep(0.1)


def test_the_second_terminal_waits_with_a_line_and_goes_on_when_the_first_has_ended(flow, terminal):
    first = terminal("lock", "e2e-env", "--", "sh", "-c", "echo in; read line")
    first.shows("in\r\n")
    second = terminal("lock", "e2e-env", "--", "sleep", "3", token="lock-you")
    second.shows(
        r"waiting for e2e-env: 1st of 1, held by acme/shop ci since \d\d:\d\d UTC\r\n",
    )
    third = terminal("lock", "e2e-env", "--", "true")
    third.shows(r"waiting for e2e-env: 2nd of 2, held by acme/shop ci since \d\d:\d\d UTC\r\n")
    first.types(b"\n")
    assert [one.ends() for one in (first, second, third)] == [0, 0, 0]
    assert "Traceback" not in first.seen + second.seen + third.seen
    assert group(flow)["holders"] == []


def test_ctrl_c_while_it_waits_leaves_the_queue(flow, terminal):
    first = terminal("lock", "e2e-env", "--", "sh", "-c", "echo in; read line")
    first.shows("in\r\n")
    second = terminal("lock", "e2e-env", "--", "true", token="lock-you")
    second.shows("1st of 1")
    second.types(CTRL_C)
    assert second.ends() == 130
    assert "Traceback" not in second.seen
    assert group(flow)["queue"] == []
    first.types(b"\n")
    assert first.ends() == 0


def test_ctrl_c_while_the_command_runs_ends_it_once_and_gives_the_lock_back(flow, terminal):
    counts = (
        "import signal, sys, time\n"
        "hits = []\n"
        "signal.signal(signal.SIGINT, lambda *_: hits.append(1))\n"
        "print('in', flush=True)\n"
        "while not hits: time.sleep(0.01)\n"  # one that came before this line counts, too
        "time.sleep(0.5)\n"
        "sys.exit(10 + len(hits))\n"
    )
    first = terminal("lock", "e2e-env", "--", sys.executable, "-c", counts)
    first.shows("in\r\n")
    first.types(CTRL_C)
    assert first.ends() == 11
    assert group(flow)["holders"] == []


def test_a_killed_holder_turns_suspect_blocks_and_is_freed_by_force(flow, terminal):
    first = terminal("lock", "e2e-env", "--ttl", "10s", "--", "sh", "-c", "echo in; sleep 600")
    first.shows("in\r\n")
    first.process.kill()
    first.process.wait()
    second = terminal("lock", "e2e-env", "--", "echo", "mine", token="lock-you")
    second.shows("1st of 1, held by acme/shop ci since ")
    flow.clock.ahead += TEN
    flow.app.store.work.touch(f"repo-{flow.world.repo(REPO).id}")
    second.shows(r"held by acme/shop ci since \d\d:\d\d UTC, suspect\r\n")
    holds(flow, "suspect")

    forced = terminal("unlock", "e2e-env", "--force", "its machine is gone", token="keep-me")
    assert forced.ends() == 0
    assert "e2e-env was taken away from ci, held since" in forced.seen
    second.shows("mine\r\n")
    assert second.ends() == 0
