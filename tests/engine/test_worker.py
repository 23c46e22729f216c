import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.engine.queue.lease import Lease
from app.engine.queue.worker import Worker, backoff
from app.errors import Conflict, Denied, Transient
from app.observe import Metrics
from tests import processes
from tests.processes import PATIENCE

SECOND = timedelta(seconds=1)
LENGTH = timedelta(seconds=30)
START = datetime(2026, 3, 2, tzinfo=UTC)


def worker_over(store, handler, owner="one", **times):
    return Worker(
        work=store.work, handlers={"repo": handler}, owner=owner, metrics=Metrics(), **times
    )


def until(condition):
    """Wait for *condition*."""
    processes.until(condition, PATIENCE, "it did not happen in time")


def failures(store, key="repo-7"):
    """How often in a row it failed, as the next claim shows it."""
    store.work.touch(key)
    claim = store.work.claim("the test", LENGTH)
    return claim.failures


def test_what_is_due_is_handed_to_the_handler_of_its_prefix(store):
    seen = []
    store.work.touch("repo-7")
    store.work.touch("repo-8")

    done = worker_over(store, lambda claim, _lease: seen.append(claim.key)).run_until_idle()

    assert (done, sorted(seen)) == (2, ["repo-7", "repo-8"])


def test_none_means_only_when_it_is_touched(store):
    seen = []
    worker = worker_over(store, lambda claim, _lease: seen.append(claim.key))
    store.work.touch("repo-7")
    worker.run_until_idle()

    assert worker.run_until_idle() == 0
    store.work.touch("repo-7")
    assert worker.run_until_idle() == 1


def test_a_delay_is_when_it_is_looked_at_again(store):
    store.work.touch("repo-7")
    worker = worker_over(store, lambda _claim, _lease: timedelta(milliseconds=50))
    worker.run_until_idle()

    until(worker.step)


def test_what_is_touched_while_it_is_worked_on_is_looked_at_again(store):
    """Else a push that arrives in the middle of a tick would wait for the next sweep."""
    seen: list[str] = []

    def handler(claim, _lease):
        if not seen:
            store.work.touch(claim.key)
        seen.append(claim.key)

    store.work.touch("repo-7")

    assert worker_over(store, handler).run_until_idle() == 2


def test_the_wait_doubles_with_each_failure_up_to_five_minutes():
    waits = [backoff(failures).total_seconds() for failures in range(11)]

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert backoff(10**6) == timedelta(minutes=5)


@pytest.mark.parametrize("error", [Transient("no answer"), Denied("no"), ValueError("a defect")])
def test_a_failing_handler_does_not_stop_the_others_nor_spin(store, error):
    seen: list[str] = []

    def handler(claim, _lease):
        seen.append(claim.key)
        if claim.key == "repo-7":
            raise error

    store.work.touch("repo-7")
    store.work.touch("repo-8")
    begun = time.monotonic()
    worker_over(store, handler).run_until_idle()

    assert seen.count("repo-8") == 1
    times = seen.count("repo-7")
    assert 1 <= times <= 1 + (time.monotonic() - begun), "no two within the first wait, a second"
    assert failures(store) == times


def test_a_success_forgets_the_failures(store):
    outcomes = [Transient("no answer")]

    def handler(_claim, _lease):
        if outcomes:
            raise outcomes.pop()

    worker = worker_over(store, handler)
    for _ in range(2):
        store.work.touch("repo-7")
        assert worker.step()

    assert failures(store) == 0


def test_the_other_sides_retry_after_is_honoured(store):
    """GitHub bans who comes back too early."""
    seen = []

    def handler(claim, _lease):
        seen.append(claim.key)
        if claim.key == "repo-7":
            raise Transient("slow down", retry_after=3600.0)

    store.work.touch("repo-7")
    store.work.touch("repo-8", backoff(0) * 1.2)
    until(worker_over(store, handler).step)  # repo-7
    until(worker_over(store, handler).step)

    assert seen == ["repo-7", "repo-8"], "the wait after a first failure was over"


def test_a_defect_is_logged_with_its_traceback(store, caplog):
    def handler(_claim, _lease):
        raise ValueError("a defect of ours")

    store.work.touch("repo-7")
    with caplog.at_level(logging.ERROR):
        worker_over(store, handler).run_until_idle()

    assert "a defect of ours" in caplog.text
    assert "Traceback" in caplog.text


def test_a_key_that_nobody_knows_is_put_off(store):
    store.work.touch("unheard-of")

    assert worker_over(store, lambda _claim, _lease: None).step()
    assert failures(store, "unheard-of") == 1


def test_a_lease_is_renewed_while_the_handler_works(store):
    """A slow fetch must not let a second worker in."""
    others = []

    def handler(claim, lease):
        def lasts_until():
            now = time.monotonic()
            return now + store.work.remaining(claim).total_seconds()

        first = lasts_until()
        until(lambda: lasts_until() > first + 0.3)
        lease.check()
        others.append(store.work.claim("two", LENGTH))

    store.work.touch("repo-7")
    worker_over(store, handler, renew_every=timedelta(milliseconds=50)).run_until_idle()

    assert others == [None]


def test_a_lost_lease_is_told_to_the_handler(store):
    told = []

    def handler(_claim, lease):
        store.work.take_over("one")
        store.work.claim("two", LENGTH)
        until(lambda: lease.lost)
        told.append(lease.remaining())
        lease.check()

    store.work.touch("repo-7")
    worker = worker_over(store, handler, renew_every=timedelta(milliseconds=20))

    assert worker.run_until_idle() == 1  # and what the other one holds is not given back
    assert told == [timedelta()]
    assert store.work.claim("three", LENGTH) is None


def test_who_was_stalled_asks_before_the_next_effect_whether_the_lease_is_still_its_own(store):
    """A stopped process wakes up in the middle of its work; the thread that renews may be later."""
    effects = []

    def handler(_claim, lease):
        lease.check()
        effects.append("in time")
        until(lambda: store.work.claim("two", LENGTH))
        lease.check()
        effects.append("too late")

    store.work.touch("repo-7")
    never = timedelta(hours=1)
    worker = worker_over(store, handler, lease=timedelta(milliseconds=100), renew_every=never)

    assert worker.run_until_idle() == 1
    assert effects == ["in time"]
    assert store.work.claim("three", LENGTH) is None, "it gave back what the other one holds"


def test_who_learns_by_the_store_that_it_was_overtaken_has_not_failed(store, caplog):
    """The fence refuses its write before the thread that renews the lease has noticed."""
    caplog.set_level(logging.INFO, "stagelock.worker")

    def handler(claim, _lease):
        store.work.take_over("one")
        store.work.claim("two", LENGTH)
        store.history.spend_orders(claim, 7, [1], START)

    store.work.touch("repo-7")
    worker_over(store, handler, renew_every=timedelta(hours=1)).run_until_idle()

    assert [r.outcome for r in caplog.records if r.action == "tick.ended"] == ["stopped"]
    assert "tick.put-off" not in [r.action for r in caplog.records]


def test_who_was_stalled_while_nobody_took_over_goes_on(store):
    effects = []

    def handler(claim, lease):
        until(lambda: store.work.remaining(claim) < timedelta())
        until(lambda: lease.check() or lease.remaining() > timedelta())
        effects.append("after it")

    store.work.touch("repo-7")
    never = timedelta(hours=1)
    worker_over(
        store, handler, lease=timedelta(milliseconds=100), renew_every=never
    ).run_until_idle()

    assert effects == ["after it"]


def test_the_remaining_time_is_the_databases(store):
    store.work.touch("repo-7")
    claim = store.work.claim("one", LENGTH)

    with Lease(store.work, claim) as lease:
        assert timedelta(seconds=5) < lease.remaining() <= LENGTH
        store.work.take_over("one")
        assert lease.remaining() == timedelta()


def test_a_look_whose_time_is_over_ends_before_its_next_effect(store):
    store.work.touch("repo-7")
    claim = store.work.claim("one", LENGTH)

    with Lease(store.work, claim, look=timedelta()) as lease, pytest.raises(Conflict, match="next"):
        lease.check()

    assert lease.over
    assert not lease.lost


def test_what_lists_many_has_no_end_of_its_time_and_tells_of_each_part(store):
    told = []
    store.work.touch("sweep")
    claim = store.work.claim("one", LENGTH)

    with Lease(store.work, claim, look=None, goes_on=lambda: told.append(1)) as lease:
        lease.check()
        lease.check()

    assert told == [1, 1]
    assert not lease.over


def test_asked_to_stop_it_ends_after_the_effect_under_way_and_gives_the_rest_back(store):
    effects = []

    def handler(_claim, lease):
        while True:
            lease.check()
            effects.append(1)
            worker.stop()

    worker = worker_over(store, handler)
    store.work.touch("repo-7")
    worker.run()

    assert effects == [1]
    claim = store.work.claim("two", LENGTH)
    assert (claim.key, claim.failures) == ("repo-7", 0)


def test_a_loop_ends_soon_after_it_was_asked_to(store):
    worker = worker_over(store, lambda _claim, _lease: None)
    thread = threading.Thread(target=worker.run)
    thread.start()
    worker.stop()

    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_store_that_is_away_does_not_end_the_loop(store):
    """A database restart must not need a restart of ours."""
    seen = []

    class Flaky:
        """The work table behind a database that is away at first."""

        def __init__(self):
            self.calls = 0

        def __getattr__(self, name):
            return getattr(store.work, name)

        def claim(self, owner, lease):
            self.calls += 1
            if self.calls == 1:
                raise Transient("the database is shutting down")
            return store.work.claim(owner, lease)

    def handler(claim, _lease):
        seen.append(claim.key)
        worker.stop()

    worker = Worker(work=Flaky(), handlers={"repo": handler}, owner="one", metrics=Metrics())
    store.work.touch("repo-7")
    worker.run()

    assert seen == ["repo-7"]


def test_a_conflict_is_looked_at_again_soon(store):
    def handler(_claim, _lease):
        raise Conflict("the tip moved")

    store.work.touch("repo-7")
    worker = worker_over(store, handler)
    worker.run_until_idle()

    until(worker.step)
