"""`stagelock / plan` is said once on the default branch's tip, so that it can be made required."""

from __future__ import annotations

import pytest

from app.github import endpoints as at
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Run
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.mortal import Killed, Mortal
from tests.flows.proposing import propose
from tests.flows.rebuilding import lose, rebuild

APP = {"apps/web/index.html": "one"}
FILE = {"stagelock.yaml": ONE_BRANCH}
QUIET = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev, steps: [{uses: copy, with: {from: apps/web, to: web}}]}}
"""
TITLE = "from now on every pull request gets this check"
WIDE = QUIET.replace("stages: {", "stages:\n  ").replace("}}]}}", "}}]}") + "".join(
    f"  s{n:02}: {{needs: [{before}], path: stages/s{n:02}, verify: {{checks: [none]}}}}\n"
    for n in range(11)
    for before in [f"s{n - 1:02}" if n else "dev"]
)


def introductions(flow: Flow, repo: str = REPO) -> list[Run]:
    """Every such run in the repository."""
    hub = flow.world.hub
    where = hub.repo(repo).id
    return [run for run in hub.runs.values() if (run.repo_id, run.title) == (where, TITLE)]


def test_the_first_file_gets_a_plan_that_succeeded_on_the_tip(flow: Flow):
    first = flow.repo({**APP, **FILE})

    [run] = introductions(flow)
    assert (run.head_sha, run.status, run.conclusion) == (first, "completed", "success")
    assert f"stagelock rulesets --apply {REPO}" in (run.summary or "")


def test_it_stands_on_the_commit_that_brought_the_file_to_a_branch_without_one(flow: Flow):
    flow.repo(APP)
    assert introductions(flow) == []

    second = flow.push(FILE)

    assert [run.head_sha for run in introductions(flow)] == [second]


def test_it_is_said_once_whatever_becomes_of_the_file_the_branch_and_the_app(flow: Flow):
    first = flow.repo({**APP, **FILE})

    flow.push({"apps/web/index.html": "two"})
    flow.push({"stagelock.yaml": None})
    flow.push(FILE)
    flow.push({"stagelock.yaml": "version: 2\n"})
    flow.push(FILE)
    flow.reboot()
    flow.passes(days=40)
    flow.sweep()

    assert [run.head_sha for run in introductions(flow)] == [first]


def test_where_no_file_was_ever_valid_it_waits_for_one(flow: Flow):
    """No pull request would get the check: requiring it would close the repository."""
    flow.repo({**APP, "stagelock.yaml": "version: 1\nstages: [1]\n"})
    assert introductions(flow) == []

    second = flow.push(FILE)

    assert [run.head_sha for run in introductions(flow)] == [second]


@loses(at.CREATE_RUN)
def test_an_answer_that_was_lost_makes_no_second_one_though_the_tip_moved(flow: Flow):
    with losing(flow, at.CREATE_RUN):
        first = flow.repo({**APP, **FILE})
        flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
        flow.settle()
    flow.passes(minutes=10)

    assert [run.head_sha for run in introductions(flow)] == [first]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_at_its_making_costs_time_and_makes_no_second_one(flow: Flow, when: str):
    class Dying(Mortal):
        deaths = 0

        def beside(self, now: str, name: str) -> None:
            if (now, name) == (when, "create_run") and self.deaths < 20:
                self.deaths += 1
                raise Killed

        def lately(self) -> list[object]:
            return [self.deaths]

    mortal = Dying(flow)
    flow.world.create_repo(REPO, files={**APP, **FILE})
    first = flow.tip()
    mortal.settle()
    flow.passes(minutes=1)

    assert [run.head_sha for run in introductions(flow)] == [first]


def test_after_a_rebuild_it_is_not_said_again(flow: Flow):
    first = flow.repo({**APP, **FILE})
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.push({"apps/web/index.html": "two"})

    assert [run.head_sha for run in introductions(flow)] == [first]


def plans(flow: Flow, sha: str) -> list[str]:
    """The titles of all plans on a commit, oldest first."""
    runs = flow.world.checks(REPO, sha, SLUG)
    return [run.title or "" for run in runs if run.name == "stagelock / plan"]


def test_the_plan_of_a_pull_request_on_that_commit_is_a_run_of_its_own(flow: Flow):
    """The commit is proposed to another branch later: its check list has both."""
    flow.repo(APP)
    flow.world.branch(REPO, "release")
    second = flow.push(FILE)
    assert plans(flow, second) == [TITLE]

    flow.world.branch(REPO, "topic", second)
    number = flow.world.open_pull(REPO, "topic", "release", by="bob").number
    flow.settle()
    assert plans(flow, second) == [TITLE, "touches no stage"]

    flow.world.edit_pull(REPO, number, state="closed")
    flow.push({"apps/web/index.html": "two"})
    assert plans(flow, second) == [TITLE, "touches no stage"]


def test_on_the_head_of_an_open_pull_request_it_waits_until_that_is_over(flow: Flow):
    """The head says what its pull request does, as long as it may be merged."""
    flow.repo(APP)
    flow.world.branch(REPO, "release")
    head = flow.world.push(REPO, "main", FILE)
    number = flow.world.open_pull(REPO, "main", "release", by="bob").number
    flow.world.branch(REPO, "topic", head)
    other = flow.world.open_pull(REPO, "topic", "release", by="bob").number
    flow.settle()
    assert plans(flow, head) == ["touches no stage"]

    for one in (number, other):
        flow.world.edit_pull(REPO, one, state="closed")
    flow.settle()
    assert plans(flow, head) == ["touches no stage", TITLE]


def test_it_is_said_where_the_pull_request_that_brought_the_file_was_planned(flow: Flow):
    """Its queue moves the branch to the commit that has the plan of the merge group."""
    flow.repo(APP)
    propose(flow, dict(FILE))
    group = flow.world.enqueue(REPO, 1)
    flow.settle()
    flow.world.leave_queue(REPO, 1, "merged")
    flow.settle()

    assert [run.head_sha for run in introductions(flow)] == [group]
    assert flow.state(group, "plan") == "success"


def test_the_first_look_makes_eight_runs_on_a_commit_with_it(flow: Flow):
    first = flow.repo({**APP, "stagelock.yaml": WIDE})

    names = [run.name for run in flow.world.checks(REPO, first, SLUG)]
    assert "stagelock / plan" in names
    assert len(names) == 8


def test_at_rest_nothing_is_written_of_it(flow: Flow):
    flow.repo({**APP, "stagelock.yaml": QUIET})
    flow.look()
    before = len(flow.writes())

    flow.passes(days=2)
    flow.sweep()

    assert flow.writes()[before:] == []
