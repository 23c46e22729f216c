"""How many permits a request takes, and which: never over, first come first served, nobody starves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.locks.queue import Board, granted_permits, obstacles, too_large
from app.core.model.lock_requests import ALL
from app.core.model.names import GroupName
from tests.core.lock_requests import grantable, request

DB = {GroupName("db"): 3}


def takes(number, weight, state="queued", **more):
    return request(number, "db", state=state, weights={"db": weight}, **more)


@pytest.mark.parametrize(
    ("held", "weight", "granted"),
    [
        ([], 1, True),
        ([], 3, True),
        ([], ALL, True),
        ([1], 2, True),
        ([1], 3, False),
        ([1], ALL, False),
        ([2], 1, True),
        ([2], 2, False),
        ([3], 1, False),
        ([1, 1], 1, True),
        ([1, 1], 2, False),
        ([], 4, False),
    ],
)
def test_it_is_granted_where_so_many_permits_are_free(held, weight, granted):
    live = [takes(n, one, "held") for n, one in enumerate(held)]
    one = takes(9, weight)
    assert grantable(one, live, DB) is granted
    assert (obstacles(one, [*live, one], DB) == ()) is granted


def test_nobody_passes_who_waits_for_all():
    holder, everything, small = takes(1, 1, "held"), takes(2, ALL), takes(3, 1)
    live = [holder, everything, small]
    assert not grantable(everything, live, DB)
    assert not grantable(small, live, DB), "a permit is free, and it is not its turn"
    assert grantable(everything, [everything, small], DB)


def test_all_is_counted_at_the_grant_and_keeps_that_number():
    counts, _ = granted_permits(takes(1, ALL), [], DB, {})
    assert counts == {"db": 3}
    held = replace(takes(1, 3, "held"))
    assert grantable(takes(2, 1), [held], {"db": 4}), "there is one more since an edit"


@pytest.mark.parametrize(("weight", "never"), [(1, False), (3, False), (4, True), (ALL, False)])
def test_more_than_there_are_is_never_free(weight, never):
    assert too_large(takes(1, weight), DB) == (("db",) if never else ())
    assert too_large(takes(1, weight), {}) == ("db",)


def test_the_first_free_names_are_granted():
    names = {GroupName("db"): ("a", "b", "c")}
    held = takes(1, 1, "held", permits={"db": ("a",)})
    counts, given_names = granted_permits(takes(2, 2), [held], DB, names)
    assert (counts, given_names) == ({"db": 2}, {"db": ("b", "c")})
    _, everything = granted_permits(takes(2, ALL), [], DB, names)
    assert everything == {"db": ("a", "b", "c")}
    _, none = granted_permits(takes(2, 1), [], DB, {})
    assert none == {}


def test_a_grant_of_a_name_that_is_gone_counts_as_one():
    gone = takes(1, 1, "held", permits={"db": ("old",)})
    assert Board([gone]).taken(GroupName("db"), 2) == 1
    _, given_names = granted_permits(
        takes(2, 1), [gone], {GroupName("db"): 2}, {GroupName("db"): ("a", "b")}
    )
    assert given_names == {"db": ("a",)}
    assert not grantable(takes(2, 2), [gone], {"db": 2})


STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "grant", "end"]), st.integers(0, 3), st.integers(0, 9)),
    max_size=40,
)


@given(STEPS, st.integers(1, 3))
def test_whatever_is_asked_for_never_too_many_are_out_and_the_oldest_is_next(steps, permits):
    names = tuple(f"p{n}" for n in range(permits))
    live, last = {}, 0
    for what, weight, which in steps:
        if what == "ask" and (weight <= permits):
            last += 1
            live[last] = takes(last, weight)
        elif what == "end" and live:
            del live[sorted(live)[which % len(live)]]
        elif what == "grant":
            _grant_one(live, permits, names)
        held = [one for one in live.values() if one.state == "held"]
        out = [name for one in held for name in one.permits["db"]]
        assert sum(one.weights["db"] for one in held) == len(out) <= permits
        assert len(out) == len(set(out)), "no name is out twice"
    for _ in range(2 * len(live)):  # everybody is served, in their order
        waiting = sorted(n for n, one in live.items() if one.state == "queued")
        granted = _grant_one(live, permits, names)
        assert granted is None or granted == waiting[0]
        held = [n for n, one in live.items() if one.state == "held"]
        if granted is None and held:
            del live[held[0]]
    assert live == {}


def _grant_one(live, permits, names):
    board = Board(live.values())
    for number, one in live.items():
        if one.state == "queued" and board.grantable(one, {GroupName("db"): permits}):
            counts, given_names = granted_permits(
                one, live.values(), {GroupName("db"): permits}, {GroupName("db"): names}
            )
            live[number] = replace(one, state="held", weights=counts, permits=given_names)
            return number
    return None
