"""A branch of ours that stands again where we once had it is ours to move."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.losing import losing
from tests.flows.pipelines import BY_PULL
from tests.flows.rebuilding import lose, rebuild
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours, say

BRANCH = "stagelock/prod"


def moves_on(flow: Flow, text: str) -> None:
    """Newer freight takes the branch over."""
    newest = flow.push({"apps/web/index.html": text})
    assert flow.state(newest, "prod") == "in_progress"
    held = flow.world.tree(REPO, BRANCH, "stages/prod")
    assert held == {"stages/prod/web/index.html": text.encode()}


def updated(flow: Flow) -> str:
    """Somebody presses "Update branch"; what we had pushed."""
    before = ours(flow).head_sha
    flow.push({"docs/a.md": "elsewhere"})
    flow.world.update_branch(REPO, ours(flow).number)
    flow.settle()
    assert ours(flow).head_sha != before
    return before


def test_what_we_pushed_before_somebody_updated_the_branch_stays_ours(flow: Flow):
    """As a push of ours that arrives late may bring it back."""
    flow.repo(PEOPLE)
    before = updated(flow)
    flow.world.delete_branch(REPO, BRANCH, by="bob")
    flow.settle()
    flow.world.branch(REPO, BRANCH, at=before, by="bob")

    moves_on(flow, "two")


def test_what_we_pushed_and_then_rewrote_stays_ours(flow: Flow):
    flow.repo(PEOPLE)
    before = ours(flow).head_sha
    flow.push({"apps/web/index.html": "two"})
    assert ours(flow).head_sha != before
    flow.world.branch(REPO, BRANCH, at=before, by="bob")

    moves_on(flow, "three")


def test_what_somebody_built_on_an_old_head_of_ours_is_not_ours(flow: Flow):
    flow.repo(PEOPLE)
    before = updated(flow)
    theirs = flow.world.push(
        REPO, BRANCH, {"stages/prod/web/index.html": "x"}, "bob", parent=before, force=True
    )

    second = flow.push({"apps/web/index.html": "two"})

    shown = flow.run(second, "prod")
    assert shown is not None
    assert shown.title == f"failed: somebody else pushed to {BRANCH}"
    assert flow.world.branches(REPO)[BRANCH] == theirs


def test_a_head_is_remembered_before_it_is_pushed(flow: Flow):
    """A crash between the two, or a lost answer, loses nothing."""
    first = flow.repo({**PEOPLE, "stagelock.yaml": f"{BY_PULL}    auto: false\n"})
    with losing(flow, "head", kind="error"):
        say(flow, first, "/promote prod")
    [row] = [p for p in flow.promotions() if p.stage == "prod"]

    assert row.head is None
    assert row.intent is not None
    assert row.pushed == (row.intent.commit,)
    assert BRANCH not in flow.world.branches(REPO)


def test_however_many_promotions_came_since(flow: Flow):
    flow.repo(PEOPLE)
    before = updated(flow)
    flow.world.delete_branch(REPO, BRANCH, by="bob")
    for number in range(12):
        flow.push({"apps/web/index.html": f"{number}"})
    flow.passes(hours=1)
    assert before not in {p.head for p in flow.records().promotions}
    flow.world.branch(REPO, BRANCH, at=before, by="bob")
    # GitHub cannot be asked for our runs on it: the records know.
    asked = flow.world.faults.add("GET", rf"/commits/{before}/check-runs", "error", times=1000)

    flow.push({"apps/web/index.html": "newest"})

    held = flow.world.tree(REPO, BRANCH, "stages/prod")
    assert held == {"stages/prod/web/index.html": b"newest"}
    assert asked.hits == 0


def test_after_a_rebuild_a_head_that_is_left_over_is_ours(flow: Flow):
    first = flow.repo(PEOPLE)
    before = ours(flow).head_sha
    say(flow, ours(flow).number, "/cancel prod")
    flow.world.branch(REPO, BRANCH, at=before, by="bob")
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.passes(minutes=2)
    say(flow, first, "/resume dev")
    say(flow, first, "/resume prod")

    moves_on(flow, "two")


def test_whichever_of_our_heads_is_set_back_it_is_replaced_also_by_a_new_process(flow: Flow):
    """A first head, somebody's update of it, and the newest one: none of them ends anything."""
    flow.repo(PEOPLE)
    before = updated(flow)
    theirs = ours(flow).head_sha
    second = flow.push({"apps/web/index.html": "two"})
    newest = ours(flow).head_sha
    assert len({before, theirs, newest}) == 3

    for sha in (before, theirs, newest, before):
        flow.world.branch(REPO, BRANCH, at=sha, by="bob")
        flow.settle()
        flow.reboot()
        flow.look()
        assert flow.state(second, "prod") == "in_progress", sha
        held = flow.world.tree(REPO, BRANCH, "stages/prod")
        assert held == {"stages/prod/web/index.html": b"two"}, sha
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(second, "prod") == "success"
