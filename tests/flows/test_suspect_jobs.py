"""
The suspect grant of a CI job, of jobs at an environment, or of a program with a stored token: what the alert
is where a stage waits for it, and where none does. From the contract's words: L9, L10, L33, L67.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.model.lock_requests import DirectRequest
from app.sandbox.github.model import Run
from tests.flows.calling import Caller
from tests.flows.doors import FILE, begins, guarded, job
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import Job, issuer, trusting
from tests.flows.words import replies, say
from tests.issuer import Issuer

__all__ = ["issuer"]

LOCK = "lock / e2e-env"
BLOCKED = "blocked: e2e-env is suspect; a maintainer must press Release"


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with trusting(tmp_path, issuer) as made:
        yield made


class Stuck:
    """Somebody who is no stage has the lock and is not heard of again; a stage waits for it."""

    def __init__(self, flow: Flow, issuer: Issuer, kind: str = "job", *, waits: bool = True):
        self.flow = flow
        if kind == "environment":
            guarded(flow)
        else:
            guarded(flow, FILE.replace(", environments: [e2e]", ""))
            flow.world.ci.job("nightly", paths=("ci",), lasts=None)
        self.sha = flow.world.push(REPO, "main", {"ci/a": "1"}, author="bob")
        flow.settle()
        if kind == "environment":
            begins(flow, self.sha)
        else:
            self.asks(Caller(flow, "lock-me") if kind == "token" else self.job(issuer))
        self.freight = flow.push({"apps/web/a": "1"}) if waits else ""
        flow.passes(minutes=121 if kind == "environment" else 6)
        assert self.state() == "suspect"

    def job(self, issuer: Issuer) -> Job:
        run = job(self.flow, self.sha, "nightly").suite_id
        return Job(self.flow, issuer, run, sha=self.sha)

    def asks(self, by: Caller | Job) -> None:
        place = f"/locks/repo-{self.flow.world.repo(REPO).id}/e2e-env/requests"
        asked = by("POST", place, {"owner": "e2e", "ttl": "5m"})
        self.by, self.token = by, asked.json()["token"]
        self.where = asked.headers["location"]
        assert self.beat() == "held"

    def beat(self) -> str:
        answer = self.by("POST", f"{self.where}/heartbeat", {"token": self.token})
        return answer.json()["state"] if answer.status_code == 200 else str(answer.status_code)

    @property
    def grant(self) -> DirectRequest:
        [one] = [one for one in self.flow.records().direct if not one.ended_at]
        return one

    @property
    def run(self) -> Run:
        """What the stage that waits shows of its lock."""
        return self.flow.shown(self.freight, LOCK)

    def presses(self, button: str, by: str) -> Run:
        self.flow.world.press(REPO, self.run, button, by=by)
        self.flow.settle()
        return self.run

    def state(self) -> str:
        return self.grant.state

    def stage(self) -> str:
        return self.flow.requests()[-1].state


@pytest.mark.parametrize("kind", ["job", "environment"])
def test_who_waits_for_a_suspect_job_has_the_buttons_that_free_it(
    flow: Flow, issuer: Issuer, kind: str
):
    stuck = Stuck(flow, issuer, kind)
    run = stuck.run
    assert (run.status, run.conclusion, run.title) == ("completed", "action_required", BLOCKED)
    assert [a["identifier"] for a in run.actions] == ["release", "keep", "probe"]
    assert f"run {job(flow, stuck.sha, 'nightly' if kind == 'job' else 'smoke').suite_id}" in (
        run.summary or ""
    )
    assert "**Release**" in (run.summary or "")
    writes = len(flow.writes())
    flow.passes(hours=3)
    assert len(flow.writes()) == writes, "at rest nothing is written"

    run = stuck.presses("release", "bob")
    assert "`@bob` pressed Release, which needs *maintain*" in (run.summary or "")
    assert stuck.stage() == "queued"
    assert stuck.presses("release", "alice").status == "in_progress"
    assert stuck.stage() == "held"
    if kind == "job":
        assert stuck.beat() == "409"


def test_a_suspect_job_that_is_kept_is_held_for_max_hold_from_then(flow: Flow, issuer: Issuer):
    stuck = Stuck(flow, issuer)
    before = stuck.run
    run = stuck.presses("keep", "alice")
    assert (stuck.state(), stuck.stage(), run.status) == ("held", "queued", "queued")
    assert run.id != before.id
    assert (run.title or "").startswith("1st of 1, held by run ")
    told = len(replies(flow, stuck.freight))

    flow.world.press(REPO, before, "release", by="alice")
    flow.passes(minutes=110)
    assert stuck.state() == "held", "a run that is not the newest has no say"
    flow.passes(minutes=15)
    assert stuck.state() == "suspect"
    assert stuck.run.title == BLOCKED
    assert len(replies(flow, stuck.freight)) > told


def test_probed_again_its_run_is_asked_at_once_and_the_summary_says_so(flow: Flow, issuer: Issuer):
    stuck = Stuck(flow, issuer)
    run = stuck.presses("probe", "carol")
    assert "`@carol` pressed Probe again, which needs *write*" in (run.summary or "")
    run = stuck.presses("probe", "bob")
    assert "Probed again for `@bob` on " in (run.summary or "")
    assert stuck.state() == "suspect"

    flow.world.hold_deliveries()
    for name in ("smoke", "nightly"):
        flow.world.ci.finish(REPO, stuck.sha, name)
    flow.world.weather.waiting.clear()
    flow.world.release_deliveries()
    stuck.presses("probe", "bob")
    assert stuck.stage() == "held"


def test_of_a_stored_token_nothing_can_be_asked(flow: Flow, issuer: Issuer):
    stuck = Stuck(flow, issuer, "token")
    assert [a["identifier"] for a in stuck.run.actions] == ["release", "keep"]
    [told] = replies(flow, stuck.freight)
    assert told.startswith("@"), "the author of what waits"
    assert "`ci`" in told
    stuck.presses("release", "alice")
    assert stuck.stage() == "held"


@pytest.mark.parametrize("kind", ["job", "environment"])
def test_who_started_its_run_is_called_once_where_the_stage_waits(
    flow: Flow, issuer: Issuer, kind: str
):
    stuck = Stuck(flow, issuer, kind)
    [told] = replies(flow, stuck.freight)
    assert told.startswith("@bob: the lock `e2e-env` of "), "not the author of what waits"
    assert "is suspect" in told
    assert f"#{next(iter(stuck.grant.tokens.values()))} --force reason" in told
    flow.passes(hours=5)
    assert len(replies(flow, stuck.freight)) == 1
    kinds = [one.entry["kind"] for one in flow.app.store.audit.newest()]
    assert kinds.count("notice") == 1
    assert "lapse" in kinds


def test_where_no_stage_waits_it_is_told_by_status_and_metric_and_nobody_is_called(
    flow: Flow, issuer: Issuer
):
    stuck = Stuck(flow, issuer, waits=False)
    assert replies(flow, stuck.sha) == []
    assert flow.world.check(REPO, stuck.sha, f"stagelock / {LOCK}") is None
    say(flow, stuck.sha, "/stagelock status", by="carol")
    status = replies(flow, stuck.sha)[-1]
    assert "**suspect**" in status
    assert "**To do:** once the job of run " in status

    freight = flow.push({"apps/web/a": "1"})  # who comes later finds the buttons
    run = flow.shown(freight, LOCK)
    assert (run.conclusion, run.title) == ("action_required", BLOCKED)
