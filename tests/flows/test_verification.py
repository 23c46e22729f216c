"""What counts as evidence, and what evidence does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.sandbox.launch import SLUG
from app.sandbox.model import Run
from tests.flows.harness import ONE_BRANCH, REPO, Flow

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
BUILT = {
    **FILES,
    "stagelock.yaml": ONE_BRANCH.replace('["**/*.md"]}', '["**/*.md"], checks: [build]}'),
}
GLOB = {**FILES, "stagelock.yaml": ONE_BRANCH.replace("checks: [e2e]", 'checks: ["e2e *"]')}
DOWN = ONE_BRANCH.replace("    path: stages/prod\n", "    path: stages/prod\n    soak: 1h\n")


def shown(flow: Flow, sha: str, name: str) -> Run:
    run = flow.run(sha, name)
    assert run is not None, f"no run {name} on {sha[:7]}"
    return run


def test_a_red_build_never_reaches_dev(flow: Flow):
    """Nor does an unfinished one; a commit that only touches docs carries the build's answer."""
    red = flow.repo(BUILT)
    flow.finish(red, "build", "failure")
    flow.look()
    assert flow.world.tree(REPO, "main", "stages") == {}
    assert flow.records().freights == ()

    green = flow.push({"apps/web/index.html": "two"})
    flow.world.start_check(REPO, green, "build")
    flow.settle()
    assert flow.records().freights == ()
    flow.finish(green, "build")
    assert [f.id.sha for f in flow.records().freights] == [green]
    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"two"}

    later = flow.push({"apps/web/index.html": "three"})
    flow.world.set_status(REPO, later, "build", "success")
    flow.settle()
    assert flow.state(later, "dev") == "success"


def test_skipped_behind_a_failed_build_does_not_pass(flow: Flow):
    """`needs: build` skips e2e when the build fails: that is no evidence."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.finish_check(REPO, landed, "build", "failure")
    flow.finish(landed, "e2e", "skipped")
    assert flow.state(first, "e2e") == "failure"
    assert flow.state(first, "lock / e2e-env") == "success"
    assert flow.world.tree(REPO, "main", "stages/prod") == {}


@pytest.mark.parametrize("conclusion", ["neutral", "skipped"])
def test_neutral_and_an_honest_skip_pass(flow: Flow, conclusion: str):
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e", conclusion)
    assert flow.state(first, "prod") == "success"


def test_a_later_failure_revokes_and_a_passing_rerun_verifies_again(flow: Flow):
    """What has not landed below is cancelled, and comes again once it is verified again."""
    first = flow.repo({**FILES, "stagelock.yaml": DOWN})
    landed = flow.landed("e2e", first)
    flow.finish(landed, "e2e")
    assert flow.state(first, "e2e") == "success"
    assert flow.state(first, "prod") == "queued"

    flow.clock.ahead += timedelta(minutes=5)
    flow.world.start_check(REPO, landed, "e2e")
    flow.settle()
    assert flow.state(first, "e2e") == "success"  # an unfinished re-run changes nothing
    flow.finish(landed, "e2e", "failure")
    assert flow.state(first, "e2e") == "failure"
    assert (shown(flow, first, "e2e").title or "").startswith("revoked: e2e failed at ")
    flow.passes(hours=2)
    assert flow.world.tree(REPO, "main", "stages/prod") == {}
    assert flow.state(first, "prod") in ("skipped", "cancelled")

    flow.world.finish_check(REPO, landed, "e2e", "success")
    flow.settle()
    assert flow.state(first, "e2e") == "success"
    assert flow.state(first, "prod") == "queued"  # it soaks anew
    flow.passes(hours=2)
    assert flow.state(first, "prod") == "success"


def test_our_own_runs_never_count(flow: Flow):
    """Even where a pipeline awaits a check of our name; commit statuses of others do count."""
    text = ONE_BRANCH.replace("checks: [e2e]", 'checks: ["stagelock / dev"]')
    first = flow.repo({**FILES, "stagelock.yaml": text})
    assert flow.state(first, "e2e") == "in_progress"
    landed = flow.landed("e2e", first)
    flow.world.finish_check(REPO, landed, "stagelock / dev", app=SLUG)
    flow.settle()
    assert flow.state(first, "e2e") == "in_progress"

    flow.world.set_status(REPO, landed, "stagelock / dev", "pending")
    flow.settle()
    assert flow.state(first, "e2e") == "in_progress"
    flow.world.set_status(REPO, landed, "stagelock / dev", "success")
    flow.settle()
    assert flow.state(first, "e2e") == "success"


def test_a_glob_waits_for_all_matches_and_a_quiet_minute(flow: Flow):
    first = flow.repo(GLOB)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e two", app="tester")
    flow.finish(landed, "e2e one")
    assert flow.state(first, "e2e") == "in_progress"
    flow.passes(minutes=2)
    assert flow.state(first, "e2e") == "in_progress"
    flow.world.finish_check(REPO, landed, "e2e two", app="tester")
    flow.settle()
    assert flow.state(first, "e2e") == "success"

    second = flow.push({"apps/web/index.html": "two"})
    flow.finish(flow.landed("e2e", second), "e2e one")
    assert flow.state(second, "e2e") == "in_progress"
    flow.passes(seconds=61)
    assert flow.state(second, "e2e") == "success"


def test_a_check_that_never_starts_fails_at_the_timeout(flow: Flow):
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.passes(minutes=61)
    run = shown(flow, first, "e2e")
    assert run.conclusion == "failure"
    assert f"no check named e2e started on {landed[:7]}" in f"{run.title} {run.summary}"
    assert flow.state(first, "lock / e2e-env") == "success"
    flow.finish(landed, "e2e")  # late, but evidence all the same
    assert flow.state(first, "e2e") == "success"


def test_a_workflow_that_never_ends_is_cancelled_before_its_lock_is_free(flow: Flow):
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    check = flow.world.check(REPO, landed, "e2e")
    assert check is not None
    flow.world.wait_for(lambda: check.status == "in_progress")
    flow.passes(minutes=61)
    assert flow.state(first, "e2e") == "failure"
    assert check.conclusion == "cancelled"
    assert flow.state(first, "lock / e2e-env") == "success"


def test_a_job_that_cannot_be_cancelled_keeps_its_lock_as_suspect(flow: Flow):
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")
    flow.passes(minutes=61)
    assert flow.state(first, "e2e") == "failure"
    assert flow.state(first, "lock / e2e-env") == "action_required"
    assert [r.state for r in flow.requests()] == ["suspect"]

    flow.world.finish_check(REPO, landed, "e2e", "failure", app="jenkins")
    flow.settle()
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(first, "lock / e2e-env") == "success"


def test_equal_content_on_a_later_commit_is_evidence(flow: Flow):
    """The landed commit was not its push's head, say: its check ran on the next one."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    changed = flow.push({"stages/e2e/web/index.html": "by hand"})
    flow.finish(changed, "e2e")
    assert flow.state(first, "e2e") == "in_progress"  # other content proves nothing
    back = flow.push({"stages/e2e/web/index.html": "one"})
    assert landed != back
    flow.finish(back, "e2e")
    assert flow.state(first, "e2e") == "success"
    assert flow.state(first, "prod") == "success"
