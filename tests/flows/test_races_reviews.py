"""Races around pull requests and verification: people are never in the way, nor we in theirs."""

from __future__ import annotations

from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline
from tests.flows.pushing import forced

REVIEWED = pipeline(
    filled("dev") + "  prod: {needs: [dev], path: stages/prod, via: pull-request}\n"
)
AUTO = REVIEWED.replace("pull-request}", "pull-request, merge: auto}")
CHECKED = pipeline(filled("e2e", "    lock: floor\n    verify: {checks: [t]}\n")) + (
    "  prod: {needs: [e2e], path: stages/prod}\nlocks: {floor: {permits: 1}}\n"
)


def test_pushes_between_head_and_merge_neither_lose_nor_repeat_anything(flow: Flow):
    """`merge: auto` while somebody pushes before each of our pushes."""
    theirs: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) in {("before", "push"), ("before", "merge_pull")} and len(theirs) < 8:
            theirs.append(f"Bob {len(theirs)}")
            flow.world.push(REPO, "main", {f"docs/{len(theirs)}": "x"}, "bob", theirs[-1])

    stand_beside(flow, beside)
    first = flow.repo({"stagelock.yaml": AUTO, "apps/web/a": "1"})
    for _ in range(3):
        flow.passes(minutes=2)

    assert flow.state(first, "prod") == "success"
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/a": b"1"}
    assert set(theirs) <= set(flow.subjects())
    assert len(flow.world.pulls(REPO)) == 1
    assert forced(flow) == []
    assert "stagelock/prod" not in flow.world.branches(REPO)


def test_a_merge_in_the_moment_of_opening_is_seen_as_a_merge(flow: Flow):
    """GitHub tells of it before our mirror has it: else it looked like other content, made anew."""
    merged: list[int] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("after", "create_pull") and not merged:
            [pull] = flow.world.pulls(REPO)
            flow.world.merge(REPO, pull.number, "squash", by="bob")
            merged.append(pull.number)

    stand_beside(flow, beside)
    first = flow.repo({"stagelock.yaml": REVIEWED, "apps/web/a": "1"})

    assert [pull.number for pull in flow.world.pulls(REPO)] == merged
    assert [p.state for p in flow.promotions()] == ["verified", "verified"]
    assert flow.state(first, "prod") == "success"


def test_under_endless_pushes_every_stage_still_gets_new_freight(flow: Flow):
    """Invariant 17: what holds the lock finishes, and the newest is next, not the oldest."""
    first = flow.repo({"stagelock.yaml": CHECKED, "apps/web/a": "0"})
    pushed = [first]
    reached: list[str] = []
    for number in range(1, 7):
        pushed.append(flow.push({"apps/web/a": str(number)}))
        if number % 2 == 0:
            landed = next(c.sha for c in flow.world.log(REPO, "main") if " to e2e\n" in c.message)
            flow.finish(landed, "t")
            reached.append(
                flow.world.tree(REPO, "main", "stages/prod")["stages/prod/web/a"].decode()
            )

    assert reached == ["0", "2", "4"]
    assert flow.state(pushed[1], "e2e") == "skipped"
    assert {p.state for p in flow.promotions() if p.stage == "prod"} == {"verified"}
