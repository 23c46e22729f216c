"""
A server that gets no delivery: how long what it awaits goes unseen.

The real App, one work process, against the stand-in; each repository's check ends at another moment
between two looks. Everything is waited for in real time: a round takes about two minutes.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Limit, Row, Series
from tests.crash.place import place

if TYPE_CHECKING:
    from tests.crash.place import Place

LIMIT = 60.0
PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/]}
stages:
  e2e:
    path: stages/e2e
    steps: [{uses: copy, with: {from: apps, to: apps}}]
    verify: {checks: [e2e]}
"""


def rows(*, tiny: bool) -> list[Row]:
    """One row: the slowest of the repositories, against the minute that is promised."""
    repositories, rounds = (1, 1) if tiny else (6, Limit.of(2))
    seconds: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        place(Path(folder), STAGELOCK_SWEEP_SECONDS="300", STAGELOCK_QUIET_SECONDS="1") as here,
    ):
        here.start("serve")
        names = [f"acme/shop{number}" for number in range(repositories)]
        for name in names:
            here.world.create_repo(name, files={"stagelock.yaml": PIPELINE, "apps/a": "0"})
        pushed = {name: here.world.tip(name, "main") or "" for name in names}
        for number in range(rounds):
            seconds += _round(here, pushed, step=1.0 if tiny else 9.0)
            here.world.courier.weather.lost = None
            text = f"{number + 1}"
            pushed = {name: here.world.push(name, "main", {"apps/a": text}) for name in names}
    slowest = max(seconds)
    ours = Series("from the check's end to ours, without deliveries", "s", tuple(seconds))
    what = "no delivery arrives: a check's end is seen, slowest of all"
    return [Row(what, ours, None, slowest, "s", f"below {LIMIT:g} s", slowest < LIMIT)]


def _round(here: Place, pushed: dict[str, str], *, step: float) -> list[float]:
    """Wait while it hears, let it go deaf, end the checks one after the other."""
    for name, sha in pushed.items():
        _wait(here, name, sha, "in_progress", 120)
    here.world.courier.weather.lost = lambda _one: True
    ended: dict[str, float] = {}
    for name, sha in pushed.items():
        time.sleep(step)
        here.world.finish_check(name, _landed(here, name, sha), "e2e")
        ended[name] = time.monotonic()
    took: dict[str, float] = {}
    while len(took) < len(pushed):
        for name, sha in pushed.items():
            if name not in took and _state(here, name, sha) == "success":
                took[name] = time.monotonic() - ended[name]
        if time.monotonic() - max(ended.values()) > 400:
            raise TimeoutError("a check's end was never seen")
        time.sleep(0.1)
    return list(took.values())


def _state(here: Place, name: str, sha: str) -> str:
    run = here.world.check(name, sha, "stagelock / e2e")
    return "" if run is None else (run.conclusion or run.status)


def _wait(here: Place, name: str, sha: str, state: str, seconds: float) -> None:
    here.world.wait_for(lambda: _state(here, name, sha) == state, seconds, f"{name}: {state}")


def _landed(here: Place, name: str, sha: str) -> str:
    for commit in here.world.log(name, "main"):
        if f"@{sha}" in commit.message:
            return commit.sha
    raise LookupError(name)
