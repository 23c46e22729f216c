"""
A workflow that a promotion started is under way, and people, GitHub or a person's edit come between.

From the words of V16, V18 to V20, V25 to V29, E1, L11 and "Ending a promotion".
"""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Suite
from tests.flows.harness import REPO, Flow
from tests.flows.words import say
from tests.flows.workflow_starts import FILE, FILES, ends, held, job, runs, verified

CANCEL = r"/actions/runs/[0-9]+/cancel$"


def begins(flow: Flow, run: Suite) -> None:
    flow.world.wait_for(lambda: job(flow, run).status == "in_progress", what="it never began")
    flow.settle()


def again(flow: Flow, run: Suite) -> None:
    """Carol re-runs all jobs of it from the Actions page."""
    repo = flow.world.repo(REPO)
    flow.world.ci.rerun(repo, run.id, flow.world.user("carol"), failed_only=False)
    begins(flow, run)


def test_cancelled_by_a_person_it_says_nothing_and_a_re_run_of_it_decides(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    ends(flow, run, "cancelled")
    assert flow.state(freight, "e2e") == "in_progress"
    again(flow, run)
    ends(flow, run)
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"
    assert held(flow) == []
    assert len(runs(flow)) == 1


def test_cancelled_by_a_person_and_left_so_it_is_failed_at_the_timeout_and_free(flow: Flow):
    freight = verified(flow)
    ends(flow, runs(flow)[0], "cancelled")
    flow.passes(minutes=31)
    assert flow.state(freight, "e2e") == "failure"
    flow.passes(minutes=2)
    assert held(flow) == []
    assert len(runs(flow)) == 1
    say(flow, freight, "/retry e2e")
    ends(flow, runs(flow)[-1])
    assert flow.state(freight, "e2e") == "success"


def test_cancelled_and_deleted_by_a_person_it_is_failed_at_the_timeout_and_free(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    ends(flow, run, "cancelled")
    flow.world.ci.delete(flow.world.repo(REPO), run.id)
    flow.passes(minutes=20)
    assert flow.state(freight, "e2e") == "in_progress"
    flow.passes(minutes=12)
    flow.passes(minutes=2)
    assert flow.state(freight, "e2e") == "failure"
    assert held(flow) == []


def test_deleted_before_anybody_heard_of_its_end_it_verifies_nothing(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    begins(flow, run)
    flow.world.weather.lost = lambda _: True
    flow.world.ci.conclude(flow.world.repo(REPO), job(flow, run), "failure")
    flow.world.ci.delete(flow.world.repo(REPO), run.id)
    flow.world.flush()
    flow.world.weather.lost = None
    flow.sweep()
    assert flow.state(freight, "prod") != "success"
    for _ in range(4):
        flow.passes(minutes=10)
    assert flow.state(freight, "e2e") == "failure"
    assert held(flow) == []


def test_deleted_after_it_passed_what_it_verified_stays_verified(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    ends(flow, run)
    flow.world.ci.delete(flow.world.repo(REPO), run.id)
    flow.sweep()
    flow.passes(hours=2)
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"


def test_a_second_attempt_that_fails_revokes_what_has_not_landed_below(flow: Flow):
    by_hand = FILE.replace("    path: stages/prod\n", "    path: stages/prod\n    auto: false\n")
    freight = verified(flow, {**FILES, "stagelock.yaml": by_hand})
    [run] = runs(flow)
    ends(flow, run)
    assert flow.title(freight, "prod").startswith("ready for prod")
    again(flow, run)
    assert flow.state(freight, "e2e") == "success"
    ends(flow, run, "failure")
    assert flow.title(freight, "e2e").startswith("revoked: ")
    assert flow.state(freight, "e2e") == "failure"
    say(flow, freight, "/promote prod")
    assert [line for line in flow.subjects() if line.endswith(" to prod")] == []


def test_a_second_attempt_takes_the_lock_as_a_visitor_and_the_next_one_waits(flow: Flow):
    by_hand = FILE.replace("    path: stages/prod\n", "    path: stages/prod\n    auto: false\n")
    verified(flow, {**FILES, "stagelock.yaml": by_hand})
    [run] = runs(flow)
    ends(flow, run)
    again(flow, run)
    second = flow.push({"apps/web/a": "2"})
    assert flow.state(second, "e2e") == "queued"
    assert len(runs(flow)) == 1
    ends(flow, run)
    flow.look()
    assert len(runs(flow)) == 2
    ends(flow, runs(flow)[1])
    assert flow.state(second, "e2e") == "success"


@pytest.mark.parametrize("ending", ["cancel", "remove", "withdraw", "block"])
def test_ended_while_it_runs_its_lock_waits_for_its_end(flow: Flow, ending: str):
    flow.world.create_repo(REPO, files={**FILES, "apps/web/a": "0", "README": "x"})
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.settle()
    [first] = runs(flow)
    ends(flow, first)
    good = flow.tip()
    freight = flow.push({"apps/web/a": "1"})
    [_, run] = runs(flow)
    begins(flow, run)
    match ending:
        case "cancel":
            say(flow, freight, "/cancel e2e")
        case "remove":
            top = FILE.partition("stages:\n")[0]
            rest = top + "stages:\n  prod: {path: stages/prod, freight: web}\n"
            flow.push(
                {
                    "stagelock.yaml": rest.replace(
                        "freight: web", "steps: [{uses: copy, with: {from: apps/web, to: web}}]"
                    )
                }
            )
        case "withdraw":
            flow.world.push(REPO, "main", {"README": "y"}, parent=good, force=True)
            flow.settle()
        case "block":
            say(flow, freight, f"/block web@{freight} bad")
            say(flow, freight, "/cancel e2e")
        case _:
            raise AssertionError(f"nobody ends it so: {ending}")
    assert len(held(flow)) == 1
    flow.passes(minutes=5)
    assert len(held(flow)) == 1
    ends(flow, run)
    flow.passes(minutes=2)
    assert [s for s in held(flow) if s == "suspect"] == []
    busy = [one for one in runs(flow) if job(flow, one).status != "completed"]
    assert len(held(flow)) == len(busy)


def test_the_end_of_a_run_whose_cancelling_was_answered_by_an_error_frees_the_lock(flow: Flow):
    """5xx after the effect."""
    freight = verified(flow)
    begins(flow, runs(flow)[0])
    flow.world.faults.add("POST", CANCEL, "lost", times=1)
    flow.passes(minutes=31)
    flow.passes(minutes=2)
    assert flow.state(freight, "e2e") == "failure"
    assert job(flow, runs(flow)[0]).conclusion == "cancelled"
    assert held(flow) == []


def test_a_run_that_cannot_be_cancelled_blocks_until_it_has_ended(flow: Flow):
    """Whatever its grant is called meanwhile, nobody else runs."""
    freight = verified(flow)
    begins(flow, runs(flow)[0])
    flow.world.faults.add("POST", CANCEL, "denied", times=1000)
    flow.passes(minutes=31)
    second = flow.push({"apps/web/a": "2"})
    for _ in range(5):
        flow.passes(minutes=30)
    assert flow.state(freight, "e2e") == "failure"
    assert held(flow)[0] == "suspect"
    assert flow.state(second, "e2e") == "queued"
    assert len(runs(flow)) == 1
    ends(flow, runs(flow)[0], "success")
    assert flow.state(freight, "prod") != "success" or flow.state(freight, "e2e") == "success"
    flow.passes(minutes=2)
    assert len(runs(flow)) == 2
