"""
Somebody commits on an older main, pulls by merge and pushes: main becomes a second parent.

Everything that is said of the branch follows its line (rule B1): evidence, hand edits, texts.
"""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.rebuilding import PIPELINE, known, lose, rebuild
from tests.flows.words import say

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/a": "1"}


def pulled(flow: Flow, changes: dict[str, str], onto: str) -> str:
    """Alice's push of the merge."""
    sha = flow.world.pull_and_push(REPO, "main", dict(changes), parent=onto)
    flow.settle()
    return sha


def test_a_check_on_what_the_merge_made_a_second_parent_counts(flow: Flow):
    """CI ran on bob's later commit with the same outputs only; it is still on the line."""
    first = flow.repo(FILES)
    old = flow.tip()
    bobs = flow.push({"notes": "bob"})
    flow.world.start_check(REPO, bobs, "e2e")
    pulled(flow, {"more": "alice"}, onto=old)
    assert flow.state(first, "e2e") == "in_progress"

    flow.finish(bobs, "e2e")

    assert flow.state(first, "e2e") == flow.state(first, "prod") == "success"


def test_a_hand_edit_is_its_authors_and_not_that_of_who_pulled(flow: Flow):
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")
    old = flow.tip()
    flow.world.push(REPO, "main", {"stages/prod/web/a": "hot"}, author="bob")
    flow.settle()
    pulled(flow, {"notes": "alice"}, onto=old)

    run = flow.run(first, "prod")
    assert run is not None
    assert "by Bob" in (run.title or "") + (run.summary or "")
    assert "Alice" not in (run.title or "") + (run.summary or "")


def test_a_promotion_names_the_commits_of_the_line_and_not_the_merge(flow: Flow):
    quiet = ONE_BRANCH.replace("  dev:\n", "  dev:\n    auto: false\n")
    first = flow.repo({**FILES, "stagelock.yaml": quiet})
    say(flow, first, "/promote dev")
    old = flow.tip()
    flow.push({"apps/web/b": "1"}, "Add b")
    pulled(flow, {"notes": "alice"}, onto=old)
    last = flow.push({"apps/web/c": "1"}, "Add c")

    say(flow, last, "/promote dev")

    message = flow.world.log(REPO, "main")[0].message
    named = [line.split(" ", 2)[2] for line in message.splitlines() if line.startswith("- ")]
    assert named == ["Add c", "Add b"]


def test_a_stage_branch_of_its_own_has_a_line_too(flow: Flow):
    """On `env/e2e` nothing is watched; what is asked there goes along its line all the same."""
    own = ONE_BRANCH.replace(
        "    path: stages/e2e\n", "    path: stages/e2e\n    branch: env/e2e\n"
    )
    first = flow.repo({**FILES, "stagelock.yaml": own})
    landed = flow.landed("e2e", first, branch="env/e2e")
    bobs = flow.world.push(REPO, "env/e2e", {"notes": "bob"}, author="bob")
    flow.world.start_check(REPO, bobs, "e2e")
    flow.settle()
    flow.world.pull_and_push(REPO, "env/e2e", {"more": "alice"}, parent=landed)
    flow.settle()
    assert flow.state(first, "e2e") == "in_progress"

    flow.finish(bobs, "e2e")

    assert flow.state(first, "e2e") == "success"


def test_what_landed_before_a_pull_by_merge_is_found_on_the_line(flow: Flow):
    """
    Alice committed on her older main, pulled by merge and pushed: main is a second parent, and
    first parents hold neither bob's freight nor its promotions.
    """
    first = flow.repo({**FILES, "stagelock.yaml": PIPELINE})
    flow.finish(flow.landed("e2e", first), "e2e")
    old = flow.tip()
    bobs = flow.push({"apps/web/a": "2"})
    flow.finish(flow.landed("e2e", bobs), "e2e")
    flow.world.pull_and_push(REPO, "main", {"notes": "1"}, parent=old)
    flow.settle()
    was = known(flow)
    minted = [f.id.sha for f in flow.records().freights]

    lose(flow)
    [report] = rebuild(flow)

    assert (report.outcome, report.doubted) == ("rebuilt", ())
    assert known(flow) == was
    assert [f.id.sha for f in flow.records().freights] == minted == [first, bobs]
    flow.boot()
    flow.look()
    assert {p.state for p in flow.promotions() if p.stage != "prod"} == {"verified"}
