"""Pull requests that bring a first `stagelock.yaml` in odd ways: which get runs, and what they say."""

from __future__ import annotations

import pytest

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.proposing import propose

APP = {"apps/web/index.html": "one"}
FIRST: dict[str, str | bytes | None] = {"stagelock.yaml": ONE_BRANCH}


def pushed(flow: Flow, branch: str, files) -> str:
    sha = flow.world.push(REPO, branch, files, author="bob", parent=flow.tip())
    flow.settle()
    return sha


def test_one_that_is_pointed_at_the_default_branch_later_is_planned_then(flow: Flow):
    flow.repo(APP)
    flow.world.branch(REPO, "other")
    head = pushed(flow, "topic", FIRST)
    pull = flow.world.open_pull(REPO, "topic", "other")
    flow.settle()
    assert flow.run(head, "plan") is None

    flow.world.edit_pull(REPO, pull.number, base="main")
    flow.settle()

    assert flow.state(head, "config") == "success"
    assert flow.state(head, "plan") == "success"


def test_a_draft_gets_both(flow: Flow):
    flow.repo(APP)
    head = pushed(flow, "topic", FIRST)
    flow.world.open_pull(REPO, "topic", draft=True)
    flow.settle()

    assert (flow.state(head, "config"), flow.state(head, "plan")) == ("success", "success")


def test_one_from_a_fork_is_none_of_the_branches_that_are_looked_at(flow: Flow):
    """A repository that does not use us costs little; it is planned with the next one of its own."""
    flow.repo(APP)
    fork = flow.world.fork(REPO, "dave")
    start = flow.tip(repo=fork.full_name)
    head = flow.world.push(fork.full_name, "topic", FIRST, author="dave", parent=start)
    flow.world.open_pull(REPO, "dave:topic", by="dave")
    flow.settle()
    assert flow.world.checks(REPO, head) == []

    propose(flow, {"stagelock.yaml": f"# another\n{ONE_BRANCH}"})

    assert (flow.state(head, "config"), flow.state(head, "plan")) == ("success", "success")


def test_of_two_each_is_told_what_it_does_and_the_second_what_it_changes(flow: Flow):
    flow.repo(APP)
    one = propose(flow, FIRST)
    other = pushed(flow, "second", {"stagelock.yaml": ONE_BRANCH.replace("  prod:", "  live:")})
    flow.world.open_pull(REPO, "second")
    flow.settle()
    for head in (one, other):
        assert (flow.state(head, "config"), flow.state(head, "plan")) == ("success", "success")
    assert "`live`" in flow.summary(other, "plan")

    flow.world.merge(REPO, 1)
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/dev")


def test_a_later_push_that_takes_the_file_away_gets_no_runs(flow: Flow):
    flow.repo(APP)
    propose(flow, FIRST)
    [pull] = flow.world.pulls(REPO)

    head = flow.world.push(REPO, pull.head, {"stagelock.yaml": None}, author="bob")
    flow.settle()

    assert flow.world.checks(REPO, head) == []


def test_a_later_push_that_mends_the_file_is_judged_anew(flow: Flow):
    flow.repo(APP)
    bad = propose(flow, {"stagelock.yaml": "version: 1\nstages: [1]\n"})
    [pull] = flow.world.pulls(REPO)
    assert flow.state(bad, "config") == "failure"

    head = flow.world.push(REPO, pull.head, FIRST, author="bob")
    flow.settle()

    assert (flow.state(head, "config"), flow.state(head, "plan")) == ("success", "success")


@pytest.mark.parametrize(
    "files",
    [
        {"stagelock.yaml": f"# {'x' * 65536}\n{ONE_BRANCH}"},
        {"stagelock.yaml": "\x00\x01"},
        {"stagelock.yaml": ""},
        {"stagelock.yaml": "a: &a [*a]\n"},
    ],
    ids=["too long", "no text", "nothing", "anchors"],
)
def test_what_can_be_no_pipeline_file_fails_in_words_and_has_no_plan(flow: Flow, files):
    flow.repo(APP)

    head = propose(flow, files)

    config = flow.run(head, "config")
    assert config is not None
    assert config.conclusion == "failure"
    assert config.summary
    assert flow.run(head, "plan") is None
