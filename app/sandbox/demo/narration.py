"""Telling what happens on the stand-in: each line is something that was seen there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO, TypeVar

from app.core.text.sinks import terminal
from app.sandbox.github.model import Pull, Run
from app.sandbox.people.world import World

T = TypeVar("T")
REPO = "acme/shop"
STEP_SECONDS = 40.0

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
        marked = f"{self._paint(DIM, seconds)}  {self._paint(colour, mark)}"
        self.out.write(f"  {marked} {who:<9} {terminal(text)}{where}\n")
        self.out.flush()

    def _paint(self, code: str, text: str) -> str:
        return f"{code}{text}{RESET}" if self.colour and code else text


class StoryError(Exception):
    """A step of the story was not seen in time; the text says which."""


class Telling:
    """What every act needs: it waits until something is seen, and says so."""

    def __init__(self, world: World, teller: Teller, patience: float = STEP_SECONDS) -> None:
        """*patience*: the seconds after which a step counts as not seen."""
        self._world = world
        self._patience = patience
        self._teller = teller
        self._sha = ""
        """The commit that this is about."""

    def _landed(self, stage: str) -> str:
        """The promotion commit of the pushed freight, found by its trailers."""
        trailers = (f"Stagelock-Stage: {stage}\n", f"@{self._sha}")

        def promotion_commit() -> str | None:
            for commit in self._world.log(REPO, "main", limit=50):
                if all(trailer in commit.message + "\n" for trailer in trailers):
                    return commit.sha
            return None

        return self._wait(promotion_commit, f"the promotion commit of {stage}")

    def _run(self, name: str, conclusion: str) -> Run:
        def concluded() -> Run | None:
            run = self._world.check(REPO, self._sha, name)
            return run if run is not None and run.conclusion == conclusion else None

        return self._wait(concluded, f"{name}: {conclusion}")

    def _wait(self, look: Callable[[], T | None], what: str) -> T:
        answers: list[T] = []

        def seen() -> bool:
            answer = look()
            if answer:
                answers.append(answer)
            return bool(answer)

        try:
            self._world.wait_for(seen, self._patience, what)
        except TimeoutError:
            raise StoryError(f"not seen within {self._patience:g} s: {what}") from None
        return answers[-1]

    def _say(self, mark: str, who: str, text: str, link: str = "") -> None:
        self._teller.say(mark, who, text, link)

    def _commit(self, sha: str) -> str:
        return f"/{REPO}/commit/{sha[:10]}"

    def _merged(self, who: str) -> Pull:
        """Production's pull request, merged by *who* as soon as it may be."""
        pull = self._wait(self._open_pull, "production's pull request")
        self._wait(lambda: self._may_merge(pull), "stagelock / plan green on its head")
        self._world.merge(REPO, pull.number, by=who)
        self._run("stagelock / prod", "success")
        return pull

    def _open_pull(self) -> Pull | None:
        return next(
            (p for p in self._world.pulls(REPO, "open") if p.head == "stagelock/prod"), None
        )

    def _may_merge(self, pull: Pull) -> bool:
        run = self._world.check(REPO, pull.head_sha, "stagelock / plan")
        return run is not None and run.conclusion == "success"
