"""Lock groups after a rebuild: where their tokens go on, and who has them."""

from dataclasses import replace
from datetime import timedelta

from app.core.commands import Command, parse
from app.core.locks.queue import Board
from app.core.model.lock_reasons import LockReason
from app.core.model.names import GroupName
from app.core.protection import LockState
from app.core.protection.commit_notes import lock_message, lock_state, token_of
from tests.core.rebuilding import BEGINNING, E2E, LOCK, landing, pid, rebuilt, run
from tests.core.saying import AT, sha


def test_no_counter_that_was_lost_reaches_where_its_next_one_begins():
    """Grants without a trace, 1,000 in each second, since the rebuild before."""
    [before] = rebuilt().counters.values()
    later = AT + timedelta(minutes=5)
    [after] = rebuilt(tokens={"e2e-env": 17}, now=later).counters.values()
    assert after >= before + 300 * 1000
    assert before > 10**12


def test_a_token_from_the_clock_is_read_wherever_a_token_is():
    [newest] = rebuilt(now=AT + timedelta(days=365 * 1000)).counters.values()
    assert newest < 2**53
    assert token_of(str(newest)) == newest
    ref = lock_message("e2e-env", LockState(newest, ()), "", "x").encode()
    assert lock_state(ref) == LockState(newest, ())
    told = run(9, LOCK, pid(), None, code=str(newest))
    [again] = rebuilt(more={sha(1): [told]}, now=BEGINNING).counters.values()
    assert again == newest + 100
    [force] = parse(f"/unlock e2e-env#{newest} --force gone")
    assert isinstance(force, Command)
    assert force.token == newest


def test_a_group_that_only_stages_ask_for_is_free_once_these_are_probed():
    assert rebuilt(clients=False).unknown == ()
    assert len(rebuilt(clients=False, locked={"e2e-env"}).unknown) == 1


def test_of_every_group_an_unknown_holder_has_all_whatever_promotions_have():
    made = rebuilt(landing(runs=[run(1, E2E, pid())], tokens={"e2e-env": 17}))
    [grant] = made.requests
    [holder] = made.unknown
    assert (holder.kind, holder.state, holder.reason) == (
        "unknown",
        "suspect",
        LockReason.UNKNOWN_HOLDER,
    )
    for permits in (1, 5):
        board = Board([grant, replace(holder, id=2, seq=2)])
        assert board.taken(GroupName("e2e-env"), permits) >= permits
        board = Board([replace(holder, id=2, seq=2)])
        assert board.blocked(GroupName("e2e-env"), permits)
