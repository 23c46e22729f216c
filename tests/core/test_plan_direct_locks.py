"""People's and clients' locks in the plan: one queue with the stages, first come, first served."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.direct import kept, place_until, renewed
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest
from tests.core.locking import TWO
from tests.core.world import a_pipeline

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def a_world(lock="one"):
    return a_pipeline(TWO % (lock, "", lock))


def ask(world, asker="mia", group="one", *, kind="person", ttl=HOUR):
    number = len(world.requests) + 1
    seq = 1 + max((r.seq for r in world.requests.values()), default=0)
    one = DirectRequest(
        number,
        world.repo.id,
        world.repo.full_name,
        kind,
        asker,
        (group,),
        seq,
        "queued",
        world.now,
        ttl,
        purpose="debugging",
    )
    world.requests[number] = replace(one, expires_at=place_until(one, world.now))
    return number


def push(world, app="web"):
    world.push({f"apps/{app}/x": str(world.now)})
    world.settle()


def test_a_person_is_granted_a_free_group_at_the_next_look():
    world = a_world()
    one = ask(world)
    world.settle()
    assert world.live() == {"@mia": "held"}
    assert world.requests[one].expires_at == world.now + HOUR


def test_a_stage_waits_for_a_person_and_the_person_behind_for_the_stage():
    world = a_world()
    first = ask(world)
    world.settle()
    push(world)
    ask(world, "bob")
    world.settle()
    assert world.live() == {"@mia": "held", "web": "queued", "@bob": "queued"}
    verdict = world.verdict("web", world.last("web").freight.sha)
    assert verdict.position == (1, 2)
    assert [holder.name for holder in verdict.holders] == ["@mia"]

    world.requests[first] = replace(world.requests[first], state="released")
    world.settle()
    assert world.live() == {"web": "held", "@bob": "queued"}

    world.now += MINUTE
    world.check(world.last("web").landed, "web")
    world.settle()
    assert world.live() == {"@bob": "held"}


def test_an_overdue_person_blocks_on_until_they_or_somebody_else_ends_it():
    world = a_world()
    one = ask(world)
    world.settle()
    push(world)
    assert world.look()[1].wake_at == world.now + HOUR
    world.wait(HOUR)
    assert world.live() == {"@mia": "suspect", "web": "queued"}
    world.wait(100 * HOUR)
    assert world.live() == {"@mia": "suspect", "web": "queued"}

    world.requests[one] = replace(world.requests[one], state="forced")
    world.settle()
    assert world.live() == {"web": "held"}


def test_a_client_that_does_not_ask_again_loses_its_place_and_its_unread_grant():
    world = a_world()
    push(world)
    ask(world, "ci", kind="client", ttl=MINUTE)
    assert world.settle().wake_at == world.now + MINUTE
    world.wait(MINUTE)
    assert world.live() == {"web": "held"}

    other = ask(world, "ci2", group="two", kind="client", ttl=MINUTE)
    world.settle()
    assert world.requests[other].state == "held"
    world.wait(MINUTE)
    assert world.requests[other].state == "released"


def test_a_lapsed_client_is_suspect_and_its_heartbeat_holds_again():
    world = a_world()
    one = ask(world, "ci", kind="client", ttl=MINUTE)
    world.settle()
    token = 17
    world.requests[one] = renewed(
        replace(world.requests[one], tokens={"one": token}), token, world.now
    )
    world.wait(MINUTE)
    assert world.live() == {"ci": "suspect"}
    push(world)
    assert world.live() == {"ci": "suspect", "web": "queued"}

    world.requests[one] = renewed(world.requests[one], token, world.now)
    world.settle()
    assert world.live() == {"ci": "held", "web": "queued"}


def test_a_group_that_the_file_does_not_define_is_refused_not_queued_for_ever():
    world = a_world()
    one = ask(world, group="nowhere")
    world.settle()
    assert (world.requests[one].state, world.requests[one].reason) == ("rejected", "too-large")


def test_an_edit_that_removes_the_group_ends_no_grant():
    world = a_world()
    held, waiting = ask(world, group="two"), ask(world, "bob", group="two")
    world.settle()
    del world.pipeline.locks["two"]
    world.settle()
    assert world.requests[held].state == "held"
    assert world.requests[waiting].state == "rejected"


@pytest.mark.parametrize("most", [1, 2])
def test_never_more_than_the_permits_are_held_by_whomever(most):
    world = a_world("many" if most > 1 else "one")
    group = "many" if most > 1 else "one"
    push(world)
    for name in ("mia", "bob", "eve"):
        ask(world, name, group)
    world.settle()
    push(world, "api")
    states = list(world.live().values())
    assert states.count("held") == most
    assert list(world.live()) == ["web", "@mia", "@bob", "@eve", "api"]
    assert states == ["held"] * most + ["queued"] * (5 - most)


def test_a_client_that_renews_for_longer_than_max_hold_is_suspect_and_is_looked_at_just_then():
    """rule L74: `max-hold` is for jobs, too; a job that hangs renews for ever."""
    world = a_world()
    one = ask(world, "ci", kind="client", ttl=MINUTE)
    world.settle()
    granted = world.now
    beating = replace(world.requests[one], read_at=granted)

    def beat(at):
        world.now = at
        world.requests[one] = replace(beating, expires_at=at + MINUTE)
        world.settle()
        return world.requests[one]

    assert beat(granted + 20 * MINUTE - timedelta(seconds=1)).state == "held"
    late = beat(granted + 20 * MINUTE)
    assert (late.state, late.reason) == ("suspect", LockReason.HELD_TOO_LONG)
    again = renewed(late, late.tokens["one"], world.now + MINUTE)
    assert again == late, "a heartbeat is no answer to that"

    world.requests[one] = kept(late, world.now + 20 * MINUTE, world.now)
    world.settle()
    assert world.requests[one].state == "held", "a person says that it runs: counted from then"
