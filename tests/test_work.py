"""
What a look costs follows what happened, not history: counted, not timed.

The work of the database is the steps of SQLite's machine; that of Git, the calls of a mirror and
the commits that they give; that of a plan, the steps of Python's machine.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.core.planning.plan import plan
from benchmarks import plan as plans
from benchmarks import queue as queues
from benchmarks.gitserver import serving
from benchmarks.lived import Lived
from benchmarks.past import Past
from benchmarks.work import opened

YOUNG, OLD = Past(10, 200, 40), Past(120, 3000, 600)
EVERY = 10
"""Steps of SQLite's machine between two counts."""


class Steps:
    """How much SQLite worked, in steps."""

    def __init__(self, store):
        self.taken = 0
        event.listen(store.database.engine, "checkout", self.listen)

    def listen(self, connection, _record, _proxy):
        connection.set_progress_handler(self.count, EVERY)

    def count(self):
        self.taken += EVERY
        return 0


class Counted:
    """Mirrors that count what is asked of them, and the commits that they name."""

    def __init__(self, inner):
        self.inner, self.asked = inner, 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    @contextmanager
    def open(self, repo):
        with self.inner.open(repo) as git:
            yield CountedRepo(git, self)


class CountedRepo:
    def __init__(self, git, counted):
        self.git, self.counted = git, counted

    def __getattr__(self, name):
        method = getattr(self.git, name)

        def called(*args, **more):
            found = method(*args, **more)
            commits = len(found) if name in ("first_parents", "beyond") else 0
            self.counted.asked += 1 + commits
            return found

        return called


class Watched(Lived):
    steps: Steps


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """One repository that is young, and one that is old; both were looked at before."""
    folder = tmp_path_factory.mktemp("lived")
    with serving(folder / "server") as base:
        made = []
        for name, past in (("young", YOUNG), ("old", OLD)):
            (folder / name).mkdir()
            bare = folder / "server" / "acme" / f"{name}.git"
            world = Watched(folder / name, bare, f"{base}/acme/{name}.git", past)
            # It asks as mirrors do, whatever it is asked.
            world.mirrors = Counted(world.mirrors)  # type: ignore[assignment]
            world.steps = Steps(world.store)
            world.look()
            world.look()
            made.append(world)
        yield made
        for world in made:
            world.close()


def cost(world, act):
    """(steps of the database, calls of Git) of *act*."""
    steps, asked = world.steps.taken, world.mirrors.asked
    act()
    return world.steps.taken - steps, world.mirrors.asked - asked


def test_a_look_at_rest_costs_as_much_in_an_old_repository_as_in_a_young_one(worlds):
    young, old = (cost(world, world.look) for world in worlds)

    assert young[0] > 1000
    assert old[0] <= 1.2 * young[0]
    assert old[1] <= young[1] + 5


def test_a_push_through_all_stages_costs_as_much_in_an_old_repository(worlds):
    for world in worlds:
        world.push()
    young, old = (cost(world, world.through) for world in worlds)

    assert young[0] > 10_000
    assert old[0] <= 1.2 * young[0]
    assert old[1] <= 1.05 * young[1]


def test_after_a_foxtrot_a_look_reads_no_more_than_before_it(worlds):
    """Somebody commits on an old main, pulls by merge and pushes."""
    old = worlds[1]
    old.look()
    before = cost(old, old.look)
    old.history.foxtrot()
    old.look()
    after = cost(old, old.look)

    assert after[0] <= 1.2 * before[0]
    assert after[1] <= before[1] + 5


@pytest.mark.parametrize("made", [plans.world, plans.crowd])
def test_a_plan_for_four_times_the_stages_takes_four_times_the_work(made):
    few, many = (worked(made(count)) for count in (40, 160))
    assert many <= few * 4.2


def worked(snapshot):
    """How many steps of Python's machine one plan takes."""
    taken = 0

    def count(frame, event, _):
        nonlocal taken
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        taken += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        plan(snapshot)
    finally:
        sys.settrace(before)
    return taken


def test_a_release_and_the_next_grant_cost_the_same_however_many_wait(tmp_path):
    taken = {}
    for waiters in (100, 2000):
        with opened(f"sqlite:///{tmp_path}/{waiters}.db") as store:
            queue = queues.filled(store, waiters)
            queue.turn()  # whatever is prepared once
            steps = Steps(store)
            for _ in range(5):
                queue.refill()
                queue.turn()
            taken[waiters] = steps.taken
    assert taken[2000] <= 1.2 * taken[100], taken
