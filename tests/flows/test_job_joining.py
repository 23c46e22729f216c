"""A job of Actions shows GitHub's token, and joins the grant of the stage that awaits it: rule L17."""

from __future__ import annotations

import pytest

from app.core.model.names import GroupName
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import OTHER, Job, account, issuer
from tests.flows.joining import FILE, Verifying, flow
from tests.issuer import Issuer

__all__ = ["flow", "issuer"]

SHARED = FILE.replace("{permits: [left, right], refs: [main]}", "{scope: organization}")
ENV = GroupName("e2e-env")


def test_the_job_that_verifies_joins_its_stages_grant_with_token_and_permit(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer)
    job = stage.job()
    told = stage.ask(job)
    assert (told["state"], told["token"], told["permit"]) == ("held", stage.token, "left")
    assert job.ask("e2e-env").json()["id"] == told["id"]
    group = job("GET", f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env").json()
    assert (group["free"], group["queue"]) == (1, [])
    assert [holder["kind"] for holder in group["holders"]] == ["stage"]

    beat = job("POST", f"{job.where}/heartbeat", {"token": told["token"]})
    assert (beat.status_code, beat.json()["state"]) == (200, "held")
    for _ in range(2):
        given = job("POST", f"{job.where}/release", {"token": told["token"]})
        assert (given.status_code, given.json()["state"]) == (200, "released")
    flow.settle()
    assert stage.grant.state == "held"
    assert job("POST", f"{job.where}/heartbeat", {"token": told["token"]}).status_code == 409
    stage.verified()
    assert stage.grant.state == "released"


def test_it_joins_though_others_wait_and_they_wait_on(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer, FILE.replace("[left, right]", "1"))
    other = Job(flow, issuer, 999)
    assert other.ask("e2e-env", "other").status_code == 202
    assert stage.ask(stage.job())["state"] == "held"
    assert other("GET", other.where).json()["state"] == "queued"


def test_the_grant_lasts_to_the_end_of_the_last_that_joined(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    first, last = stage.job(), stage.job("report", check_run_id=None)
    assert stage.ask(first)["state"] == "held"
    assert stage.ask(last, "report")["state"] == "held"
    waits = Job(flow, issuer, 999)
    permits = {"owner": "all", "permits": "all"}
    place = f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env/requests"
    where = waits("POST", place, permits).headers["location"]

    first("POST", f"{first.where}/release", {"token": stage.token})
    stage.verified()
    assert stage.grant.state == "held"
    assert waits("GET", where).json()["state"] == "queued"

    last("POST", f"{last.where}/release", {"token": stage.token})
    flow.settle()
    assert stage.grant.state == "released"
    assert waits("GET", where).json()["state"] == "held"


def test_a_joined_job_that_was_killed_frees_the_grant_by_its_own_end(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    assert stage.ask(stage.job())["state"] == "held"
    flow.ends(stage.landed, "e2e", "failure")
    flow.passes(minutes=2)
    assert stage.grant.state == "released"


def test_a_killed_job_whose_number_is_not_known_frees_the_grant_by_the_end_of_its_run(
    flow: Flow, issuer: Issuer
):
    stage = Verifying(flow, issuer)
    assert stage.ask(stage.job(check_run_id=None))["state"] == "held"
    flow.ends(stage.landed, "e2e", "failure")
    flow.passes(minutes=2)
    assert stage.grant.state == "held"  # its run goes on: nobody can tell
    flow.ends(stage.landed, "report")
    flow.passes(minutes=2)
    assert stage.grant.state == "released"


def test_a_grant_that_a_person_took_away_ends_for_those_who_joined(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    job = stage.job()
    told = stage.ask(job)
    flow.world.comment(REPO, stage.freight, "/unlock e2e-env --force it burns")
    flow.settle()
    assert stage.grant.state == "forced"
    assert job("GET", job.where).json()["state"] == "forced"
    beat = job("POST", f"{job.where}/heartbeat", {"token": told["token"]})
    assert beat.status_code == 409


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"sha": "4f" * 20}, id="another commit"),
        pytest.param({"check_run_id": "424242"}, id="a job that is not of the run"),
    ],
)
def test_what_the_token_does_not_prove_joins_nothing(
    flow: Flow, issuer: Issuer, claims: dict[str, str]
):
    stage = Verifying(flow, issuer)
    told = stage.ask(stage.job(**claims))
    assert (told["state"], told["permit"]) == ("held", "right")
    assert told["token"] != stage.token


def test_a_grants_token_that_a_job_shows_proves_nothing(flow: Flow, issuer: Issuer):
    """rule L58: tokens stand in check runs and commits, where anybody reads them."""
    stage = Verifying(flow, issuer)
    stranger = stage.job("report", sha="4f" * 20)
    place = f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env/requests"
    told = stranger("POST", place, {"owner": "e2e", "join": stage.token})
    assert (told.status_code, told.json()["state"]) == (202, "queued")
    flow.settle()
    told = stranger("GET", told.headers["Location"].removeprefix("/api/v1")).json()
    assert (told["state"], told["permit"]) == ("held", "right")
    assert told["token"] != stage.token
    assert stranger("POST", place, {"owner": "b", "join": 4242}).status_code == 409


def test_a_job_shows_the_token_of_a_grant_of_its_own_run(flow: Flow, issuer: Issuer):
    """rule L58: the command that holds the lock runs another one that asks for the same."""
    stage = Verifying(flow, issuer)
    job = stage.job("report")
    outer = stage.ask(job, "outer")
    assert outer["permit"] == "right"
    place = f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env/requests"
    inner = job("POST", place, {"owner": "inner", "join": outer["token"]})
    assert (inner.status_code, inner.json()["token"]) == (200, outer["token"])


def test_a_job_that_nothing_awaits_joins_nothing(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    told = stage.ask(stage.job("report"))
    assert (told["state"], told["permit"]) == ("held", "right")
    assert told["token"] != stage.token


def test_another_ref_than_the_group_is_for_joins_nothing(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    for ref in ("refs/heads/feature", "refs/pull/7/merge"):
        assert stage.job(ref=ref).ask("e2e-env").status_code == 403


def test_another_repositorys_job_joins_nothing(flow: Flow, issuer: Issuer):
    """By the same commit and numbers of run and job: they are another repository's."""
    stage = Verifying(flow, issuer, SHARED)
    path = f"/locks/org-{account(flow)}/e2e-env/requests"
    job = stage.job(repository_id=str(flow.world.repo(OTHER).id))
    where = job("POST", path, {"owner": "e2e"}).headers["location"]
    flow.settle()
    told = job("GET", where).json()
    assert told["state"] == "held"
    assert told["token"] != stage.token


def test_it_joins_in_a_group_of_the_organisation(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer, SHARED)
    job = stage.job()
    path = f"/locks/org-{account(flow)}/e2e-env"
    where = job("POST", f"{path}/requests", {"owner": "e2e"}).headers["location"]
    flow.settle()
    told = job("GET", where).json()
    assert (told["state"], told["token"]) == ("held", stage.token)
    assert job("GET", path).json()["free"] == 1
    given = job("POST", f"{where}/release", {"token": stage.token})
    assert given.json()["state"] == "released"


def test_a_late_job_after_the_grants_end_asks_for_its_own(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    stage.verified()
    token = stage.token
    assert stage.grant.state == "released"
    told = stage.ask(stage.job())
    assert told["state"] == "held"
    assert told["token"] > token


def test_a_server_whose_tokens_name_no_job_goes_by_the_run(flow: Flow, issuer: Issuer):
    """GitHub Enterprise Server: the jobs of a run of which one verifies are let in as at a door."""
    stage = Verifying(flow, issuer)
    told = stage.ask(stage.job("report", check_run_id=None))
    assert (told["state"], told["token"]) == ("held", stage.token)


def test_other_tokens_neither_see_nor_end_a_part_of_a_grant(flow: Flow, issuer: Issuer):
    stage = Verifying(flow, issuer)
    job = stage.job()
    told = stage.ask(job)
    stranger = Job(flow, issuer, 999)
    assert stranger("GET", job.where).status_code == 404
    ended = stranger("POST", f"{job.where}/release", {"token": told["token"]})
    assert ended.status_code == 404
    assert job("GET", job.where).json()["state"] == "held"


@pytest.mark.parametrize("seen_first", [True, False], ids=["seen running first", "asked first"])
def test_a_job_that_somebody_runs_again_waits_for_others_and_not_for_itself(
    flow: Flow, issuer: Issuer, *, seen_first: bool
):
    """rules L58, L83: while it waits in the queue it is no visitor, whoever saw it first."""
    stage = Verifying(flow, issuer, FILE.replace("[left, right]", "1"))
    stage.verified()
    other = Job(flow, issuer, 999)
    held = other.ask("e2e-env", "other").json()
    assert held["state"] == "held"

    suite = stage.check().suite_id
    flow.ends(stage.landed, "report")
    flow.world.hold_deliveries()
    flow.world.ci.rerun(flow.world.repo(REPO), suite, failed_only=False)
    if seen_first:
        flow.world.release_deliveries()
        flow.settle()
        assert [r.out_of_turn for r in flow.requests() if r.state == "held"] == [True]
    job = stage.job(run_attempt="2")
    job.ask("e2e-env")
    flow.world.release_deliveries()
    flow.settle()
    assert [request for request in flow.requests() if request.state == "held"] == []
    assert job("GET", job.where).json()["state"] == "queued"

    other("POST", f"{other.where}/release", {"token": held["token"]})
    flow.settle()
    assert job("GET", job.where).json()["state"] == "held"
