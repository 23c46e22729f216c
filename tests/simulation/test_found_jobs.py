"""
Jobs that ask for their stage's lock with GitHub's token, in the shortest stories that once went wrong.

Nothing begins or ends here by itself but what the test says.
"""

from __future__ import annotations

from tests.simulation.jobstories import asks, begun, ends, states


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
