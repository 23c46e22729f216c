"""The work table keeps its promises on every database."""

import time
from datetime import timedelta

import pytest

from app.errors import Conflict
from tests.contracts.facts import LEASE, claimed
from tests.contracts.working import NEARLY, SHORT, ZERO, wait_for

MILLISECOND = 1_000_000
"""In nanoseconds."""


def test_nothing_marked_nothing_claimed(store):
    assert store.work.claim("a", LEASE) is None
    assert store.work.due_for() == ZERO


def test_marked_work_is_claimed_by_one_worker_only(store):
    store.work.touch("repo-1")

    claim = store.work.claim("a", LEASE)

    assert (claim.key, claim.owner, claim.failures) == ("repo-1", "a", 0)
    assert store.work.claim("b", LEASE) is None


def test_marking_twice_is_one_piece_of_work(store):
    store.work.touch("repo-1")
    store.work.touch("repo-1")

    store.work.finish(store.work.claim("a", LEASE), None)

    assert store.work.claim("a", LEASE) is None


def test_what_is_due_longest_comes_first(store):
    store.work.touch("repo-2")
    touched = time.time_ns() // MILLISECOND
    wait_for(lambda: time.time_ns() // MILLISECOND > touched + 1)  # SQLite's clock has milliseconds
    store.work.touch("repo-1")

    keys = [store.work.claim("a", LEASE).key for _ in range(2)]

    assert keys == ["repo-2", "repo-1"]


def test_delayed_work_is_due_after_its_delay_and_not_before(store):
    start = time.monotonic()
    store.work.touch("repo-1", SHORT)

    wait_for(lambda: store.work.claim("a", LEASE))

    assert time.monotonic() - start >= NEARLY


def test_a_delay_never_puts_off_what_is_due_earlier(store):
    store.work.touch("repo-1")
    store.work.touch("repo-1", timedelta(hours=1))

    assert store.work.claim("a", LEASE) is not None


def test_marking_brings_a_delayed_piece_forward(store):
    store.work.finish(claimed(store), timedelta(hours=1))
    assert store.work.claim("a", LEASE) is None

    store.work.touch("repo-7")

    assert store.work.claim("a", LEASE) is not None


def test_work_that_moved_while_it_was_held_is_due_again_at_once(store):
    """A webhook during a tick must never be lost."""
    claim = claimed(store)
    store.work.touch("repo-7", timedelta(hours=1))

    store.work.finish(claim, None)

    assert store.work.claim("b", LEASE).fence == claim.fence + 1


def test_finished_work_is_due_again_after_its_delay(store):
    claim = claimed(store)
    start = time.monotonic()
    store.work.finish(claim, SHORT)

    assert wait_for(lambda: store.work.claim("a", LEASE))

    assert time.monotonic() - start >= NEARLY


def test_failures_in_a_row_are_counted_and_a_success_forgets_them(store):
    seen: list[int] = []
    for failed in (True, True, False, True):
        claim = store.work.claim("a", LEASE) if seen else claimed(store)
        seen.append(claim.failures)
        store.work.finish(claim, ZERO, failed=failed)

    assert seen == [0, 1, 2, 0]


def test_a_lease_that_lapsed_is_taken_by_another_with_a_higher_fence(store):
    old = claimed(store, lease=SHORT)

    new = wait_for(lambda: store.work.claim("other", LEASE))

    assert (new.key, new.fence) == (old.key, old.fence + 1)
    assert store.work.remaining(old) <= ZERO
    with pytest.raises(Conflict):
        store.work.renew(old, LEASE)
    with pytest.raises(Conflict):
        store.work.finish(old, None)
    store.work.finish(new, None)


def test_a_lapsed_lease_that_nobody_took_can_be_renewed(store):
    claim = claimed(store, lease=ZERO)
    assert store.work.remaining(claim) <= ZERO

    store.work.renew(claim, LEASE)

    assert LEASE / 2 < store.work.remaining(claim) <= LEASE
    assert store.work.claim("other", LEASE) is None


def test_finished_work_is_nobodys(store):
    claim = claimed(store)
    store.work.finish(claim, None)

    assert store.work.remaining(claim) <= ZERO
    with pytest.raises(Conflict):
        store.work.finish(claim, None)


def test_the_same_owner_with_an_older_fence_is_refused(store):
    old = claimed(store)
    store.work.finish(old, ZERO)
    claimed(store)

    with pytest.raises(Conflict):
        store.work.renew(old, LEASE)


def test_a_restart_takes_its_own_leases_over_and_no_others(store):
    for key, owner in (
        ("repo-1", "folder-a/1"),
        ("repo-2", "folder-a/2"),
        ("repo-3", "folder-b/1"),
    ):
        claimed(store, key, owner)
    assert store.work.claim("folder-a/3", LEASE) is None

    assert store.work.take_over("folder-a/") == 2

    keys = {store.work.claim("folder-a/3", LEASE).key for _ in range(2)}
    assert keys == {"repo-1", "repo-2"}
    assert store.work.claim("folder-a/3", LEASE) is None
    assert store.work.take_over("folder_a/") == 0


def test_due_for_is_the_age_of_the_oldest_due_row(store):
    store.work.touch("repo-1")
    wait_for(lambda: store.work.due_for() > timedelta(milliseconds=20))

    store.work.claim("a", LEASE)

    assert store.work.due_for() == ZERO


def test_what_is_borrowed_is_looked_at_by_nobody_meanwhile_and_is_due_as_before(store):
    store.work.touch("repo-1")
    borrowed = store.work.borrow("repo-1", "a beside", LEASE)
    assert borrowed.owner == "a beside"
    assert store.work.claim("b", LEASE) is None
    assert store.work.borrow("repo-1", "c", LEASE) is None
    store.work.give_back(borrowed)
    store.work.give_back(borrowed)
    assert store.work.claim("b", LEASE).fence == borrowed.fence + 1


def test_what_is_held_is_not_borrowed_and_giving_back_late_takes_nothing_away(store):
    store.work.touch("repo-1")
    held = store.work.claim("a", LEASE)
    assert store.work.borrow("repo-1", "b", LEASE) is None
    store.work.finish(held, None)
    late = store.work.borrow("repo-1", "b", ZERO)
    again = store.work.borrow("repo-1", "c", LEASE)
    store.work.give_back(late)
    assert store.work.remaining(again) > ZERO


def test_failures_count_on_whatever_was_borrowed(store):
    store.work.touch("repo-1")
    store.work.finish(store.work.claim("a", LEASE), ZERO, failed=True)
    store.work.give_back(store.work.borrow("repo-1", "b", LEASE))
    assert store.work.claim("a", LEASE).failures == 1
