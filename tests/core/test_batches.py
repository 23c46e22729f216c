"""Which promotions share a push."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.records import Intent
from app.core.planning.actions import PushAgain, Write
from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  a: {path: stages/a%s}
  b: {path: stages/b%s}
"""
APART = """
version: 1
warehouses: {web: {paths: [apps/web/]}, api: {paths: [apps/api/]}}
stages:
  a: {freight: web, path: stages/a}
  b: {freight: api, path: stages/b}
"""


def pushes(a="", b="", files=1):
    """The stages of each push, in order."""
    world = a_pipeline(TEXT % (a, b))
    world.push({f"apps/web/{n}": "1" for n in range(files)})
    world.settle()
    assert {p.state for p in world.rows.values()} <= {"verified", "verifying"}
    return [[str(p.stage) for p in w.promotions] for w in world.done if isinstance(w, Write)]


def test_what_is_due_together_shares_a_push_a_commit_each():
    world = a_pipeline(TEXT % ("", ""))
    world.push({"apps/web/x": "1"})
    world.settle()
    landed = [world.last("a").landed, world.last("b").landed]
    assert world.git.line(world.git.heads["main"])[:2] == tuple(reversed(landed))
    assert pushes() == [["a", "b"]]


def test_a_stage_and_its_upstream_never_share_a_push():
    assert pushes(b=", needs: [a]") == [["a"], ["b"]]


def test_nor_where_older_freight_is_due_below_while_newer_is_due_above():
    world = a_pipeline(TEXT % (", at-most-every: 1h", ", needs: [a], soak: 1h"))
    world.push({"apps/web/x": "1"})
    world.settle()
    world.push({"apps/web/x": "2"})
    world.settle()
    world.done.clear()
    world.wait(hours=1)
    writes = [[str(p.stage) for p in w.promotions] for w in world.done if isinstance(w, Write)]
    assert writes == [["a"], ["b"]]


def test_two_stages_that_await_the_same_check_never_share_a_push():
    """Checks run on a push's head only: one run would speak for both."""
    check = ", verify: {checks: [test]}"
    assert pushes(check, check) == [["a"], ["b"]]


def test_two_stages_with_different_checks_do():
    assert pushes(", verify: {checks: [one]}", ", verify: {checks: [two]}") == [["a", "b"]]


def test_a_glob_may_match_what_another_awaits():
    assert pushes(", verify: {checks: ['t*']}", ", verify: {checks: [two]}") == [["a"], ["b"]]


def test_a_push_of_several_promotions_carries_fewer_than_300_files():
    """GitHub's path filters read no more."""
    assert pushes(files=149) == [["a", "b"]]
    assert pushes(files=150) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("web", "api", "shared"),
    [(150, 149, True), (149, 150, True), (298, 1, True), (150, 150, False), (299, 1, False)],
)
def test_the_files_of_all_promotions_count_together_deleted_ones_too(web, api, shared):
    world = a_pipeline(APART)
    names = [f"apps/web/{n}" for n in range(web)] + [f"apps/api/{n}" for n in range(api)]
    for text in ("1", None):
        world.done.clear()
        world.push(
            {**dict.fromkeys(names, text), "apps/web/0": text or "2", "apps/api/0": text or "2"}
        )
        world.settle()
        writes = [[str(p.stage) for p in w.promotions] for w in world.done if isinstance(w, Write)]
        assert writes == ([["a", "b"]] if shared else [["a"], ["b"]]), text


def test_a_promotion_with_more_files_goes_alone():
    assert pushes(files=400) == [["a"], ["b"]]


def test_different_branches_are_different_pushes():
    assert pushes(b=", branch: env/b") == [["a"], ["b"]]


def test_a_batch_whose_push_is_in_doubt_is_pushed_again_as_one():
    world = a_pipeline(TEXT % ("", ""))
    world.push({"apps/web/x": "1"})
    world.settle()
    landed = [world.last(name).landed for name in "ab"]
    before = world.git.below(landed[0])
    for name, commit in zip("ab", landed, strict=True):
        assert commit is not None
        row = world.last(name)
        world.rows[row.id] = replace(
            row,
            state="writing",
            landed=None,
            landed_at=None,
            ended_at=None,
            intent=Intent("main", before, commit, row.updated_at),
        )
    world.reset("main", before)
    world.done.clear()
    world.settle()
    [again] = [action for action in world.done if isinstance(action, PushAgain)]
    assert [promotion.stage for promotion in again.promotions] == ["a", "b"]
    assert [world.last(name).landed for name in "ab"] == landed
    assert world.git.heads["main"] == landed[1]
