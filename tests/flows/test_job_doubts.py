"""A job asks to join its stage's grant, and GitHub cannot be asked whether it may: rules L62 and L65."""

from __future__ import annotations

import threading

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import AUDIENCE, Job, issuer, stagelock
from tests.flows.joining import FILE, Verifying, flow
from tests.issuer import SHOWN, Issuer

__all__ = ["flow", "issuer"]

SOON = FILE.replace("    lock: e2e-env\n", "    lock: e2e-env\n    timeout-minutes: 30\n")
LACKS = "the App lacks actions: read"


def reason(flow: Flow, job: Job) -> str | None:
    """What everybody who may read the group is told of why *job* waits."""
    queue = job("GET", f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env").json()["queue"]
    return next((one["reason"] for one in queue if job.where.endswith(f"/{one['id']}")), None)


def ask(flow: Flow, job: Job, owner: str = "e2e") -> str:
    """The state of its request, of which it reads nothing for two hours."""
    place = f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env/requests"
    job.where = job("POST", place, {"owner": owner, "ttl": "2h"}).headers["location"]
    flow.settle()
    state: str = job("GET", job.where).json()["state"]
    return state


def closed(flow: Flow) -> None:
    flow.world.set_permissions(SLUG, actions="none")


def lock_run(flow: Flow, stage: Verifying) -> str:
    found = flow.run(stage.landed, "lock / e2e-env")
    assert found is not None
    return found.summary or ""


def test_while_asking_is_refused_it_joins_nothing_gets_nothing_and_says_why(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer)
    closed(flow)
    job = stage.job()
    told = stage.ask(job)
    assert (told["state"], told["token"], told["permit"]) == ("queued", None, None)
    assert LACKS in (reason(flow, job) or "")
    assert LACKS in lock_run(flow, stage)
    assert str(stage.check().suite_id) in lock_run(flow, stage)
    flow.world.comment(REPO, stage.freight, "/stagelock status")
    flow.settle()
    assert LACKS in flow.world.comments(REPO, stage.freight)[-1].body


def test_as_soon_as_asking_works_again_it_is_decided_and_nothing_doubts_any_more(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer)
    closed(flow)
    job, report = stage.job(), stage.job("report")
    assert [ask(flow, job), ask(flow, report, "report")] == ["queued", "queued"]
    flow.world.accept_permissions(SLUG, actions="write")
    flow.settle()
    flow.passes(minutes=1)
    joined, alone = (one("GET", one.where).json() for one in (job, report))
    assert (joined["state"], joined["token"]) == ("held", stage.token)
    assert (alone["state"], alone["permit"]) == ("held", "right")
    assert "lacks" not in lock_run(flow, stage)
    job("POST", f"{job.where}/release", {"token": stage.token})
    stage.verified()
    assert stage.grant.state == "released"


def test_an_error_of_githubs_is_a_reason_too_and_the_next_answer_decides(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer)
    flow.world.faults.add("GET", r"/actions/runs/", times=1000)
    job = stage.job()
    assert ask(flow, job) == "queued"
    assert "GitHub cannot be asked now" in (reason(flow, job) or "")
    flow.world.faults.clear()
    flow.passes(minutes=1)
    assert job("GET", job.where).json()["token"] == stage.token


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"run_attempt": "2"}, id="an attempt that is not there"),
        pytest.param({"run_id": "424242"}, id="a run that is not there"),
    ],
)
def test_what_github_does_not_list_gets_nothing_for_two_minutes_and_joins_nothing_then(
    flow: Flow, issuer: Issuer, claims: dict[str, str]
):
    """rule L65, though a permit is free all the time."""
    stage = Verifying(flow, issuer)
    job = stage.job(**claims)
    assert ask(flow, job) == "queued"
    flow.passes(minutes=1)
    assert job("GET", job.where).json()["state"] == "queued"
    flow.passes(minutes=1)
    told = job("GET", job.where).json()
    assert (told["state"], told["permit"]) == ("held", "right")
    assert told["token"] != stage.token


def test_a_job_on_a_commit_that_no_stage_awaits_waits_for_no_answer(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    closed(flow)
    told = stage.ask(stage.job(sha="4f" * 20))
    assert (told["state"], told["permit"]) == ("held", "right")


def test_once_its_stage_has_timed_out_the_job_is_told_no_and_the_stage_waits_for_nobody(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer, SOON)
    closed(flow)
    job = stage.job()
    assert ask(flow, job) == "queued"
    flow.passes(minutes=31)
    flow.passes(minutes=1)
    assert job("GET", job.where).json()["state"] == "timed-out"
    assert flow.state(stage.freight, "e2e") in ("failure", "timed_out")
    flow.passes(minutes=15)
    assert stage.grant.state == "suspect"

    flow.ends(stage.landed, "e2e", "failure")  # what waited for the lock has given up
    flow.passes(minutes=2)
    assert stage.grant.state == "released"


def test_a_short_outage_after_its_stages_end_ends_no_ones_request(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    flow.world.comment(REPO, stage.freight, "/cancel e2e")
    flow.settle()
    assert stage.grant.state == "suspect"
    fault = flow.world.faults.add("GET", r"/actions/runs/", times=1000)
    job = stage.job()
    assert ask(flow, job) == "queued"
    assert fault.hits
    flow.world.faults.clear()
    flow.passes(minutes=1)
    assert job("GET", job.where).json()["token"] == stage.token


def test_the_waiting_line_in_the_jobs_log_says_why(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer, FILE.replace("[left, right]", "1"))
    closed(flow)
    job = stage.job()
    issuer.claims = job.claims
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            flow.settle()

    worker = threading.Thread(target=work)
    worker.start()
    done = stagelock(
        flow,
        ["lock", "e2e-env", "--repo", REPO, "--ttl", "10s", "--max-wait", "15s", "--", "true"],
        ACTIONS_ID_TOKEN_REQUEST_URL=issuer.url.replace("/issuer", "/token?api-version=2.0"),
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=SHOWN,
        STAGELOCK_OIDC_AUDIENCE=AUDIENCE,
        GITHUB_REPOSITORY=REPO,
    )
    over.set()
    worker.join()
    assert done.returncode == 1
    assert done.stderr.count("waiting for e2e-env") == 2
    assert LACKS in done.stderr
    assert "held by acme/shop e2e since" in done.stderr


def test_a_doubted_job_that_turns_out_to_verify_nothing_waits_behind_the_stage_without_a_doubt(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer, FILE.replace("[left, right]", "1"))
    closed(flow)
    report = stage.job("report")
    assert ask(flow, report, "report") == "queued"
    assert LACKS in (reason(flow, report) or "")
    flow.world.accept_permissions(SLUG, actions="write")
    flow.settle()
    flow.passes(minutes=1)
    told = report("GET", report.where).json()
    assert (told["state"], told["position"], told["token"]) == ("queued", 1, None)
    assert LACKS not in (reason(flow, report) or "")
    assert LACKS not in lock_run(flow, stage)

    stage.verified()

    assert report("GET", report.where).json()["state"] == "held"
