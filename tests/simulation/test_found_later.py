"""What the simulation found since: each story as short as it could be made."""

import pytest

from tests.simulation.pipelines import text
from tests.simulation.play import Story, play
from tests.simulation.stories import COPY, EVERYTHING, ONE, TWO, a_story
from tests.simulation.world import World


def test_a_commit_that_failed_its_checks_offers_nothing_that_needs_its_stage():
    """rule R45: the stage was removed, and the run went on offering `/why` of it."""
    warehouses = {"w0": {**TWO["w0"], "checks": ["build"]}, "w1": TWO["w1"]}
    stages = {"s0": {"freight": "w1", "path": "stages/s0"}, "s1": {"path": "stages/s1"}}
    events = [
        ("ci", 19, 15, 1),
        ("fail-again", 18, 5, 2),
        ("ci", 8, 10, 0),
        ("wait", 8, 22, 2),
        ("edit", 13, 7, 0),
    ]
    assert a_story(stages, *events, seed=5251, warehouses=warehouses).wrong == ""


MANUAL = {"s0": {"freight": "w1", "auto": False, "branch": "env/s0"}}


@pytest.mark.parametrize("calls", range(10))
def test_a_click_whose_process_died_is_not_told_that_it_was_asked_for_already(calls):
    """rules C6, I6: its order was stored, and its answer not; the order then spoke against it."""
    events = [("crash-before", calls, 0, 0), ("click", 0, 0, 0)]
    assert a_story(MANUAL, *events, seed=1, warehouses=TWO).wrong == ""


@pytest.mark.parametrize("calls", range(10))
def test_nor_is_a_comment(calls):
    """seed 5430"""
    stages = {"s0": {**MANUAL["s0"]}}
    world = World({"version": 1, "warehouses": TWO, "stages": stages}, 1)
    files = {"apps/b/x": b"0", "stagelock.yaml": text(world.document)}
    freight = world.server.commit("main", files, "Begin")
    world.tick()
    world.faults.arm("crash-before", calls)
    world.comment(freight, "/promote s0", "ann")
    for _ in range(4):
        world.tick()
    told = [said.body for said in world.forge.comments.values() if said.is_bot]
    assert [body for body in told if "Not done" in body] == []
    assert [promotion.state for promotion in world.records().promotions] == ["verified"]


EDITED: dict[str, dict[str, object]] = {
    "s0": {"path": "stages/s0", "steps": COPY},
    "s1": {
        "needs": ["s0"],
        "path": "stages/s1",
        "verify": {"checks": ["t1"]},
        "lock": ["one"],
        "timeout-minutes": 90,
        "via": "pull-request",
        "merge": "people",
        "merge-within": "2m",
    },
    "s2": {
        "needs": ["s0"],
        "path": "stages/s2",
        "timeout-minutes": 20,
        "lock": ["one"],
        "verify": {"checks": ["t2"]},
        "on-drift": "overwrite",
    },
    "s3": {
        "needs": ["s0"],
        "path": "stages/s3",
        "queue": "all",
        "via": "pull-request",
        "merge": "auto",
        "lock": ["one"],
        "verify": {"checks": ["t3"]},
        "merge-within": "2m",
    },
}


def test_a_pull_request_whose_lock_was_edited_before_its_grant_takes_the_new_group_alone():
    """rule F45: the law took it to hold the group of its opening, too (seed 717)."""
    events = [
        ("start", 19, 15, 1),
        ("relock", 0, 14, 1),
        ("hand", 2, 10, 1),
        ("ignored", 12, 11, 2),
        ("ci", 11, 4, 0),
    ]
    document = {
        "version": 1,
        "warehouses": EVERYTHING,
        "stages": {name: {"freight": "w0", **stage} for name, stage in EDITED.items()},
        "locks": {
            "one": {"permits": 1},
            "two": {"permits": 2, "max-hold": "10m"},
            "three": {"permits": 1, "max-hold": "30m"},
        },
    }
    assert play(Story(717, document, tuple(events))).wrong == ""


def test_nor_does_one_whose_first_grant_went_back_unused_keep_the_group_of_its_opening():
    """rule F45: it waited 15 minutes for its merge, and queued again by the new file (seed 845)."""
    stages = {
        "s0": {"path": "stages/s0", "verify": {"checks": ["t0"]}, "on-drift": "overwrite"},
        "s1": {
            "needs": ["s0"],
            "path": "stages/s1",
            "verify": {"checks": ["t1"]},
            "lock": ["one"],
            "via": "pull-request",
        },
        "s2": {
            "needs": ["s0"],
            "path": "stages/s2",
            "queue": "all",
            "timeout-minutes": 90,
            "via": "pull-request",
            "merge": "people",
            "lock": ["one"],
            "on-drift": "overwrite",
        },
    }
    events = [
        ("ci", 0, 5, 0),
        ("relock", 12, 22, 0),
        ("wait", 2, 3, 0),
        ("merge-pull", 6, 14, 0),
        ("ci", 1, 10, 1),
        ("wait", 4, 20, 0),
    ]
    assert a_story(stages, *events, seed=845, warehouses=ONE).wrong == ""


def test_a_renamed_upstream_is_one_that_is_not_there_any_more():
    """rule U7: the oracle read by times what came first, and the App's clock was off (seed 6136)."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "steps": COPY,
            "verify": {"checks": ["t0"]},
            "on-drift": "overwrite",
        },
        "s1": {
            "needs": ["s0"],
            "path": "stages/s1",
            "lock": ["one"],
            "timeout-minutes": 90,
            "verify": {"checks": ["t1"]},
        },
        "s2": {"branch": "env/s2", "steps": COPY, "lock": ["one"], "verify": {"checks": ["t2"]}},
    }
    events = [
        ("machine", 2, 9, 0),
        ("push", 7, 1, 1),
        ("ci", 6, 18, 2),
        ("push", 7, 3, 1),
        ("push", 8, 9, 1),
        ("edit", 18, 10, 0),
    ]
    assert a_story(stages, *events, seed=6136, warehouses=TWO).wrong == ""


def test_of_two_statuses_of_one_name_the_newer_one_counts():
    """rule I18: a law took the first, pending one for a job that goes on (seed 7413)."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY, "verify": {"checks": ["t0"]}, "lock": ["one"]}
    }
    events = [("start", 1, 6, 0), ("ci", 13, 2, 0)]
    warehouses = {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}
    assert a_story(stages, *events, seed=7413, warehouses=warehouses).wrong == ""


def test_what_a_person_cancelled_is_not_offered_again_where_newer_freight_is_there():
    """rule R45: its run went on offering `/retry` (seed 5)."""
    stages = {"s0": {"branch": "env/s0", "via": "pull-request"}}
    assert a_story(stages, ("cancel", 8, 13, 0), seed=5, warehouses=ONE).wrong == ""


def test_who_does_not_say_which_warehouses_freight_is_allowed_is_told_one_that_is_blocked():
    """rules C23, R45: `/allow w0@...` was offered, and was not blocked (seed 20)."""
    stages = {"s0": {"branch": "env/s0"}, "s1": {"freight": "w1", "branch": "env/s1"}}
    assert a_story(stages, ("unblock", 0, 6, 0), warehouses=TWO).wrong == ""


def test_a_lock_is_not_suspect_for_ever_where_another_machine_lacks_what_had_landed_under_it():
    """rules E1, V2: the later commits with its outputs were looked for, of what has none (seed 427)."""
    sets = {
        "uses": "yaml-set",
        "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}},
    }
    stages = {
        "s0": {"path": "stages/s0", "steps": [sets]},
        "s1": {"needs": ["s0"], "path": "stages/s1", "verify": {"checks": ["t1"]}},
        "s2": {"needs": ["s0"], "path": "stages/s2", "lock": ["one"], "verify": {"checks": ["t2"]}},
    }
    events = [
        ("crash-before", 5, 2, 1),
        ("crash-before", 10, 8, 1),
        ("merge", 13, 3, 2),
        ("push", 4, 13, 1),
        ("force", 20, 23, 2),
        ("machine", 22, 20, 2),
    ]
    assert a_story(stages, *events, seed=427, warehouses=ONE).wrong == ""


@pytest.mark.parametrize("calls", range(16))
def test_a_word_that_could_not_be_judged_takes_effect_before_the_same_persons_later_one(calls):
    """rule C6: who may say it could not be asked for `/allow`, and `/block` came first (seed 346)."""
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": {"branch": "env/s0"}}}, 1)
    files = {"apps/a/x": b"0", "stagelock.yaml": text(world.document)}
    freight = world.server.commit("main", files, "Begin")
    world.tick()
    world.faults.arm("denied", calls)
    world.comment(freight, f"/allow {freight}", "ann")
    world.comment(freight, f"/block {freight} it is broken", "ann")
    for _ in range(4):
        world.tick()
    assert [block.freight.sha for block in world.records().blocks] == [freight]


def test_an_attempt_that_was_being_cancelled_is_not_how_the_next_one_ended():
    """rule R45: the reply to `/retry` told of the attempt before it, and offered `/retry` (seed 471)."""
    stages = {"s0": {"branch": "env/s0"}}
    events = [("cancel", 0, 3, 0), ("retry", 0, 1, 0), ("push", 0, 1, 0)]
    assert a_story(stages, *events, seed=471, warehouses=ONE).wrong == ""


def test_what_we_landed_fires_nothing_though_its_stage_has_left_the_file():
    """The judge wanted freight of our own commit: nothing ignored that stage's folder any more."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY},
        "s1": {"needs": ["s0"], "path": "stages/s1"},
        "s2": {"needs": ["s0"], "branch": "env/s2", "steps": COPY},
    }
    warehouses = {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}
    events = [("edit", 7, 19, 0), ("wait", 10, 11, 0)]
    story = a_story(stages, *events, seed=2049, warehouses=warehouses)
    assert story.wrong == ""
    ours = {promotion.landed for promotion in story.world.records().promotions}
    assert not ours & {freight.id.sha for freight in story.world.records().freights}


def test_what_an_update_without_an_answer_showed_is_corrected():
    """rule R40: the run did not ask for the command that its stage waited for (seed 2312)."""
    stages = {
        "s0": {"path": "stages/s0"},
        "s1": {
            "path": "stages/s1",
            "lock": ["one"],
            "verify": {"checks": ["t1"]},
            "on-drift": "overwrite",
        },
        "s2": {
            "needs": ["s0"],
            "path": "stages/s2",
            "verify": {"checks": ["t2"]},
            "lock": ["one"],
        },
        "s3": {
            "needs": ["s0"],
            "path": "stages/s3",
            "lock": ["one"],
            "queue": "all",
            "timeout-minutes": 20,
            "verify": {"checks": ["t3"]},
        },
    }
    events = [
        ("ci", 3, 9, 0),
        ("ci", 13, 12, 1),
        ("hand", 3, 13, 1),
        ("lost", 14, 1, 1),
        ("ci", 15, 0, 0),
        ("force", 23, 1, 0),
        ("hand", 7, 4, 1),
    ]
    locks = {
        "one": {"permits": 1, "max-hold": "10m"},
        "two": {"permits": 1, "max-hold": "30m"},
    }
    assert a_story(stages, *events, seed=2312, warehouses=TWO, locks=locks).wrong == ""


def test_a_tip_that_only_a_dying_process_saw_may_be_on_no_line():
    """rule B6: it died before it had stored what it saw, and a foxtrot came next (seed 1759)."""
    steps = [{"uses": "yaml-set", "with": {"file": "k.yaml", "values": {"tag": "x"}}}]
    stages = {"s0": {"path": "stages/s0", "steps": steps, "via": "pull-request"}}
    events = [
        ("arrive", 22, 2, 0),
        ("resume", 17, 11, 2),
        ("wait", 11, 20, 1),
        ("push", 21, 12, 1),
        ("hold", 22, 3, 0),
        ("502", 8, 14, 0),
        ("crash-before", 17, 9, 0),
        ("fail-again", 6, 19, 0),
        ("promote", 13, 1, 0),
        ("push", 15, 17, 0),
        ("foxtrot", 10, 20, 0),
    ]
    houses = {"w0": {"paths": ["apps/a"], "checks": ["build"]}, "w1": {"paths": ["apps/b"]}}
    assert a_story(stages, *events, seed=1759, warehouses=houses).wrong == ""
