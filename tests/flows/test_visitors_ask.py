"""Jobs of two stages are run again at once, and ask for the lock when both are in there already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Run
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import Job, account, issuer, trusting
from tests.flows.locking import groups, live, locked
from tests.flows.organization import API, HOME, ONE, SHARED
from tests.flows.pipelines import pipeline
from tests.issuer import Issuer

__all__ = ["issuer"]

STAGES = locked("one", "floor") + locked("two", "floor")


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with trusting(tmp_path, issuer) as made:
        yield made


class Again:
    """What a stage landed is verified, and its job can be run again there."""

    def __init__(self, flow: Flow, stage: str, repo: str = REPO, *, globs: bool = False) -> None:
        self.flow, self.stage, self.repo = flow, stage, repo
        self.landed = flow.landed(stage, flow.newest(repo), repo=repo)
        flow.ends(self.landed, stage, repo=repo)
        if globs:
            flow.passes(seconds=61)  # a glob is decided that long after the push
        flow.settle()

    def check(self, name: str = "") -> Run:
        found = self.flow.world.check(self.repo, self.landed, name or self.stage)
        assert found is not None
        return found

    def begins(self) -> None:
        """Carol runs it again, from the Actions page; it is seen running."""
        where = self.flow.world.repo(self.repo)
        self.flow.world.ci.rerun(where, self.check().suite_id, failed_only=False)
        self.flow.settle()
        assert (self.stage, "held") in live_of(self.flow, self.repo)

    def job(self, issuer: Issuer, name: str = "", **claims: Any) -> Job:
        check = self.check(name)
        known = {"sha": self.landed, "check_run_id": str(check.id), "run_attempt": "2", **claims}
        return Job(self.flow, issuer, check.suite_id, self.repo, **known)


def live_of(flow: Flow, repo: str) -> list[tuple[str, str]]:
    return [(r.stage, r.state) for r in flow.requests(repo) if r.ended_at is None]


def both(flow: Flow, file: str = STAGES + groups("floor")) -> tuple[Again, Again]:
    """Two stages, whose jobs run again: each is a visitor, one of them beyond the permits."""
    for name in ("one", "two"):
        flow.world.ci.job(name, paths=(f"stages/{name}",), lasts=None)
    flow.repo({"stagelock.yaml": pipeline(file), "README": "x"})
    flow.push({"apps/web/a": "1"})
    globs = "*" in file
    stages = Again(flow, "one", globs=globs), Again(flow, "two", globs=globs)
    for stage in stages:
        stage.begins()
    assert live(flow) == [("one", "held"), ("two", "held")]
    return stages


def state(job: Job) -> str:
    told: str = job("GET", job.where).json()["state"]
    return told


def gives_back(flow: Flow, job: Job) -> None:
    token = job("GET", job.where).json()["token"]
    assert job("POST", f"{job.where}/release", {"token": token}).status_code == 200
    flow.settle()


@pytest.mark.parametrize("numbered", [True, False], ids=["numbered", "not-numbered"])
def test_two_visitors_that_ask_for_the_lock_take_turns_as_they_asked(
    flow: Flow, issuer: Issuer, *, numbered: bool
):
    """rule L83: each would wait for the other to go, and so for itself."""
    claims: dict[str, Any] = {} if numbered else {"check_run_id": None}
    one, two = both(flow)
    first, last = (stage.job(issuer, **claims) for stage in (one, two))
    flow.world.hold_deliveries()
    first.ask("floor")
    last.ask("floor")
    flow.world.release_deliveries()
    flow.settle()
    assert live(flow) == []
    assert (state(first), state(last)) == ("held", "queued")
    flow.look()
    assert live(flow) == []

    freight = flow.push({"apps/web/a": "2"})
    assert flow.state(freight, "one") == "queued"
    flow.ends(one.landed, "one")
    gives_back(flow, first)
    assert (state(last), flow.state(freight, "one")) == ("held", "queued")
    flow.ends(two.landed, "two")
    gives_back(flow, last)
    assert flow.state(freight, "one") == "in_progress"


def test_a_job_that_asks_later_goes_on_in_what_it_has_and_the_earlier_one_waits(
    flow: Flow, issuer: Issuer
):
    """rules L58, L83: once the other one waits in the queue it is in there alone."""
    one, two = both(flow)
    first, last = (stage.job(issuer) for stage in (one, two))
    first.ask("floor")
    flow.settle()
    assert (state(first), live(flow)) == ("queued", [("two", "held")])
    last.ask("floor")
    flow.settle()
    assert (state(first), state(last), live(flow)) == ("queued", "held", [("two", "held")])
    gives_back(flow, last)
    flow.ends(two.landed, "two")
    flow.settle()
    assert (state(first), live(flow)) == ("held", [])


def test_a_job_that_asks_and_one_that_does_not_go_on_one_after_the_other(
    flow: Flow, issuer: Issuer
):
    """rule L83: who runs without asking is in there until it has ended."""
    one, two = both(flow)
    job = one.job(issuer)
    job.ask("floor")
    flow.settle()
    assert (state(job), live(flow)) == ("queued", [("two", "held")])
    flow.ends(two.landed, "two")
    flow.settle()
    assert (state(job), live(flow)) == ("held", [])


def test_while_another_job_of_its_stage_runs_it_stays_a_visitor(flow: Flow, issuer: Issuer):
    """rule L83: only where all that verifies the stage waits nobody of it is in there."""
    flow.world.ci.job("more", paths=("stages/one",), lasts=None)
    file = STAGES.replace("[one]", "[one, more]") + groups("floor")
    flow.world.ci.job("one", paths=("stages/one",), lasts=None)
    flow.world.ci.job("two", paths=("stages/two",), lasts=None)
    flow.repo({"stagelock.yaml": pipeline(file), "README": "x"})
    freight = flow.push({"apps/web/a": "1"})
    flow.ends(flow.landed("one", freight), "more")
    one, two = Again(flow, "one"), Again(flow, "two")
    for stage in (one, two):
        stage.begins()
    job = one.job(issuer)
    job.ask("floor")
    flow.settle()
    assert live(flow) == [("one", "held"), ("two", "held")]
    flow.ends(one.landed, "more")
    flow.settle()
    assert (state(job), live(flow)) == ("queued", [("two", "held")])


@pytest.mark.parametrize("asks", [["floor"], ["floor", "other"]], ids=["for-one", "for-both"])
def test_a_visitor_of_two_groups_stays_one_until_its_job_waits_for_both(
    flow: Flow, issuer: Issuer, asks: list[str]
):
    """rule L83: of a group for which it does not ask it may make use already."""
    file = STAGES.replace("lock: floor", "lock: [floor, other]", 1) + groups("floor", "other")
    one, _ = both(flow, file)
    job = one.job(issuer)
    for group in asks:
        job.ask(group)
        flow.settle()
    there = [("one", "held"), ("two", "held")]
    assert live(flow) == (there if asks == ["floor"] else there[1:])


def test_a_job_of_which_nobody_knows_that_it_is_the_one_that_waits_stays_a_visitor(
    flow: Flow, issuer: Issuer
):
    """rule L83: its token names no job, and another one of its run goes on."""
    for name in ("one", "report"):
        flow.world.ci.job(name, paths=("stages/one",), lasts=None)
    flow.world.ci.job("two", paths=("stages/two",), lasts=None)
    flow.repo({"stagelock.yaml": pipeline(STAGES + groups("floor")), "README": "x"})
    freight = flow.push({"apps/web/a": "1"})
    flow.ends(flow.landed("one", freight), "report")
    one, two = Again(flow, "one"), Again(flow, "two")
    report = flow.world.ci.job("report", paths=("none",), lasts=None)
    for stage in (one, two):
        stage.begins()
    flow.world.ci.follow(REPO, one.check().suite_id, report)
    flow.settle()
    job = one.job(issuer, check_run_id=None)
    job.ask("floor")
    flow.settle()
    assert live(flow) == [("one", "held"), ("two", "held")]
    flow.ends(one.landed, "report")
    flow.settle()
    assert live(flow) == [("two", "held")]


def test_visitors_of_two_repositories_take_turns_at_the_group_of_their_organisation(
    flow: Flow, issuer: Issuer
):
    """rules L49, L83: each look gives up its own visitor, and the queue is one."""
    for name in ("one", "two"):
        flow.world.ci.job(name, paths=(f"stages/{name}",), lasts=None)
    flow.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
    stages = []
    for name, repo in (("one", REPO), ("two", API)):
        text = pipeline(locked(name, "e2e-env") + SHARED)
        flow.repo({"stagelock.yaml": text, "apps/web/a": "1"}, repo)
        stages.append(Again(flow, name, repo))
    for stage in stages:
        stage.begins()
    jobs = [stage.job(issuer) for stage in stages]
    for job in jobs:
        place = f"/locks/org-{account(flow)}/e2e-env/requests"
        job.where = job("POST", place, {"owner": "e2e"}).headers["location"]
        flow.settle()
    assert [live_of(flow, repo) for repo in (REPO, API)] == [[], [("two", "held")]]
    assert [state(job) for job in jobs] == ["queued", "held"]
    gives_back(flow, jobs[1])
    flow.ends(stages[1].landed, "two", repo=API)
    flow.settle()
    assert state(jobs[0]) == "held"


def test_visitors_whose_next_jobs_wait_at_an_environment_take_turns(flow: Flow):
    """rule L83: what made each of them a visitor has ended, and what comes next has not begun."""
    file = STAGES.replace("[one]", "['one*']").replace("[two]", "['two*']")
    file += groups("floor").replace("permits: 1", "permits: 1, environments: [e2e]")
    one, two = both(flow, file)
    flow.world.guard(REPO, "e2e", SLUG)
    for stage in (one, two):
        name = f"{stage.stage}-e2e"
        late = flow.world.ci.job(name, paths=("none",), lasts=None, environment="e2e")
        flow.world.ci.follow(REPO, stage.check().suite_id, late)
    flow.settle()
    assert live(flow) == [("one", "held"), ("two", "held")]
    flow.ends(one.landed, "one")
    flow.settle()
    assert live(flow) == [("two", "held")]
    flow.ends(two.landed, "two")
    flow.settle()
    assert [s.check(f"{s.stage}-e2e").status for s in (one, two)] == ["waiting", "in_progress"]
    flow.ends(two.landed, "two-e2e")
    flow.settle()
    assert one.check("one-e2e").status == "in_progress"
