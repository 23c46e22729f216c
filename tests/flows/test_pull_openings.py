"""The answer to opening our pull request is lost, and people act before we ask again."""

from __future__ import annotations

import pytest

from app.github import endpoints as at
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.proposing import plans
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours

VALUES = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  prod:
    path: stages/prod
    via: pull-request
    steps:
      - uses: yaml-set
        with: {file: values.yaml, values: {tag: "${{ freight.sha }}"}}
"""


def unanswered(flow: Flow, files: dict[str, str] = PEOPLE) -> str:
    """Its opening took effect, and nobody told us; the freight."""
    with flow.clock.still(), losing(flow, at.CREATE_PULL, times=1):
        first = flow.repo(files)
    assert [p.pull for p in flow.promotions() if p.stage == "prod"] == [None]
    assert ours(flow).state == "open"
    return first


def asks_again(flow: Flow) -> None:
    flow.passes(seconds=30)
    flow.passes(minutes=2)
    assert len(flow.world.pulls(REPO)) == 1


@loses(at.CREATE_PULL)
def test_nothing_happened(flow: Flow):
    first = unanswered(flow)
    asks_again(flow)
    assert plans(flow, ours(flow).head_sha) == ["success"]
    assert flow.state(first, "prod") == "in_progress"


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("deleted", [False, True])
@loses(at.CREATE_PULL)
def test_merged(flow: Flow, method: str, *, deleted: bool):
    first = unanswered(flow)
    flow.world.merge(REPO, ours(flow).number, method, by="bob")
    if deleted:
        flow.world.delete_branch(REPO, "stagelock/prod")
    asks_again(flow)
    run = flow.run(first, "prod")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "verified")
    assert "stagelock/prod" not in flow.world.branches(REPO)


@pytest.mark.parametrize("deleted", [False, True])
@loses(at.CREATE_PULL)
def test_closed(flow: Flow, *, deleted: bool):
    first = unanswered(flow)
    if deleted:  # with its branch GitHub closes it
        flow.world.delete_branch(REPO, "stagelock/prod")
    else:
        flow.world.edit_pull(REPO, ours(flow).number, by="bob", state="closed")
    asks_again(flow)
    run = flow.run(first, "prod")
    assert run is not None
    assert (run.conclusion, run.title) == ("cancelled", "cancelled: its pull request was closed")


@loses(at.CREATE_PULL)
def test_pushed_to(flow: Flow):
    first = unanswered(flow)
    foreign = flow.world.push(REPO, "stagelock/prod", {"stages/prod/web/x": "mine"}, author="bob")
    asks_again(flow)
    run = flow.run(first, "prod")
    assert run is not None
    assert run.conclusion == "failure"
    assert "Bob" in (run.summary or "")
    assert flow.world.tip(REPO, "stagelock/prod") == foreign


@pytest.mark.parametrize("merged", [False, True])
@loses(at.CREATE_PULL)
def test_retargeted(flow: Flow, *, merged: bool):
    first = unanswered(flow)
    flow.world.branch(REPO, "release")
    flow.world.edit_pull(REPO, ours(flow).number, by="bob", base="release")
    if merged:
        flow.world.merge(REPO, ours(flow).number, by="bob")
    asks_again(flow)
    run = flow.run(first, "prod")
    assert run is not None
    wanted = (
        ("cancelled", "cancelled: merged into another branch")
        if merged
        else (None, "blocked: its pull request needs the base main")
    )
    assert (run.conclusion, run.title) == wanted


@loses(at.CREATE_PULL)
def test_updated(flow: Flow):
    first = unanswered(flow)
    flow.world.push(REPO, "main", {"docs/a.md": "elsewhere"})
    flow.world.update_branch(REPO, ours(flow).number)
    asks_again(flow)
    assert plans(flow, ours(flow).head_sha) == ["success"]
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"


def test_a_head_that_conflicts_by_a_neighbouring_line_is_made_anew_and_can_be_merged(flow: Flow):
    files = {
        "stagelock.yaml": VALUES,
        "apps/web/index.html": "one",
        "stages/prod/values.yaml": 'tag: ""\nreplicas: 1\n',
    }
    first = flow.repo(files)
    pull = ours(flow)
    before = pull.head_sha
    flow.world.push(REPO, "main", {"stages/prod/values.yaml": 'tag: ""\nreplicas: 2\n'}, "bob")
    flow.settle()

    assert pull.head_sha != before
    assert plans(flow, pull.head_sha) == ["success"]
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"
    held = flow.world.tree(REPO, "main", "stages/prod")["stages/prod/values.yaml"]
    assert held == f'tag: "{first}"\nreplicas: 2\n'.encode()
