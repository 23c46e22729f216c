"""What counts as evidence, and what evidence does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
BUILT = {
    **FILES,
    "stagelock.yaml": ONE_BRANCH.replace('["**/*.md"]}', '["**/*.md"], checks: [build]}'),
}
GLOB = {**FILES, "stagelock.yaml": ONE_BRANCH.replace("checks: [e2e]", 'checks: ["e2e *"]')}
DOWN = ONE_BRANCH.replace("    path: stages/prod\n", "    path: stages/prod\n    soak: 1h\n")


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


def test_minting_is_a_gate_that_the_commit_shows(flow: Flow):
    """It waits for its build, which fails; the re-run passes, and it is promoted."""
    first = flow.repo(BUILT)
    flow.world.start_check(REPO, first, "build")
    flow.settle()
    waiting = flow.shown(first, "dev")
    assert (waiting.status, waiting.title) == ("queued", "waiting for build")
    assert flow.run(first, "e2e") is None

    flow.finish(first, "build", "failure")
    failed = flow.shown(first, "dev")
    assert (failed.conclusion, failed.title) == ("failure", "not promoted: build failed")
    assert failed.actions == []
    before = len(flow.writes())
    flow.look()
    assert len(flow.writes()) == before
    flow.world.comment(REPO, first, "/why dev", by="alice")
    flow.settle()
    (reply,) = (c for c in flow.world.comments(REPO, first) if c.user.login != "alice")
    assert "Minting: **not promoted: build failed**" in reply.body

    flow.finish(first, "build")
    assert flow.state(first, "dev") == "success"
    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"one"}


def test_a_newer_push_takes_over_what_waited_for_its_build(flow: Flow):
    first = flow.repo(BUILT)
    assert flow.state(first, "dev") == "queued"
    second = flow.push({"apps/web/index.html": "two"})
    assert flow.state(first, "dev") == "skipped"
    assert flow.shown(first, "dev").title == f"superseded by {second[:7]}"
    flow.finish(second, "build")
    assert flow.state(second, "dev") == "success"
    assert flow.state(first, "dev") == "skipped"


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
    assert (flow.shown(first, "e2e").title or "").startswith("revoked: e2e failed at ")
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
    run = flow.shown(first, "e2e")
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


PAIR = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  e2e:
    path: stages/e2e
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
    lock: e2e-env
    verify: {checks: [e2e-1, e2e-2]}
locks: {e2e-env: {permits: 1}}
"""


def test_two_failed_jobs_of_one_workflow_run_are_run_again_once(flow: Flow):
    for name in ("e2e-1", "e2e-2"):
        flow.world.ci.job(name, paths=["stages/e2e"], lasts=None)
    first = flow.repo({"stagelock.yaml": PAIR, "apps/web/index.html": "one"})
    landed = flow.landed("e2e", first)

    def both_fail() -> None:
        for name in ("e2e-1", "e2e-2"):
            flow.ends(landed, name, "failure")
        flow.passes(minutes=6)

    both_fail()
    flow.world.comment(REPO, landed, "/retry e2e", by="alice")
    flow.settle()
    assert flow.shown(first, "e2e").status == "in_progress"
    both_fail()
    flow.passes(minutes=6)
    assert flow.state(first, "e2e") == "failure"
    asked = [e.status for e in flow.sandbox.exchanges if "rerun" in e.path or "rerequest" in e.path]
    assert asked == [201]


FIVE = "version: 1\nwarehouses: {web: {paths: [apps/web/]}}\nstages:\n" + "".join(
    f"  s{n}:\n    path: stages/s{n}\n"
    "    steps: [{uses: copy, with: {from: apps/web, to: web}}]\n"
    f"    verify: {{checks: [t{n}]}}\n"
    for n in range(5)
)


def test_stages_that_share_a_push_are_verified_by_the_checks_on_its_head(flow: Flow):
    first = flow.repo({"stagelock.yaml": FIVE, "apps/web/index.html": "one"})
    head = flow.tip()
    for n in range(5):
        flow.finish(head, f"t{n}")
    flow.passes(minutes=61)
    flow.look()
    assert [flow.state(first, f"s{n}") for n in range(5)] == ["success"] * 5


def test_retry_types_what_the_run_says_where_no_check_ever_ran_on_the_content(flow: Flow):
    """The stage held the freight's content at first contact: nothing has run on it."""
    text = PAIR.replace("[e2e-1, e2e-2]", "[e2e-1]")
    first = flow.repo({
        "stagelock.yaml": text,
        "apps/web/index.html": "one",
        "stages/e2e/web/index.html": "one",
    })  # fmt: skip
    assert "e2e-1" in flow.title(first, "e2e")
    flow.world.comment(REPO, first, "/retry e2e", by="alice")
    flow.settle()
    assert flow.state(first, "lock / e2e-env") == "in_progress"
    assert flow.title(first, "e2e").startswith("waiting: run e2e-1")
    flow.finish(flow.tip(), "e2e-1")
    assert flow.state(first, "e2e") == "success"


def test_retry_of_a_failed_commit_status_says_that_it_cannot_be_run_again_and_stops_nobody(
    flow: Flow,
):
    """Jenkins and CircleCI post statuses, which GitHub runs for nobody; a new one counts at once."""
    two = PAIR.replace("e2e-1, e2e-2", "jenkins/e2e")
    assert two != PAIR
    first = flow.repo({"stagelock.yaml": two, "apps/web/index.html": "one"})
    landed = flow.landed("e2e", first)
    flow.world.set_status(REPO, landed, "jenkins/e2e", "failure")
    flow.settle()
    assert flow.state(first, "e2e") == "failure"

    flow.world.comment(REPO, landed, "/retry e2e", by="alice")
    second = flow.push({"apps/web/index.html": "two"})

    assert flow.shown(first, "e2e").title == "failed: GitHub does not run the check again"
    assert flow.state(second, "e2e") == "in_progress"
    flow.world.set_status(REPO, flow.landed("e2e", second), "jenkins/e2e", "success")
    flow.settle()
    assert flow.state(second, "e2e") == "success"
