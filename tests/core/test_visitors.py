"""Verifying checks that run without a grant: where they are looked for, and what they take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.ci_jobs import JobRequest, RunAttempt
from app.core.model.names import GroupName, Sha
from app.core.model.questions import HeardQuestion
from app.core.planning.actions import EndRequest
from app.core.planning.plan import plan
from tests.core.world import a_pipeline

TWO = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  one: {path: stages/one, lock: floor, verify: {checks: [one]}}
  two: {branch: env/two, lock: floor, verify: {checks: [two]}}
locks: {floor: {permits: 1}}
"""


def at_rest(text: str = TWO):
    """Both stages hold the first freight, verified, and nothing is held."""
    world = a_pipeline(text)
    world.push({"apps/web/x": "1"})
    world.settle()
    for stage in ("one", "two"):
        world.check(world.last(stage).landed, stage)
        world.settle()
    assert world.live() == {}
    return world


def places(world):
    """(stage, state) of each live request, in the order in which they asked."""
    live = [request for request in world.requests.values() if request.ended_at is None]
    return [(r.name, r.state) for r in sorted(live, key=lambda r: r.seq)]


def test_a_check_run_again_on_what_is_verified_takes_a_permit_until_it_has_ended():
    """rule L11, rule L13: somebody presses "Re-run" on the promotion commit."""
    world = at_rest()
    landed = world.last("one").landed
    world.check(landed, "one", None)
    world.settle()
    assert world.live() == {"one": "held"}
    world.push({"apps/web/x": "2"})
    world.settle()
    assert [row.landed for row in world.of("two")][1:] == [None]
    world.conclude(landed, "one", "success")
    world.settle()
    assert list(world.live().values()).count("held") == 1
    assert any(row.landed for stage in ("one", "two") for row in world.of(stage)[1:])


@pytest.mark.parametrize("branch", ["topic", "stagelock/one"])
def test_a_check_of_that_name_on_another_branchs_head_is_no_visitor(branch):
    """rule L13: it may use what the lock protects, and only the job itself could tell."""
    world = at_rest()
    world.git.heads[branch] = world.git.heads["main"]
    head = world.push({"apps/web/y": "elsewhere"}, branch)
    for name in ("one", "two"):
        world.check(head, name, None)
    world.settle()
    assert world.live() == {}
    assert head not in {q.sha for q in world.asked if hasattr(q, "sha")}


ALONE = TWO.replace("lock: floor, verify: {checks: [two]}", "auto: false")


def counted_later():
    """What `one` landed is verified by the check on a later commit; that one."""
    world = a_pipeline(ALONE)
    world.push({"apps/web/x": "1"})
    world.settle()
    later = world.push({"docs/x": "1"})
    world.check(later, "one")
    world.settle()
    assert (world.last("one").state, world.live()) == ("verified", {})
    return world, later


@pytest.mark.parametrize("newer", [0, 1, 2])
def test_a_check_on_a_later_commit_that_may_count_is_a_visitor(newer):
    """rule L13: it has equal outputs, and the landed commit's own check never started."""
    world, later = counted_later()
    for n in range(newer):
        world.push({"apps/web/x": f"{n} more"})
        world.settle()
        world.check(world.last("one").landed, "one")
        world.settle()
    world.check(later, "one", None)
    world.settle()
    assert world.live() == {"one": "held"}
    world.push({"apps/web/x": "last"})
    world.settle()
    assert world.last("one").landed is None
    world.conclude(later, "one", "success")
    world.settle()
    assert world.last("one").landed is not None


def test_a_check_on_a_commit_beyond_the_one_that_counted_is_no_visitor():
    """rule V2, rule L13: the nearest one that has the check counts, and no other."""
    world, _ = counted_later()
    world.check(world.push({"docs/x": "2"}), "one", None)
    world.settle()
    assert world.live() == {}


def test_where_nothing_counted_in_time_a_later_check_is_a_visitor():
    """rule L13: the promotion has failed, and its grant went back."""
    world = a_pipeline(ALONE)
    world.push({"apps/web/x": "1"})
    world.settle()
    world.wait(hours=3)
    world.settle()
    assert (world.last("one").state, world.live()) == ("failed", {})
    world.check(world.push({"docs/x": "1"}), "one", None)
    world.settle()
    assert world.live() == {"one": "held"}


def test_what_landed_earlier_is_asked_about_in_turn_the_longer_ago_the_rarer():
    """rule L13: at each sweep where the stage is and what landed before, and so on."""
    world = a_pipeline(ALONE)
    for n in range(4):
        world.push({"apps/web/x": str(n)})
        world.settle()
        world.check(world.last("one").landed, "one")
        world.settle()
    world.look()
    turns = {(q.sha, q.turn) for q in world.asked if isinstance(q, HeardQuestion)}
    landed = [row.landed for row in world.of("one")]
    assert turns == {(landed[0], 3), (landed[1], 2), (landed[2], 1), (landed[3], 1)}


SINCE = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  one: {path: stages/one%s%s, verify: {checks: [one]}}
  two: {branch: env/two, lock: floor, verify: {checks: [two]}}
locks: {floor: {permits: 1}, other: {permits: 1}}
"""


@pytest.mark.parametrize("via", ["", ", via: pull-request"])
@pytest.mark.parametrize("before", ["", ", lock: other"])
def test_a_visitor_takes_the_group_that_its_stage_names_since_its_promotion_began(via, before):
    """rule L11, rule F45: whether the stage has a lock is what the file in force says."""
    world = a_pipeline(SINCE % (via, before))
    world.push({"apps/web/x": "1"})
    world.settle()
    world.configure(SINCE % (via, ", lock: floor"))
    world.settle()
    if via:
        world.check(world.last("two").landed, "two")
        world.settle()
        world.merge("one")
        world.settle()
    for stage in ("one", "two"):
        world.check(world.last(stage).landed, stage)
        world.settle()
    assert world.live() == {}
    world.check(world.last("one").landed, "one", None)
    world.settle()
    assert [(r.stage, r.state) for r in world.records.requests if "floor" in r.groups][-1] == (
        "one",
        "held",
    )
    world.push({"apps/web/x": "2"})
    world.settle()
    assert [row.landed for row in world.of("two")][1:] == [None]


@pytest.mark.parametrize("permits", ["{permits: 1}", "{permits: 2}"])
def test_new_freight_has_its_place_behind_a_visitor_of_its_own_stage(permits):
    """rule L75: who asks later does not pass it; where a permit is free it takes that one."""
    world = at_rest(TWO.replace("{permits: 1}", permits))
    landed = world.last("one").landed
    world.check(landed, "one", None)
    world.settle()
    world.push({"apps/web/x": "2"})
    world.settle()
    first = "queued" if permits == "{permits: 1}" else "held"
    assert places(world) == [("one", "held"), ("one", first), ("two", "queued")]
    assert (world.last("one").landed is not None) == (first == "held")
    world.conclude(landed, "one", "success")
    world.settle()
    behind = "queued" if permits == "{permits: 1}" else "held"
    assert places(world) == [("one", "held"), ("two", behind)]
    assert world.last("one").landed not in (None, landed)


def test_who_takes_all_waits_for_the_visitor_of_its_own_stage_and_for_nobody_else():
    """rules L14, L75: it is next, and the visitor's end lets it in."""
    world = at_rest(TWO.replace("lock: floor", "lock: {floor: all}", 1))
    landed = world.last("one").landed
    world.check(landed, "one", None)
    world.settle()
    world.push({"apps/web/x": "2"})
    world.settle()
    assert places(world) == [("one", "held"), ("one", "queued"), ("two", "queued")]
    world.conclude(landed, "one", "success")
    world.settle()
    assert places(world) == [("one", "held"), ("two", "queued")]


def test_newer_freight_takes_the_place_behind_the_visitor_over():
    """rules F2, L75: the place belongs to the stage."""
    world = at_rest()
    world.check(world.last("one").landed, "one", None)
    world.settle()
    for change in ("2", "3"):
        world.push({"apps/web/x": change})
        world.settle()
    assert places(world) == [("one", "held"), ("one", "queued"), ("two", "queued")]


def test_a_stage_asks_for_one_turn_at_a_time():
    """rule L75: its failed promotion's other check runs on under what that was granted."""
    two_checks = TWO.replace("[one]", "[one, more]").replace("permits: 1", "permits: 2")
    world = a_pipeline(two_checks)
    world.push({"apps/web/x": "1"})
    world.settle()
    landed = world.last("one").landed
    world.check(landed, "more", None)
    world.check(landed, "one", "failure")
    world.settle()
    world.push({"apps/web/x": "2"})
    world.settle()
    assert [(row.state, bool(row.landed)) for row in world.of("one")][1:] == [("locking", False)]
    assert places(world) == [("one", "held"), ("two", "held")]
    world.conclude(landed, "more", "success")
    world.settle()
    assert world.last("one").landed


def ends(world, *asks):
    """(stage, reason) of what ends while the checks of *asks* wait for (check, group, ...) by token."""
    snapshot, _ = world.look()
    waiting = tuple(
        JobRequest(n, RunAttempt(1, 50 + n, 2), GroupName(group), Sha("f" * 40), check.id, **more)
        for n, (check, group, more) in enumerate(asks, start=90)
    )
    known = replace(snapshot.records, job_requests=waiting)
    of = {request.id: request.stage for request in known.requests}
    actions = plan(replace(snapshot, records=known)).actions
    return [(of[a.request], a.reason) for a in actions if isinstance(a, EndRequest)]


@pytest.mark.parametrize(
    ("groups", "asks", "more", "ended"),
    [
        pytest.param("floor", ["floor"], {}, True, id="it waits"),
        pytest.param("floor", [], {}, False, id="it does not ask"),
        pytest.param("floor", ["other"], {}, False, id="for another group"),
        pytest.param("floor", ["floor"], {"queued": False, "judged": True}, False, id="it is in"),
        pytest.param("[floor, other]", ["floor"], {}, False, id="for one of two"),
        pytest.param("[floor, other]", ["floor", "other"], {}, True, id="for both"),
    ],
)
def test_a_visitor_beyond_the_permits_ends_when_its_job_queues_for_all_of_it(
    groups, asks, more, ended
):
    """rule L83: it would wait for its own visitor, and for the other one, which waits like it."""
    text = TWO.replace("lock: floor", f"lock: {groups}", 1)
    world = at_rest(text.replace("locks: {", "locks: {other: {permits: 1}, "))
    first = world.check(world.last("one").landed, "one", None)
    told = [(first, group, more) for group in asks]
    world.settle()
    assert ends(world, *told) == []  # it is in there alone, and its job joins it

    world.check(world.last("two").landed, "two", None)
    world.settle()
    assert world.live() == {"one": "held", "two": "held"}
    assert ends(world, *told) == ([("one", "queues-itself")] if ended else [])
    world.check(world.last("one").landed, "one", None, app="another", suite=2)
    world.settle()
    assert ends(world, *told) == []
