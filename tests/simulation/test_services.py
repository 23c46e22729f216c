"""
Locks of external services, in the simulation's world: the shortest stories that its safeguards need.

Nothing begins or ends here by itself but what the test says.
"""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.pipelines import text
from tests.simulation.services import LATE, Kept, Service
from tests.simulation.stories import COPY, ONE
from tests.simulation.world import World


def waiting(service: str = "rooms", *, checked: bool = True) -> World:
    """A stage whose lock lives in a service; nothing has been pushed yet."""
    stage: dict[str, object] = {
        "freight": "w0",
        "path": "stages/s0",
        "steps": COPY,
        "lock": ["one"],
    }
    if checked:
        stage["verify"] = {"checks": ["t0"]}
    locks = {"one": {"permits": 1, "service": service}}
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": stage}, "locks": locks})
    world.ci.silence()
    return world


def begin(world: World) -> None:
    files = {"apps/a/x": b"0", "stagelock.yaml": text(world.document)}
    world.server.commit("main", files, "Begin")
    world.tick()


def passes(world: World) -> None:
    """CI is green on what landed."""
    landed = world.records().promotions[-1].landed
    assert landed is not None
    check = world.forge.start(landed, "t0")
    world.tick()
    world.forge.conclude(check, "success")
    world.tick()


def states(world: World) -> tuple[list[str], list[str]]:
    """Of the requests, and of the promotions."""
    records = world.records()
    return [r.state for r in records.requests], [p.state for p in records.promotions]


def rests(world: World, service: Service) -> None:
    world.passes(10)
    assert dict(service.kept) == {}
    assert world.records().claims == ()


def test_a_stage_waits_for_the_service_says_so_and_gives_the_lock_back():
    world = waiting()
    rooms = world.services.by_name["rooms"]
    rooms.put("one", Kept("nightly-42", "theirs", None))
    begin(world)
    world.passes(3)
    sha = world.records().freights[-1].id.sha
    assert states(world)[0] == ["queued"]
    assert "waiting for rooms: one; held by nightly-42" in [r.title for r in world.forge.at[sha]]
    rooms.put("one", None)
    world.passes(1)
    assert states(world) == (["held"], ["verifying"])
    passes(world)
    assert states(world) == (["released"], ["verified"])
    rests(world, rooms)


def test_an_answer_that_was_lost_is_looked_at_before_the_lock_is_asked_for_again():
    world = waiting()
    world.faults.arm("service-cut", 0)
    begin(world)
    world.passes(2)
    assert states(world) == (["held"], ["verifying"])
    passes(world)
    rests(world, world.services.by_name["rooms"])


def test_what_is_granted_late_after_all_of_it_was_given_back_is_given_back_too():
    """L27: an attempt without an answer may take effect for a minute, whatever was answered since."""
    world = waiting(checked=False)
    world.now += timedelta(seconds=LATE.index(58))
    world.faults.arm("service-late", 0)
    begin(world)
    world.passes(0.5)
    assert states(world) == (["released"], ["verified"])
    rests(world, world.services.by_name["rooms"])


def test_a_place_whose_request_was_lost_and_then_answered_busy_leaves_nothing_behind():
    """L27: neither does what was found to be somebody else's, and freed by them just in time."""
    world = waiting()
    rooms = world.services.by_name["rooms"]
    world.now += timedelta(seconds=LATE.index(58))
    world.faults.arm("service-late", 0)
    begin(world)
    rooms.put("one", Kept("nightly-42", "theirs", None))
    world.passes(0.5)
    freight = world.records().freights[-1].id
    world.comment(freight.sha, "/cancel s0", "ann")
    world.tick()
    assert states(world) == (["cancelled"], ["cancelled"])
    rooms.put("one", None)
    rests(world, rooms)


def test_nothing_is_written_under_a_lock_that_the_service_took_away_meanwhile():
    """L41: the lease was over, and nobody answered: it is asked for anew before anything is written."""
    world = waiting("leases")
    leases = world.services.by_name["leases"]
    leases.lease = timedelta(minutes=6)
    world.document["stages"]["s0"]["via"] = "pull-request"
    begin(world)
    assert states(world) == (["held"], ["in-review"])
    leases.down_until = world.now + timedelta(minutes=20)
    for _ in range(8):
        world.passes(1)
    [number] = world.forge.pulls
    plan = [r for r in world.forge.at[world.forge.pulls[number].head_sha] if "plan" in r.name]
    assert plan[-1].conclusion != "success"


def test_a_release_without_an_answer_is_repeated():
    world = waiting()
    begin(world)
    rooms = world.services.by_name["rooms"]
    rooms.down_until = world.now + timedelta(minutes=2)
    passes(world)
    assert states(world) == (["released"], ["verified"])
    assert list(rooms.kept) == ["one"]
    rests(world, rooms)


def test_who_gave_no_answer_is_asked_when_its_pause_is_over_also_when_all_is_calm():
    """L42: nothing tells the App that a service answers again (seed 3407)."""
    world = waiting()
    begin(world)
    rooms = world.services.by_name["rooms"]
    rooms.down_until = world.now + timedelta(minutes=25)
    passes(world)
    world.passes(12)
    world.services.calm()
    for _ in range(6):
        world.tick()
    assert list(rooms.kept) == ["one"]
    rests(world, rooms)
