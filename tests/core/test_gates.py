"""The gates of a stage: what lets freight in, and when it is looked at again."""

from __future__ import annotations

from datetime import timedelta

from app.core.text.gates import table
from app.core.text.titles import title
from tests.core.world import START, a_pipeline

PIPELINE = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  a: {path: stages/a, verify: {checks: [test-a]}}
  b: {path: stages/b, verify: {checks: [test-b]}}
  c:
    %s
    path: stages/c
    steps: [{uses: copy, with: {from: apps/web, to: .}}]
"""


def world_with(c):
    world = a_pipeline(PIPELINE % c.replace("\n", "\n    "))
    world.push({"apps/web/x": "1"})
    world.settle()
    return world


def gates(world, stage="c"):
    sha = world.freights[-1].id.sha
    return {g.gate: (g.state, str(g.reason)) for g in world.verdict(stage, sha).gates}


def passes(world, stage, minutes=0):
    world.now += timedelta(minutes=minutes)
    world.check(world.last(stage).landed, f"test-{stage}")
    return world.settle()


def test_needs_waits_for_all():
    world = world_with("needs: [a, b]")
    passes(world, "a")
    assert gates(world)["needs"] == ("wait", "upstream-unverified")
    assert world.verdict("c", world.freights[0].id.sha).names == ("b",)
    passes(world, "b")
    assert world.states("c") == ["verified verified"]


def test_needs_any_waits_for_the_first():
    world = world_with("needs-any: [a, b]")
    passes(world, "b")
    assert world.states("c") == ["verified verified"]


def test_of_needs_any_it_is_said_that_one_is_enough():
    world = world_with("needs-any: [a, b]")

    found = world.verdict("c", world.freights[0].id.sha)

    assert title(found) == "waiting for a or b"
    assert "not verified in a or b yet" in table(found, found.gates)


def test_of_needs_all_are_named():
    world = world_with("needs: [a, b]")

    assert title(world.verdict("c", world.freights[0].id.sha)) == "waiting for a and b"


def test_a_failed_upstream_is_named_and_nothing_below_begins():
    world = world_with("needs: [a, b]")
    world.check(world.last("a").landed, "test-a", "failure")
    world.settle()
    found = world.verdict("c", world.freights[0].id.sha)
    assert (found.phase, str(found.reason), found.names) == ("unreached", "upstream-failed", ("a",))


def test_needs_any_fails_only_when_all_failed():
    world = world_with("needs-any: [a, b]")
    world.check(world.last("a").landed, "test-a", "failure")
    world.settle()
    assert gates(world)["needs"][0] == "wait"
    world.check(world.last("b").landed, "test-b", "failure")
    world.settle()
    assert gates(world)["needs"][0] == "fail"


def test_soak_counts_from_the_last_of_needs_and_wakes_exactly():
    world = world_with("needs: [a, b]\nsoak: 2h")
    passes(world, "a")
    plan = passes(world, "b", minutes=30)
    due = START + timedelta(minutes=30, hours=2)
    assert plan.wake_at == due
    assert world.wait(due - world.now - timedelta(microseconds=1)).wake_at == due
    assert world.of("c") == []
    world.wait(timedelta(microseconds=1))
    assert world.states("c") == ["verified verified"]


def test_soak_counts_from_the_first_of_needs_any():
    world = world_with("needs-any: [a, b]\nsoak: 2h")
    passes(world, "a")
    assert passes(world, "b", minutes=30).wake_at == START + timedelta(hours=2)


def test_soak_directly_from_the_warehouse_counts_from_the_minting():
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev, soak: 1h}}
""")
    world.push({"apps/web/x": "1"})
    assert world.settle().wake_at == START + timedelta(hours=1)


def test_older_freight_that_has_soaked_enters_while_newer_freight_soaks():
    """Waiting for a gate supersedes nothing."""
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod, soak: 2h}
""")
    first = world.push({"apps/web/x": "1"})
    world.settle()
    world.now += timedelta(hours=1)
    second = world.push({"apps/web/x": "2"})
    world.settle()
    world.wait(hours=1)
    assert [p.freight.sha for p in world.of("prod")] == [first]
    world.wait(hours=1)
    assert [p.freight.sha for p in world.of("prod")] == [first, second]


def test_at_most_every_counts_from_the_landing_and_wakes_exactly():
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev, at-most-every: 1h}}
""")
    world.push({"apps/web/x": "1"})
    world.settle()
    world.push({"apps/web/x": "2"})
    assert world.settle().wake_at == START + timedelta(hours=1)
    assert len(world.of("dev")) == 1
    world.wait(hours=1)
    assert len(world.of("dev")) == 2


def test_auto_false_waits_for_a_person():
    world = world_with("auto: false")
    assert gates(world)["auto"] == ("wait", "not-started")
    assert world.verdict("c", world.freights[0].id.sha).phase == "ready"
    world.say("promote", "c")
    world.settle()
    assert world.states("c") == ["verified verified"]
    assert world.last("c").started_by == "ann"
    assert world.records.orders == ()


def test_an_order_starts_one_promotion_only():
    world = world_with("auto: false")
    world.say("promote", "c", world.freights[0].id.sha)
    world.settle()
    world.push({"apps/web/x": "2"})
    world.settle()
    assert len(world.of("c")) == 1


def test_an_order_still_waits_for_every_other_gate():
    world = world_with("auto: false\nneeds: [a]\nsoak: 1h")
    world.say("promote", "c", world.freights[0].id.sha)
    world.settle()
    assert world.of("c") == []
    passes(world, "a")
    assert world.of("c") == []
    world.wait(hours=1)
    assert world.states("c") == ["verified verified"]


def test_an_order_for_older_freight_than_what_is_there_is_spent():
    world = world_with("auto: false")
    first = world.freights[0].id.sha
    second = world.push({"apps/web/x": "2"})
    world.settle()
    world.say("promote", "c", second)
    world.settle()
    world.say("promote", "c", first)
    world.settle()
    assert [p.freight.sha for p in world.of("c")] == [second]
    assert world.records.orders == ()


def test_a_control_flow_stage_writes_nothing_and_passes_with_its_gates():
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  a: {path: stages/a, verify: {checks: [test-a]}}
  both: {needs: [a], auto: false}
  prod:
    needs: [both]
    path: stages/prod
    steps: [{uses: copy, with: {from: apps/web, to: .}}]
""")
    world.push({"apps/web/x": "1"})
    world.settle()
    passes(world, "a")
    assert world.of("prod") == []
    world.say("promote", "both")
    world.settle()
    assert world.states("both") == ["verified verified"]
    assert world.states("prod") == ["verified verified"]


def test_a_control_flow_stage_lets_nothing_through_that_was_revoked_above():
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  a: {path: stages/a, verify: {checks: [test-a]}}
  both: {needs: [a]}
  prod:
    needs: [both]
    soak: 1h
    path: stages/prod
    steps: [{uses: copy, with: {from: apps/web, to: .}}]
""")
    world.push({"apps/web/x": "1"})
    world.settle()
    passes(world, "a")
    world.now += timedelta(minutes=5)
    world.check(world.last("a").landed, "test-a", "failure")
    world.settle()
    world.wait(hours=2)
    assert world.states("a") == ["failed revoked"]
    assert world.of("prod") == []
