"""A workflow that GitHub does not start: what is promoted fails with GitHub's words, and its lock is free (V25, V26)."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.words import say
from tests.flows.workflow_starts import AT, FILE, FILES, WORKFLOW, ends, held, runs, verified

REFUSED = {
    "disabled": (WORKFLOW, "disabled workflow"),
    "no trigger": ("on: push\njobs: {e2e: {runs-on: x}}\n", "workflow_dispatch"),
    "further input": (
        WORKFLOW.replace("      permit: {}\n", "      target: {required: true}\n"),
        "target",
    ),
    "no yaml": ("on: [workflow_dispatch\njobs: {", "e2e.yml"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_github_does_not_start_fails_with_its_words_and_frees_the_lock(flow: Flow, why: str):
    text, said = REFUSED[why]
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.create_repo(REPO, files={**FILES, AT: text})
    if why == "disabled":
        flow.world.repo(REPO).disabled.add("e2e.yml")
    flow.settle()
    freight = flow.tip()
    flow.passes(minutes=3)
    assert runs(flow) == []
    assert flow.state(freight, "e2e") == "failure"
    assert said in flow.summary(freight, "e2e")
    assert held(flow) == []
    flow.world.repo(REPO).disabled.clear()
    flow.push({AT: WORKFLOW})
    say(flow, freight, "/retry e2e")
    ends(flow, runs(flow)[-1])
    assert flow.state(freight, "e2e") == "success"


def test_one_that_is_on_the_default_branch_and_not_on_the_stage_s_is_said_to_lack_there(flow: Flow):
    whole = FILE.replace(
        "    path: stages/e2e\n    steps:\n      - uses: copy\n        with: {from: apps/web, to: web}\n",
        "    branch: env/e2e\n",
    ).replace("    path: stages/prod\n", "    branch: env/prod\n")
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    freight = flow.repo({**FILES, "stagelock.yaml": whole})
    flow.passes(minutes=3)
    assert flow.state(freight, "e2e") == "failure"
    assert ".github/workflows/e2e.yml is not on env/e2e" in flow.summary(freight, "e2e")
    assert held(flow) == []
    notes = [annotation["message"] for annotation in flow.shown(freight, "config").annotations]
    assert any("is not on `env/e2e`" in note for note in notes)


def test_a_start_that_is_refused_for_want_of_permission_is_said_and_done_once_it_is_given(
    flow: Flow,
):
    flow.world.faults.add("POST", "/dispatches$", "denied", times=3)
    freight = verified(flow)
    assert flow.state(freight, "e2e") == "in_progress"
    for _ in range(5):
        flow.passes(minutes=4)
    [run] = runs(flow)
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"
