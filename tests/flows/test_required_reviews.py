"""`merge: auto` where the base requires approving reviews: the lock waits for them, too."""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Pull
from tests.flows.deaf import deaf
from tests.flows.harness import REPO, Flow
from tests.flows.words import ours

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    path: stages/prod
    via: pull-request
    merge: auto
    lock: door
    verify: {checks: [smoke]}
locks:
  door: {permits: 1}
"""
FREE = PIPELINE.replace("    lock: door\n", "").replace("locks:\n  door: {permits: 1}\n", "")


def opened(
    flow: Flow,
    *,
    text: str = PIPELINE,
    reviews: int = 1,
    checks: tuple[str, ...] = (),
    classic: bool = False,
) -> tuple[str, Pull]:
    """A freight whose pull request is open, into a branch that requires reviews."""
    flow.world.create_repo(REPO, files={"stagelock.yaml": text, "apps/web/index.html": "one"})
    flow.world.protect(
        REPO,
        "main",
        required_reviews=reviews,
        required_checks=checks,
        refuses_pushes=False,
        classic=classic,
    )
    first = flow.tip()
    flow.settle()
    return first, ours(flow)


def grants(flow: Flow) -> int:
    """How often the lock was ever granted: the token that its newest holder got."""
    return max((token for r in flow.requests() for token in r.tokens.values()), default=0)


@pytest.mark.parametrize("checks", [(), ("stagelock / plan",)], ids=["alone", "beside-the-plan"])
def test_no_lock_is_asked_for_while_a_required_review_is_missing(
    flow: Flow, checks: tuple[str, ...]
):
    """rule P19, rule P25: what is missing is said, and who approves wakes it."""
    first, pull = opened(flow, checks=checks)
    for _ in range(3):
        flow.passes(minutes=20)
    assert flow.requests() == ()
    assert flow.title(first, "prod") == ("in review: one more approving review is required")
    assert "**To do:** resolve that on the pull request" in flow.summary(first, "prod")
    assert "refused" not in flow.summary(first, "prod")

    flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.settle()

    assert pull.merged_at is not None
    assert flow.state(first, "lock / door") == "in_progress"
    flow.finish(flow.tip(), "smoke")
    assert flow.state(first, "prod") == "success"


def test_every_review_that_a_ruleset_requires_is_awaited(flow: Flow):
    """rule P19: a remark, one of two, and one that was dismissed are not enough."""
    first, pull = opened(flow, reviews=2)
    flow.world.review(REPO, pull.number, "COMMENT", by="alice")
    gone = flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.world.dismiss_review(REPO, gone.id)
    flow.world.review(REPO, pull.number, "APPROVE", by="bob")
    flow.passes(minutes=20)
    assert flow.requests() == ()
    assert "one more approving review is required" in flow.title(first, "prod")

    flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.settle()
    assert pull.merged_at is not None


def test_an_approval_whose_delivery_was_lost_is_found_by_the_sweep(flow: Flow):
    """rule P19: poll for truth."""
    _, pull = opened(flow)
    flow.passes(minutes=2)
    deaf(flow)
    flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.settle()
    assert pull.merged_at is None
    flow.sweep()
    assert pull.merged_at is not None


def test_without_a_lock_nothing_is_merged_while_a_required_review_is_missing(flow: Flow):
    """rule P19: GitHub is not asked for a merge that it must refuse."""
    first, pull = opened(flow, text=FREE)
    flow.passes(minutes=20)
    assert "one more approving review is required" in flow.title(first, "prod")
    flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.settle()
    assert pull.merged_at is not None


class TestRefused:
    """rule P33: what GitHub does not tell beforehand is learned from its refusal."""

    def refused(self, flow: Flow) -> tuple[str, Pull]:
        """To two grants: the first waited for `merge-within`, the second went back at once."""
        first, pull = opened(flow, classic=True)
        flow.passes(minutes=2)
        assert [r.state for r in flow.requests()] == ["held"]
        flow.passes(minutes=16)
        flow.look()
        assert grants(flow) == 2
        return first, pull

    def test_refused_again_it_holds_up_nobody_and_says_so(self, flow: Flow):
        first, pull = self.refused(flow)
        flow.passes(minutes=5)
        flow.sweep()
        assert grants(flow) == 2
        assert {r.state for r in flow.requests()} == {"released"}
        assert flow.title(first, "prod") == "blocked: GitHub refused the merge"
        summary = flow.summary(first, "prod")
        assert "At least 1 approving review is required" in summary
        assert "its lock is not taken again until something changes there" in summary

        flow.world.review(REPO, pull.number, "APPROVE", by="alice")
        flow.settle()
        assert pull.merged_at is not None
        assert grants(flow) == 3

    def test_a_remark_changes_nothing(self, flow: Flow):
        _, pull = self.refused(flow)
        flow.world.review(REPO, pull.number, "COMMENT", by="alice")
        flow.settle()
        assert grants(flow) == 2

    def test_a_new_head_is_tried(self, flow: Flow):
        _, pull = self.refused(flow)
        flow.push({"apps/web/index.html": "two"})
        flow.passes(minutes=2)
        assert grants(flow) == 3
        assert pull.merged_at is None

    def test_a_check_there_is_tried(self, flow: Flow):
        _, pull = self.refused(flow)
        flow.finish(pull.head_sha, "qa")
        assert grants(flow) == 3

    def test_what_github_says_may_be_merged_now_is_merged(self, flow: Flow):
        """An owner takes the rule away: no event tells of it."""
        _, pull = self.refused(flow)
        flow.passes(minutes=2)
        flow.world.unprotect(REPO, "main")
        flow.sweep()
        assert pull.merged_at is not None

    def test_each_pause_is_as_long_as_it_has_been_refused(self, flow: Flow):
        """What changed may be nothing that we see; others are hardly kept waiting for it."""
        first, pull = self.refused(flow)
        flow.passes(minutes=20)
        flow.look()
        assert grants(flow) == 3
        assert {r.state for r in flow.requests()} == {"released"}
        assert flow.title(first, "prod") == "blocked: GitHub refused the merge"
        flow.passes(minutes=20)
        assert grants(flow) == 3
        flow.world.unprotect(REPO, "main")
        flow.passes(minutes=25)
        assert pull.merged_at is not None
