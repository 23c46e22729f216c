"""
Two repositories of an organisation and a CI job share a lock group, while processes are killed.

The stages' jobs run at GitHub, the CI job asks over HTTP as any client does, and asks again whenever
its server is gone. Whoever is in there is known from outside: by the times of the jobs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Self

import httpx

from app.sandbox.github.ci import Job
from app.wiring import clock
from tests.crash.killing import Killer
from tests.crash.place import Place, place
from tests.crash.story import SECONDS
from tests.processes import until

HOME, REPOS = "acme/.github", ("acme/api", "acme/shop")
GROUP = "version: 1\nlocks:\n  e2e-env: {permits: 1}\n"
PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  e2e:
    path: stages/e2e
    lock: e2e-env
    verify: {checks: [e2e]}
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
locks:
  e2e-env: {scope: organization}
"""
TTL = 10
"""Seconds: a place, or an unread grant, of a client that was cut off is over so soon."""
TURN = 0.3
"""Seconds that the CI job is in there."""
TOKEN = {"Authorization": "Bearer lock-me"}


@dataclass(frozen=True)
class Inside:
    """Somebody was in there from *since* to *until*."""

    who: str
    since: datetime
    until: datetime


class Client:
    """The CI job, again and again, each time as another owner."""

    def __init__(self, killer: Killer, organization: int) -> None:
        self._killer, self._path = killer, f"/api/v1/locks/org-{organization}/e2e-env"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.turns: list[Inside] = []
        self.wrong: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            self._turn(f"job-{number}")
            self._over.wait(TURN)

    def _turn(self, owner: str) -> None:
        asked = self._answer("/requests", {"owner": owner, "ttl": TTL})
        while asked is not None and asked.status_code in (202, 404):  # the file is read by a look
            self._over.wait(0.05)
            asked = self._answer("/requests", {"owner": owner, "ttl": TTL})
        if asked is None or asked.status_code != 200:
            self.wrong += [f"{owner} asks, and is told {asked.text}"] if asked is not None else []
            return
        since, told = clock(), asked.json()
        threading.Event().wait(TURN)
        before = clock()
        here = f"/requests/{told['id']}/release"
        given = self._answer(here, {"token": told["token"]}, last=True)
        if given is not None and given.status_code == 200:
            self.turns.append(Inside(owner, since, before))
        elif given is not None:
            self.wrong.append(f"{owner} has {told}, and is told {given.text}")

    def _answer(self, path: str, body: object, *, last: bool = False) -> httpx.Response | None:
        """However often the server is killed; None: it is over, and there is nothing to give back."""
        while last or not self._over.is_set():
            try:
                url = f"{self._killer.server.url}{self._path}{path}"
                answer = httpx.post(url, json=body, headers=TOKEN, timeout=5)
            except (httpx.HTTPError, AttributeError, AssertionError):
                threading.Event().wait(0.1)
                continue
            if answer.status_code < 500:
                return answer
            threading.Event().wait(0.1)
        return None


def shared(root: Path, seed: int, victims: Sequence[str], pushes: int) -> tuple[str, ...]:
    """What is wrong: two were in there, or somebody never was."""
    with place(root, STAGELOCK_API_TOKENS="ci:lock+read:lock-me") as here:
        job: Job = here.world.ci.job("e2e", paths=("stages/e2e",), lasts=TURN)
        assert job.lasts
        here.start("serve", "--workers", "2")
        here.world.create_repo(HOME, files={"README": "ours", "stagelock-locks.yaml": GROUP})
        for repo in REPOS:
            here.world.create_repo(repo, files={"stagelock.yaml": PIPELINE, "README": "x"})
        killer = Killer(here, seed, victims)
        organization = here.world.repo(REPOS[0]).owner.id
        with killer.at_work(), Client(killer, organization) as client:
            for number in range(1, pushes + 1):
                _through(here, number)
            until(lambda: not killer.left and len(client.turns) > pushes, SECONDS, "no more turns")
        told = [f"seed {seed}, {killer.kills}: {words}" for words in client.wrong]
        told += [
            f"seed {seed}, {killer.kills}: {words}" for words in beside(_checks(here), client.turns)
        ]
        return tuple(told)


def _through(here: Place, number: int) -> None:
    """A push to both at once: both arrive, whatever is killed meanwhile."""
    world = here.world
    files = {"apps/web/index.html": str(number)}
    shas = {repo: world.push(repo, "main", files, message="A change") for repo in REPOS}

    def arrived() -> bool:
        runs = [world.check(repo, sha, "stagelock / e2e") for repo, sha in shas.items()]
        return all(run is not None and run.conclusion == "success" for run in runs)

    world.wait_for(arrived, SECONDS, f"push {number} did not arrive")


def _checks(here: Place) -> list[Inside]:
    """The stages' jobs."""
    return [
        Inside(f"e2e of {run.head_sha[:7]}", run.started_at, run.completed_at)
        for run in here.world.hub.runs.values()
        if run.name == "e2e" and run.started_at is not None and run.completed_at is not None
    ]


def beside(checks: Sequence[Inside], turns: Sequence[Inside]) -> list[str]:
    """Who was in there while another one was."""
    all_of = sorted((*checks, *turns), key=lambda one: one.since)
    return [
        f"{b.who} was let in at {b.since}, beside {a.who}"
        for a, b in pairwise(all_of)
        if a.until > b.since
    ]
