"""What a rollback takes over where the file has been edited since the grant (rules K3, E3, E60)."""

from __future__ import annotations

import pytest

from tests.core.rolling import HEAD
from tests.core.world import a_pipeline

FILE = HEAD + (
    "stages:\n"
    "  one: {path: stages/one, lock: %s, verify: {checks: [one]}, timeout-minutes: 30}\n"
    "  two: {path: stages/two, lock: %s, verify: {checks: [two]}, timeout-minutes: 30}\n"
    "locks: {db: {permits: %s}, env: {permits: %s}}\n"
)
NAMES = "[e1, e2]"


def file(one="db", two="db", db="2", env=NAMES):
    return FILE % (one, two, db, env)


def rolled_back(before, after):
    """Both stages hold and verify; the file is edited, `one` is rolled back, and its job ends."""
    world = a_pipeline(before)
    first = world.push({"apps/web/x": "1"})
    world.settle()
    for name in ("one", "two", "one", "two"):  # who shares nothing comes one after the other
        if world.last(name) is not None and world.last(name).state == "verifying":
            world.check(world.last(name).landed, name)
            world.wait(minutes=2)
    world.push({"apps/web/x": "2"})
    world.settle()
    commits = {name: world.last(name).landed for name in ("one", "two")}
    for name, landed in commits.items():
        if landed is not None:
            world.check(landed, name, None)
    world.settle()
    world.configure(after)
    world.settle()
    world.roll_back("one", first)
    world.settle()
    world.conclude(commits["one"], "one", "failure")
    world.settle()
    return world, commits


def content(world):
    return world.files("stages/one")["x"]


ROOM = ("what is free", "names", "other names")
"""There is room for what it asks, and it is for whoever has asked for it first."""
BEYOND = {
    "alone": (file(), file(one="{db: all}")),
    "two": (file(), file(one="{db: 2}")),
    "fewer permits": (file(), file(db="1")),
    "another group": (file(), file(one="[db, env]", two="[db, env]", env="1")),
    "what is free": (file(db="3"), file(one="{db: 2}", db="3")),
    "names": (file(), file(db="[d1, d2]")),
    "other names": (file(one="env", two="env"), file(one="env", two="env", env="[e3, e2]")),
}


@pytest.mark.parametrize("edit", BEYOND)
def test_a_rollback_that_asks_for_more_than_was_granted_queues_for_it(edit):
    """rule E60: it writes beside nobody whom the file in force keeps it apart from."""
    world, commits = rolled_back(*BEYOND[edit])

    assert "TakeOver" not in world.kinds()
    if edit not in ROOM:
        assert content(world) == "2"
        assert world.live() == {"one": "queued", "two": "held"}
        world.conclude(commits["two"], "two", "success")
        world.settle()
    assert content(world) == "1"
    assert world.live()["one"] == "held"


def test_it_takes_over_no_more_than_it_asks_for():
    """rule E60: what its stage takes no more by now is free at once."""
    both = file(one="{db: 1, env: all}", two="env", db="2")
    world, _ = rolled_back(both, file(one="{env: 1}", two="env"))

    assert "TakeOver" in world.kinds()
    mine = world.request("one")
    assert (mine.groups, mine.permits, content(world)) == (("env",), {"env": ("e1",)}, "1")
    assert world.live() == {"one": "held", "two": "held"}
    assert world.request("two").permits == {"env": ("e2",)}


def test_it_keeps_the_permits_whose_names_are_still_there():
    """rules E60, E7."""
    world, _ = rolled_back(file(one="{env: all}"), file(one="{env: 1}", env="[e0, e2]"))

    assert "TakeOver" in world.kinds()
    assert world.request("one").permits == {"env": ("e2",)}


def test_who_takes_all_is_alone_with_as_many_as_there_are_by_now():
    """rule E60: somebody may have one that is new since."""
    before, after = (file(one="{db: all}", two="db", db=permits) for permits in "23")
    world, _ = rolled_back(before, after)

    assert world.live() == {"one": "queued", "two": "held"}
    assert content(world) == "2"
    world.check(world.last("two").landed, "two")
    world.settle()
    assert (content(world), world.request("one").weights) == ("1", {"db": 3})


def test_two_that_ask_for_more_do_not_wait_for_each_other():
    """rule E60: who kept what it had until more was free would wait for ever."""
    world, commits = rolled_back(file(), file(one="{db: all}", two="{db: all}"))
    world.roll_back("two", world.freights[0].id.sha)
    world.settle()
    world.conclude(commits["two"], "two", "failure")
    world.settle()

    assert content(world) == "1"
    world.check(world.last("one").landed, "one")
    world.settle()
    assert world.files("stages/two")["x"] == "1"
