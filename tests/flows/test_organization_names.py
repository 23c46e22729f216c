"""What an organisation's own repository tells of who holds its groups: anybody may read that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.budgets import renewed
from tests.flows.calling import served
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import AUDIENCE, FILES, OTHER, Job, account, issuer
from tests.flows.organization import HOME, ONE, files
from tests.flows.words import replies, say
from tests.issuer import Issuer

__all__ = ["issuer"]
OWN = {**files("site"), "README": "ours", "stagelock-locks.yaml": ONE}
SECRET = "smoke of the merger"


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    env = {"STAGELOCK_OIDC_ISSUER": issuer.url, "STAGELOCK_OIDC_AUDIENCE": AUDIENCE}
    with served(tmp_path, **env) as made:
        made.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
        made.world.repo(HOME).private = False
        made.repo(FILES)
        made.repo(FILES, OTHER)
        renewed(made)  # what was made at the first look takes no part of what replies may
        yield made


def holds(flow: Flow, issuer: Issuer, repo: str) -> Job:
    """A job of *repo* has the organisation's group."""
    job = Job(flow, issuer, 71, repo)
    path = f"/locks/org-{account(flow)}/e2e-env/requests"
    answer = job("POST", path, {"owner": "e2e", "reason": SECRET})
    assert answer.status_code == 200
    return job


def everything(flow: Flow, sha: str) -> str:
    """All that the App has written to the organisation's own repository."""
    runs = [f"{r.title} {r.summary} {r.text}" for r in flow.world.checks(HOME, sha)]
    return "\n".join((*runs, *replies(flow, sha, repo=HOME)))


def waits(flow: Flow) -> str:
    """A stage of the organisation's own repository waits behind it; its commit."""
    sha = flow.world.push(HOME, "main", OWN)
    flow.settle()
    asked = ("/stagelock status", "/why site", "/unlock e2e-env", "/unlock e2e-env#9 --force x")
    # In one comment: all that GitHub lets us make in a minute is not needed for the answers.
    say(flow, sha, "\n".join(asked), by="carol", repo=HOME)
    say(flow, sha, "/lock e2e-env debugging", by="carol", repo=HOME)
    return sha


def test_a_job_of_a_private_repository_is_another_repository_in_the_organisations_own(
    flow: Flow, issuer: Issuer
):
    flow.world.repo(HOME).roles["carol"] = "maintain"
    holds(flow, issuer, OTHER)
    sha = waits(flow)
    title = flow.shown(sha, "lock / e2e-env", HOME).title or ""
    assert title.startswith("1st of ")
    assert "held by another repository of acme since " in title
    told = everything(flow, sha)
    for secret in (SECRET, OTHER, "run 71"):
        assert secret not in told
    assert told.count("another repository of acme") > 4

    say(flow, sha, "/unlock e2e-env --force stuck", by="carol", repo=HOME)
    assert "was taken away from `another repository of acme`" in replies(flow, sha, repo=HOME)[-1]
    assert SECRET not in everything(flow, sha)


def test_a_job_of_a_public_repository_is_called_by_that_ones_name(flow: Flow, issuer: Issuer):
    flow.world.repo(OTHER).private = False
    flow.look()
    holds(flow, issuer, OTHER)
    sha = waits(flow)
    title = flow.shown(sha, "lock / e2e-env", HOME).title or ""
    assert f"held by {OTHER} run 71 since " in title
    assert SECRET in everything(flow, sha)


def test_a_public_job_is_called_by_its_repository_elsewhere_too(flow: Flow, issuer: Issuer):
    flow.world.repo(OTHER).private = False
    flow.look()
    holds(flow, issuer, OTHER)
    sha = flow.world.push(REPO, "main", {**files("two"), "apps/web/a": "2"})
    flow.settle()
    title = flow.shown(sha, "lock / e2e-env").title or ""
    assert f"held by {OTHER} run 71 since " in title


def test_a_suspect_job_of_a_private_repository_is_freed_there_without_its_name(
    flow: Flow, issuer: Issuer
):
    holds(flow, issuer, OTHER)
    flow.passes(minutes=5)
    flow.sweep()
    told = everything(flow, waits(flow))
    assert "suspect" in told
    assert "with *maintain* there, or in `acme/.github`, comments" in told
    for secret in (SECRET, OTHER, "run 71"):
        assert secret not in told
