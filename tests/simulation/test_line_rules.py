"""The line of a branch, by whole ticks: what a push, a merge, a force push make of freight."""

from __future__ import annotations

from app.core.model.names import Sha
from tests.simulation.quiet import COPY, DEV, Quiet, a_world

PROD = {"path": "stages/prod", "steps": COPY, "needs": ["dev"], "auto": False}


def told(world: Quiet, before: str, after: str) -> None:
    """GitHub's delivery about a push to main, which we did not see as a tip."""
    world.deliver("push", "", {"ref": "refs/heads/main", "before": before, "after": after})


def say(world: Quiet, on: Sha, body: str) -> None:
    world.comment(on, body, "ann")
    world.ticks()


def branch_of(world: Quiet, fork: str, *files: dict) -> list[Sha]:
    """Commits of a branch that begins at *fork*, oldest first; nobody pushed them yet."""
    made: list[Sha] = []
    for each in files:
        made.append(world.made(made[-1] if made else fork, each))
    return made


def merged(world: Quiet, first: str, second: str) -> str:
    """A person's merge of both, pushed to main."""
    server = world.server
    tree = server.merged_tree(Sha(first), Sha(second))
    assert tree is not None
    return server.push("main", server.written(tree, [Sha(first), Sha(second)], "Merge"))


class TestAPush:
    def test_all_its_commits_belong_to_the_line_and_the_newest_that_fires_is_freight(self):
        """rule B1: three commits, the second is the newest that changes something watched."""
        world = a_world({"dev": DEV})
        world.ticks()
        files = {"apps/a/x": b"1"}, {"apps/a/x": b"2"}, {"docs/x": b"3"}
        commits = branch_of(world, world.server.tips["main"], *files)
        world.server.push("main", commits[-1])
        world.ticks()
        assert world.minted()[-1] == commits[1]
        assert commits[0] not in world.minted()

    def test_a_merge_is_one_step_and_what_was_merged_is_no_commit_of_the_line(self):
        """rule B1: the merge changes what differs between the tip before and it."""
        world = a_world({"dev": DEV})
        world.ticks()
        first = world.server.tips["main"]
        side = branch_of(world, first, {"apps/a/x": b"side"})[-1]
        merge = merged(world, first, side)
        world.ticks()
        assert world.minted()[-1] == merge
        assert side not in world.minted()
        say(world, side, "/promote dev")
        assert [p.freight.sha for p in world.rows("dev")].count(side) == 0

    def test_the_oldest_of_its_commits_changed_what_differs_from_the_tip_before(self):
        """rule B1: also where that tip is no first parent of it (somebody pulled by merge)."""
        world = a_world({"dev": DEV})
        world.ticks()
        old = world.server.tips["main"]
        world.push({"apps/a/x": b"bob"})
        count = len(world.minted())
        world.foxtrot(old, {"docs/x": b"alice"})  # against its first parent it changes apps/a
        world.ticks()
        assert len(world.minted()) == count


class TestAFoxtrot:
    def test_what_came_before_is_not_withdrawn_and_goes_on_down_the_pipeline(self):
        """rule B2"""
        world = a_world({"dev": DEV, "prod": PROD})
        world.ticks()
        old = world.server.tips["main"]
        bobs = world.push({"apps/a/x": b"bob"})
        world.foxtrot(old, {"notes": b"alice"})
        world.ticks()
        assert (world.rows("dev")[-1].freight.sha, world.rows("dev")[-1].state) == (
            bobs,
            "verified",
        )
        say(world, bobs, "/promote prod")
        assert [(p.freight.sha, p.state) for p in world.rows("prod")] == [(bobs, "verified")]

    def test_freight_before_it_is_older_than_freight_after_it(self):
        """rule B2: the tip before is right below the merge, whatever the parents' order."""
        world = a_world({"dev": DEV, "prod": PROD})
        world.ticks()
        old = world.server.tips["main"]
        bobs = world.push({"apps/a/x": b"bob"})
        merge = world.foxtrot(old, {"apps/a/y": b"alice"})
        world.ticks()
        say(world, merge, "/promote prod")
        say(world, bobs, "/promote prod")
        assert [(p.freight.sha, p.state) for p in world.rows("prod")] == [(merge, "verified")]


class TestWhatComesBack:
    def test_it_enters_further_stages_again(self):
        """rule B4"""
        world = a_world({"dev": DEV, "prod": PROD})
        world.ticks()
        before = world.server.tips["main"]
        change = world.push({"apps/a/x": b"1"})
        tip = world.server.tips["main"]
        world.server.push("main", before)
        world.ticks()
        say(world, change, "/promote prod")
        assert change not in [p.freight.sha for p in world.rows("prod")]

        world.server.push("main", tip)
        world.ticks()
        say(world, change, "/promote prod")
        assert [(p.freight.sha, p.state) for p in world.rows("prod")] == [(change, "verified")]


class TestATipThatNobodySaw:
    """Bob pushes b; before we look, alice commits on what was there, merges b into it and pushes."""

    def foxtrot_unseen(self, *, told_of: bool, files: dict[str, bytes]) -> tuple[Quiet, str, str]:
        world = a_world({"dev": DEV})
        world.ticks()
        old = world.server.tips["main"]
        bobs = world.server.commit("main", {"apps/a/x": b"bob"})
        merge = world.foxtrot(old, files)
        if told_of:
            told(world, old, bobs)
            told(world, bobs, merge)
        world.ticks()
        return world, bobs, merge

    def test_a_delivery_tells_of_it_and_it_is_on_the_line(self):
        """rule B5"""
        world, bobs, merge = self.foxtrot_unseen(told_of=True, files={"docs/x": b"alice"})
        assert world.minted()[-1] == bobs
        assert merge not in world.minted()

    def test_deliveries_tell_of_it_in_any_order(self):
        """rule B5"""
        world = a_world({"dev": DEV})
        world.ticks()
        old = world.server.tips["main"]
        bobs = world.server.commit("main", {"apps/a/x": b"bob"})
        merge = world.foxtrot(old, {"docs/x": b"alice"})
        told(world, bobs, merge)
        told(world, old, bobs)
        world.ticks()
        assert world.minted()[-1] == bobs

    def test_where_nothing_tells_of_it_the_freight_is_named_by_the_later_commit(self):
        """rule B6: the content is the same, and it is as new as the other would be."""
        world, bobs, merge = self.foxtrot_unseen(told_of=False, files={"docs/x": b"alice"})
        assert world.minted()[-1] == merge
        assert bobs not in world.minted()
        landed = world.rows("dev")[-1]
        assert (landed.freight.sha, landed.state) == (merge, "verified")
        there = world.server.at(world.server.tips["main"], "stages/dev/web/x")
        assert there == world.server.at(Sha(bobs), "apps/a/x")
        later = world.push({"apps/a/x": b"later"})
        assert world.rows("dev")[-1].freight.sha == later


class TestNothingRemembered:
    """The line's rows are gone: a rebuilt database, or one of an older version."""

    def test_without_a_merge_first_parents_are_the_line(self):
        """rule B7"""
        world = a_world({"dev": DEV})
        world.ticks()
        one = world.push({"apps/a/x": b"1"})
        two = world.push({"apps/a/x": b"2"})
        world.forget_lines()
        world.boot()
        world.ticks()
        assert world.minted()[-2:] == [one, two]
        assert {p.reason for p in world.rows("dev")}.isdisjoint({"withdrawn"})

    def test_a_merge_whose_first_parent_holds_our_landings_is_followed_along_it(self):
        """rule B7: an ordinary merge of somebody's branch."""
        world = a_world({"dev": DEV})
        world.ticks()
        tip = world.server.tips["main"]
        side = branch_of(world, world.server.line(tip)[-1], {"apps/a/s": b"side"})[-1]
        merge = merged(world, tip, side)
        world.ticks()
        world.forget_lines()
        world.boot()
        world.ticks()
        assert world.minted()[-1] == merge
        assert {p.reason for p in world.rows("dev")}.isdisjoint({"withdrawn"})

    def test_what_landed_on_another_branch_says_nothing_about_this_one(self):
        """rule B7: main pulled in the stage's own branch; the first parents of main are its line."""
        stages = {"dev": {"branch": "env/dev", "path": "web", "steps": COPY}}
        world = a_world(stages)
        world.ticks()
        mine = world.push({"apps/a/x": b"1"})
        merge = self.merged_in(world, "env/dev")
        world.forget_lines()
        world.boot()
        world.ticks()
        assert world.minted()[-1] == mine
        assert {p.reason for p in world.rows("dev")}.isdisjoint({"withdrawn"})
        assert merge not in world.minted()

    def test_a_pull_requests_head_says_nothing_about_it(self):
        """rule B7: the head lies beside the line, and what was pushed meanwhile lies on it."""
        world = a_world({"dev": DEV, "prod": {**PROD, "auto": True, "via": "pull-request"}})
        world.ticks()
        (number,) = world.forge.pulls
        world.forge.review(number, "APPROVED", "bob")
        later = world.push({"apps/a/x": b"later"})
        merge = world.forge.merge(number, "merge", "bob")
        world.ticks()
        assert world.rows("prod")[-1].landed == merge or world.rows("prod")[0].landed == merge
        world.forget_lines()
        world.boot()
        world.ticks()
        assert world.minted()[-1] == later
        assert {p.reason for p in world.rows("dev")}.isdisjoint({"withdrawn"})

    def merged_in(self, world: Quiet, branch: str) -> str:
        """Somebody merges *branch*, which shares no past with main, and keeps main's tree."""
        server = world.server
        tip, other = server.tips["main"], server.tips[branch]
        tree = server.objects.tree_of(tip)
        assert tree is not None
        sha = server.written(tree, [tip, other], f"Merge {branch}")
        return server.push("main", sha)
