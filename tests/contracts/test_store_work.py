"""The work table keeps its promises on every database."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from app.errors import Conflict
from app.ports.deaths import PAUSES
from app.sql.store.store import SqlStore
from tests.contracts.facts import LEASE, claimed

SHORT = timedelta(milliseconds=300)
ZERO = timedelta()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


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
    time.sleep(0.005)  # the clock of SQLite has milliseconds
    store.work.touch("repo-1")

    keys = [store.work.claim("a", LEASE).key for _ in range(2)]

    assert keys == ["repo-2", "repo-1"]


def test_delayed_work_is_due_after_its_delay_and_not_before(store):
    store.work.touch("repo-1", SHORT)
    start = time.monotonic()
    assert store.work.claim("a", LEASE) is None

    wait_for(lambda: store.work.claim("a", LEASE))

    assert time.monotonic() - start > 0.2


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
    store.work.finish(claimed(store), SHORT)
    assert store.work.claim("a", LEASE) is None

    assert wait_for(lambda: store.work.claim("a", LEASE))


def test_failures_in_a_row_are_counted_and_a_success_forgets_them(store):
    seen = []
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

    assert timedelta(seconds=25) < store.work.remaining(claim) <= LEASE
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


def test_waiting_ends_when_somebody_marks_work(store, url):
    """Another process's mark, not only our own."""
    other = SqlStore(url)
    timer = threading.Timer(0.3, other.work.touch, ["repo-1"])
    start = time.monotonic()
    timer.start()
    while not store.work.due():
        store.work.wait(timedelta(seconds=20))
        assert time.monotonic() - start < 10
    timer.join()
    other.close()


def test_waiting_ends_when_delayed_work_falls_due(store):
    store.work.touch("repo-1", SHORT)
    start = time.monotonic()

    while store.work.claim("a", LEASE) is None:
        store.work.wait(timedelta(seconds=20))

    assert 0.2 < time.monotonic() - start < 10


def test_waiting_ends_when_a_lease_lapses(store):
    claimed(store, lease=SHORT)
    start = time.monotonic()

    while store.work.claim("b", LEASE) is None:
        store.work.wait(timedelta(seconds=20))

    assert time.monotonic() - start < 10


def test_waiting_lasts_as_long_as_asked_when_nothing_happens(store):
    start = time.monotonic()
    store.work.wait(SHORT)
    assert time.monotonic() - start >= 0.29


HOLDER = """
import sys
from datetime import timedelta
from app.sql.store.store import SqlStore
store = SqlStore(sys.argv[1])
print(store.work.claim("victim", timedelta(seconds=2)).key, flush=True)
sys.stdin.read()
"""


def test_work_of_a_killed_process_is_taken_over_when_its_lease_ends(store, url):
    """`kill -9`: nothing to call, no id to keep."""
    store.work.touch("repo-1")
    victim = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with victim:
        assert victim.stdout.readline() == "repo-1\n"
        os.kill(victim.pid, signal.SIGKILL)
    assert store.work.claim("heir", LEASE) is None

    assert wait_for(lambda: store.work.claim("heir", LEASE)).fence == 2


def _hammer(url, log):
    store = SqlStore(url)
    done = []
    while (claim := store.work.claim(str(os.getpid()), LEASE)) is not None:
        log.put(("held", claim.key))
        store.work.finish(claim, None)
        done.append(claim.key)
    store.close()
    log.put(("all", done))


def test_two_processes_never_hold_the_same_work(store, url):
    keys = [f"repo-{number}" for number in range(200)]
    for key in keys:
        store.work.touch(key)
    spawn = multiprocessing.get_context("spawn")
    log = spawn.Queue()
    workers = [spawn.Process(target=_hammer, args=(url, log)) for _ in range(2)]
    for worker in workers:
        worker.start()

    counts, ended = Counter(), 0
    while ended < len(workers):
        kind, value = log.get(timeout=60)
        ended += kind == "all"
        counts.update(value if kind == "all" else ())
    for worker in workers:
        worker.join()

    # Each was done once: a key that two had held at once would have been finished by both.
    assert counts == Counter(keys)


def test_a_store_survives_a_fork(store):
    """gunicorn makes the application before it forks its workers."""
    store.work.touch("repo-1")
    child = os.fork()
    if child == 0:
        os._exit(0 if store.work.claim("child", LEASE) else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert store.work.claim("parent", LEASE) is None
    store.work.touch("repo-2")
    assert store.work.claim("parent", LEASE).key == "repo-2"


def test_threads_share_a_store(store):
    for number in range(60):
        store.work.touch(f"repo-{number}")
    found, threads = [], []

    def work():
        while (claim := store.work.claim(threading.current_thread().name, LEASE)) is not None:
            found.append(claim.key)
            store.work.finish(claim, None)

    for _ in range(6):
        threads.append(threading.Thread(target=work))
        threads[-1].start()
    for thread in threads:
        thread.join()

    assert Counter(found) == Counter(f"repo-{number}" for number in range(60))


def dies(store, key="repo-1", why="died of signal 9"):
    """A worker claims *key*, and dies."""
    assert store.work.claim("folder-7-a", LEASE).key == key
    return store.work.bury("folder-7-", why)


def test_what_a_dead_worker_held_is_free_at_once_the_first_time(store):
    store.work.touch("repo-1")
    store.work.touch("repo-2", timedelta(hours=1))

    [death] = dies(store)

    assert (death.key, death.times, death.why, death.rests) == (
        "repo-1",
        1,
        "died of signal 9",
        ZERO,
    )
    assert store.work.resting() == 0
    assert store.work.claim("b", LEASE).deaths == 1


def test_what_died_twice_in_a_row_rests_however_often_it_is_marked(store):
    store.work.touch("repo-1")
    dies(store)

    [death] = dies(store)
    store.work.touch("repo-1")

    assert (death.times, death.rests) == (2, timedelta(seconds=10))
    assert store.work.claim("b", LEASE) is None
    assert store.work.resting() == 1
    assert store.work.due_for() == ZERO
    known = store.work.deaths("repo-1")
    assert ZERO < known.rests <= timedelta(seconds=10)
    assert (known.times, known.why) == (2, "died of signal 9")


def test_the_rest_of_one_keeps_no_other(store):
    store.work.touch("repo-1")
    dies(store)
    dies(store)

    store.work.touch("repo-2")

    assert store.work.claim("b", LEASE).key == "repo-2"


def test_a_look_that_ends_begins_the_count_anew(store):
    store.work.touch("repo-1")
    dies(store)
    store.work.finish(store.work.claim("b", LEASE), ZERO, failed=True)

    [death] = dies(store)

    assert (death.times, death.rests) == (1, ZERO)


def test_what_others_hold_is_not_buried_with_it(store):
    store.work.touch("repo-1")
    claim = store.work.claim("folder-70-a", LEASE)

    assert list(store.work.bury("folder-7-", "died")) == []

    store.work.finish(claim, None)
    assert store.work.deaths("repo-1") is None


def test_the_rests_grow_to_an_hour():
    seconds = [pause.total_seconds() for pause in PAUSES]

    assert seconds == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
