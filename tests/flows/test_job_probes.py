"""
A job of Actions that took a lock and was killed: its run is asked, and says that it is over.

From the contract's words: a lapsed grant is suspect, and only proof or a person frees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.model.lock_requests import DirectRequest
from app.core.text.lock_reasons import said
from app.sandbox.github.model import Run
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import OTHER, Job, account, believing, issuer
from tests.flows.organization import HOME
from tests.issuer import Issuer

__all__ = ["issuer"]

RUN = "/actions/runs/[0-9]+$"


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with believing(tmp_path, issuer) as made:
        made.world.ci.job("smoke", paths=("ci",), lasts=None)
        yield made


class Killed:
    """A job that has a grant and is never heard of again; its workflow run goes on."""

    def __init__(self, flow: Flow, issuer: Issuer, repo: str = REPO, *, shared: bool = False):
        self.flow, self.repo = flow, repo
        self.sha = flow.world.push(repo, "main", {"ci/a": "1"})
        flow.settle()
        run = flow.world.check(repo, self.sha, "smoke")
        assert run is not None
        self.run = run
        self.job = Job(flow, issuer, self.run.suite_id, repo)
        ledger = flow.world.repo(HOME if shared else repo).id
        place = f"/locks/org-{account(flow)}/e2e-env" if shared else f"/locks/repo-{ledger}/mine"
        asked = self.job("POST", f"{place}/requests", {"owner": "e2e", "ttl": "5m"})
        assert asked.status_code == 200, asked.text
        self.where, self.token = asked.headers["location"], asked.json()["token"]
        self.beat()
        self.id = int(asked.json()["id"])
        self.late(6)
        assert self.row.state == "suspect"

    def beat(self) -> str:
        answer = self.job("POST", f"{self.where}/heartbeat", {"token": self.token})
        return answer.json()["state"] if answer.status_code == 200 else str(answer.status_code)

    @property
    def now(self) -> Run:
        """Its newest check run."""
        run = self.flow.world.check(self.repo, self.sha, "smoke")
        assert run is not None
        return run

    def late(self, minutes: float = 2) -> None:
        self.flow.passes(minutes=minutes)

    @property
    def row(self) -> DirectRequest:
        found = self.flow.app.store.direct_locks.find(self.id)
        assert isinstance(found, DirectRequest)
        return found

    @property
    def told(self) -> tuple[str, str]:
        return self.row.state, said(self.row.reason)

    def ends(self, conclusion: str = "cancelled") -> None:
        self.flow.world.wait_for(lambda: self.now.status == "in_progress", what="smoke")
        self.flow.world.ci.finish(self.repo, self.sha, "smoke", conclusion)
        self.flow.settle()


ENDED = ("released", "its workflow run has ended")


@pytest.fixture(params=[False, True], ids=["its repository's group", "its organisation's group"])
def killed(flow: Flow, issuer: Issuer, request: pytest.FixtureRequest) -> Killed:
    repo = OTHER if request.param else REPO
    return Killed(flow, issuer, repo, shared=request.param)


def test_a_suspect_grant_of_a_job_is_freed_by_the_end_of_its_run(killed: Killed):
    for _ in range(3):
        killed.late(60)
        assert killed.row.state == "suspect"
    killed.ends()
    killed.late()
    assert killed.told == ENDED
    assert killed.beat() == "409"


def test_a_job_that_is_heard_of_again_holds_again_though_it_was_probed(killed: Killed):
    killed.late()
    assert killed.row.state == "suspect"
    assert killed.beat() == "held"
    assert list(killed.row.tokens.values()) == [killed.token]


def test_a_later_attempt_of_its_run_says_that_its_own_is_over(flow: Flow, issuer: Issuer):
    killed = Killed(flow, issuer)
    killed.flow.world.faults.add("GET", RUN, "denied", times=100)
    killed.ends("failure")
    flow.world.ci.rerun(flow.world.repo(REPO), killed.run.suite_id)
    killed.late()
    assert killed.row.state == "suspect"
    flow.world.faults.clear()
    killed.late(30)
    assert killed.now.status != "completed"
    assert killed.told == ENDED


def test_a_run_that_may_not_be_read_leaves_the_grant_suspect(killed: Killed):
    killed.flow.world.faults.add("GET", RUN, "denied", times=1000)
    killed.ends()
    for _ in range(3):
        killed.late(60)
    assert killed.row.state == "suspect"
    killed.flow.world.faults.clear()
    killed.late(60)
    assert killed.told == ENDED


def test_a_run_that_is_gone_in_two_looks_frees_the_grant_and_in_one_does_not(killed: Killed):
    killed.flow.world.hold_deliveries()
    killed.ends()
    killed.flow.world.ci.delete(killed.flow.world.repo(killed.repo), killed.run.suite_id)
    killed.late()
    assert killed.row.state == "suspect"
    assert "gone" in said(killed.row.reason)
    killed.late(0)
    assert killed.row.state == "suspect"
    killed.late()
    assert killed.told == ENDED


def test_where_the_app_is_not_at_the_job_s_repository_any_more_the_grant_stays_suspect(
    flow: Flow, issuer: Issuer
):
    killed = Killed(flow, issuer, OTHER, shared=True)
    killed.ends()
    flow.world.transfer_repo(OTHER, "elsewhere")
    for _ in range(3):
        killed.late(10)
    assert killed.row.state == "suspect"


def test_the_run_is_found_by_its_repository_s_number_whatever_that_is_called(
    flow: Flow, issuer: Issuer
):
    killed = Killed(flow, issuer, OTHER, shared=True)
    flow.world.rename_repo(OTHER, "renamed")
    killed.repo = "acme/renamed"
    flow.repo({"README": "another"}, OTHER)
    killed.ends()
    killed.late()
    assert killed.told == ENDED
