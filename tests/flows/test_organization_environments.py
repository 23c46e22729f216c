"""A GitHub environment as the door to a lock that repositories of one organisation share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.doors import answers, begins, job, said
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import Job, account, issuer, trusting
from tests.flows.locking import locked
from tests.flows.organization import API, ONE, SHARED, defined, live, says
from tests.flows.pipelines import pipeline
from tests.issuer import Issuer

__all__ = ["issuer"]

DOOR = ONE.replace("permits: 1", "permits: 1, environments: [e2e]")


def waits(flow: Flow, text: str = SHARED) -> None:
    """CI of the shop waits at its environment e2e, on pushes that touch `ci/`."""
    file = pipeline(locked("dev", "e2e-env" if text == SHARED else "own")) + text
    flow.repo({"stagelock.yaml": file, "README.md": "hi"})
    flow.world.guard(REPO, "e2e", SLUG)
    flow.world.ci.job("smoke", paths=("ci",), lasts=None, environment="e2e")


def states(flow: Flow) -> list[tuple[str, tuple[str, ...]]]:
    """(state, groups) of the live requests of jobs at environments."""
    direct = (one for one in flow.records().direct if one.kind == "job")
    return [(one.state, one.groups) for one in direct if one.ended_at is None]


def test_jobs_of_two_repositories_wait_at_the_environment_of_the_organisations_group(flow: Flow):
    """rule F53: one queue, and what ends in one lets the next in at once."""
    defined(flow, DOOR)
    files = {"stagelock.yaml": pipeline(locked("e2e", "e2e-env") + SHARED), "apps/web/a": "1"}
    freight = flow.repo(files, API)
    landed = flow.landed("e2e", freight, repo=API)
    assert live(flow, API) == [("e2e", "held")]

    waits(flow)
    sha = flow.push({"ci/a": "1"})
    assert [state for state, _ in states(flow)] == ["queued"]
    assert "Queued for the lock `e2e-env`: 1st of 1" in said(flow)[-1].comment
    flow.world.finish_check(API, landed, "e2e", "success")
    flow.settle()
    begins(flow, sha)
    assert [state for state, _ in states(flow)] == ["held"]
    flow.ends(sha, "smoke")
    assert states(flow) == []


def test_an_environment_is_nothing_where_the_file_does_not_refer_to_its_group(flow: Flow):
    """rules F53, L21: another repository's environment of that name may be another."""
    defined(flow, DOOR)
    waits(flow, "locks:\n  own: {permits: 1}\n")
    begins(flow, flow.push({"ci/a": "1"}))
    assert (answers(flow), states(flow)) == (["approved"], [])


def test_an_environment_of_two_groups_is_told_and_its_own_group_holds(flow: Flow):
    """rule F53"""
    defined(flow)
    waits(flow, SHARED + "  own: {permits: 1, environments: [E2E]}\n")
    assert flow.shown(flow.tip(), "config").conclusion == "success"
    says(flow, DOOR)
    told = flow.shown(flow.tip(), "config")
    assert told.conclusion == "failure"
    assert "`E2E` of `own` is also that of `e2e-env`" in f"{told.title} {told.summary}"
    begins(flow, flow.push({"ci/a": "1"}))
    assert states(flow) == [("held", ("own",))]


def test_while_the_organisations_file_cannot_be_read_jobs_get_no_answer(flow: Flow):
    """rules Z8, L78: nobody knows what waits there."""
    waits(flow)
    sha = flow.push({"ci/a": "1"})
    assert job(flow, sha).status == "waiting"
    assert (answers(flow), states(flow)) == ([], [])
    defined(flow, DOOR)
    flow.sweep()
    begins(flow, sha)
    assert [state for state, _ in states(flow)] == ["held"]


@pytest.fixture
def trusted(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with trusting(tmp_path, issuer) as made:
        yield made


def test_a_job_let_in_for_the_organisations_group_shares_that_grant(trusted: Flow, issuer: Issuer):
    """rules L66, L78: else it would wait for itself."""
    flow = trusted
    defined(flow, DOOR)
    waits(flow)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    check = job(flow, sha)
    said_of_it = {"sha": sha, "check_run_id": str(check.id), "environment": "e2e"}
    inside = Job(flow, issuer, check.suite_id, **said_of_it)
    place = f"/locks/org-{account(flow)}/e2e-env/requests"
    answer = inside("POST", place, {"owner": "e2e"})
    assert answer.json()["state"] == "held"
    [one] = [r for r in flow.records().direct if r.kind == "job"]
    assert answer.json()["token"] in one.tokens.values()
    flow.ends(sha, "smoke")
    assert states(flow) == []
