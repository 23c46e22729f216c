"""
A GitHub environment as the door to a lock: ordinary Actions jobs wait for it, are let in together, and hold
it until the last of them has ended. From the contract's words, against GitHub's published description.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest

from app.core.model.lock_requests import DirectRequest
from app.github import endpoints as at
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Leave, Run
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.words import replies, say

FILE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: e2e-env
    verify: {checks: ["e2e*"]}
locks:
  e2e-env: {permits: 1, max-hold: 2h, environments: [e2e]}
"""
FILES = {"stagelock.yaml": FILE, "README.md": "hi", "apps/README.md": "x"}


def guarded(flow: Flow, file: str | None = FILE, *jobs: str) -> None:
    """The App guards the environment e2e; *jobs* of CI wait there, on pushes that touch `ci/`."""
    files = {**FILES, "stagelock.yaml": file} if file is not None else {"README.md": "hi"}
    flow.repo(files)
    flow.world.guard(REPO, "e2e", SLUG)
    for name in jobs or ("smoke",):
        flow.world.ci.job(name, paths=("ci",), lasts=None, environment="e2e")


def job(flow: Flow, sha: str, name: str = "smoke") -> Run:
    found = flow.world.check(REPO, sha, name)
    assert found is not None
    return found


def begins(flow: Flow, sha: str, name: str = "smoke") -> None:
    flow.world.wait_for(lambda: job(flow, sha, name).status == "in_progress", what=f"{name} begins")


def said(flow: Flow, environment: str = "e2e") -> list[Leave]:
    return flow.world.leaves(REPO, environment)


def answers(flow: Flow, environment: str = "e2e") -> list[str]:
    return [one.state for one in said(flow, environment) if one.state]


def live(flow: Flow) -> list[DirectRequest]:
    return [one for one in flow.records().direct if one.kind == "job" and one.ended_at is None]


def states(flow: Flow) -> list[str]:
    return [one.state for one in live(flow)]


@contextmanager
def unheard(flow: Flow) -> Iterator[None]:
    """No delivery arrives of what happens meanwhile, nor can it be delivered again."""
    flow.world.flush()
    known = {one.id for one in flow.world.deliveries}
    flow.world.hold_deliveries()
    yield
    flow.world.weather.waiting.clear()
    flow.world.release_deliveries()
    with flow.world.hub.lock:
        told = flow.world.hub.deliveries
        told[:] = [one for one in told if one.id in known]


def test_a_job_waits_at_the_environment_until_it_has_the_lock_and_holds_it_to_its_end(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})

    begins(flow, sha)
    [request] = live(flow)
    assert (request.state, request.groups, request.name) == ("held", ("e2e-env",), request.name)
    [leave] = said(flow)
    assert leave.state == "approved"
    assert f"token {request.tokens['e2e-env']}" in leave.comment

    flow.ends(sha, "smoke")
    assert states(flow) == []


def test_the_second_run_waits_told_its_place_once_and_follows_when_the_first_has_ended(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    second = flow.push({"ci/a": "2"})

    assert states(flow) == ["held", "queued"]
    assert job(flow, second).status == "waiting"
    assert answers(flow) == ["approved"]
    assert [one.comment.partition(":")[0] for one in said(flow) if not one.state] == [
        "Queued for the lock `e2e-env`"
    ]
    for _ in range(3):
        flow.sweep()
    assert len([one for one in said(flow) if not one.state]) == 1

    flow.ends(first, "smoke")
    begins(flow, second)
    assert answers(flow) == ["approved", "approved"]


def test_five_shards_are_let_in_together_and_share_one_grant_to_the_end_of_the_last(flow: Flow):
    shards = [f"test ({n})" for n in range(5)]
    guarded(flow, FILE, *shards)
    sha = flow.push({"ci/a": "1"})
    for shard in shards:
        begins(flow, sha, shard)
    assert states(flow) == ["held"]
    other = flow.push({"ci/a": "2"})

    for shard in shards[:4]:
        flow.ends(sha, shard, "failure")
        assert states(flow) == ["held", "queued"], shard
    flow.ends(sha, shards[4])

    begins(flow, other, shards[0])
    assert states(flow) == ["held"]


def test_a_job_of_the_run_that_comes_later_joins_the_grant_that_is_held(flow: Flow):
    guarded(flow, FILE, "first")
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha, "first")
    run = job(flow, sha, "first")

    late = flow.world.ci.job("second", paths=("none",), lasts=None, environment="e2e")
    flow.world.ci.follow(REPO, run.suite_id, late)
    flow.settle()

    begins(flow, sha, "second")
    assert states(flow) == ["held"]
    flow.ends(sha, "first")
    assert states(flow) == ["held"]
    flow.ends(sha, "second")
    assert states(flow) == []


def test_the_grant_goes_back_when_the_jobs_have_ended_while_others_of_the_run_go_on(flow: Flow):
    guarded(flow)
    flow.world.ci.job("long", paths=("ci",), lasts=None)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    flow.ends(sha, "smoke")
    assert job(flow, sha, "long").status == "in_progress"
    assert states(flow) == []


def test_where_deployments_may_not_be_seen_the_run_s_own_end_tells(flow: Flow):
    guarded(flow)
    flow.world.ci.job("long", paths=("ci",), lasts=None)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    flow.world.faults.add("GET", "/deployments$", "denied", times=100)

    flow.ends(sha, "smoke")
    assert states(flow) == ["held"]
    flow.ends(sha, "long")
    assert states(flow) == []


def test_a_stage_and_a_job_wait_for_each_other_in_one_queue(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    freight = flow.push({"apps/web/a": "1"})

    assert flow.state(freight, "e2e") == "queued"
    title = flow.run(freight, "lock / e2e-env").title
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


def test_a_job_let_in_beside_the_verifying_one_keeps_the_grant_to_its_own_end(flow: Flow):
    """rule L17: nothing awaits it, so its promotion is over before; nobody is let in beside it."""
    guarded(flow, FILE.replace('["e2e*"]', "[e2e]"))
    for name in ("e2e", "cleanup"):
        flow.world.ci.job(name, paths=("stages/e2e",), lasts=None, environment="e2e")
    freight = flow.push({"apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    begins(flow, landed, "e2e")
    begins(flow, landed, "cleanup")
    waiting = flow.push({"ci/a": "1"})

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
    guarded(flow, FILE.replace('["e2e*"]', "[e2e]"))
    for name in ("e2e", "cleanup"):
        flow.world.ci.job(name, paths=("stages/e2e",), lasts=None, environment="e2e")
    freight = flow.push({"apps/web/a": "1"})
    landed = flow.landed("e2e", freight)
    begins(flow, landed, "e2e")
    begins(flow, landed, "cleanup")
    waiting = flow.push({"ci/a": "1"})
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
    assert [one.state for one in flow.requests() if one.ended_at is None] == []
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
    assert [one.state for one in flow.requests() if one.ended_at is None] == []
    flow.ends(landed, "e2e")
    assert states(flow) == []


def test_an_environment_that_the_file_does_not_name_is_let_go_at_once_saying_so(flow: Flow):
    guarded(flow)
    flow.world.guard(REPO, "prod", SLUG)
    flow.world.ci.job("deploy", paths=("ci",), lasts=None, environment="prod")
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha, "deploy")
    assert "names `prod` at no lock group" in said(flow, "prod")[0].comment


def test_without_a_stagelock_yaml_jobs_are_let_go_at_once_saying_so(flow: Flow):
    guarded(flow, None)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    assert "no `stagelock.yaml`" in said(flow)[0].comment


def test_with_a_file_that_was_never_valid_there_is_no_answer_until_there_is_one(flow: Flow):
    guarded(flow, "version: 1\nstages: 7\n")
    sha = flow.push({"ci/a": "1"})
    flow.sweep()
    assert job(flow, sha).status == "waiting"
    assert said(flow) == []

    flow.push({"stagelock.yaml": FILE})
    begins(flow, sha)
    assert states(flow) == ["held"]


def test_after_max_wait_the_jobs_are_refused_with_the_reason(flow: Flow):
    guarded(flow, FILE.replace("max-hold: 2h", "max-hold: 2h, max-wait: 10m"))
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    second = flow.push({"ci/a": "2"})
    flow.passes(minutes=11)

    assert job(flow, second).conclusion == "failure"
    assert answers(flow) == ["approved", "rejected"]
    assert "max-wait" in said(flow)[-1].comment
    assert states(flow) == ["held"]


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
    for one in flow.world.hub.deployments.values():
        one.asked.clear()
    flow.world.release_deliveries()
    flow.settle()

    assert flow.world.check(REPO, sha, "long").status == "in_progress"
    assert answers(flow) == []
    assert states(flow) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_deliveries_doubled_late_and_shuffled_over_restarts_let_one_run_in_at_a_time(
    flow: Flow, seed: int
):
    guarded(flow)
    flow.world.hold_deliveries()
    shas = [flow.world.push(REPO, "main", {"ci/a": str(n)}, message="Change") for n in range(3)]
    asked = [one for one in flow.world.deliveries if one.event == "deployment_protection_rule"]
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


def test_status_and_api_show_the_job_as_it_holds_and_waits(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    flow.push({"ci/a": "2"})
    say(flow, first, "/stagelock status", by="carol")
    run = job(flow, first).suite_id
    assert f"e2e (run {run})" in replies(flow, first)[-1]


def test_an_edit_that_names_the_environment_no_more_lets_those_who_wait_go(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    second = flow.push({"ci/a": "2"})
    flow.push({"stagelock.yaml": FILE.replace(", environments: [e2e]", "")})

    begins(flow, second)
    assert states(flow) == ["held"]
    assert "no lock group" in said(flow)[-1].comment


def test_a_re_run_is_a_request_of_its_own(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    flow.ends(sha, "smoke", "failure")
    flow.world.ci.rerun(flow.world.repo(REPO), job(flow, sha).suite_id)
    flow.settle()
    begins(flow, sha)
    [request] = live(flow)
    assert request.owner.endswith("/2")
    flow.ends(sha, "smoke")
    assert states(flow) == []


def test_nothing_is_written_while_jobs_hold_and_wait(flow: Flow):
    guarded(flow)
    first = flow.push({"ci/a": "1"})
    begins(flow, first)
    flow.push({"ci/a": "2"})
    flow.look()
    before = len(flow.writes())
    for _ in range(3):
        flow.sweep()
        flow.passes(minutes=5)
    assert len(flow.writes()) == before


def test_what_environments_need_is_named_only_where_the_file_names_one(flow: Flow):
    first = flow.repo({**FILES, "stagelock.yaml": FILE.replace(", environments: [e2e]", "")})
    flow.world.set_permissions(SLUG, deployments="none")
    flow.sweep()
    assert flow.run(first, "config").title == "valid: 2 stages"
    say(flow, first, "/stagelock status", by="carol")
    assert "deployments" not in replies(flow, first)[-1]

    second = flow.push({"stagelock.yaml": FILE})
    assert flow.run(second, "config").title == "valid: 2 stages, 1 note"
    assert "`deployments: write`" in flow.run(second, "config").summary
    say(flow, second, "/stagelock status", by="carol")
    assert "**To do:** jobs at the environments of `e2e-env` wait" in replies(flow, second)[-1]


def test_jobs_wait_while_the_app_may_not_answer_and_go_on_once_it_may(flow: Flow):
    guarded(flow)
    flow.world.set_permissions(SLUG, deployments="none")
    flow.sweep()
    sha = flow.push({"ci/a": "1"})
    assert job(flow, sha).status == "waiting"
    flow.world.set_permissions(SLUG, deployments="write")
    flow.sweep()
    flow.passes(minutes=5)
    begins(flow, sha)
