"""An approving review of the stage's pull request is an approval, while it stands."""

from __future__ import annotations

from tests.flows.approving import REVIEWED, answer, begun, prod, titled, told
from tests.flows.harness import REPO, Flow
from tests.flows.words import ours, say


def reviewed(flow: Flow, event: str = "APPROVE", by: str = "bob") -> int:
    made = flow.world.review(REPO, ours(flow).number, event, by=by)
    flow.settle()
    return made.id


def mergeable(flow: Flow) -> bool:
    return flow.state(ours(flow).head_sha, "plan") == "success"


def test_an_approving_review_is_an_approval(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    assert not mergeable(flow)

    reviewed(flow)

    assert mergeable(flow)


def test_a_review_is_counted_at_once_in_every_title(flow: Flow):
    first = begun(flow, "approve: {count: 2}", stage=REVIEWED)

    def titles() -> set[str]:
        plan = flow.run(ours(flow).head_sha, "plan")
        assert plan is not None
        found = {titled(flow, first), plan.title or ""}
        return {title[title.index("needs ") :].partition(":")[0] for title in found}

    assert titles() == {"needs 2 approvals"}
    review = reviewed(flow)
    assert titles() == {"needs 1 more approval"}
    flow.world.dismiss_review(REPO, review)
    flow.settle()
    assert titles() == {"needs 2 approvals"}


def test_a_dismissed_review_is_none_any_more(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    review = reviewed(flow)
    flow.world.dismiss_review(REPO, review)
    flow.settle()
    assert not mergeable(flow)


def test_who_requests_changes_later_takes_it_back_and_a_remark_does_not(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    reviewed(flow)
    reviewed(flow, "COMMENT")
    assert mergeable(flow)
    reviewed(flow, "REQUEST_CHANGES")
    assert not mergeable(flow)
    reviewed(flow)
    assert mergeable(flow)


def test_a_review_by_somebody_who_may_not_is_none(flow: Flow):
    first = begun(flow, "approve: {users: [dora]}", stage=REVIEWED)
    reviewed(flow)
    assert not mergeable(flow)
    flow.passes(minutes=2)  # a text alone is not written at once
    assert "bob" in told(flow, first)
    reviewed(flow, by="dora")
    assert mergeable(flow)


def test_a_review_by_its_only_author_is_none(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    reviewed(flow, by="alice")
    assert not mergeable(flow)


def test_a_review_and_a_command_of_one_person_are_one_approval(flow: Flow):
    begun(flow, "approve: {count: 2}", stage=REVIEWED)
    reviewed(flow)
    say(flow, ours(flow).number, "/approve prod")
    assert not mergeable(flow)
    reviewed(flow, by="dora")
    assert mergeable(flow)


def test_what_was_reviewed_is_what_is_approved(flow: Flow):
    """Newer freight that a person moves it on to was not what the review was of."""
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    reviewed(flow)
    second = flow.push({"apps/web/index.html": "two"})
    flow.passes(minutes=2)
    say(flow, ours(flow).number, f"/promote prod {second[:12]}")
    assert second[:7] in ours(flow).title

    assert not mergeable(flow)
    reviewed(flow)
    assert mergeable(flow)


def test_merge_auto_merges_with_the_review_that_was_missing(flow: Flow):
    begun(flow, "approve: {count: 1}", "merge: auto", stage=REVIEWED)
    flow.passes(minutes=3)
    assert ours(flow).state == "open"
    reviewed(flow)
    assert ours(flow).state == "closed"
    assert prod(flow) == b"one"


def test_a_review_is_taken_back_on_its_pull_request(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    reviewed(flow)
    text = answer(flow, ours(flow).number, "/unapprove prod")
    assert text.startswith("Not done: ")
    assert "on its pull request" in text
    assert mergeable(flow)


def test_promote_moves_an_approved_pull_request_on_to_what_lacks_its_own_approval(flow: Flow):
    """Approvals are of one freight, so what is newer always lacks them: still it is what is meant."""
    first = begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    flow.world.review(REPO, pull.number, "APPROVE", by="bob")
    flow.settle()
    second = flow.push({"apps/web/index.html": "two"})
    assert pull.title == f"Promote web {first[:7]} to prod"

    text = answer(flow, pull.number, "/promote prod")

    assert text.startswith("Accepted: ")
    assert pull.title == f"Promote web {second[:7]} to prod"
    assert flow.state(pull.head_sha, "plan") == "queued"
