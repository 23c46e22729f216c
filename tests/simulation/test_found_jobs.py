"""
Jobs that ask for their stage's lock with GitHub's token, in the shortest stories that once went wrong.

Nothing begins or ends here by itself but what the test says.
"""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.dispatching import Started
from tests.simulation.jobstories import asks, begun, ends, states
from tests.simulation.pipelines import text
from tests.simulation.starting import provide
from tests.simulation.stories import COPY, ONE
from tests.simulation.world import World


def test_a_job_on_what_was_merged_joins_though_nobody_has_seen_the_merge_when_it_asks():
    world = begun(permits=2, via="pull-request", merge="people")
    [number] = world.forge.pulls
    job = asks(world, world.forge.merge(number, "squash", "bob"))
    for _ in range(3):
        world.tick()
    assert states(world) == (["held"], ["verifying"])
    assert (job.state, job.token) == ("held", world.records().requests[-1].tokens["one"])
    assert [row.state for row in world.records().direct] == []
    ends(world, job)
    assert states(world) == (["released"], ["verified"])


def test_a_job_on_what_was_merged_out_of_turn_joins_when_the_others_have_gone():
    """rule L58: it asked before its stage took its permit, and then waited for that, and that for it."""
    world = begun(taken=True, via="pull-request", merge="people")
    assert states(world)[0] == ["queued"]
    [number] = world.forge.pulls
    job = asks(world, world.forge.merge(number, "squash", "bob"))
    for _ in range(3):
        world.tick()
    assert (states(world), job.state) == ((["held"], ["verifying"]), "queued")
    world.comment(world.server.tips["main"], "/unlock one", "ann")
    for _ in range(8):
        world.tick()
    assert (job.state, job.token) == ("held", world.records().requests[-1].tokens["one"])
    ends(world, job)
    assert states(world) == (["released"], ["verified"])


def started() -> tuple[World, Started]:
    """A workflow was started to verify what landed, two may be in; GitHub does not list its run."""
    verify = {"workflow": "e2e.yml"}
    stage = {"freight": "w0", "path": "stages/s0", "steps": COPY, "lock": ["one"], "verify": verify}
    locks = {"one": {"permits": 2}}
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": stage}, "locks": locks})
    world.ci.silence()
    provide(world)
    files = {"apps/a/x": b"0", "stagelock.yaml": text(world.document)}
    world.server.commit("main", files, "Begin")
    world.tick()
    [run] = world.forge.started.values()
    run.listed = world.now + timedelta(seconds=9)
    world.forge.begin(run)
    return world, run


def test_a_job_of_a_run_that_github_does_not_list_yet_is_judged_once_it_does():
    """rule L17: it was taken for gone, and got a permit of its own beside its stage (seed 1858)."""
    world, run = started()
    job = world.jobs.asks(run.id, world.forge.jobs_of(run)[-1].id, run.head, "one")
    for _ in range(3):
        world.tick()
    assert (job.state, [row.state for row in world.records().direct]) == ("queued", ["queued"])

    world.passes(1)
    world.tick()
    assert (job.state, job.token) == ("held", world.records().requests[-1].tokens["one"])
    assert [row.state for row in world.records().direct] == []


def test_a_job_of_a_run_that_is_gone_is_judged_after_two_minutes():
    """Its run was deleted, and nothing waits for what will never be listed."""
    world, run = started()
    world.jobs.asks(run.id, world.forge.jobs_of(run)[-1].id, run.head, "one").alive = False
    run.gone = True
    world.passes(1)
    world.tick()
    assert [ask.judged for ask in world.records().job_requests] == [False]
    world.passes(1)
    world.tick()
    assert [ask.judged for ask in world.records().job_requests] == [True]
