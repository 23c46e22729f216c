"""People close, reopen, restore, bring by hand and revert: what they meant is what happens."""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Refusal
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import UNLOCKED, UNLOCKED_FILES
from tests.flows.proposing import plans
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours

# --- pull requests closed and reopened -----------------------------------------------------------------


def test_closed_and_reopened_at_once_nothing_has_happened(flow: Flow):
    """A bot undid what somebody clicked by mistake, before we looked."""
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    flow.world.edit_pull(REPO, pull.number, by="bob", state="closed")
    flow.world.edit_pull(REPO, pull.number, by="bob", state="open")
    flow.settle()

    assert plans(flow, pull.head_sha)[-1] == "success"
    assert flow.state(first, "prod") == "in_progress"
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"


def test_a_branch_that_somebody_restores_is_left_to_be_reopened_and_reopening_goes_on(flow: Flow):
    """Closed: we deleted the branch. Restored and reopened: the no is taken back."""
    first = flow.repo(PEOPLE)
    pull, head = ours(flow), ours(flow).head_sha
    flow.world.edit_pull(REPO, pull.number, by="bob", state="closed")
    flow.settle()
    assert flow.state(first, "prod") == "cancelled"
    assert "stagelock/prod" not in flow.world.branches(REPO)
    with pytest.raises(Refusal):
        flow.world.edit_pull(REPO, pull.number, by="bob", state="open")

    flow.world.branch(REPO, "stagelock/prod", at=head, by="bob")
    flow.settle()
    flow.look()
    assert flow.world.tip(REPO, "stagelock/prod") == head
    flow.world.edit_pull(REPO, pull.number, by="bob", state="open")
    flow.settle()

    assert pull.state == "open"
    assert len(flow.world.pulls(REPO)) == 1
    assert flow.state(first, "prod") == "in_progress"
    assert plans(flow, head) == ["success", "cancelled", "success"], "each in a run of its own"
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"
    assert "stagelock/prod" not in flow.world.branches(REPO)


def test_reopened_before_we_deleted_its_branch_the_promotion_goes_on(flow: Flow):
    """We saw it closed; a rule kept its branch; somebody reopened it later."""
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    flow.world.protect(REPO, "stagelock/prod")
    flow.world.edit_pull(REPO, pull.number, by="bob", state="closed")
    flow.settle()
    assert flow.state(first, "prod") == "cancelled"

    flow.world.edit_pull(REPO, pull.number, by="bob", state="open")
    flow.settle()

    assert flow.state(first, "prod") == "in_progress"
    assert plans(flow, pull.head_sha)[-1] == "success"


def test_a_branch_restored_after_its_merge_harms_nothing(flow: Flow):
    first = flow.repo(PEOPLE)
    pull, head = ours(flow), ours(flow).head_sha
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    flow.world.branch(REPO, "stagelock/prod", at=head, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"

    last = flow.push({"apps/web/index.html": "two"})

    assert ours(flow).number != pull.number
    assert ours(flow).state == "open"
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(last, "prod") == "success"


@pytest.mark.parametrize("end", ["merge", "cancel"])
def test_a_branch_that_a_rule_protects_is_tried_once_and_left(flow: Flow, caplog, end: str):
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    flow.world.protect(REPO, "stagelock/prod")
    if end == "merge":
        flow.world.merge(REPO, pull.number, by="bob")
    else:
        flow.world.comment(REPO, first, "/cancel prod")
    flow.settle()
    flow.look()
    tried = [r for r in caplog.records if getattr(r, "action", "") == "branch.not-deleted"]
    assert len(tried) == 1
    assert flow.world.tip(REPO, "stagelock/prod") == pull.head_sha


# --- by hand what we would do, and undone what we did ---------------------------------------------------


def test_the_next_freight_brought_by_hand_is_in_sync_when_its_turn_comes(flow: Flow):
    soaking = UNLOCKED.replace("    path: stages/prod\n", "    path: stages/prod\n    soak: 1h\n")
    first = flow.repo({**UNLOCKED_FILES, "stagelock.yaml": soaking})
    flow.passes(hours=2)
    assert flow.state(first, "prod") == "success"
    second = flow.push({"apps/web/a": "2"})
    by_hand = flow.push({"stages/prod/web/a": "2"}, "Bring it to prod now")
    flow.passes(hours=2)

    run = flow.shown(second, "prod")
    assert run.conclusion == "success"
    assert "drift" not in (run.title or "")
    assert flow.tip() == by_hand


def test_a_merge_of_our_head_by_hand_is_its_merge(flow: Flow):
    """Somebody merged `stagelock/prod` on her machine and pushed."""
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    flow.world.pull_and_push(REPO, "main", {}, parent=pull.head_sha)
    flow.settle()

    assert pull.merged_at is not None
    assert flow.state(first, "prod") == "success"
    assert "stagelock/prod" not in flow.world.branches(REPO)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_reverted_promotion_is_drift_and_no_freight_and_reverted_again_it_is_nothing(
    flow: Flow, stage: str
):
    flow.repo(UNLOCKED_FILES)
    second = flow.push({"apps/web/a": "2"})
    minted = flow.newest()
    flow.world.push(REPO, "main", {f"stages/{stage}/web/a": "1"}, message=f"Revert {stage}")
    flow.settle()

    assert flow.newest() == minted == second
    run = flow.shown(second, stage)
    assert "drift" in (run.title or "")
    assert flow.world.tree(REPO, "main", f"stages/{stage}") == {f"stages/{stage}/web/a": b"1"}

    flow.push({f"stages/{stage}/web/a": "2"}, "Revert the revert")
    assert flow.newest() == second
    assert flow.shown(second, stage).title == "verified"
    last = flow.push({"apps/web/a": "3"})
    assert flow.state(last, "prod") == "success"
