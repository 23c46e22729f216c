"""A stage whose folder people change by hand."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline

PATH = "stages/prod/web"
LINES = "".join(f"line {n}\n" for n in range(9))


def begun(flow: Flow, rule: str, below: str = "") -> None:
    """`prod` holds the first freight; its folder's files are `a` and `b`."""
    text = pipeline(filled("prod", f"    on-drift: {rule}\n") + below)
    flow.repo({"stagelock.yaml": text, "apps/web/a": LINES, "apps/web/b": "1"})


def edit(flow: Flow, name: str, text: str | None, by: str = "bob") -> str:
    sha = flow.world.push(REPO, "main", {f"{PATH}/{name}": text}, by, "A hotfix by hand")
    flow.settle()
    return sha
