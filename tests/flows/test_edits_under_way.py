"""The pipeline file is edited while a promotion is under way: that one goes on as it began."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import SOURCES, filled, pipeline
from tests.flows.words import ours

PROD = "  prod: {needs: [dev], path: stages/prod, via: pull-request}\n"
OPENED = pipeline(filled("dev") + PROD)
EDITS = {
    "path": OPENED.replace("stages/prod", "live/prod"),
    "branch": OPENED.replace("path: stages/prod,", "path: stages/prod, branch: env/prod,"),
    "via": OPENED.replace(", via: pull-request", ""),
    "steps": OPENED.replace(
        "via: pull-request",
        "via: pull-request, steps: [{uses: copy, with: {from-stage: dev, from: web, to: site}}]",
    ),
}


def merged(flow: Flow) -> None:
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    flow.passes(minutes=3)


@pytest.mark.parametrize("edit", EDITS)
def test_an_open_pull_request_goes_on_as_it_was_opened(flow: Flow, edit: str):
    first = flow.repo({"stagelock.yaml": OPENED, **SOURCES})
    before = ours(flow)
    head = before.head_sha

    flow.push({"stagelock.yaml": EDITS[edit]})
    flow.passes(minutes=3)

    pull = ours(flow)
    assert (pull.number, pull.head_sha, pull.base) == (before.number, head, "main")
    assert flow.state(first, "prod") == "in_progress"

    merged(flow)
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"one"}


@pytest.mark.parametrize("edit", ["via", "branch"])
def test_newer_freight_goes_its_own_way_and_closes_the_pull_request_of_the_old(
    flow: Flow, edit: str
):
    first = flow.repo({"stagelock.yaml": OPENED, **SOURCES})
    old = ours(flow)
    flow.push({"stagelock.yaml": EDITS[edit]})

    second = flow.push({"apps/web/index.html": "two"})
    flow.passes(minutes=3)

    assert flow.state(first, "prod") == "skipped"
    assert (old.state, old.merged_at) == ("closed", None)
    if edit == "via":
        assert flow.state(second, "prod") == "success"
        assert flow.world.tree(REPO, "main", "stages/prod") == {
            "stages/prod/web/index.html": b"two"
        }
    else:
        assert ours(flow).number != old.number
        assert (ours(flow).base, ours(flow).state) == ("env/prod", "open")
        assert flow.state(second, "prod") == "in_progress"


def test_newer_freight_writes_the_open_pull_request_anew_in_the_new_folder(flow: Flow):
    flow.repo({"stagelock.yaml": OPENED, **SOURCES})
    old = ours(flow)
    flow.push({"stagelock.yaml": EDITS["path"]})

    second = flow.push({"apps/web/index.html": "two"})
    flow.passes(minutes=3)

    pull = ours(flow)
    assert (pull.number, pull.state) == (old.number, "open")
    assert second[:7] in pull.title
    tree = flow.world.tree(REPO, "stagelock/prod")
    assert tree["live/prod/web/index.html"] == b"two"
    assert not any(path.startswith("stages/prod") for path in tree)


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_not_opened_yet_goes_by_the_file_in_force(flow: Flow, edit: str):
    """Its head is pushed, and GitHub opens nothing."""
    flow.world.faults.add("POST", r"/pulls$", "error", times=1000)
    with flow.clock.still():
        first = flow.repo({"stagelock.yaml": OPENED, **SOURCES})
    assert flow.world.tip(REPO, "stagelock/prod") is not None

    flow.push({"stagelock.yaml": EDITS[edit]})
    flow.world.faults.clear()
    flow.passes(minutes=3)
    flow.passes(minutes=3)

    if edit == "via":
        assert flow.world.pulls(REPO) == []
        assert flow.world.tip(REPO, "stagelock/prod") is None
        assert flow.state(first, "prod") == "success"
        return
    pull = ours(flow)
    assert (pull.state, pull.base) == ("open", "env/prod" if edit == "branch" else "main")
    merged(flow)
    assert flow.state(first, "prod") == "success"
    written = flow.world.tree(REPO, pull.base)
    assert {
        "path": "live/prod/web/index.html",
        "branch": "stages/prod/web/index.html",
        "steps": "stages/prod/site/index.html",
    }[edit] in written
