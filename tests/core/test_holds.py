"""A hold stops what a stage would promote by itself, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from app.core.checkruns import targets
from app.core.model.names import StageName
from app.core.model.records import Hold
from app.core.text import holds as words
from app.core.text.gates import table
from app.core.text.titles import title
from app.core.text.why import why
from tests.core.saying import AT, SITE
from tests.core.world import START, a_pipeline

TWO = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod}
"""
LOCKED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  one: {path: stages/one, lock: floor, verify: {checks: [one]}}
  two: {path: stages/two, lock: floor, verify: {checks: [two]}}
locks: {floor: {permits: 1}}
"""


def held_world(text=TWO, stage="prod", **more):
    world = a_pipeline(text)
    world.hold(stage, **more)
    world.sha = world.push({"apps/web/x": "1"})
    world.settle()
    return world


def gate(world, stage="prod"):
    return next(g for g in world.verdict(stage, world.sha).gates if g.gate == "hold")


def test_nothing_enters_a_held_stage_by_itself():
    world = held_world()
    assert world.states("dev") == ["verified verified"]
    assert world.of("prod") == []
    found = world.verdict("prod", world.sha)
    assert (found.phase, str(found.reason)) == ("waiting", "on-hold")
    world.resume("prod")
    world.settle()
    assert world.states("prod") == ["verified verified"]


def test_a_hold_with_an_end_wakes_exactly_then():
    end = START + timedelta(hours=2)
    world = held_world(until=end)
    assert world.step().wake_at == end
    world.wait(timedelta(hours=2) - timedelta(microseconds=1))
    assert world.of("prod") == []
    world.wait(timedelta(microseconds=1))
    assert world.states("prod") == ["verified verified"]


def test_a_persons_promote_passes_a_hold_once():
    world = held_world()
    world.say("promote", "prod")
    world.settle()
    assert world.states("prod") == ["verified verified"]
    world.push({"apps/web/x": "2"})
    world.settle()
    assert len(world.of("prod")) == 1


def test_a_held_stage_that_waits_for_a_person_anyway_still_offers_its_button():
    world = held_world(TWO.replace("path: stages/prod", "path: stages/prod, auto: false"))
    found = world.verdict("prod", world.sha)
    assert (found.phase, str(found.reason)) == ("ready", "not-started")
    world.say("promote", "prod")
    world.settle()
    assert world.states("prod") == ["verified verified"]


def test_what_queues_for_a_lock_steps_back_and_what_was_written_finishes():
    world = a_pipeline(LOCKED)
    world.sha = world.push({"apps/web/x": "1"})
    world.settle()
    assert [world.last("one").state, world.last("two").state] == ["verifying", "locking"]
    world.hold("one")
    world.hold("two")
    world.settle()
    assert [r.state for r in world.requests.values()] == ["held", "cancelled"]
    world.check(world.last("one").landed, "one")
    world.settle()
    assert world.states("one") == ["verified verified"]
    assert world.last("two").landed is None
    world.say("promote", "two", world.sha)
    world.settle()
    assert world.last("two").state == "verifying"


def test_an_open_pull_request_is_not_ready_while_its_stage_is_held():
    world = a_pipeline(TWO.replace("path: stages/prod", "path: stages/prod, via: pull-request"))
    world.push({"apps/web/x": "1"})
    [head] = world.settle().heads
    assert head.ready
    world.hold("prod")
    [head] = world.settle().heads
    assert not head.ready
    assert title(head.verdict) == "on hold: not now (@ann)"


def test_the_words_name_who_why_and_the_end():
    world = held_world(reason="it *burns* @all", until=START + timedelta(hours=2))
    verdict = world.verdict("prod", world.sha)
    assert title(verdict) == "on hold until 2026-03-02 11:00 UTC: it *burns* @ all (@ann)"
    [row] = [
        line for line in table(verdict, verdict.gates).splitlines() if line.startswith("| hold")
    ]
    assert "**wait** | on hold: `it *burns* @all` (`@ann`)" in row
    assert "2026-03-02 11:00 UTC, or when somebody comments `/resume prod`" in row
    text = why(verdict, SITE)
    assert "automatically until `/resume prod`, or until 2026-03-02 11:00 UTC." in text
    assert "`/promote prod` starts one promotion despite the hold" in text


def test_the_run_of_what_is_held_is_queued_and_says_so():
    world = held_world()
    snapshot, plan = world.look()
    [run] = [t.draft for t in targets(snapshot, plan) if t.draft.name == "stagelock / prod"]
    assert (run.status, run.title) == ("queued", "on hold: not now (@ann)")


def test_a_hold_of_ours_names_nobody():
    hold = Hold(StageName("prod"), "rebuilt, please confirm", "", AT)
    assert words.held(hold) == (
        f"`prod` has been on hold since {AT:%Y-%m-%d %H:%M} UTC: rebuilt, please confirm. Nothing is "
        "promoted there automatically until `/resume prod`; `/promote prod SHA` starts one promotion "
        "despite the hold."
    )
