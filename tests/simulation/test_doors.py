"""
Jobs at environments, in the simulation's world: the shortest stories that its safeguards need.

Nothing begins or ends here by itself but what the test says.
"""

import pytest

from app.errors import Transient
from tests.simulation.acts import ACTS
from tests.simulation.doors import Door
from tests.simulation.guarding import asks
from tests.simulation.laws import Broken
from tests.simulation.pipelines import text
from tests.simulation.stories import COPY, ONE
from tests.simulation.world import World


def landed() -> World:
    """A freight has landed in s0, which holds the lock that guards `env-one`, and awaits t0."""
    stage: dict[str, object] = {
        "freight": "w0",
        "path": "stages/s0",
        "steps": COPY,
        "lock": ["one"],
    }
    stage["verify"] = {"checks": ["t0"]}
    locks = {"one": {"permits": 1, "environments": ["env-one"]}}
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": stage}, "locks": locks})
    world.ci.silence()
    world.forge.door_of = lambda _sha, name: "env-one" if name == "t0" else ""
    files = {"apps/a/x": b"0", "stagelock.yaml": text(world.document)}
    world.server.commit("main", files, "Begin")
    world.tick()
    return world


def empty() -> World:
    """That, after the stage has given the lock back."""
    world = landed()
    check = world.forge.start(world.records().promotions[-1].landed, "t0")
    world.tick()
    world.forge.conclude(check, "success")
    world.tick()
    assert [request.state for request in world.records().requests] == ["released"]
    return world


def run(world: World, jobs: int = 1) -> Door:
    door = world.forge.arrive_at("env-one", world.server.tips["main"], jobs)
    world.tick()
    return door


def ends(world: World, door: Door, jobs: int = 1) -> None:
    for job in [job for job in door.shards if job.conclusion is None][:jobs]:
        job.status, job.conclusion = "completed", "success"
    world.passes(2)
    world.tick()


def test_the_verifying_job_at_an_environment_of_its_own_group_does_not_wait_for_its_stage():
    world = landed()
    check = world.forge.start(world.records().promotions[-1].landed, "t0")
    assert check.status == "waiting"
    world.tick()
    records = world.records()
    assert (check.status, records.direct) == ("in_progress", ())
    assert [request.state for request in records.requests] == ["held"]
    world.forge.conclude(check, "success")
    world.tick()
    assert [promotion.state for promotion in world.records().promotions] == ["verified"]
    assert [request.state for request in world.records().requests] == ["released"]


@pytest.mark.parametrize("inside", [False, True])
def test_a_run_of_which_a_job_stands_at_an_environment_is_not_run_again(inside):
    """GitHub runs none again before it has ended; two were open, and one never ended (seed 610)."""
    world = landed()
    check = world.forge.start(world.records().promotions[-1].landed, "t0")
    if inside:
        world.tick()
    for act in ("start", "again", "visit"):
        assert ACTS[act](world, 0, 0, 0) is None, act

    world.tick()
    world.forge.conclude(check, "success")
    assert ACTS["start"](world, 0, 0, 0) is not None


def test_five_shards_share_one_grant_to_the_end_of_the_last():
    world = empty()
    matrix, other = run(world, 5), run(world)
    assert [job.status for job in matrix.shards] == ["in_progress"] * 5
    assert len(world.records().direct) == 2
    ends(world, matrix, 4)
    assert world.forge.waits(other)
    ends(world, matrix)
    assert world.forge.inside(other)


def test_leave_whose_answer_was_lost_keeps_its_grant_and_lets_nobody_in_beside():
    world = empty()
    answer = world.forge.answer_jobs

    def lost(*given, **named) -> None:
        answer(*given, **named)
        vars(world.forge).update(answer_jobs=answer)
        raise Transient("the answer was lost", maybe_done=True)

    vars(world.forge).update(answer_jobs=lost)
    first = run(world)
    other = run(world)
    world.passes(2)
    assert (world.forge.inside(first), world.forge.waits(other)) == (True, True)
    ends(world, first)
    assert world.forge.inside(other)


def test_who_waits_without_a_delivery_is_found_by_the_sweep():
    world = empty()
    world.forge.asks = lambda door: asks(world, door, times=0)
    door = run(world)
    assert world.forge.waits(door)
    world.passes(8)
    assert world.forge.inside(door)


@pytest.mark.parametrize("kind", ["missing", "rejected"])
@pytest.mark.parametrize("calls", range(8))
def test_who_waits_is_let_in_after_the_next_sweep_though_github_denied_it_once(kind, calls):
    """rule L47: a run that is said to be gone is asked about no more (seed 296 of `--always jobs`)."""
    world = empty()
    world.faults.arm(kind, calls)
    door = run(world)
    for _ in range(8):
        world.tick()
    world.passes(12)
    assert world.forge.inside(door)


def test_a_worker_that_lost_its_lease_gives_nothing_back():
    """rule I18: what it would store is refused, and that is judged where it is stored."""
    world = empty()
    run(world)
    [grant] = world.records().direct
    with pytest.raises(Broken, match="18: "):
        world.law.locks.gives_back(grant.id, "")
    world.faults.late = True
    world.law.locks.gives_back(grant.id, "")
