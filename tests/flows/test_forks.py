"""Forks, with and without the App: what they propose counts here, what is theirs does not."""

from __future__ import annotations

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import REPO, Flow
from tests.flows.owning import FILES, passes, verifying
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours, say


def dora_pushes(flow: Flow, fork: str, changes: dict[str, str], branch: str = "topic") -> str:
    """The fork's owner pushes to a branch of hers, which begins at its main."""
    tip = flow.world.tip(fork, branch)
    parent = None if tip else flow.tip(repo=fork)
    return flow.world.push(fork, branch, dict(changes), author="dora", parent=parent)


def test_a_pull_request_from_a_fork_is_told_what_it_would_promote(flow: Flow):
    """Rule N34: by what it changes, also its pipeline file; and nothing is written to the fork."""
    flow.repo(FILES)
    fork = flow.world.fork(REPO, "dora").full_name
    head = dora_pushes(flow, fork, {"apps/web/index.html": "of dora"})
    pull = flow.world.open_pull(REPO, "dora:topic", by="dora")
    flow.settle()
    run = flow.run(head, "plan")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "will promote to dev, then e2e, prod")
    assert flow.world.checks(fork, head, SLUG) == []

    file = FILES["stagelock.yaml"].replace("needs: [dev]", "needs: [nowhere]")
    bad = dora_pushes(flow, fork, {"stagelock.yaml": file})
    flow.settle()
    checked = flow.run(bad, "config")
    assert checked is not None
    assert checked.conclusion == "failure"
    good = dora_pushes(flow, fork, {"stagelock.yaml": FILES["stagelock.yaml"]})
    flow.settle()
    assert flow.state(good, "plan") == "success"
    merged = flow.world.merge(REPO, pull.number, "squash", by="alice")
    flow.settle()
    assert flow.landed("dev", merged)


def test_a_comment_on_a_forks_pull_request_counts_by_its_authors_permission_here(flow: Flow):
    """Rule N34: the fork's owner is nobody in the repository that it is a fork of."""
    flow.repo(FILES)
    fork = flow.world.fork(REPO, "dora").full_name
    dora_pushes(flow, fork, {"apps/web/index.html": "of dora"})
    pull = flow.world.open_pull(REPO, "dora:topic", by="dora")
    flow.settle()

    say(flow, pull.number, "/hold dev mine", by="dora")

    [reply] = [c.body for c in flow.world.comments(REPO, pull.number) if "[bot]" in c.user.login]
    assert "needs *write*; you have no access" in reply
    assert flow.app.store.history.load(flow.world.repo(REPO).id).holds == ()


def test_a_branch_of_a_fork_that_is_called_like_ours_is_never_ours(flow: Flow):
    """Rule N34: `stagelock/prod` of a fork proposes as anybody's branch does."""
    first = flow.repo(PEOPLE)
    fork = flow.world.fork(REPO, "dora").full_name
    pull = ours(flow)
    evil = {"stages/prod/web/index.html": "evil"}
    theirs = dora_pushes(flow, fork, evil, "stagelock/prod")
    other = flow.world.open_pull(REPO, "dora:stagelock/prod", by="dora")
    flow.settle()
    flow.passes(minutes=2)

    assert (pull.state, other.state) == ("open", "open")
    run = flow.run(theirs, "plan")
    assert run is not None
    assert run.title == "edits prod by hand; promotes nothing"
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"
    assert other.state == "open"
    assert "stagelock/prod" in flow.world.branches(fork)


def test_a_fork_that_has_the_app_promotes_for_itself_alone(flow: Flow):
    """Rule N35: the same commits, other numbers: neither learns anything from the other's checks."""
    first, landed = verifying(flow)
    fork = flow.world.fork(REPO, "dora", install=[SLUG]).full_name
    flow.settle()
    flow.passes(minutes=1)
    here = flow.world.log(REPO, "main")
    there = flow.world.log(fork, "main")
    assert [c.sha for c in there][-len(here) :] == [c.sha for c in here]
    assert not any("Promote" in c.subject for c in there[: -len(here)])

    passes(flow, landed, fork)
    flow.passes(minutes=1)
    assert flow.state(first, "e2e") == "in_progress"
    assert [r.state for r in flow.requests()] == ["held"]

    pushed = flow.world.push(fork, "main", {"apps/web/index.html": "of dora"}, author="dora")
    flow.settle()
    assert flow.landed("dev", pushed, repo=fork)
    assert [r.state for r in flow.requests()] == ["held"]
    assert flow.tip() == here[0].sha
    passes(flow, landed)
    flow.passes(minutes=1)
    assert flow.landed("prod", first)
