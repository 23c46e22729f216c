"""Every edit of the pipeline file in every state of a promotion by pull request, played."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import SOURCES, filled, pipeline
from tests.flows.words import ours, say

LOCKS = "locks: {door: {}}\n"
PROD = (
    "  prod: {needs: [dev], path: stages/prod, via: pull-request, lock: door, "
    "verify: {checks: [smoke]}}\n"
)
ABOVE = pipeline(filled("dev") + filled("qa", "    auto: false\n"))
OPENED = ABOVE + PROD + LOCKS
HERE = "stages/prod/web/index.html"
STEPS = "via: pull-request, steps: [{uses: copy, with: {from-stage: dev, from: web, to: site}}]"


class Edit(NamedTuple):
    """What the file is after it; what becomes of the promotion under way, and of newer freight."""

    text: str | None
    goes_on: bool
    there: str
    branch: str = "main"


EDITS = {
    "path": Edit(OPENED.replace("stages/prod", "live/prod"), True, "live/prod/web/index.html"),
    "branch": Edit(
        OPENED.replace("prod, via", "prod, branch: env/prod, via"), True, HERE, "env/prod"
    ),
    "via": Edit(OPENED.replace(", via: pull-request", ""), True, HERE),
    "steps": Edit(OPENED.replace("via: pull-request", STEPS), True, "stages/prod/site/index.html"),
    "upstream": Edit(OPENED.replace("needs: [dev]", "needs: [qa]"), True, HERE),
    "upstream gone": Edit(
        OPENED.replace("needs: [dev]", "needs: [qa]").replace(filled("dev"), ""), True, HERE
    ),
    "renamed": Edit(OPENED.replace("  prod: {", "  live: {"), False, HERE),
    "removed": Edit(ABOVE + LOCKS, False, ""),
    "invalid": Edit(OPENED.replace("stages:", "stagse:"), True, HERE),
    "no file": Edit(None, False, ""),
}


def opened(flow: Flow) -> str:
    """A person holds its lock."""
    first = flow.repo({"stagelock.yaml": ABOVE + LOCKS, **SOURCES})
    say(flow, first, "/lock door for 9h looking")
    flow.push({"stagelock.yaml": OPENED})
    return first


def approved(flow: Flow) -> str:
    first = opened(flow)
    flow.world.review(REPO, ours(flow).number, "APPROVE", by="carol")
    flow.settle()
    return first


def granted(flow: Flow) -> str:
    return flow.repo({"stagelock.yaml": OPENED, **SOURCES})


def merged(flow: Flow) -> str:
    """By a person, and nobody of us has seen it."""
    first = granted(flow)
    flow.world.merge(REPO, ours(flow).number, by="bob")
    return first


def verifying(flow: Flow) -> str:
    first = merged(flow)
    flow.settle()
    return first


STATES: dict[str, Callable[[Flow], str]] = {
    state.__name__: state for state in (opened, approved, granted, merged, verifying)
}


def rests(flow: Flow) -> None:
    flow.settle()
    flow.passes(minutes=3)
    before = len(flow.writes())
    flow.look()
    assert flow.writes()[before:] == []


def everything_is_merged_and_verified(flow: Flow) -> None:
    """People merge what is open, and CI passes everywhere."""
    for _ in range(2):
        for pull in flow.world.pulls(REPO, "open"):
            flow.world.merge(REPO, pull.number, by="bob")
        flow.settle()
        for branch in ("main", "env/prod"):
            tip = flow.world.tip(REPO, branch)
            for commit in flow.world.log(REPO, branch) if tip else ():
                flow.world.finish_check(REPO, commit.sha, "smoke", "success")
        flow.settle()
        flow.passes(minutes=3)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("state", STATES)
def test_what_an_edit_of_the_file_does_to_a_pull_request(flow: Flow, state: str, edit: str):
    first, to = STATES[state](flow), EDITS[edit]
    pull = ours(flow)
    head = pull.head_sha

    flow.push({"stagelock.yaml": to.text})
    rests(flow)

    if to.goes_on:
        assert flow.state(first, "prod") == "in_progress"
        assert (pull.head_sha, pull.base) == (head, "main")
        assert (pull.state == "open") == (state in ("opened", "approved", "granted"))
    else:
        assert flow.state(first, "prod") == "cancelled"
        assert pull.state == "closed"

    second = flow.push({"apps/web/index.html": "two"})
    if "needs: [qa]" in (to.text or ""):
        say(flow, second, "/promote qa")
    rests(flow)
    assert len(flow.world.pulls(REPO, "open")) <= 1
    if not to.there:
        return

    if state in ("opened", "approved"):
        say(flow, second, "/unlock door")
    everything_is_merged_and_verified(flow)
    everything_is_merged_and_verified(flow)

    assert flow.world.tree(REPO, to.branch)[to.there] == b"two"
    assert flow.state(second, "live" if edit == "renamed" else "prod") == "success"
