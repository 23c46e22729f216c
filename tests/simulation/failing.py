"""One stage's calls fail, always the same way, while another stage has nothing to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from app.core.model.facts import RefUpdate
from app.core.model.names import Repo
from app.engine.deliveries.intake import Intake
from app.engine.options import Options
from app.engine.reconcile import Reconciler
from app.errors import Conflict, Denied, Missing, Rejected, Transient
from app.ports.git import GitMirrors
from app.ports.store import Store
from tests.simulation.github import OWN_APP
from tests.simulation.mirror import SimMirrors, SimRepo
from tests.simulation.world import METRICS, SWEEP, World

COPY = [{"uses": "copy", "with": {"from": "apps/a", "to": "web"}}]
OTHER = [{"uses": "copy", "with": {"from": "apps/b", "to": "web"}}]
KINDS: dict[str, dict[str, object]] = {
    "commit": {"verify": {"checks": ["ci"]}, "lock": "one"},
    "pull": {"via": "pull-request", "merge": "auto", "lock": "one"},
    "open": {"via": "pull-request"},
}


def document(kind: str) -> dict:
    """Stage *bad*, of *kind*, and stage *good* beside it: nothing of the one is the other's."""
    return {
        "version": 1,
        "warehouses": {"a": {"paths": ["apps/a"]}, "b": {"paths": ["apps/b"]}},
        "stages": {
            "bad": {
                "freight": "a",
                "branch": "env/bad",
                "path": "bad",
                "steps": COPY,
                **KINDS[kind],
            },
            "good": {"freight": "b", "branch": "env/good", "path": "good", "steps": OTHER},
        },
        "locks": {"one": {"permits": 1}},
    }


@dataclass
class Failure:
    """*call* fails with *error* wherever it is about the bad stage."""

    call: str
    error: Callable[[], Exception]
    on: bool = False
    hits: int = 0
    bad: Callable[[object], bool] = field(default=lambda _argument: False)

    def asked(self, call: str, arguments: Sequence[object]) -> None:
        if self.on and call == self.call and any(map(self.bad, arguments)):
            self.hits += 1
            raise self.error()


class FailingForge:
    """The world's forge, some calls of which fail."""

    def __init__(self, forge, failure: Failure) -> None:
        self._forge, self._failure = forge, failure

    def __getattr__(self, name: str):
        call = getattr(self._forge, name)
        if not callable(call):
            return call

        def asked(*arguments, **named):
            self._failure.asked(name, arguments)
            return call(*arguments, **named)

        return asked


class FailingRepo(SimRepo):
    """The world's git, some readings and pushes of which fail."""

    failure: Failure

    def push(self, updates: Sequence[RefUpdate]) -> None:
        self.failure.asked("push", [update.ref for update in updates])
        super().push(updates)

    def content(self, commit, outputs):
        self.failure.asked("content", [output.path for output in outputs])
        return super().content(commit, outputs)

    def render(self, request, stage, watched):
        self.failure.asked("render", [stage.name])
        return super().render(request, stage, watched)

    def is_ancestor(self, ancestor, tip):
        self.failure.asked("is_ancestor", [tip])
        return super().is_ancestor(ancestor, tip)

    def changed_paths(self, sha, base=None):
        self.failure.asked("changed_paths", [sha] if base else [])
        return super().changed_paths(sha, base)

    def merge_base(self, one, other):
        self.failure.asked("merge_base", [one, other])
        return super().merge_base(one, other)


class FailingMirrors(SimMirrors):
    failure: Failure

    @contextmanager
    def open(self, repo: Repo) -> Iterator[SimRepo]:
        opened = FailingRepo(
            self._server, self._faults, self._law, self._begins, self._clone, self._saw
        )
        opened.failure = self.failure
        yield opened


class FailingWorld(World):
    """A world in which CI passes, and *failure* is turned on and off."""

    wakes = 20  # what landed is looked at each five minutes, too; what fails, every ten seconds

    def __init__(self, kind: str, failure: Failure) -> None:
        self.failure = failure
        failure.bad = self.is_bad
        super().__init__(document(kind))
        # They hold the whole world to what one stage cannot do.
        self.law.after = lambda: None  # type: ignore[method-assign]
        self.unclean: list[str] = []
        self.ci.silence()
        self.server.pushed.append(self._begins_ci)

    def _reconciler(self) -> Reconciler:
        mirrors = FailingMirrors(
            self.server, self.faults, self.law.push, self.law.begins, self.clone
        )
        mirrors.failure = self.failure
        return Reconciler(
            store=cast("Store", self.watched),
            forge=FailingForge(self.forge, self.failure),
            mirrors=cast("GitMirrors", mirrors),
            clock=lambda: self.now,
            intake=Intake(cast("Store", self.watched), lambda: OWN_APP),
            metrics=METRICS,
            options=Options("https://github.test", timedelta(seconds=60), SWEEP),
        )

    def is_bad(self, argument: object) -> bool:
        """It names the bad stage, its branches, its pull request, or a commit or check of it."""
        if isinstance(argument, str) and ("bad" in argument):
            return True
        if isinstance(argument, int):
            return argument in self.forge.pulls and "bad" in self.forge.pulls[argument].head_ref
        if getattr(argument, "name", "") == "ci":
            return True
        tips = (self.server.tips.get(b) for b in ("env/bad", "stagelock/bad"))
        return argument in {
            promotion.landed for promotion in self.records().promotions if promotion.stage == "bad"
        } | {tip for tip in tips if tip}

    def _begins_ci(self, branch, _old, new) -> None:
        if new is not None and branch == "env/bad":
            self.forge.start(new, "ci")

    def tick(self) -> None:
        super().tick()
        if not self.clean:
            self.unclean.append(self.story[-1])

    def change(self, value: str) -> None:
        """Somebody changes what both stages take, and time passes."""
        self.server.commit("main", {"apps/a/x": value.encode(), "apps/b/x": value.encode()}, value)
        for _ in range(3):
            self.tick()
            self.passes(7)

    def concluded(self, conclusion: str) -> None:
        """CI's newest unfinished run ends."""
        for run in self.forge.runs.values():
            if run.name == "ci" and run.conclusion is None:
                self.forge.conclude(run, conclusion)
        self.tick()

    def states(self, stage: str) -> list[tuple[str, str]]:
        rows = self.records().promotions
        return [(row.freight.sha, row.state) for row in rows if row.stage == stage]

    def shown(self, stage: str) -> list[str]:
        return [
            f"{run.sha} {run.status} {run.conclusion}"
            for run in self.forge.runs.values()
            if run.name == f"stagelock / {stage}"
        ]


ERRORS = {
    "transient": lambda: Transient("GitHub answered 502"),
    "conflict": lambda: Conflict("it has moved"),
    "rejected": lambda: Rejected("Validation Failed"),
    "denied": lambda: Denied("Resource not accessible by integration"),
    "missing": lambda: Missing("Not Found"),
}
OPENING = ("create_pull", "pulls_from")
"""Asked for only when a pull request is opened, which the first freight does."""


CALLS = {
    "commit": ("checks", "rerun", "cancel_workflow", "push", "content", "render", "is_ancestor"),
    "pull": (
        "pull",
        "reviews",
        *OPENING,
        "merge_pull",
        "checks",
        "push",
        "merge_base",
        "changed_paths",
    ),
}
