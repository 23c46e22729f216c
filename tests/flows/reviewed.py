"""Pipelines whose last stage is promoted by pull request, and what people do with that."""

from __future__ import annotations

from collections.abc import Callable

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import BY_PULL
from tests.flows.words import ours

BRANCH = "stagelock/prod"
Act = Callable[[Flow], object]
ACTS: dict[str, tuple[Act, tuple[str | None, str]]] = {
    "merges it": (
        lambda f: f.world.merge(REPO, ours(f).number, "merge", by="bob"),
        ("success", "verified"),
    ),
    "squashes it": (
        lambda f: f.world.merge(REPO, ours(f).number, "squash", by="bob"),
        ("success", "verified"),
    ),
    "closes it": (
        lambda f: f.world.edit_pull(REPO, ours(f).number, by="bob", state="closed"),
        ("cancelled", "cancelled: its pull request was closed"),
    ),
    "deletes its branch": (
        lambda f: f.world.delete_branch(REPO, BRANCH),
        ("cancelled", "cancelled: its pull request was closed"),
    ),
    "pushes to it": (
        lambda f: f.world.push(REPO, BRANCH, {"stages/prod/web/x": "mine"}, author="bob"),
        ("failure", "failed: "),
    ),
    "changes its base": (
        lambda f: (
            f.world.branch(REPO, "release"),
            f.world.edit_pull(REPO, ours(f).number, by="bob", base="release"),
        ),
        (None, "blocked: its pull request needs the base main"),
    ),
}
PEOPLE = {"stagelock.yaml": BY_PULL, "apps/web/index.html": "one"}
AUTO = {"stagelock.yaml": f"{BY_PULL}    merge: auto\n", "apps/web/index.html": "one"}
LOCKED = {
    "stagelock.yaml": f"{BY_PULL}    lock: door\n    verify: {{checks: [smoke]}}\n"
    "locks:\n  door: {permits: 1}\n",
    "apps/web/index.html": "one",
}
