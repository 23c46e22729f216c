"""
Jobs that ask for their stage's lock with GitHub's token: the shortest stories that the safeguards need.

Nothing begins or ends here by itself but what the test says.
"""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.jobstories import asks, begun, ends, landed, states
from tests.simulation.stories import a_story
from tests.simulation.world import World


def looked(world: World, minutes: float = 0) -> None:
    for _ in range(3):
        world.passes(minutes)
        world.tick()


def silent(world: World, minutes: float = 600) -> None:
    world.forge.silent_until = world.now + timedelta(minutes=minutes)


def direct(world: World) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in world.records().direct]


def test_the_job_that_verifies_joins_and_its_stage_waits_for_its_end():
    world = begun()
    job = asks(world)
    looked(world)
    [grant] = world.records().requests
    assert (job.state, job.token, direct(world)) == ("held", grant.tokens["one"], [])
    assert states(world) == (["held"], ["verifying"])
    ends(world, job)
    assert states(world) == (["released"], ["verified"])


def test_a_grant_is_not_given_back_while_a_job_that_joined_goes_on():
    """Its token names no job: with the check, which verifies the stage, its whole run was let in."""
    world = begun()
    check = world.forge.start(landed(world), "t0")
    report = world.forge.start(check.sha, "report", check.suite)
    job = world.jobs.asks(check.suite, report.id, check.sha, "one", told=0)
    looked(world)
    assert job.state == "held"
    world.forge.conclude(check, "success")
    looked(world)
    assert states(world) == (["held"], ["verified"])
    ends(world, job)
    looked(world, 2)
    assert states(world) == (["released"], ["verified"])


def test_a_doubted_job_is_let_in_nowhere_and_says_why_until_somebody_can_tell():
    world = begun(permits=2)
    silent(world)
    job = asks(world)
    looked(world, 2)
    [(state, reason)] = direct(world)
    assert (job.state, state) == ("queued", "queued")
    assert reason
    world.forge.silent_until = None
    looked(world, 12)
    assert (job.state, direct(world)) == ("held", [])


def test_a_job_of_a_fork_on_what_landed_joins_nothing_and_waits_for_its_turn():
    world = begun()
    run = world.forge.comes(landed(world), "t0", foreign=True)
    job = world.jobs.asks(run.id, run.jobs[0].id, run.head, "one")
    looked(world)
    assert (job.state, direct(world)) == ("queued", [("queued", "")])
    ends(world, asks(world))
    looked(world)
    assert job.state == "held"


def test_who_died_while_it_held_is_suspect_and_frees_nothing_until_its_run_has_ended():
    world = begun()
    run = world.forge.comes(world.server.tips["main"], "report")
    mine = asks(world)
    looked(world)
    job = world.jobs.asks(run.id, run.jobs[0].id, run.head, "one")
    ends(world, mine)
    looked(world)
    assert job.state == "held"
    job.alive = False
    world.passes(30)
    looked(world)
    assert [state for state, _ in direct(world)] == ["suspect"]
    run.jobs[0].status, run.jobs[0].conclusion = "completed", "failure"
    world.passes(8)
    looked(world, 2)
    assert direct(world) == []


def test_the_same_key_again_is_the_same_request_and_after_its_end_a_new_one():
    world = begun()
    job = asks(world)
    looked(world)
    first = job.request
    world.jobs.again(job)
    assert (job.request, job.state) == (first, "held")
    world.jobs.gives(job)
    world.jobs.again(job)
    looked(world)
    assert job.request != first
    assert job.state == "held"


def test_it_joins_after_a_crash_in_the_look_that_lets_it_in():
    world = begun()
    job = asks(world)
    world.faults.arm("crash-after", 0)
    looked(world)
    assert (job.state, direct(world)) == ("held", [])
    ends(world, job)
    assert states(world) == (["released"], ["verified"])


def test_a_job_that_is_in_before_its_stage_takes_a_permit_out_of_turn_is_nobodys_fault():
    """A law went by the times of both, which were the same: tokens tell who came first (seed 158)."""
    world = begun(taken=True, via="pull-request", merge="people")
    [number] = world.forge.pulls
    world.comment(world.server.tips["main"], "/hold s0 not now", "ann")
    world.comment(world.server.tips["main"], "/unlock one", "ann")
    looked(world)
    job = asks(world, world.forge.merge(number, "squash", "bob"))
    assert job.state == "held"
    looked(world)
    [grant] = world.records().requests[-1:]
    assert (grant.state, grant.out_of_turn) == ("held", True)
    assert grant.tokens["one"] > (job.token or 0)
    ends(world, job)
    assert states(world)[1] == ["verified"]


def test_where_a_job_waits_for_what_its_own_run_died_with_a_person_ends_it_when_all_is_calm():
    """It is suspect until that run ends, which does not end while another job of it waits."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "verify": {"checks": ["t0"]},
            "lock": ["one"],
            "via": "pull-request",
            "merge": "people",
            "steps": [
                {
                    "uses": "yaml-set",
                    "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}},
                }
            ],
        },
        "s1": {"path": "stages/s1", "verify": {"checks": ["t1"]}, "lock": ["one"]},
    }
    events = [("job-asks", 16, 5, 0), ("job-dies", 1, 17, 0), ("job-asks", 11, 18, 0)]
    houses = {"w0": {"paths": ["apps/a"], "checks": ["build"]}}
    assert a_story(stages, *events, seed=3297, warehouses=houses).wrong == ""
