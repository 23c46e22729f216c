"""
A CI job has a lock of the organisation, and is not heard of again; the stages of other repositories wait.
From the contract's words: who waits for a suspect lock, who may free it, and what may be told of a holder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Run
from tests.flows.budgets import renewed
from tests.flows.calling import Caller
from tests.flows.doors import begins
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import Job, account, issuer, trusting
from tests.flows.locking import locked
from tests.flows.organization import API, HOME, ONE, SHARED, files, live
from tests.flows.pipelines import pipeline
from tests.flows.words import replies, say
from tests.issuer import Issuer

__all__ = ["issuer"]

LOCK = "lock / e2e-env"
QUIET = {"stagelock.yaml": pipeline(locked("one", "e2e-env") + SHARED), "README": "x"}
"""Nothing is there yet that its stage could be promoted to."""


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with trusting(tmp_path, issuer) as made:
        yield made


class Stuck:
    """A job of `acme/shop`, which Bob's push started, has the lock, and falls silent."""

    def __init__(self, flow: Flow, issuer: Issuer, *waiting: str) -> None:
        self.flow = flow
        flow.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
        flow.repo(QUIET)
        flow.world.ci.job("nightly", paths=("ci",), lasts=None)
        self.sha = flow.world.push(REPO, "main", {"ci/a": "1"}, author="bob")
        flow.settle()
        check = flow.world.check(REPO, self.sha, "nightly")
        assert check is not None
        self.run = check.suite_id
        self.job = Job(flow, issuer, self.run, sha=self.sha)
        place = f"/locks/org-{account(flow)}/e2e-env/requests"
        asked = self.job("POST", place, {"owner": "e2e", "ttl": "5m", "reason": "secret"})
        self.where, self.token = asked.headers["location"], asked.json()["token"]
        beat = self.job("POST", f"{self.where}/heartbeat", {"token": self.token})
        assert beat.json()["state"] == "held"
        for repo in waiting:
            if repo == REPO:
                flow.push({"apps/web/a": "1"})
            else:
                flow.repo(files("two"), repo)
            assert [state for _, state in live(flow, repo)] == ["queued"]
        flow.passes(minutes=6)
        renewed(flow)
        assert self.state == "suspect"

    @property
    def state(self) -> str:
        told: str = self.job("GET", self.where).json()["state"]
        return told

    @property
    def force(self) -> str:
        return f"/unlock e2e-env#{self.token} --force reason"

    def waits(self, repo: str = API) -> Run:
        return self.flow.shown(self.flow.newest(repo), LOCK, repo)

    def told(self, repo: str = API) -> list[str]:
        return replies(self.flow, self.flow.newest(repo), repo=repo)


def test_who_waits_is_told_once_who_may_free_it_and_where_and_not_whose_it_is(
    flow: Flow, issuer: Issuer
):
    """rules L50, L95"""
    stuck = Stuck(flow, issuer, API)
    summary = stuck.waits().summary or ""
    assert "**To do:** once the job of another repository of acme has ended" in summary
    [told] = stuck.told()
    assert told.startswith("@alice: the lock `e2e-env` of `another repository of acme` is suspect")
    assert "`two` waits for it, with [`web " in told
    for text in (summary, told):
        assert f"*maintain* there, or in `acme/.github`, comments `{stuck.force}`" in text
        assert "shop" not in text
        assert str(stuck.run) not in text
        assert "secret" not in text
    flow.passes(hours=5)
    assert len(stuck.told()) == 1
    [notice] = [e.entry for e in flow.app.store.audit.newest() if e.entry["kind"] == "notice"
                and e.entry.get("stage") == "two"]  # fmt: skip
    assert notice["group"] == "e2e-env"


def test_in_the_jobs_own_repository_who_started_it_is_told_on_its_commit(
    flow: Flow, issuer: Issuer
):
    """rule L96: no stage waits there, and others elsewhere do."""
    stuck = Stuck(flow, issuer, API)
    [told] = replies(flow, stuck.sha)
    assert told.startswith(f"@bob: the lock `e2e-env` of `acme/shop run {stuck.run}` is suspect")
    assert "Others wait for it." in told
    assert f"comments `{stuck.force}`" in told
    assert "`two`" not in told
    flow.passes(hours=5)
    assert len(replies(flow, stuck.sha)) == 1


def test_where_its_own_repositorys_stage_waits_who_started_it_is_told_there(
    flow: Flow, issuer: Issuer
):
    """rule L96: and its name is told there, as it is that repository's own."""
    stuck = Stuck(flow, issuer, REPO)
    [told] = stuck.told(REPO)
    assert told.startswith(f"@bob: the lock `e2e-env` of `acme/shop run {stuck.run}` is suspect")
    assert replies(flow, stuck.sha) == []
    assert f"acme/shop run {stuck.run}" in (stuck.waits(REPO).summary or "")


def test_where_nobody_waits_for_it_nobody_is_told_and_the_metric_counts_it(
    flow: Flow, issuer: Issuer
):
    stuck = Stuck(flow, issuer)
    assert replies(flow, stuck.sha) == []
    metrics = Caller(flow, "")("GET", "/metrics", prefix="").text
    assert 'stagelock_lock_requests{state="suspect"} 1.0' in metrics

    flow.repo(
        files("two"), API
    )  # who comes later is told, and where its job is at work the next look
    assert len(stuck.told()) == 1
    flow.world.push(REPO, "main", {"README": "news"})
    flow.settle()
    assert len(replies(flow, stuck.sha)) == 1


@pytest.mark.parametrize("waits", [REPO, API])
@pytest.mark.parametrize("where", [REPO, HOME])
def test_release_on_the_run_of_who_waits_frees_it_for_a_maintainer_of_one_of_the_two(
    flow: Flow, issuer: Issuer, where: str, waits: str
):
    """rule L98: the button does what `/unlock --force` does there, and nobody else's click does."""
    stuck = Stuck(flow, issuer, waits)
    run = stuck.waits(waits)
    assert (run.status, run.conclusion) == ("completed", "action_required")
    assert run.title == "blocked: e2e-env is suspect; a maintainer must press Release"
    assert [action["identifier"] for action in run.actions] == ["release"]
    for repo in {REPO, HOME, waits}:
        flow.world.repo(repo).roles["dave"] = "write"
    flow.world.press(waits, run, "release", by="dave")
    flow.settle()
    assert "needs *maintain* where the lock is held, or in `acme/.github`" in stuck.told(waits)[-1]
    assert (stuck.state, stuck.waits(waits).id) == ("suspect", run.id)
    writes = len(flow.writes())
    flow.passes(hours=3)
    assert len(flow.writes()) == writes, "at rest nothing is written"

    flow.world.repo(where).roles["dave"] = "maintain"
    flow.world.press(waits, run, "release", by="dave")
    flow.settle()
    assert [state for _, state in live(flow, waits)] == ["held"]
    assert stuck.waits(waits).status == "in_progress"
    assert stuck.state == "forced"


@pytest.mark.parametrize("where", [REPO, HOME])
def test_a_maintainer_of_the_jobs_own_repository_or_of_the_organisations_frees_it(
    flow: Flow, issuer: Issuer, where: str
):
    """rules C27, L97: whoever maintains neither does not, wherever it is typed."""
    stuck = Stuck(flow, issuer, API)
    for repo in (REPO, HOME, API):
        flow.world.repo(repo).roles["dave"] = "write"
    flow.world.repo(API).roles["dave"] = "maintain"
    freight = flow.newest(API)
    say(flow, freight, stuck.force, by="dave", repo=API)
    assert "Not done" in stuck.told()[-1]
    assert stuck.state == "suspect"
    flow.world.repo(where).roles["dave"] = "maintain"
    flow.passes(minutes=6)
    say(flow, freight, stuck.force, by="dave", repo=API)
    assert stuck.told()[-1].startswith("Done: `e2e-env` was taken away")
    assert live(flow, API) == [("two", "held")]


def test_who_started_jobs_at_an_environment_is_told_where_only_others_wait(flow: Flow):
    """rule L96: their grant is their own repository's, and its stage does not wait."""
    text = ONE.replace("permits: 1", "permits: 1, environments: [e2e]")
    flow.repo({"README": "ours", "stagelock-locks.yaml": text}, HOME)
    flow.repo(QUIET)
    flow.world.guard(REPO, "e2e", SLUG)
    flow.world.ci.job("smoke", paths=("ci",), lasts=None, environment="e2e")
    sha = flow.world.push(REPO, "main", {"ci/a": "1"}, author="bob")
    flow.settle()
    begins(flow, sha)
    flow.repo(files("two"), API)
    flow.passes(minutes=31)
    renewed(flow)
    [told] = replies(flow, sha)
    assert told.startswith("@bob: the lock `e2e-env` of `e2e (run ")
    assert "Others wait for it." in told
    [there] = replies(flow, flow.newest(API), repo=API)
    assert "`another repository of acme` is suspect" in there
    assert [a["identifier"] for a in flow.shown(flow.newest(API), LOCK, API).actions] == ["release"]
    flow.passes(hours=5)
    assert (len(replies(flow, sha)), len(replies(flow, flow.newest(API), repo=API))) == (1, 1)
