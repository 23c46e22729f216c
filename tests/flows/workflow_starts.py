"""A stage that a workflow verifies, the runs of it that were started, and how they end."""

from __future__ import annotations

from app.github import endpoints as at
from app.sandbox.github.model import Suite
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
