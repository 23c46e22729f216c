"""The history or the pipeline changes under a promotion: nothing is believed, undone or freed early."""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.locking import live

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/a": "1"}


def test_a_force_push_during_verification(flow: Flow):
    """
    The withdrawn freight enters nothing more and its late success verifies nothing; its job may
    still use what the lock protects, so newer freight waits for its end.
    """
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")
    kept = flow.tip()
    gone = flow.push({"apps/web/a": "2"})
    landed = flow.landed("e2e", gone)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()

    flow.world.branch(REPO, "main", at=kept)
    flow.settle()
    assert flow.state(gone, "e2e") == flow.state(landed, "e2e") == "cancelled"
    assert "withdrawn" in (flow.shown(gone, "e2e").title or "")
    assert live(flow) == [("e2e", "suspect")]
    assert flow.state(landed, "lock / e2e-env") == "action_required"

    third = flow.push({"apps/web/a": "3"})
    assert flow.state(third, "dev") == "success"
    assert live(flow) == [("e2e", "suspect")]
    assert flow.state(third, "e2e") == "queued"

    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    assert flow.state(gone, "e2e") == "cancelled"
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"1"}
    assert live(flow) == [("e2e", "held")]
    flow.finish(flow.landed("e2e", third), "e2e")
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"3"}
    assert live(flow) == []


def test_a_stage_is_renamed_during_its_promotion(flow: Flow):
    """One stage is removed, another adopts its content; what runs counts for both, and ends both."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()

    renamed = ONE_BRANCH.replace("  e2e:\n", "  system:\n").replace("[e2e]\n    path: stages/prod",
        "[system]\n    path: stages/prod")  # fmt: skip
    flow.push({"stagelock.yaml": renamed}, "Rename e2e")
    assert flow.state(first, "e2e") == "cancelled"
    assert flow.state(first, "system") == "in_progress"
    assert ("e2e", "suspect") in live(flow)
    assert flow.world.tree(REPO, "main", "stages/prod") == {}

    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    assert live(flow) == []
    assert flow.state(first, "system") == flow.state(first, "prod") == "success"
    assert len([s for s in flow.subjects() if s.startswith("Promote")]) == 3
