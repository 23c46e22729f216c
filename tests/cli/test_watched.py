"""What is stuck hurts itself only: real processes, watched and ended from outside."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli.family import LOOK_SECONDS
from app.cli.memory import used_up
from app.cli.supervisor import STOP_SECONDS
from app.settings import Settings
from app.wiring import open_store
from tests.processes import Running, alive, killed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stuck(environ):
    """Servers of `tests.crash.stuck`, and the database that they share."""
    running = []
    store = open_store(Settings.load(environ))
    store.migrate()

    def begin(*arguments):
        env = {**environ, "PYTHONPATH": str(ROOT)}
        running.append(Running(["work", *arguments], env, "tests.crash.stuck"))
        return running[-1]

    yield begin, store
    killed(running)
    store.close()


def times(store, key):
    found = store.work.deaths(key)
    return found.times if found else 0


@contextmanager
def never_waiting(store, seconds=8.0):
    """While the block runs, what is due is begun within *seconds*: see `fine` in `due_for`."""
    store.work.touch("fine-1")
    yield
    waited = store.work.due_for().total_seconds()
    assert waited < seconds, f"something waited for {waited} s"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("loops", "not done after 6 s"),
        ("holds", "no sign of life for 4 s"),
        ("dies", "died of signal 9, as where the machine's memory is used up"),
        ("eats", used_up()),
    ],
)
def test_what_never_ends_is_ended_from_outside_and_rests_and_others_go_on(stuck, kind, why):
    begin, store = stuck
    key = f"{kind}-1"
    store.work.touch(key)
    running = begin("--workers", "2")

    running.wait_for(lambda: times(store, key) == 1, f"{kind} was not ended")
    with never_waiting(store):
        running.wait_for(lambda: times(store, key) == 2, f"{kind} was not ended again")

    death = store.work.deaths(key)
    assert death.why == why
    assert 0 < death.rests.total_seconds() <= 10
    running.wait_for(lambda: any("tick.broke-off" in line for line in running.err), "not logged")
    assert running.end() == 0


def test_a_single_process_that_is_busy_for_long_gets_a_spare_and_keeps_nobody_waiting(stuck):
    begin, store = stuck
    store.work.touch("loops-1")
    running = begin()
    running.wait_for(lambda: len(running.children()) == 2, "no spare works beside it")

    store.work.touch("fine-1")

    def done():
        return store.work.due() == 0

    running.wait_for(done, "what is fine waits for what is stuck")


@pytest.mark.parametrize("kind", ["loops", "holds"])
def test_it_ends_within_10_seconds_whatever_runs(stuck, kind):
    """By its own clock within 10 seconds; how long a busy machine takes besides says nothing of it."""
    begin, store = stuck
    store.work.touch(f"{kind}-1")
    running = begin()
    running.wait_for(lambda: store.work.due() == 0, "nothing was begun")
    children = running.children()

    assert LOOK_SECONDS + STOP_SECONDS < 9
    assert running.end() == 0

    assert [pid for pid in children if alive(pid)] == []
