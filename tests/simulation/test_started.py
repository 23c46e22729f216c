"""
Workflows that are started to verify: what the simulation found, each as short as it could be told.

Nothing begins or ends here by itself but what the test says.
"""

from datetime import timedelta
from random import Random

from tests.simulation.dispatching import TOLD, Asked, Started
from tests.simulation.faults import STARTS
from tests.simulation.pipelines import text
from tests.simulation.play import Story, play
from tests.simulation.starting import RUNS, STARTING, drawn, provide
from tests.simulation.stories import COPY, ONE
from tests.simulation.world import World

TELLS, HIDES = 0, 1
"""Seeds of worlds in which GitHub's answer has the run's id, and has not."""


def begun(seed: int = TELLS, *faults: str, **stage) -> World:
    """A freight that has landed in s0, whose workflow was asked to start."""
    made = {"freight": "w0", "path": "stages/s0", "steps": COPY, "lock": ["one"], **stage}
    made.setdefault("verify", {"workflow": "e2e.yml"})
    document = {
        "version": 1, "warehouses": ONE, "stages": {"s0": made}, "locks": {"one": {"permits": 1}},
    }  # fmt: skip
    world = World(document, seed)
    world.ci.silence()
    for fault in faults:
        world.faults.arm(fault, 0)
    provide(world)
    push(world, "0")
    return world


def push(world: World, value: str) -> str:
    files = {"apps/a/x": value.encode(), "stagelock.yaml": text(world.document)}
    sha = world.server.commit("main", files, f"Begin {value}")
    world.tick()
    world.tick()
    return sha


def runs(world: World) -> list[Started]:
    return list(world.forge.started.values())


def ends(world: World, run: Started, conclusion: str = "success") -> None:
    world.forge.begin(run)
    world.forge.conclude(world.forge.jobs_of(run)[-1], conclusion)
    world.tick()


def later(world: World, minutes: float) -> None:
    world.passes(minutes)
    world.tick()


def states(world: World) -> list[str]:
    return [promotion.state for promotion in world.records().promotions]


def locks(world: World) -> list[str]:
    return [request.state for request in world.records().requests]


def hand_edit(world: World) -> None:
    world.server.commit("main", {"stages/s0/web/x": b"by hand"}, "A hotfix")


# --- the little GitHub ---


def test_where_it_is_told_which_run_it_is_and_where_it_is_not_a_stage_is_verified_by_its_own():
    for seed in (TELLS, HIDES):
        world = begun(seed)
        world.passes(1)
        [run] = runs(world)
        ends(world, run)
        assert states(world) == ["verified"]
        assert locks(world) == ["released"]
    assert World({"stages": {}}, TELLS).forge.tells
    assert not World({"stages": {}}, HIDES).forge.tells


def test_whatever_becomes_of_the_answer_one_run_verifies():
    for fault in STARTS:
        for seed in (TELLS, HIDES):
            world = begun(seed, fault)
            world.passes(4)
            [run] = runs(world)
            ends(world, run)
            world.passes(4)
            assert states(world) == ["verified"], fault
            assert len(runs(world)) == 1, fault


def test_a_run_that_somebody_else_started_in_its_name_verifies_nothing():
    """rule V27: our request never arrives, and theirs says that it is for the promotion."""
    world = begun(TELLS, "start-never")
    row = world.records().promotions[0]
    inputs = dict.fromkeys(TOLD, "") | {"promotion": row.id}
    theirs = world.forge.dispatch("e2e.yml", "main", inputs, Asked("", ()))
    world.now += timedelta(seconds=30)
    ends(world, theirs)
    world.passes(4)
    assert states(world) == ["verifying"]
    ours = [run for run in runs(world) if run.owner]
    ends(world, ours[0])
    assert states(world) == ["verified"]


def test_a_run_that_hangs_is_cancelled_at_the_timeout_and_its_lock_waits_for_its_end():
    """rule V28"""
    world = begun(**{"timeout-minutes": 20})
    [run] = runs(world)
    world.passes(25)
    for _ in range(6):
        world.tick()
    assert states(world) == ["failed"]
    assert run.told_to_end
    assert world.forge.is_over(run) == (locks(world) == ["released"])
    world.forge.stop(run)
    later(world, 1)
    assert locks(world) == ["released"]


# --- what was found ---


def test_the_lock_of_a_cancelled_promotion_is_free_when_its_run_that_nobody_saw_has_ended():
    """rules V28, E1: its suite was asked for by who awaits a run alone, and nobody did any more."""
    world = begun()
    world.comment(world.records().promotions[0].freight.sha, "/cancel s0", "ann")
    world.tick()
    assert states(world) == ["cancelled"]
    ends(world, runs(world)[0], "cancelled")
    later(world, 10)
    assert locks(world) == ["released"]


def test_the_lock_of_a_cancelled_promotion_is_free_though_nothing_came_of_its_start():
    """Its start was never answered: what was not asked for cannot end, and was waited for."""
    for seed in (TELLS, HIDES):
        world = begun(seed, "start-never")
        world.comment(world.records().promotions[0].freight.sha, "/cancel s0", "ann")
        world.tick()
        assert locks(world) == ["suspect"]
        later(world, 1)
        assert locks(world) == ["suspect"]
        later(world, 2)
        assert locks(world) == ["released"]


def test_a_lost_start_of_a_cancelled_promotion_keeps_the_lock_until_its_run_has_ended():
    for fault in ("start-lost", "start-late"):
        world = begun(HIDES, fault)
        world.comment(world.records().promotions[0].freight.sha, "/cancel s0", "ann")
        world.tick()
        later(world, 1)
        later(world, 9)
        assert locks(world) == ["suspect"]
        ends(world, runs(world)[0])
        later(world, 1)
        assert locks(world) == ["released"]


def test_a_run_that_was_deleted_holds_no_lock_beyond_the_timeout():
    """A person may delete only what has ended."""
    world = begun(**{"timeout-minutes": 20})
    world.passes(2)
    [run] = runs(world)
    world.forge.begin(run)
    world.forge.conclude(world.forge.jobs_of(run)[-1], "success")
    world.forge.delete(run)
    world.passes(40)
    assert states(world) == ["failed"]
    assert locks(world) == ["released"]


def test_a_run_that_passed_on_other_content_before_it_was_seen_verifies_nothing():
    """rule V28: its answer was read before it was held to the promotion's outputs."""
    world = begun(TELLS, "start-late")
    hand_edit(world)
    world.now += timedelta(seconds=30)
    world.forge.take_effect()
    [run] = runs(world)
    world.now += timedelta(seconds=30)
    ends(world, run)
    world.tick()
    assert states(world) == ["verifying"]
    assert len(runs(world)) > 1


def test_a_rollback_does_not_take_what_a_visitor_took_while_the_job_that_it_ends_goes_on():
    """rules K3, I1: two jobs of one lock ran at once."""
    world = begun(verify={"checks": ["t0"]})
    first = world.records().promotions[0].landed
    world.forge.conclude(world.forge.start(first, "t0"), "success")
    world.tick()
    push(world, "1")
    world.forge.next_id()  # a job with an even number is none that we may cancel
    going = world.forge.start(world.records().promotions[1].landed, "t0")
    if going.id % 2:
        going = world.forge.start(world.records().promotions[1].landed, "t0")
    world.tick()
    visitor = world.forge.start(first, "t0")
    world.tick()
    assert locks(world) == ["released", "held", "held"]
    world.comment(world.server.tips["main"], "/rollback s0", "ann")
    world.tick()
    world.forge.conclude(visitor, "failure")
    for _ in range(3):
        world.tick()
    holding = [r for r in world.records().requests if r.state in ("held", "suspect")]
    assert [r.freight.sha for r in holding] == [world.records().promotions[1].freight.sha]


def test_a_run_whose_suite_is_over_and_a_job_not_yet_is_no_visitor():
    """GitHub's two answers differ for a moment: its lock was taken and given back without end."""
    world = begun()
    world.passes(1)
    [run] = runs(world)
    ends(world, run)
    assert locks(world) == ["released"]
    old = world.forge.jobs_of(run)[-1]
    world.forge.start(run.head, old.name, run.suite)
    world.forge.conclude(world.forge.start(run.head, old.name, run.suite), "success")
    world.tick()
    assert len(locks(world)) <= 2


def test_a_deleted_branch_is_noted_without_forgetting_the_run_that_began_in_the_same_look():
    """rule V27: its start was overwritten, and it was started again (seed 656)."""
    verified = {"freight": "w0", "via": "pull-request", "verify": {"workflow": "e2e.yml"}}
    document = {
        "version": 1,
        "warehouses": ONE,
        "stages": {
            "s0": {**verified, "path": "stages/s0", "timeout-minutes": 20},
            "s1": {**verified, "path": "stages/s1", "lock": ["two"]},
        },
        "locks": {"one": {"permits": 1}, "two": {"permits": 1}},
    }
    events = (("merge-pull", 11, 16, 1), ("move", 7, 20, 0))
    assert play(Story(656, document, events)).wrong == ""


# --- what is drawn ---


def test_every_event_about_runs_can_be_drawn_and_only_in_a_share_of_stories():
    assert set(STARTING) | set(STARTS) == set(RUNS)
    document = Story.of(3).document
    with_runs = [seed for seed in range(60) if {e[0] for e in Story.of(seed).events} & set(RUNS)]
    assert 2 <= len(with_runs) <= 20
    assert drawn(Random(1), document, always=True) != document


def test_a_story_with_runs_is_the_same_each_time():
    assert play(Story.of(4, "runs")).told == play(Story.of(4, "runs")).told
