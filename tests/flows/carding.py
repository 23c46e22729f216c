"""A pipeline whose freight waits for a person, the pull requests that carry it, and their cards."""

from __future__ import annotations

import re

from app.core.text.markup import event_id
from app.sandbox.github.model import Comment, Pull
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import MANUAL, MANUAL_FILES

BY_ITSELF = {**MANUAL_FILES, "stagelock.yaml": MANUAL.replace("    auto: false\n", "")}
MINUTES = 2


def event_on(flow: Flow, pull: int) -> str:
    """What the card on that pull request ends with."""
    return event_id("card", flow.world.repo(REPO).id, pull)


def cards(flow: Flow, pull: int) -> list[Comment]:
    """The cards there: there is never more than one."""
    event = f"event `{event_on(flow, pull)}`"
    return [c for c in flow.world.comments(REPO, pull) if event in c.body]


def proposed(
    flow: Flow, path: str = "apps/web/index.html", text: str = "two", on: str = "t"
) -> Pull:
    """Bob proposes a change."""
    flow.world.branch(REPO, on)
    flow.world.push(REPO, on, {path: text}, author="bob")
    pull = flow.world.open_pull(REPO, on, by="bob")
    flow.settle()
    return pull


def merged(flow: Flow, *, how: str = "squash", **more: str) -> int:
    """Bob's change is merged; its number."""
    pull = proposed(flow, **more)
    flow.world.merge(REPO, pull.number, how, by="bob")
    flow.settle()
    return pull.number


def said(flow: Flow, pull: int) -> str:
    [card] = cards(flow, pull)
    return card.body


TWO_WAREHOUSES = MANUAL.replace("stages:\n", "  api: {paths: [apps/api/]}\nstages:\n").replace(
    "path: stages/dev\n", "freight: web\n    path: stages/dev\n"
) + (
    "    freight: web\n"
    "  live:\n    freight: api\n    path: stages/live\n    auto: false\n    steps:\n"
    "      - {uses: copy, with: {from: apps/api, to: api}}\n"
)
POSTED = re.compile(rf"/repos/{REPO}/issues/(\d+)/comments")


def proposing(
    flow: Flow, branch: str, text: str, folder: str = "web", message: str = "Change files"
) -> Pull:
    """A pull request of bob's that changes what a warehouse watches."""
    changes = {f"apps/{folder}/{branch}": text}
    flow.world.push(REPO, branch, changes, parent=flow.tip(), message=message)
    return flow.world.open_pull(REPO, branch, title=f"Change {branch}")


def commented(flow: Flow) -> list[int]:
    """The numbers of the pull requests where we made a comment that GitHub took, in order."""
    found = ((POSTED.fullmatch(e.path), e) for e in flow.sandbox.exchanges if e.method == "POST")
    return [int(at[1]) for at, e in found if at and e.status == 201]
