"""A stage that a workflow verifies, the runs of it that were started, and how they end."""

from __future__ import annotations

from app.github import endpoints as at
from app.sandbox.github.model import Run, Suite, User
from app.sandbox.github.workflow_starts import start
from tests.flows.harness import REPO, Flow

FILE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  e2e:
    path: stages/e2e
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
    lock: e2e-env
    verify: {workflow: e2e.yml}
    timeout-minutes: 30
  prod:
    needs: [e2e]
    path: stages/prod
locks:
  e2e-env: {permits: [blue], max-hold: 2h}
"""
WORKFLOW = """\
run-name: e2e of ${{ inputs.freight }}, ${{ inputs.promotion }}
on:
  workflow_dispatch:
    inputs:
      stage: {required: true}
      freight: {required: true}
      promotion: {required: true}
      fence: {required: true}
      permit: {}
jobs:
  e2e: {runs-on: ubuntu-latest, steps: [{run: make e2e}]}
"""
UNNAMED = WORKFLOW.replace("run-name: e2e of ${{ inputs.freight }}, ${{ inputs.promotion }}\n", "")
AT = ".github/workflows/e2e.yml"
FILES = {"stagelock.yaml": FILE, AT: WORKFLOW, "apps/web/a": "1"}
E2E = at.START_WORKFLOW


def verified(flow: Flow, files: dict[str, str] = FILES) -> str:
    """A repository whose first freight has landed in e2e; its commit."""
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    return flow.repo(files)


def runs(flow: Flow) -> list[Suite]:
    """The runs that requests started, oldest first."""
    return [s for s in flow.world.hub.suites.values() if s.event == "workflow_dispatch"]


def ends(flow: Flow, run: Suite, conclusion: str = "success") -> None:
    """The job of a run that was started ends."""

    def job():
        of = [one for one in flow.world.hub.runs.values() if one.suite_id == run.id]
        return of[-1] if of and of[-1].status == "in_progress" else None

    flow.world.wait_for(job, what=f"run {run.id} never began")
    flow.world.ci.conclude(flow.world.repo(REPO), job(), conclusion)
    flow.settle()


def found_and_passed(flow: Flow, freight: str) -> None:
    """The run that was sought is found to be ours, and verifies; none was started beside it."""
    flow.passes(seconds=20)
    flow.passes(seconds=20)
    [run] = runs(flow)
    ends(flow, run)
    flow.passes(minutes=3)
    assert flow.state(freight, "e2e") == "success"
    assert len(runs(flow)) == 1


def live(flow: Flow) -> list[tuple[str, str]]:
    return [(r.stage, r.state) for r in flow.requests() if r.ended_at is None]


def job(flow: Flow, run: Suite) -> Run:
    return [one for one in flow.world.hub.runs.values() if one.suite_id == run.id][-1]


def held(flow: Flow) -> list[str]:
    return [state for stage, state in live(flow) if stage == "e2e"]


def never_arrived(flow: Flow, files: dict[str, str] = FILES) -> str:
    """The freight whose start was answered by an error, and did nothing (yet)."""
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    freight = verified(flow, files)
    assert runs(flow) == []
    return freight


def asked(flow: Flow) -> str:
    """The newest promotion to e2e."""
    return [p for p in flow.promotions() if p.stage == "e2e"][-1].id


def started(flow: Flow, by: User, promotion: str) -> Suite:
    """A run that *by* starts on main, in the name of a promotion."""
    sent = {"stage": "e2e", "freight": "web@x", "fence": "x", "promotion": promotion}
    return start(
        flow.world.ci, flow.world.repo(REPO), by, "e2e.yml", {"ref": "main", "inputs": sent}
    )


def unlocked(workflow: str) -> dict[str, str]:
    """The same where nothing is locked: the workflow may be told of no token."""
    file = FILE.replace("    lock: e2e-env\n", "").partition("locks:")[0]
    return {
        **FILES,
        "stagelock.yaml": file,
        AT: workflow.replace("fence: {required: true}", "fence: {}"),
    }
