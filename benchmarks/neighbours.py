"""
One organisation is attacked, another one pushes: how long its change takes to `dev`, and at rest.

A real `stagelock serve` with three work processes, the stand-in for GitHub in this process. Each
attack begins before the first of the neighbour's pushes and goes on until the last has arrived.
"""

from __future__ import annotations

import itertools
import socket
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.harness import Limit, Row, Series, within
from tests.crash.place import Place, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev}}
"""
FILES = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"}
FIRST, SECOND = "acme/shop", "umbrella/site"
WORKERS = 3
SECONDS = 120.0
PAUSE = 0.1
"""Between two acts of an attacker, in seconds: more than GitHub takes from anybody for long."""
UNENDING = b"POST /github/webhook HTTP/1.1\r\nHost: a\r\nX-Header: "


def messages(there: Place, number: int) -> None:
    """A description that a pattern once took minutes for."""
    said = "Fix a typo\n\nco-authored-by:" + " " * 4000 + "x"
    there.world.push(FIRST, "main", {"apps/web/index.html": f"m{number}"}, message=said)


def files(there: Place, number: int) -> None:
    """A pull request whose pipeline file was once read for minutes."""
    there.world.branch(FIRST, f"hostile-{number}")
    value = "${{" + " " * 990
    steps = "".join(f"          k{n}: '{value}'\n" for n in range(50))
    text = PIPELINE + f"# {number}\nx:\n  steps:\n    - uses: yaml-set\n      with:\n{steps}"
    there.world.push(FIRST, f"hostile-{number}", {"stagelock.yaml": text})
    there.world.open_pull(FIRST, f"hostile-{number}", "main", "Hostile")


def comments(there: Place, number: int) -> None:
    """A reader asks for help without end."""
    there.world.comment(FIRST, there.world.tip(FIRST, "main") or "", f"/stagelock help\n{number}")


def pushes(there: Place, number: int) -> None:
    """Pushes of many files, without a pause."""
    many = {f"apps/web/{number}/{n}.txt": str(n) for n in range(50)}
    there.world.push(FIRST, "main", many)


def signals(there: Place, number: int) -> None:
    """Deliveries that only say "look again", several at once."""
    for n in range(3):
        there.world.branch(FIRST, f"b{number}-{n}")


ATTACKS: dict[str, Callable[[Place, int], None]] = {
    "hostile messages": messages,
    "hostile pipeline files": files,
    "comments without end": comments,
    "pushes without end": pushes,
    "branches without end": signals,
}
SLOWLY = "100 connections that send a byte every 4 s"


def rows(*, tiny: bool) -> list[Row]:
    """The neighbour at rest, then beside each attack."""
    rounds = Limit.of(1 if tiny else 7)
    count = itertools.count(1)
    with tempfile.TemporaryDirectory() as folder, place(Path(folder)) as there:
        server = there.start("serve", "--workers", str(WORKERS))
        for repo in (FIRST, SECOND):
            there.world.create_repo(repo, files=FILES)
        there.wait_for_rest()
        rest = Series("at rest", "ms", _series(there, count, rounds))
        found = []
        for name in (*ATTACKS, SLOWLY):
            with _attacked(there, server.url, name):
                beside = Series(f"beside {name}", "ms", _series(there, count, rounds))
            there.wait_for_rest(600)
            found.append(within(f"a neighbour's push to dev beside {name}", beside, rest, 2))
    return found


def _series(there: Place, count: Iterator[int], rounds: int) -> tuple[float, ...]:
    return tuple(_arrives(there, next(count)) * 1000 for _ in range(rounds))


def _arrives(there: Place, number: int) -> float:
    """Push to the second organisation's repository; the seconds until it is in `dev`."""
    begun = time.monotonic()
    there.world.push(SECOND, "main", {"apps/web/index.html": str(number)})
    wanted = there.world.tree_id(SECOND, "main", "apps/web")
    while there.world.tree_id(SECOND, "main", "stages/dev") != wanted:
        if time.monotonic() - begun > SECONDS:
            raise TimeoutError(f"push {number} of the neighbour did not arrive")
        time.sleep(0.005)
    return time.monotonic() - begun


@contextmanager
def _attacked(there: Place, url: str, name: str) -> Iterator[None]:
    """Attack the first organisation's repository, or the door, while the block runs."""
    over = threading.Event()
    with ExitStack() as stack:
        if name == SLOWLY:
            act = _dripping(stack, url)
        else:
            attack, numbers = ATTACKS[name], itertools.count(1)

            def act() -> None:
                attack(there, next(numbers))
                over.wait(PAUSE)

        def go_on() -> None:
            while not over.is_set():
                act()

        thread = threading.Thread(target=go_on, name=name)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _dripping(stack: ExitStack, url: str) -> Callable[[], None]:
    where = urlsplit(url)
    made = [
        stack.enter_context(socket.create_connection((where.hostname, where.port)))
        for _ in range(100)
    ]
    for one in made:
        one.sendall(UNENDING)
    pause = threading.Event()

    def drip() -> None:
        pause.wait(4)
        for one in made:
            with suppress(OSError):
                one.send(b"x")

    return drip
