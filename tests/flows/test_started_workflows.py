"""
`verify: {workflow: FILE}`: the workflow is started on what landed, under the grant, and its run is the check.
From the words of V25 to V29, in both versions of GitHub's API.
"""

from __future__ import annotations

from app.core.model.names import GroupName
from tests.flows.harness import REPO, Flow
from tests.flows.words import replies, say
from tests.flows.workflow_starts import AT, FILE, FILES, WORKFLOW, ends, live, runs, verified

EACH_VERSION = True


def test_it_is_started_on_what_landed_under_the_grant_and_verifies_it(flow: Flow):
    """The user's story: pushed, landed, tested by a workflow that knows what it tests, promoted."""
    freight = verified(flow)
    [run] = runs(flow)
    [request] = flow.requests()
    [row] = [p for p in flow.promotions() if p.stage == "e2e"]
    assert run.head_sha == flow.landed("e2e", freight)
    assert run.inputs == {
        "stage": "e2e",
        "freight": f"web@{freight}",
        "promotion": row.id,
        "fence": f"e2e-env={request.tokens[GroupName('e2e-env')]}",
        "permit": "e2e-env=blue",
    }
    assert live(flow) == [("e2e", "held")]
    shown = flow.shown(freight, "e2e")
    assert (shown.status, shown.title) == ("in_progress", "verifying: waiting for e2e.yml")
    assert f"/actions/runs/{run.id}" in (shown.summary or "")

    ends(flow, run)
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"
    assert live(flow) == []
    assert runs(flow) == [run]


def test_one_that_fails_is_failed_and_retry_starts_another_under_a_new_grant(flow: Flow):
    freight = verified(flow)
    [first] = runs(flow)
    ends(flow, first, "failure")
    assert flow.state(freight, "e2e") == "failure"
    assert "e2e.yml" in flow.title(freight, "e2e")
    assert live(flow) == []

    say(flow, freight, "/retry e2e")
    [_, second] = runs(flow)
    assert second.inputs["fence"] != first.inputs["fence"]
    ends(flow, second)
    assert flow.state(freight, "e2e") == flow.state(freight, "prod") == "success"


def test_a_re_run_that_passes_verifies_and_one_that_fails_revokes(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    ends(flow, run, "failure")
    flow.world.ci.rerun(flow.world.repo(REPO), run.id)
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"


def test_only_inputs_that_it_declares_are_given_and_the_file_s_check_says_what_it_lacks(flow: Flow):
    plain = {**FILES, AT: "on: workflow_dispatch\njobs: {e2e: {runs-on: x}}\n"}
    freight = verified(flow, plain)
    [run] = runs(flow)
    assert run.inputs == {}
    config = flow.shown(freight, "config")
    assert config.conclusion == "success"
    [note] = [annotation for annotation in config.annotations if "e2e.yml" in annotation["message"]]
    assert note["start_line"] == 5
    for name in ("stage", "freight", "promotion", "fence", "permit"):
        assert f"`{name}`" in note["message"]
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"


def test_a_workflow_that_is_not_there_fails_the_promotion_and_the_file_s_check_says_so(flow: Flow):
    freight = verified(flow, {k: v for k, v in FILES.items() if k != AT})
    assert flow.state(freight, "e2e") == "failure"
    assert ".github/workflows/e2e.yml is not on main" in flow.summary(freight, "e2e")
    assert live(flow) == []
    [note] = [
        annotation
        for annotation in flow.shown(freight, "config").annotations
        if "e2e.yml" in annotation["message"]
    ]
    assert "is not on `main`" in note["message"]
    flow.push({AT: WORKFLOW})
    say(flow, freight, "/retry e2e")
    ends(flow, runs(flow)[-1])
    assert flow.state(freight, "e2e") == "success"


def test_at_the_timeout_it_is_cancelled_and_the_lock_waits_for_its_end(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    flow.world.faults.add("POST", "/cancel$", "denied", times=9)
    flow.passes(minutes=31)
    assert flow.state(freight, "e2e") == "failure"
    assert live(flow) == [("e2e", "held")]
    ends(flow, run, "cancelled")
    assert live(flow) == []


def test_at_the_timeout_its_cancelling_frees_the_lock(flow: Flow):
    freight = verified(flow)
    flow.passes(minutes=31)
    assert flow.state(freight, "e2e") == "failure"
    cancels = [path for method, path in flow.writes() if path.endswith("/cancel")]
    assert len(cancels) == 1
    flow.settle()
    assert live(flow) == []


def test_a_run_on_other_content_is_cancelled_and_another_one_counts(flow: Flow):
    """Somebody edits the stage by hand between the landing and the start; then takes it back."""
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    freight = flow.repo(FILES)
    landed = flow.landed("e2e", freight)
    flow.push({"stages/e2e/web/a": "by hand"})
    flow.passes(minutes=2, seconds=10)
    flow.passes(seconds=15)
    stray = runs(flow)[0]
    assert stray.head_sha != landed
    flow.push({"stages/e2e/web/a": "1"})
    for _ in range(12):
        flow.passes(seconds=30)
    last = runs(flow)[-1]
    assert last.head_sha != stray.head_sha
    assert live(flow) == [("e2e", "held")]
    ends(flow, last)
    assert flow.state(freight, "e2e") == "success"
    endings = [run.conclusion for run in flow.world.hub.runs.values() if run.suite_id == stray.id]
    assert endings == ["cancelled"]


def test_three_on_other_content_are_an_error_and_never_a_pass(flow: Flow):
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    freight = flow.repo(FILES)
    flow.push({"stages/e2e/web/a": "by hand"})
    for _ in range(12):
        flow.passes(seconds=20)
    assert len(runs(flow)) == 3
    shown = flow.shown(freight, "e2e")
    assert (shown.title or "").startswith("retrying:")
    assert "started 3 times" in (shown.summary or "")
    flow.passes(minutes=40)
    assert flow.state(freight, "e2e") == "failure"
    assert live(flow) == []


def test_without_the_permission_nothing_is_written_and_it_is_said_where_to_grant_it(flow: Flow):
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.create_repo(REPO, files=FILES)
    flow.world.set_permissions("stagelock", actions="read")
    flow.settle()
    freight = flow.tip()
    assert flow.state(freight, "e2e") == "queued"
    assert "actions: write" in flow.summary(freight, "e2e")
    notes = [annotation["message"] for annotation in flow.shown(freight, "config").annotations]
    assert any("actions: write" in note for note in notes)
    assert runs(flow) == []


def test_in_sync_without_a_run_it_waits_and_retry_starts_it_under_the_lock(flow: Flow):
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    freight = flow.repo({**FILES, "stages/e2e/web/a": "1"})
    assert runs(flow) == []
    assert live(flow) == []
    assert flow.title(freight, "e2e") == "no e2e.yml check has run on this content"
    say(flow, freight, "/retry e2e")
    [run] = runs(flow)
    assert live(flow) == [("e2e", "held")]
    assert run.inputs["fence"]
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"
    assert live(flow) == []


def test_content_that_its_run_verified_once_passes_at_once_when_it_is_there_again(flow: Flow):
    verified(flow)
    ends(flow, runs(flow)[0])
    flow.push({"apps/web/a": "2"})
    ends(flow, runs(flow)[1])
    flow.push({"apps/web/a": "3"})
    again = flow.push({"apps/web/a": "2"})
    assert flow.state(again, "e2e") != "success"
    ends(flow, runs(flow)[2])
    ends(flow, runs(flow)[3])
    assert flow.state(again, "e2e") == "success"


def test_checks_may_stand_beside_it_and_both_must_pass(flow: Flow):
    both = FILE.replace("{workflow: e2e.yml}", "{workflow: e2e.yml, checks: [smoke]}")
    freight = verified(flow, {**FILES, "stagelock.yaml": both})
    ends(flow, runs(flow)[0])
    assert flow.state(freight, "e2e") == "in_progress"
    flow.finish(flow.landed("e2e", freight), "smoke")
    assert flow.state(freight, "e2e") == "success"


def test_why_and_status_name_the_run_with_its_page(flow: Flow):
    freight = verified(flow)
    [run] = runs(flow)
    say(flow, freight, "/why e2e")
    assert f"/actions/runs/{run.id}" in replies(flow, freight)[-1]
