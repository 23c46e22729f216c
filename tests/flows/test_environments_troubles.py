"""Jobs at environments where runs end unheard, answers are lost, and everything comes twice and late."""

from __future__ import annotations

from typing import Literal

import pytest

from app.github import endpoints as at
from app.sandbox.demo.launch import SLUG
from tests.flows.doors import answers, begins, guarded, job, live, states, unheard
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.words import replies, say


def test_a_run_that_was_cancelled_leaves_the_queue(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    second = flow.push({"ci/a": "2"})
    third = flow.push({"ci/a": "3"})
    flow.world.ci.cancel(flow.world.repo(REPO), job(flow, second).suite_id)
    flow.settle()

    assert states(flow) == ["held", "queued"]
    flow.ends(first, "smoke")
    begins(flow, third)
    assert job(flow, second).conclusion == "cancelled"


def test_a_run_that_ended_unheard_is_not_granted(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    second = flow.push({"ci/a": "2"})
    with unheard(flow):
        flow.world.ci.cancel(flow.world.repo(REPO), job(flow, second).suite_id)
        flow.world.ci.finish(REPO, first, "smoke")
    flow.sweep()

    assert states(flow) == []
    assert answers(flow) == ["approved"]


def test_a_lost_question_is_found_by_the_sweep(flow: Flow):
    guarded(flow)
    with unheard(flow):
        sha = flow.world.push(REPO, "main", {"ci/a": "1"}, message="Change")
    flow.settle()
    assert job(flow, sha).status == "waiting"
    flow.sweep()
    begins(flow, sha)
    assert states(flow) == ["held"]
    flow.ends(sha, "smoke")
    assert states(flow) == []


@pytest.mark.parametrize("kind", ["lost", "error"])
@loses(at.REVIEW_JOBS)
def test_an_answer_that_was_lost_or_failed_is_given_again_and_the_grant_stays(
    flow: Flow, kind: Literal["lost", "error"]
):
    guarded(flow)
    with losing(flow, at.REVIEW_JOBS, times=1, kind=kind):
        sha = flow.push({"ci/a": "1"})
    assert states(flow) == ["held"]
    flow.reboot()
    flow.passes(seconds=61)
    begins(flow, sha)
    assert states(flow) == ["held"]
    flow.ends(sha, "smoke")
    assert states(flow) == []


def test_leave_that_nobody_waits_for_any_more_gives_the_grant_back(flow: Flow):
    guarded(flow)
    flow.world.ci.job("long", paths=("ci",), lasts=None)
    flow.world.hold_deliveries()
    sha = flow.world.push(REPO, "main", {"ci/a": "1"}, message="Change")
    flow.world.guard(REPO, "e2e")  # somebody takes the rule away, and lets the job in
    for deployment in flow.world.hub.deployments.values():
        deployment.asked.clear()
    flow.world.release_deliveries()
    flow.settle()

    run = flow.world.check(REPO, sha, "long")
    assert run is not None
    assert run.status == "in_progress"
    assert answers(flow) == []
    assert states(flow) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_deliveries_doubled_late_and_shuffled_over_restarts_let_one_run_in_at_a_time(
    flow: Flow, seed: int
):
    guarded(flow)
    flow.world.hold_deliveries()
    shas = [flow.world.push(REPO, "main", {"ci/a": str(n)}, message="Change") for n in range(3)]
    asked = [
        delivery
        for delivery in flow.world.deliveries
        if delivery.event == "deployment_protection_rule"
    ]
    flow.world.release_deliveries(shuffle=seed)
    flow.settle()
    flow.reboot()
    flow.settle()
    for turn in range(3):
        flow.sweep()
        going = [sha for sha in shas if job(flow, sha).status in ("queued", "in_progress")]
        assert len(going) == 1, turn
        for one in asked:
            flow.world.courier.redeliver(flow.world.hub.app(SLUG), one.id)
        flow.settle()
        assert [one.state for one in live(flow)].count("held") == 1
        flow.reboot()
        flow.ends(going[0], "smoke")
    assert states(flow) == []


def test_a_grant_held_for_longer_than_max_hold_turns_suspect_and_frees_nothing(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    second = flow.push({"ci/a": "2"})
    flow.passes(hours=3)

    assert states(flow) == ["suspect", "queued"]
    assert job(flow, second).status == "waiting"
    flow.ends(first, "smoke")
    begins(flow, second)


def test_a_run_that_is_gone_is_suspect_until_somebody_takes_the_lock_away(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    run = job(flow, first)
    second = flow.push({"ci/a": "2"})
    with unheard(flow):
        flow.world.ci.finish(REPO, first, "smoke")
        flow.world.ci.delete(flow.world.repo(REPO), run.suite_id)
    flow.look()
    assert states(flow) == ["suspect", "queued"]

    say(flow, second, "/unlock e2e-env --force it is gone", by="alice")
    assert "taken away" in replies(flow, second)[-1]
    begins(flow, second)
