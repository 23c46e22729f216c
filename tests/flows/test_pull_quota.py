"""
So many lock requests of one pull request, whoever makes them: people there, CI jobs of its runs with GitHub's
token, jobs of its runs at an environment. From the contract's words: L7, L69.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.calling import served
from tests.flows.doors import FILE, guarded, said, states
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import AUDIENCE, Job, issuer
from tests.flows.words import replies, say
from tests.issuer import Issuer

__all__ = ["issuer"]

OPEN = FILE.replace(", environments: [e2e]", "")


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    """Two of a pull request, three of a repository."""
    env = {"STAGELOCK_OIDC_ISSUER": issuer.url, "STAGELOCK_OIDC_AUDIENCE": AUDIENCE}
    with served(tmp_path, STAGELOCK_LOCK_QUOTA="3,2,200", **env) as made:
        yield made


def proposed(flow: Flow, branch: str, number: int = 1) -> int:
    """A pull request from *branch*, with so many pushes; its number."""
    flow.world.push(REPO, branch, {"ci/a": f"{branch} 0"}, author="bob", parent=flow.tip())
    pull = flow.world.open_pull(REPO, branch)
    flow.settle()
    for n in range(1, number):
        flow.world.push(REPO, branch, {"ci/a": f"{branch} {n}"}, author="bob")
        flow.settle()
    return pull.number


def test_ci_jobs_of_a_pull_request_and_people_on_it_have_one_share(flow: Flow, issuer: Issuer):
    guarded(flow, OPEN)
    pull = proposed(flow, "topic")
    ref = f"refs/pull/{pull}/merge"
    assert Job(flow, issuer, 1, ref=ref).ask("e2e-env").status_code == 200
    say(flow, pull, "/lock e2e-env debugging", by="alice")
    refused = Job(flow, issuer, 2, ref=ref).ask("e2e-env")
    assert refused.status_code == 429
    assert refused.json()["message"] == "2 unfinished requests of this pull request are there"
    say(flow, pull, "/lock e2e-env me, too", by="bob")
    assert "already 2 unfinished requests" in replies(flow, pull)[-1]

    again = Job(flow, issuer, 1, ref=ref)
    assert again.ask("e2e-env").status_code == 200, "the same request is no further one"
    other = Job(flow, issuer, 3, ref=f"refs/pull/{pull + 1}/merge")
    assert other.ask("e2e-env").status_code == 202
    assert (
        Job(flow, issuer, 4).ask("e2e-env").json()["message"].endswith("this repository are there")
    )


def test_jobs_at_an_environment_of_a_pull_requests_runs_count_for_it(flow: Flow):
    guarded(flow)
    flow.world.ci.jobs.clear()
    flow.world.ci.job("e2e", paths=("ci",), lasts=None, environment="e2e", event="pull_request")
    proposed(flow, "topic", 3)
    assert states(flow) == ["held", "queued"]
    [told] = [one.comment for one in said(flow) if one.comment.startswith("Not queued yet")]
    assert "already 2 unfinished requests of this pull request" in told
    proposed(flow, "other")
    assert states(flow) == ["held", "queued", "queued"]


def test_jobs_that_a_push_started_count_for_their_repository_alone(flow: Flow):
    guarded(flow)
    flow.world.ci.jobs.clear()
    flow.world.ci.job("e2e", paths=("ci",), lasts=None, environment="e2e")
    proposed(flow, "topic", 3)
    assert states(flow) == ["held", "queued", "queued"]
