"""The demo's story, told as it happens: each step is something that was seen on the stand-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

from app.sandbox.model import Pull, Run
from app.sandbox.world import World

T = TypeVar("T")
REPO = "acme/shop"
STEP_SECONDS = 40.0
CHECK_SECONDS = 3.0

BOLD, DIM, GREEN, YELLOW, BLUE, RESET = (
    "\x1b[1m",
    "\x1b[2m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[34m",
    "\x1b[0m",
)


@dataclass(slots=True)
class Teller:
    """Writes the timeline: seconds, a mark, what happened, where to look."""

    out: TextIO
    url: str
    colour: bool = False
    begun: float = field(default_factory=time.monotonic)

    def heading(self, text: str) -> None:
        """A line on its own."""
        self.out.write(f"\n{self._paint(BOLD, text)}\n\n")
        self.out.flush()

    def say(self, mark: str, who: str, text: str, link: str = "") -> None:
        """One line of the timeline."""
        seconds = f"{time.monotonic() - self.begun:5.1f}s"
        colour = {"*": BLUE, "+": GREEN, "~": YELLOW}.get(mark, "")
        where = f"  {self._paint(DIM, self.url + link)}" if link else ""
        line = (
            f"  {self._paint(DIM, seconds)}  {self._paint(colour, mark)} {who:<9} {text}{where}\n"
        )
        self.out.write(line)
        self.out.flush()

    def _paint(self, code: str, text: str) -> str:
        return f"{code}{text}{RESET}" if self.colour and code else text


class StoryError(Exception):
    """A step of the story was not seen in time; the text says which."""


class Story:
    """A push travels through dev and two locked end-to-end stages to a merged pull request."""

    def __init__(self, world: World, teller: Teller) -> None:
        self._world = world
        self._teller = teller
        self._sha = ""

    def declare_checks(self) -> None:
        """The end-to-end suites, as the repository's workflows would run them."""
        for name in ("web-e2e", "api-e2e"):
            folder = f"stages/{name}"
            self._world.ci.job(
                name, repo=REPO, branch="main", paths=(folder,), after=0.3, lasts=CHECK_SECONDS
            )

    def settle(self, demo: Path) -> None:
        """
        Make the repository from the folder *demo* and wait until its first commit has travelled.
        """
        files = {
            str(path.relative_to(demo)): path.read_bytes()
            for path in sorted(demo.rglob("*"))
            if path.is_file()
        }
        self._teller.heading("A repository gets Stagelock")
        self._world.create_repo(REPO, files=files)
        self._sha = self._world.tip(REPO, "main") or ""
        self._say("*", "alice", f"creates {REPO} with a stagelock.yaml", f"/{REPO}")
        self._run("stagelock / dev", "success")
        self._say("+", "dev", "is filled", self._commit(self._sha))
        for name in ("web-e2e", "api-e2e"):
            self._run(f"stagelock / {name}", "success")
            self._say("+", name, "is filled and verified", self._commit(self._sha))
        pull = self._wait(self._open_pull, "production's first pull request")
        self._wait(lambda: self._may_merge(pull), "stagelock / plan green on its head")
        self._world.merge(REPO, pull.number, by="bob")
        self._run("stagelock / prod", "success")
        self._say(
            "+", "prod", f"is filled: bob merged #{pull.number}", f"/{REPO}/pull/{pull.number}"
        )

    def tell(self) -> None:
        """All of it, in order. `StoryError` names the step that was not seen."""
        self._teller.heading("A change travels")
        self._push()
        self._dev()
        self._queue()
        self._production()
        self._rest()

    def _push(self) -> None:
        page = "<!doctype html>\n<title>shop</title>\n<h1>shop, version 2</h1>\n"
        api = "name: shop-api\nreplicas: 2\nimage: shop-api:2.0\n"
        self._sha = self._world.push(
            REPO,
            "main",
            {"apps/web/index.html": page, "apps/api/service.yaml": api},
            author="alice",
            message="Greet the customers of version 2",
        )
        self._say("*", "alice", f"pushes {self._sha[:7]} to main", self._commit(self._sha))

    def _dev(self) -> None:
        run = self._run("stagelock / dev", "success")
        landed = self._landed("dev")
        self._say("+", "dev", f"{run.title}: {landed[:7]}", self._commit(landed))

    def _queue(self) -> None:
        waiting = self._wait(self._queued_run, "one e2e stage queued for the lock")
        holder, other = ("web-e2e", "api-e2e") if "api-e2e" in waiting else ("api-e2e", "web-e2e")
        self._say(
            "~",
            "lock e2e",
            f"held for {holder}; {other}: {waiting[other]}",
            self._commit(self._sha),
        )
        for name in (holder, other):
            run = self._run(f"stagelock / {name}", "success")
            landed = self._landed(name)
            self._say("+", name, f"{run.title}: {landed[:7]}", self._commit(landed))

    def _queued_run(self) -> dict[str, str] | None:
        """The title of the stage that waits, while the other one verifies."""
        states = {
            name: self._world.check(REPO, self._sha, f"stagelock / {name}")
            for name in ("web-e2e", "api-e2e")
        }
        queued = {n: r.title or "" for n, r in states.items() if r and r.status == "queued"}
        busy = [n for n, r in states.items() if r and r.status == "in_progress"]
        return queued if len(queued) == 1 and busy and _speaks_of_lock(queued) else None

    def _production(self) -> None:
        pull = self._wait(self._open_pull, "production's pull request")
        self._say("*", "prod", f"#{pull.number} {pull.title}", f"/{REPO}/pull/{pull.number}")
        self._wait(lambda: self._may_merge(pull), "stagelock / plan green on its head")
        self._say("+", "prod", "stagelock / plan: may be merged", f"/{REPO}/pull/{pull.number}")
        self._world.merge(REPO, pull.number, by="bob")
        self._say("*", "bob", f"merges #{pull.number}", f"/{REPO}/pull/{pull.number}")
        run = self._run("stagelock / prod", "success")
        self._say("+", "prod", run.title or "", self._commit(self._sha))

    def _rest(self) -> None:
        """Every stage holds what was pushed, object by object, and nothing promotes any more."""
        for part in ("web", "api"):
            wanted = self._world.tree_id(REPO, self._sha, f"apps/{part}")
            stage = f"{part}-e2e"
            for name in ("dev", stage, "prod"):
                if self._world.tree_id(REPO, "main", f"stages/{name}/{part}") != wanted:
                    raise StoryError(f"stages/{name}/{part} is not what alice pushed")
        self._say("+", "all", "every stage holds the very objects that alice pushed", f"/{REPO}")

    def _open_pull(self) -> Pull | None:
        return next(
            (p for p in self._world.pulls(REPO, "open") if p.head == "stagelock/prod"), None
        )

    def _may_merge(self, pull: Pull) -> bool:
        run = self._world.check(REPO, pull.head_sha, "stagelock / plan")
        return run is not None and run.conclusion == "success"

    def _landed(self, stage: str) -> str:
        """The promotion commit of the pushed freight, found by its trailers."""
        trailers = (f"Stagelock-Stage: {stage}\n", f"@{self._sha}")

        def found() -> str | None:
            for commit in self._world.log(REPO, "main", limit=50):
                if all(trailer in commit.message + "\n" for trailer in trailers):
                    return commit.sha
            return None

        return self._wait(found, f"the promotion commit of {stage}")

    def _run(self, name: str, conclusion: str) -> Run:
        def found() -> Run | None:
            run = self._world.check(REPO, self._sha, name)
            return run if run is not None and run.conclusion == conclusion else None

        return self._wait(found, f"{name}: {conclusion}")

    def _wait(self, look: Callable[[], T | None], what: str) -> T:
        found: list[T] = []

        def seen() -> bool:
            answer = look()
            if answer:
                found.append(answer)
            return bool(answer)

        try:
            self._world.wait_for(seen, STEP_SECONDS, what)
        except TimeoutError:
            raise StoryError(f"not seen within {STEP_SECONDS:.0f} s: {what}") from None
        return found[-1]

    def _say(self, mark: str, who: str, text: str, link: str = "") -> None:
        self._teller.say(mark, who, text, link)

    def _commit(self, sha: str) -> str:
        return f"/{REPO}/commit/{sha[:10]}"


def _speaks_of_lock(queued: dict[str, str]) -> bool:
    return all("e2e" in title for title in queued.values())
