"""Short stories of leave, skipped gates and locks by hand: the safeguards that they stand on are mutations."""

from __future__ import annotations

from tests.simulation.people import Event
from tests.simulation.play import Outcome, Story, play

STAGE: dict = {
    "freight": "w0", "path": "stages/s0",
    "steps": [{"uses": "copy", "with": {"from": "apps/a", "to": "web"}}],
}  # fmt: skip
LOCKED = {**STAGE, "lock": ["one"], "verify": {"checks": ["t0"]}}
ARRIVED = ("arrive", 0, 1, 0)
HOURS = ("wait", 0, 5, 0)


def told(stage: dict, *events: Event) -> Outcome:
    document = {
        "version": 1,
        "warehouses": {"w0": {"paths": ["apps/a"]}},
        "stages": {"s0": stage},
        "locks": {"one": {"permits": 1}, "two": {}, "three": {}},
    }
    return play(Story(1, document, events))


def test_what_nobody_approved_is_not_written():
    assert told({**STAGE, "approve": {"count": 2}}, ("push", 0, 1, 0)).wrong == ""


def test_a_persons_lock_is_given_back_by_people_and_not_by_time():
    found = told(LOCKED, ARRIVED, ("lock", 0, 0, 0), ("push", 0, 1, 0), HOURS)
    assert found.wrong == ""
    assert any("/lock one" in line for line in found.told)


def test_a_grant_that_its_client_has_read_blocks_on_when_its_time_is_over():
    found = told(LOCKED, ARRIVED, ("client-asks", 0, 1, 0), ("push", 0, 1, 0), HOURS)
    assert found.wrong == ""
    assert any("deploy asks for" in line and "held" in line for line in found.told)


def test_gates_are_skipped_by_a_maintainer_alone():
    waiting = {**STAGE, "approve": {"count": 2}}
    for by in (2, 3):  # max, ann
        assert told(waiting, ("push", 0, 1, 0), ("skip", 0, by, 0)).wrong == ""
