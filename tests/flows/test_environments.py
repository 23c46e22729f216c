"""
A GitHub environment as the door to a lock: ordinary Actions jobs wait for it, are let in together, and hold
it until the last of them has ended. From the contract's words, against GitHub's published description.
"""

from __future__ import annotations

from app.core.model.names import GroupName
from app.sandbox.demo.launch import SLUG
from tests.flows.doors import FILE, FILES, answers, begins, guarded, job, live, said, states
from tests.flows.harness import REPO, Flow
from tests.flows.words import replies, say


def test_a_job_waits_at_the_environment_until_it_has_the_lock_and_holds_it_to_its_end(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})

    begins(flow, sha)
    [request] = live(flow)
    assert (request.state, request.groups, request.name) == ("held", ("e2e-env",), request.name)
    [leave] = said(flow)
    assert leave.state == "approved"
    assert f"token {request.tokens[GroupName('e2e-env')]}" in leave.comment

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


def test_an_environment_that_the_file_does_not_name_is_let_go_at_once_saying_so(flow: Flow):
    guarded(flow)
    flow.world.guard(REPO, "prod", SLUG)
    flow.world.ci.job("deploy", paths=("ci",), lasts=None, environment="prod")
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha, "deploy")
    assert (
        "No lock needed: no lock group in `stagelock.yaml` names" in said(flow, "prod")[0].comment
    )


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
    assert flow.title(first, "config") == "valid: 2 stages"
    say(flow, first, "/stagelock status", by="carol")
    assert "deployments" not in replies(flow, first)[-1]

    second = flow.push({"stagelock.yaml": FILE})
    assert flow.title(second, "config") == "valid: 2 stages, 1 note"
    assert "`deployments: write`" in flow.summary(second, "config")
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
