"""The invariants (docs/behaviour.md, I) that the pure core must keep, under random histories."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.locks.queue import obstacles
from app.core.model.lock_requests import LIVE
from app.core.model.verdicts import Reason
from app.core.paths.canonical import within
from app.core.planning.actions import Write
from app.core.planning.pull_actions import MergePull
from tests.core import world_acts
from tests.core.world import World
from tests.core.world_git import content, differ, key_of
from tests.core.world_random import HISTORIES, begin, happen, pipelines

histories = given(pipelines(), HISTORIES)
often = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def run(text, events, watch=lambda world, plan: None) -> World:
    """The whole history; *watch* sees every plan before it is carried out."""
    world = begin(text)
    for event in [None, *events]:
        if event is not None:
            happen(world, event)
        left: object = ()
        for _ in range(60):
            snapshot, plan = world.look()
            watch(world, plan)
            world_acts.carry_out(world, snapshot, plan)
            if not plan.actions:
                break
            left = plan.actions
        else:
            raise AssertionError(f"never at rest after {event}: {left}")
    return world


@often
@histories
def test_3_no_promotion_and_no_revert_of_one_mints_freight(text, events):
    world = run(text, events)
    for freight in world.freights:
        node = world.git.nodes[freight.id.sha]
        assert not node.promotion
        changed = world.git.changed(freight.id.sha)
        assert any(not path.startswith("path/") for path in changed)


@often
@histories
def test_4_every_write_has_passed_every_gate(text, events):
    def watch(world, plan):
        for action in plan.actions:
            rows = action.promotions if isinstance(action, Write) else ()
            if isinstance(action, MergePull):
                rows = (action.promotion,)
            for row in rows:
                may_write(world, row)

    run(text, events, watch)


def may_write(world, row):
    """The gates, asked of the bare rows by other means than the plan's."""
    stage = world.pipelines[row.config].stages[row.stage]
    times = []
    for name in stage.upstreams:
        above = [p for p in world.of(name) if p.freight == row.freight]
        if above and above[-1].state == "verified":
            times.append(above[-1].verified_at)
    assert len(times) == len(stage.needs) or (stage.needs_any and times), "needs"
    minted = next(f.minted_at for f in world.freights if f.id == row.freight)
    began = min(times) if stage.needs_any else max(times, default=minted)
    assert world.now >= began + stage.soak, "soak"
    landings = [
        p.landed_at for p in world.of(row.stage) if p.landed_at and not p.in_sync and not p.adopted
    ]
    assert not landings or world.now >= max(landings) + stage.at_most_every, "at-most-every"
    assert stage.auto or row.started_by, "auto"
    if stage.locks:
        held = [r for r in world.requests.values() if r.promotion == row.id and r.state == "held"]
        assert held, "lock"
        assert set(held[-1].tokens) == set(stage.locks)


SOAKING = """\
version: 1
warehouses: {w0: {paths: [apps/a]}}
stages:
  s0:
    freight: w0
    path: path/s0
    soak: 30m
    steps: [{uses: copy, with: {from: apps/a, to: .}}]
"""


@often
@example(SOAKING, [("push", 0, 1), ("push", 0, 2), ("wait", 0, 4)])
@histories
def test_5_older_freight_is_never_written_over_newer(text, events):
    def watch(world, plan):
        for action in plan.actions:
            for promotion in action.promotions if isinstance(action, Write) else ():
                line = world.git.line(world.git.heads["main"])
                branch = world.pipeline.stages[promotion.stage].branch or "main"
                there = [
                    line.index(p.freight.sha)
                    for p in world.of(promotion.stage)
                    if p.landed and p.freight.sha in line
                    if world.git.contains(world.git.heads.get(branch), p.landed)
                ]
                assert line.index(promotion.freight.sha) <= min(there, default=len(line))

    run(text, events, watch)


@often
@histories
def test_8_a_plan_carried_out_leaves_nothing_to_do(text, events):
    world = run(text, events)
    before = dict(world.rows), dict(world.requests), dict(world.git.heads)
    assert world.look()[1].actions == ()
    world.settle()
    assert before == (world.rows, world.requests, world.git.heads)


@often
@histories
def test_9_a_promotion_changes_only_its_outputs(text, events):
    world = run(text, events)
    for node in list(world.git.nodes.values()):
        if not node.promotion or len(node.parents) != 1:
            continue
        row = world.rows[node.promotion]
        outputs = world.pipelines[row.config].stages[row.stage].outputs
        old = world.git.files(node.parents[0])
        for path in differ(old, node.files):
            assert any(writes(output, path, old, node.files) for output in outputs), path


def writes(output, path, old, new):
    if output.key is None:
        return within(path, output.path) and path not in output.excepts
    return path == output.path and key_of(old[path], output.key) != key_of(new[path], output.key)


@often
@histories
def test_14_what_a_stage_without_steps_holds_is_what_its_upstream_verified(text, events):
    def watch(world, plan):
        for action in plan.actions:
            for promotion in action.promotions if isinstance(action, Write) else ():
                above = world.pipeline.stages[promotion.stage].needs
                if len(above) == 1:
                    found = [p for p in world.of(above[0]) if p.freight == promotion.freight]
                    assert found[-1].state == "verified"

    world = run(text, events, watch)
    for row in world.rows.values():
        stage = world.pipeline.stages[row.stage]
        if row.landed is None or row.adopted or len(stage.upstreams) != 1 or not stage.writes:
            continue
        upstream = world.pipeline.stages[stage.upstreams[0]]
        above = [p for p in world.of(upstream.name) if p.freight == row.freight and p.landed]
        if not upstream.writes:
            continue
        pure = [mark for _, mark in row.pure]
        assert pure in [marks(world, p, upstream) for p in above]
        if not any(edit.fate == "kept" for edit in row.edits) and row.state == "verified":
            assert marks(world, row, stage) == pure


def marks(world, row, stage):
    return [mark for _, mark in content(world.git.files(row.landed), stage.outputs)]


BY_EVENT = {
    Reason.NO_EVIDENCE,
    Reason.REVIEW,
    Reason.MERGE_READY,
    Reason.LOCK_QUEUED,
    Reason.LOCK_SUSPECT,
    Reason.FOREIGN_CONTENT,
    Reason.FOREIGN_VALUE,
    Reason.DRIFT,
    Reason.NOT_STARTED,
}
"""What a named event ends: a check, a merge, a lock's end, a person's command."""


@often
@histories
def test_15_everything_unfinished_has_a_reason_and_a_next_look(text, events):
    world = run(text, events)
    _, plan = world.look()
    for row in world.rows.values():
        if row.ended:
            continue
        found = plan.verdict(row.stage, row.freight)
        assert found is not None
        assert found.promotion == row
        if found.reason not in BY_EVENT:
            assert found.wake_at is not None
            assert found.wake_at > world.now
            assert plan.wake_at is not None
            assert plan.wake_at <= found.wake_at
    for found in plan.verdicts:
        if found.phase == "waiting" and found.reason == Reason.PASSED:
            raise AssertionError(f"all gates passed, and nothing happens: {found}")
    live = [r for r in world.requests.values() if r.state in LIVE]
    permits = {name: group.permits for name, group in world.pipeline.locks.items()}
    for request in live:
        assert request.state != "queued" or obstacles(request, live, permits)


@settings(often, max_examples=25)
@given(pipelines(), HISTORIES, st.integers(0, 3))
def test_when_everybody_does_their_part_no_lock_is_left_and_nothing_hangs(text, events, hours):
    world = run(text, events)
    for _ in range(40):
        world.now += timedelta(hours=hours, minutes=10)
        finish(world)
        world.settle()
    live = [r for r in world.requests.values() if r.state in LIVE]
    assert not live
    for row in world.rows.values():
        assert row.ended or row.state == "in-review" or row.in_sync, row


def finish(world):
    """All checks that are awaited pass, all pull requests are merged."""
    for sha, runs in list(world.runs.items()):
        for each in runs:
            if each.conclusion is None:
                world.conclude(sha, each.name, "success")
    for row in list(world.rows.values()):
        if row.state == "verifying":
            for n in range(len(world.pipeline.stages)):
                world.check(row.landed, f"t{n}")
            world.check(row.landed, "shared")
        if row.state == "in-review" and row.pull and world.pulls[row.pull].state == "open":
            stage = world.pipelines[row.config].stages[row.stage]
            if not stage.locks or world.live().get(row.stage) == "held":
                world_acts.merge_pull(world, row.pull, "merge", "bob")
