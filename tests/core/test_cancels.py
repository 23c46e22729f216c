"""`/cancel` in every state, on the little world: what ends, what stays, and what may come after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from app.core.model.records import Intent
from app.core.text.summaries import upcoming
from app.core.text.titles import title
from tests.core.doubting import doubtful
from tests.core.world import World, a_pipeline

HEAD = "version: 1\nwarehouses: {web: {paths: [apps/web/]}}\n"
PROVEN = HEAD + "stages:\n  dev: {path: stages/dev, verify: {checks: [e2e]}}\n"
PLAIN = HEAD + "stages:\n  dev: {path: stages/dev}\n  prod: {needs: [dev], path: stages/prod}\n"
LATER = HEAD + (
    "stages:\n"
    "  dev: {path: stages/dev}\n"
    "  prod:\n"
    "    needs: [dev]\n"
    "    path: stages/prod\n"
    "    auto: false\n"
    "    windows: {allow: ['Sat 09:00-10:00 UTC']}\n"
)
SHARED = HEAD + (
    "stages:\n"
    "  one: {path: stages/one, lock: floor, verify: {checks: [one]}}\n"
    "  two: {path: stages/two, lock: floor, verify: {checks: [two]}}\n"
    "locks: {floor: {}}\n"
)


def a_world(text: str) -> World:
    world = a_pipeline(text)
    world.sha = world.push({"apps/web/x": "1"})
    world.settle()
    return world


def open_orders(world: World) -> list[str]:
    return [order.verb for order in world.orders if order.done_at is None]


def test_what_waits_for_a_gate_after_promote_ends_and_never_comes_by_itself():
    """Nothing had begun: a `waiting` promotion is one, too."""
    world = a_world(LATER)
    world.say("promote", "prod", world.sha)
    world.settle()
    assert world.verdict("prod", world.sha).reason == "window-closed"

    world.say("cancel", "prod", world.sha)
    world.settle()

    assert world.states("prod") == ["cancelled cancelled-early"]
    assert open_orders(world) == []
    world.wait(days=7)  # past an opening
    assert world.states("prod") == ["cancelled cancelled-early"]
    assert world.files("stages/prod") == {}
    world.say("retry", "prod", world.sha)
    world.wait(days=5)  # Saturday, nine o'clock
    assert world.states("prod") == ["cancelled cancelled-early", "verified verified"]


def test_what_nobody_started_has_nothing_to_end():
    world = a_world(LATER)

    world.say("cancel", "prod", world.sha)
    world.settle()

    assert world.of("prod") == []
    assert open_orders(world) == []
    world.say("promote", "prod", world.sha)
    world.wait(days=5)
    assert world.states("prod") == ["verified verified"]


@pytest.mark.parametrize("text", [PLAIN, PROVEN])
def test_a_push_in_doubt_that_landed_verifies_nothing(text: str):
    """Also where nothing is to be verified: it goes to no further stage."""
    world = a_pipeline(text)
    sha = world.push({"apps/web/x": "1"})
    while not world.of("dev"):
        world.step()
    row = world.last("dev")
    assert row.landed is not None
    [parent] = world.git.nodes[row.landed].parents
    intent = Intent("main", parent, row.landed, world.now, made_at=world.now)
    lost = replace(row, state="writing", reason="", landed=None, landed_at=None, intent=intent)
    world.rows[row.id] = replace(lost, verified_at=None, ended_at=None)  # its answer was lost

    world.say("cancel", "dev", sha)
    world.settle()
    world.check(row.landed, "e2e")
    world.wait(minutes=2)

    assert world.states("dev") == ["cancelled cancelled"]
    assert world.last("dev").landed == row.landed
    assert world.of("prod") == []


def test_words_take_effect_in_their_order_also_where_one_look_sees_them_all():
    table: tuple[tuple[tuple[Literal["promote", "cancel", "retry"], ...], str], ...] = (
        (("promote", "cancel"), "cancelled"),
        (("cancel", "promote"), "locking"),
        (("cancel", "retry"), "locking"),
        (("cancel", "retry", "cancel"), "cancelled"),
    )
    for words, state in table:
        world = a_world(SHARED)
        for verb in words:
            world.say(verb, "two", world.sha)
        world.settle()
        assert world.last("two").state == state, words
        assert open_orders(world) == [], words


@pytest.mark.parametrize("verb", ["promote", "retry"])
def test_what_landed_is_tried_again_on_its_commit_by_a_persons_word(verb):
    world = a_world(PROVEN)
    world.say("cancel", "dev", world.sha)
    world.settle()
    landed = world.last("dev").landed
    world.check(landed, "e2e")
    world.wait(minutes=2)
    assert world.states("dev") == ["cancelled cancelled"]  # a check that passes changes no word

    world.say(verb, "dev", world.sha)
    world.settle()

    assert world.states("dev") == ["cancelled cancelled", "verified verified"]
    assert world.last("dev").landed == landed
    assert open_orders(world) == []


def test_what_it_had_superseded_does_not_come_back():
    world = a_world(SHARED)
    world.push({"apps/web/x": "2"})
    world.settle()
    assert world.states("two") == ["superseded superseded", "locking locking"]

    world.say("cancel", "two", world.freights[-1].id.sha)
    world.settle()
    world.check(world.last("one").landed or "", "one")
    world.wait(minutes=2)

    assert world.states("two") == ["superseded superseded", "cancelled cancelled"]
    assert world.files("stages/two") == {}
    world.push({"apps/web/x": "3"})
    world.settle()
    assert world.last("two").freight == world.freights[-1].id


HELD = HEAD + (
    "stages:\n"
    "  dev: {path: stages/dev}\n"
    "  other: {path: stages/other, lock: floor, verify: {checks: [other]}}\n"
    "  prod: {needs: [dev], path: stages/prod, lock: floor}\n"
    "locks: {floor: {}}\n"
)


def test_nor_does_what_it_had_passed_by_before_that_had_begun():
    """Both waited for the same gate; when it opened the newer one began, and was cancelled."""
    world = a_pipeline(HELD)
    world.hold("prod")
    old = world.push({"apps/web/x": "1"})
    world.settle()
    new = world.push({"apps/web/x": "2"})
    world.settle()
    world.resume("prod")
    world.settle()
    assert [row.freight.sha for row in world.of("prod")] == [new]

    world.say("cancel", "prod", new)
    world.settle()

    assert [row.freight.sha for row in world.of("prod")] == [new]
    found = world.verdict("prod", old)
    assert (found.phase, found.by and found.by.sha) == ("superseded", new)
    world.say("promote", "prod", old)
    world.settle()
    assert world.last("prod").freight.sha == old


def test_what_is_cancelled_while_it_waits_had_taken_nobodys_place():
    world = a_pipeline(
        HEAD
        + (
            "stages:\n"
            "  dev: {path: stages/dev}\n"
            "  prod: {needs: [dev], path: stages/prod, soak: 1h}\n"
        )
    )
    old = world.push({"apps/web/x": "1"})
    world.settle()
    world.wait(minutes=30)
    new = world.push({"apps/web/x": "2"})
    world.settle()

    world.say("cancel", "prod", new)
    world.wait(hours=2)

    assert [(row.freight.sha, row.state) for row in world.of("prod")] == [
        (new, "cancelled"),
        (old, "verified"),
    ]


def test_a_stage_that_goes_and_comes_back_remembers_no_word():
    world = a_world(PROVEN + "  other: {path: stages/other}\n")
    world.say("cancel", "dev", world.sha)
    world.configure(HEAD + "stages:\n  other: {path: stages/other}\n")
    world.settle()
    assert world.states("dev") == ["cancelled stage-removed"]

    world.configure(PROVEN + "  other: {path: stages/other}\n")
    world.settle()

    assert open_orders(world) == []
    assert "cancelled cancelled" not in world.states("dev")


def test_a_hold_outlives_that_its_stage_goes_and_comes_back():
    """rule F47: an edit of the file, taken back, starts nothing that a person holds up."""
    world = a_world(PLAIN)
    world.hold("prod")
    without, _, _ = PLAIN.partition("  prod:")
    for text in (without, PLAIN):
        world.configure(text)
        world.settle()
    newer = world.push({"apps/web/x": "2"})
    world.settle()
    assert world.last("dev").freight.sha == newer
    assert newer not in {row.freight.sha for row in world.of("prod") if row.landed}
    world.resume("prod")
    world.settle()
    assert world.last("prod").freight.sha == newer


def test_while_its_push_is_in_doubt_it_says_who_cancelled_it_and_offers_nothing():
    """rule R45: it said "cancelled by no more is known", and offered `/retry` also once it was said."""
    world = doubtful()
    world.say("cancel", "e2e", world.last("e2e").freight.sha)
    world.settle()
    found = world.verdict("e2e", world.last("e2e").freight.sha)
    assert (found.phase, found.reason, title(found)) == (
        "writing", "cancelling", "being cancelled by @ann",
    )  # fmt: skip
    assert "/retry" not in upcoming(found)
    world.wait(minutes=1)
    assert world.states("e2e") == ["cancelled cancelled"]
    assert world.git.heads["main"] == world.before
