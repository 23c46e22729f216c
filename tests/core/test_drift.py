"""What people edit by hand in a stage's outputs: kept, waited for, or replaced; never unsaid."""

from __future__ import annotations

import pytest

from app.core.model.three_way import side
from app.core.text.summaries import summary
from app.core.text.titles import title
from tests.core.drifting import BELOW, SITE, TEXT, edit, fates, freight, promoted, say


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "whose"),
    [
        (1, 1, 1, "theirs"),
        (1, 2, 1, "ours"),
        (1, 1, 2, "theirs"),
        (1, 2, 2, "theirs"),
        (1, 2, 3, "both"),
        (None, 2, None, "ours"),
        (None, 2, 3, "both"),
        (1, None, 2, "both"),
        (1, None, 1, "ours"),
    ],
)
def test_the_three_way_rule(base, ours, theirs, whose):
    assert side(base, ours, theirs) == whose


class TestMerge:
    def test_a_hotfix_stays_over_three_promotions_and_its_author_is_named(self):
        world = promoted()
        edit(world, y="hot")
        for text in ("2", "3", "4"):
            freight(world, x=text)
            assert world.files("stages/prod") == {"x": text, "y": "hot"}
            assert world.last("prod").state == "verified"
            assert fates(world) == [("stages/prod/y", ("bob",), "kept")]

    def test_two_people_at_different_times_are_both_kept_and_named(self):
        world = promoted(x="1", y="1", z="1")
        edit(world, "bob", y="hot")
        freight(world, x="2")
        edit(world, "carol", z="hot", new="file")
        freight(world, x="3")

        assert world.files("stages/prod") == {"x": "3", "y": "hot", "z": "hot", "new": "file"}
        assert fates(world) == [
            ("stages/prod/new", ("carol",), "kept"),
            ("stages/prod/y", ("bob",), "kept"),
            ("stages/prod/z", ("carol",), "kept"),
        ]

    def test_what_the_freight_brings_itself_is_no_edit_any_more(self):
        world = promoted()
        edit(world, y="fix")
        freight(world, x="2", y="fix")
        assert fates(world) == []
        freight(world, y="better")
        assert world.files("stages/prod") == {"x": "2", "y": "better"}

    def test_a_conflict_fails_with_the_file_and_who_changed_it(self):
        world = promoted()
        edit(world, y="hot")
        sha = freight(world, x="2", y="2")

        assert world.states("prod")[-1] == "failed drift-conflict"
        assert world.last("prod").detail == "stages/prod/y by bob"
        assert world.files("stages/prod") == {"x": "1", "y": "hot"}
        assert "stages/prod/y" in summary(world.verdict("prod", sha), SITE, "e")

    def test_after_a_conflict_retry_replaces_the_edit_and_says_so(self):
        world = promoted()
        edit(world, y="hot")
        sha = freight(world, y="2")
        say(world, "retry", sha)

        assert world.last("prod").state == "verified"
        assert world.files("stages/prod") == {"x": "1", "y": "2"}
        assert fates(world) == [("stages/prod/y", ("bob",), "replaced")]

    def test_a_retry_replaces_only_what_was_there_when_it_was_said(self):
        world = promoted()
        edit(world, y="hot")
        sha = freight(world, y="2")
        world.say("retry", "prod", sha)  # said before the edit was seen: it agrees to nothing
        world.settle()

        assert world.states("prod")[-1] == "failed drift-conflict"
        assert world.files("stages/prod")["y"] == "hot"

    def test_the_same_content_again_is_in_sync_with_the_edit_kept(self):
        world = promoted()
        edit(world, y="hot")
        freight(world, x="1")
        world.push({"apps/web/x": "2"})
        freight(world, x="1")

        assert world.last("prod").reason == "in-sync"
        assert fates(world) == [("stages/prod/y", ("bob",), "kept")]
        freight(world, x="3")
        assert world.files("stages/prod") == {"x": "3", "y": "hot"}


class TestBlock:
    def test_the_promotion_waits_and_names_the_edit(self):
        world = promoted("block")
        edit(world, y="hot")
        sha = freight(world, x="2")

        verdict = world.verdict("prod", sha)
        assert (verdict.phase, verdict.reason) == ("waiting", "drift")
        assert title(verdict).startswith("prod was edited by hand: /promote prod")
        assert "bob" in summary(verdict, SITE, "e")
        assert world.files("stages/prod") == {"x": "1", "y": "hot"}

    def test_it_is_the_default_where_a_stage_takes_freight_from_it(self):
        world = promoted("", BELOW)
        edit(world, y="hot")
        sha = freight(world, x="2")
        assert world.verdict("prod", sha).reason == "drift"
        assert world.files("stages/last") == {"x": "1", "y": "1"}

    def test_promote_replaces_it_and_says_what(self):
        world = promoted("block")
        edit(world, y="hot")
        sha = freight(world, x="2")
        say(world, "promote", sha)

        assert world.files("stages/prod") == {"x": "2", "y": "1"}
        assert fates(world) == [("stages/prod/y", ("bob",), "replaced")]

    def test_a_revert_lets_it_go_on(self):
        world = promoted("block")
        edit(world, y="hot")
        freight(world, x="2")
        edit(world, y="1")

        assert world.files("stages/prod") == {"x": "2", "y": "1"}
        assert fates(world) == []

    def test_an_edit_to_just_what_the_freight_gives_is_in_sync(self):
        world = promoted("block")
        edit(world, x="2")
        freight(world, x="2")
        assert world.states("prod")[-1] == "verified in-sync"

    def test_a_word_does_not_cover_an_edit_made_after_it(self):
        """Said during the soak; then somebody edits something else."""
        world = promoted("block, soak: 1h")
        world.wait(hours=1)
        edit(world, y="hot")
        sha = freight(world, x="2")
        say(world, "promote", sha)
        edit(world, "carol", z="new")
        world.wait(hours=1)

        assert world.verdict("prod", sha).reason == "drift"
        say(world, "promote", sha)
        assert world.files("stages/prod") == {"x": "2", "y": "1"}
        assert {who for _, who, _ in fates(world)} == {("bob",), ("carol",)}

    def test_an_order_to_start_given_before_the_edit_is_no_word_to_replace(self):
        world = promoted("block, auto: false")
        say(world, "promote", world.freights[-1].id.sha)
        sha = freight(world, x="2")
        edit(world, y="hot")
        world.say("promote", "prod", sha)
        world.settle()
        assert world.verdict("prod", sha).reason == "drift"
        say(world, "promote", sha)
        assert world.files("stages/prod") == {"x": "2", "y": "1"}


def test_overwrite_replaces_and_says_what():
    world = promoted("overwrite")
    edit(world, y="hot", z="mine")
    sha = freight(world, x="2")

    assert world.files("stages/prod") == {"x": "2", "y": "1"}
    assert [(p, f) for p, _, f in fates(world)] == [
        ("stages/prod/y", "replaced"),
        ("stages/prod/z", "replaced"),
    ]
    assert "Replaced" in summary(world.verdict("prod", sha), SITE, "e")


def test_a_kept_edit_is_no_silent_loss_when_the_rule_changes():
    world = promoted()
    edit(world, y="hot")
    freight(world, x="2")
    world.configure(TEXT.format(more=", on-drift: overwrite", below=""))
    freight(world, x="3")
    assert fates(world) == [("stages/prod/y", ("bob",), "replaced")]
