"""A grant passes to a rollback of its stage, on every database."""

import pytest

from app.core.model.lock_requests import ALL
from app.errors import Conflict
from tests.contracts.desk import LATER


def test_a_grant_passes_to_a_rollback_with_a_new_token_and_nobody_in_between(desk):
    held, waiting = desk.grant(desk.ask("a", "e2e", "db")), desk.ask("b")

    taken = desk.take_over(held)

    assert (taken.stage, taken.promotion, taken.state) == ("a", "p-back", "held")
    assert taken.groups == ("e2e", "db")
    assert all(taken.tokens[name] > held.tokens[name] for name in held.groups)
    assert set(desk.live()) == {waiting.id, taken.id}
    with pytest.raises(Conflict):
        desk.grant(waiting)
    again = desk.take_over(held)
    assert (again.id, again.tokens) == (taken.id, taken.tokens)


def test_what_holds_nothing_passes_to_nobody(desk):
    queued = desk.ask("a")

    with pytest.raises(Conflict):
        desk.take_over(queued)


def test_what_a_rollback_takes_over_no_more_is_free(desk):
    """rule E60."""
    names, two = {"e2e": ("e2e-1", "e2e-2")}, {"e2e": 2, "db": 1}
    asked = desk.ask("a", "e2e", "db", weights={"e2e": ALL})
    held = desk.locks.grant(desk.claim, asked.id, two, LATER, names)

    taken = desk.take_over(held, {"e2e": 1}, {"e2e": ("e2e-2",)})

    assert (taken.groups, taken.weights, taken.permits) == (("e2e",), {}, {"e2e": ("e2e-2",)})
    assert desk.live() == {taken.id: taken}
    other = desk.locks.grant(desk.claim, desk.ask("b", "e2e", "db").id, two, LATER, names)
    assert other.permits == {"e2e": ("e2e-1",)}


@pytest.mark.parametrize(
    ("takes", "names"),
    [({"e2e": 2}, {}), ({"e2e": 1, "db": 1}, {}), ({"e2e": 1}, {"e2e": ("e2e-2",)})],
)
def test_no_more_passes_to_a_rollback_than_was_granted(desk, takes, names):
    """rule E60: whoever planned that saw another grant."""
    asked, given = desk.ask("a"), {"e2e": ("e2e-1", "e2e-2")}
    held = desk.locks.grant(desk.claim, asked.id, {"e2e": 2}, LATER, given)

    with pytest.raises(Conflict):
        desk.take_over(held, takes, names)
    assert desk.live() == {held.id: held}


def test_a_rollback_that_waits_already_has_what_passes_to_it_at_its_place(desk):
    held = desk.grant(desk.ask("a"))
    waits = desk.ask("a", promotion="p-back", how="occupy")
    waits = desk.locks.requeue(desk.claim, waits.id, "gate-closed", LATER)

    taken = desk.take_over(held)
    assert (taken.id, taken.state, desk.live()) == (waits.id, "held", {taken.id: taken})
