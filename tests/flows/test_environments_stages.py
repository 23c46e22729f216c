"""Stages and jobs at environments share one queue; what verifies a stage joins its grant."""

from __future__ import annotations

from tests.flows.doors import FILE, answers, begins, guarded, job, said, states, unheard
from tests.flows.harness import REPO, Flow


def test_a_stage_and_a_job_wait_for_each_other_in_one_queue(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    freight = flow.push({"apps/web/a": "1"})

    assert flow.state(freight, "e2e") == "queued"
    title = flow.title(freight, "lock / e2e-env")
    assert "held by e2e (run " in title
    flow.ends(sha, "smoke")
    landed = flow.landed("e2e", freight)

    later = flow.push({"ci/a": "2"})
    assert job(flow, later).status == "waiting"
    flow.ends(landed, "e2e")
    flow.passes(seconds=61)  # a glob is decided that long after the push
    begins(flow, later)


def test_the_verifying_job_at_an_environment_of_its_own_group_joins_its_stage_s_grant(flow: Flow):
    guarded(flow)
    shards = [f"e2e ({n})" for n in range(5)]
    for name in shards:
        flow.world.ci.job(name, paths=("stages/e2e",), lasts=None, environment="e2e")
    freight = flow.push({"apps/web/a": "1"})
    landed = flow.landed("e2e", freight)

    for name in shards:
        begins(flow, landed, name)
    assert states(flow) == []
    assert answers(flow) == ["approved"] * len(answers(flow))
    assert "verify `e2e`" in said(flow)[-1].comment
    waiting = flow.push({"ci/a": "1"})

    for name in shards[:4]:
        flow.ends(landed, name)
        assert flow.requests()[-1].state == "held", name
        assert job(flow, waiting).status == "waiting"
    flow.ends(landed, shards[4])
    flow.passes(seconds=61)  # a glob is decided that long after the push
    assert flow.state(freight, "e2e") == "success"
    begins(flow, waiting)


def both_let_in(flow: Flow) -> tuple[str, str, str]:
    """A verifying job and one beside it hold, another waits: freight, what landed, who waits."""
    guarded(flow, FILE.replace('["e2e*"]', "[e2e]"))
    for name in ("e2e", "cleanup"):
        flow.world.ci.job(name, paths=("stages/e2e",), lasts=None, environment="e2e")
    freight = flow.push({"apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    begins(flow, landed, "e2e")
    begins(flow, landed, "cleanup")
    waiting = flow.push({"ci/a": "1"})
    return freight, landed, waiting


def test_a_job_let_in_beside_the_verifying_one_keeps_the_grant_to_its_own_end(flow: Flow):
    """rule L17: nothing awaits it, so its promotion is over before; nobody is let in beside it."""
    freight, landed, waiting = both_let_in(flow)

    flow.ends(landed, "e2e")
    flow.sweep()
    assert flow.state(freight, "e2e") == "success"
    assert job(flow, waiting).status == "waiting"
    assert flow.requests()[-1].state == "held"

    with unheard(flow):
        flow.world.ci.finish(REPO, landed, "cleanup", "failure")
    flow.passes(seconds=61)
    begins(flow, waiting)


def test_a_later_job_of_a_run_that_has_joined_joins_too_and_passes_who_waits(flow: Flow):
    """rule L17: the verifying job is over, but its run is in under the grant, which is held still."""
    _, landed, waiting = both_let_in(flow)
    flow.ends(landed, "e2e")

    late = flow.world.ci.job("report", paths=("none",), lasts=None, environment="e2e")
    flow.world.ci.follow(REPO, job(flow, landed, "e2e").suite_id, late)
    flow.settle()

    begins(flow, landed, "report")
    assert job(flow, waiting).status == "waiting"
    assert states(flow) == ["queued"]
    flow.ends(landed, "cleanup")
    assert flow.requests()[-1].state == "held"
    assert job(flow, waiting).status == "waiting"
    flow.ends(landed, "report")
    begins(flow, waiting)


def test_a_job_that_waits_on_what_a_stage_landed_does_not_keep_that_stage_s_grant(flow: Flow):
    """It was not let in: each would wait for the other."""
    guarded(flow, FILE.replace('["e2e*"]', "[e2e]"))
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    flow.world.ci.job("probe", paths=("stages/e2e",), lasts=None, environment="e2e")
    flow.world.ci.job("long", paths=("stages/e2e",), lasts=None)
    freight = flow.push({"apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    begins(flow, landed, "probe")  # of the verifying run: it joins
    flow.ends(landed, "probe")
    late = flow.world.ci.job("late", paths=("none",), lasts=None, environment="e2e")
    flow.ends(landed, "e2e")
    flow.world.ci.follow(REPO, job(flow, landed, "long").suite_id, late)
    flow.settle()

    begins(flow, landed, "late")
    assert job(flow, landed, "long").status == "in_progress"
    assert [request.state for request in flow.requests() if request.ended_at is None] == []
    assert states(flow) == ["held"]


def test_a_verifying_job_that_somebody_runs_again_waits_for_the_lock_and_is_no_visitor_then(
    flow: Flow,
):
    guarded(flow)
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None, environment="e2e")
    freight = flow.push({"apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    flow.ends(landed, "e2e")
    flow.passes(seconds=61)
    assert flow.state(freight, "e2e") == "success"
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)

    flow.world.ci.rerun(flow.world.repo(REPO), job(flow, landed, "e2e").suite_id, failed_only=False)
    flow.settle()

    assert job(flow, landed, "e2e").status == "waiting"
    assert states(flow) == ["held", "queued"]
    flow.ends(sha, "smoke")
    begins(flow, landed, "e2e")
    flow.look()
    assert states(flow) == ["held"]
    assert [request.state for request in flow.requests() if request.ended_at is None] == []
    flow.ends(landed, "e2e")
    assert states(flow) == []
