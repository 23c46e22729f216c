"""
Jobs that ask for their stage's lock with GitHub's token, in the shortest stories that once went wrong.

Nothing begins or ends here by itself but what the test says.
"""

from __future__ import annotations

from app.core.model.names import Sha
from tests.simulation.asking import Asking
from tests.simulation.pipelines import text
from tests.simulation.test_found import COPY, ONE
from tests.simulation.world import World


def begun(permits: int = 1, *, taken: bool = False, **stage: object) -> World:
    """A freight enters s0, which awaits t0 under the lock `one`; *taken*: that ann has."""
    made = {"freight": "w0", "path": "stages/s0", "steps": COPY, "lock": ["one"], **stage}
    made["verify"] = {"checks": ["t0"]}
    locks = {"one": {"permits": permits}}
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": made}, "locks": locks})
    world.ci.silence()
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, "Begin")
    world.tick()
    if taken:
        world.comment(world.server.tips["main"], "/lock one a look at it", "ann")
        world.tick()
    world.server.commit("main", {"apps/a/x": b"0"}, "Go on")
    world.tick()
    return world


def landed(world: World) -> Sha:
    found: Sha | None = world.records().promotions[-1].landed
    assert found is not None
    return found


def asks(world: World, commit: Sha | None = None) -> Asking:
    """The check begins on *commit*, and its job asks at once, with a token that names it."""
    check = world.forge.start(commit or landed(world), "t0")
    return world.jobs.asks(check.suite, check.id, check.sha, "one", told=check.id)


def ends(world: World, job: Asking, conclusion: str = "success") -> None:
    world.jobs.gives(job)
    world.forge.conclude(world.forge.runs[job.number], conclusion)
    world.tick()


def states(world: World) -> tuple[list[str], list[str]]:
    """Of the stages' requests, and of the promotions."""
    records = world.records()
    return [r.state for r in records.requests], [p.state for p in records.promotions]


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
