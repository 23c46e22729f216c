"""What is said of a lock request by what is behind, and a grant that a person has taken away."""

import pytest

from app.core.model.comments import CommandRecord
from app.errors import Conflict
from tests.contracts.desk import LATER, Desk
from tests.contracts.facts import AT, promotion

FORCE = CommandRecord("1", 1, "commit", "/unlock e2e --force stuck", "carol", AT)


@pytest.fixture
def desk(store):
    return Desk(store)


@pytest.fixture
def taken(desk):
    """The grant of stage a, that carol has taken away."""
    held = desk.grant(desk.ask("a"))
    desk.store.history.save_promotions(desk.claim, 7, [promotion("p-a", stage="a")])
    desk.locks.force(desk.claim, held.id, "stuck", LATER, "carol", FORCE)
    return desk.live()[held.id]


@pytest.mark.parametrize("state", ["superseded", "timed-out", "rejected"])
def test_who_was_granted_meanwhile_has_not_waited_too_long(desk, state):
    held = desk.grant(desk.ask("a"))

    desk.end(held, state)

    assert desk.live()[held.id] == held


def test_who_waits_has_nothing_to_give_back_and_leaves(desk):
    queued = desk.ask("a")
    desk.store.history.save_promotions(desk.claim, 7, [promotion("p-a", stage="a")])

    desk.end(queued, "forced")
    assert desk.live()[queued.id].state == "queued"
    desk.end(queued, "released")
    assert desk.live()[queued.id].state == "cancelled"


def test_a_grant_that_a_person_has_taken_away_is_releasing_and_blocks(desk, taken):
    assert (taken.state, taken.reason, taken.ended_by) == ("releasing", "stuck", "carol")
    assert (taken.tokens, taken.ended_at) == ({"e2e": 1}, None)
    with pytest.raises(Conflict, match="held by 1"):
        desk.grant(desk.ask("b"))


def test_a_look_ends_it_and_outdates_its_token(desk, taken):
    desk.locks.end(desk.claim, taken.id, "forced", "stuck", LATER, "carol")

    assert desk.live()[taken.id].state == "forced"
    assert desk.grant(desk.ask("b")).tokens == {"e2e": 3}


def test_what_was_decided_before_it_was_taken_away_comes_late(desk, taken):
    desk.locks.revive(desk.claim, taken.id, LATER)
    desk.locks.suspect(desk.claim, taken.id, "held too long", LATER)
    desk.locks.requeue(desk.claim, taken.id, "not merged in time", LATER)

    assert desk.live()[taken.id] == taken
