"""Work among several processes and threads: who waits, who died, who rests."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

from app.ports.deaths import PAUSES
from app.sql.store.store import SqlStore
from tests.contracts.facts import LEASE, claimed
from tests.contracts.working import NEARLY, SHORT, ZERO, wait_for
from tests.processes import PATIENCE

LONG = timedelta(seconds=2 * PATIENCE)
"""Who waits so long was not woken."""


def test_waiting_ends_when_somebody_marks_work(store, url):
    """Another process's mark, not only our own."""
    other = SqlStore(url)
    timer = threading.Timer(0.3, other.work.touch, ["repo-1"])
    start = time.monotonic()
    timer.start()
    while not store.work.due():
        store.work.wait(LONG)
    timer.join()
    assert time.monotonic() - start < PATIENCE
    other.close()


def test_waiting_ends_when_delayed_work_falls_due(store):
    start = time.monotonic()
    store.work.touch("repo-1", SHORT)

    while store.work.claim("a", LEASE) is None:
        store.work.wait(LONG)

    assert NEARLY <= time.monotonic() - start < PATIENCE


def test_waiting_ends_when_a_lease_lapses(store):
    claimed(store, lease=SHORT)
    start = time.monotonic()

    while store.work.claim("b", LEASE) is None:
        store.work.wait(LONG)

    assert time.monotonic() - start < PATIENCE


def test_waiting_lasts_as_long_as_asked_when_nothing_happens(store):
    start = time.monotonic()
    store.work.wait(SHORT)
    assert time.monotonic() - start >= NEARLY


HOLDER = """
import sys
from datetime import timedelta
from app.sql.store.store import SqlStore
store = SqlStore(sys.argv[1])
print(store.work.claim("victim", timedelta(seconds=5)).key, flush=True)
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
        assert victim.stdout is not None
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

    counts: Counter[str] = Counter()
    ended = 0
    while ended < len(workers):
        kind, value = log.get(timeout=PATIENCE)
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
        code = 1
        try:  # whatever happens, it is no second run of all tests
            code = 0 if store.work.claim("child", LEASE) else 1
        finally:
            os._exit(code)
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
