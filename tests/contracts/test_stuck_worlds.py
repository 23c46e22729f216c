"""Random worlds of repositories, some of which kill who looks at them: only they wait for that."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.contracts.facts import LEASE

SEEDS = range(8)
STEPS = 14
KINDS = ("fine", "fine", "raises", "dies", "hangs", "mends")
MARGIN = 4.0
"""Seconds around the end of a rest in which nothing is asked: the database's clock runs on."""


def rest_after(deaths: int) -> float:
    """Seconds: the second death in a row gives 10, each further one twice as many, up to an hour."""
    return 0.0 if deaths < 2 else min(10.0 * 2 ** (deaths - 2), 3600.0)


@dataclass
class Wicked:
    """What the contract says of a repository that is not fine."""

    kind: str
    deaths: int = 0
    rests_until: float = 0.0
    looks: list[float] = field(default_factory=list)


@dataclass
class Act:
    """What happens at once: these are marked dirty, then so much time passes, in seconds."""

    marked: tuple[str, ...]
    then: float


def story(draw: random.Random, kinds: dict[str, str]) -> list[Act]:
    keys = list(kinds)
    times = (1, 7, 15, 33, 90, 400, 1500, 4000)
    return [
        Act(tuple(draw.choices(keys, k=draw.randint(1, 2 * len(keys)))), draw.choice(times))
        for _ in range(STEPS)
    ]


class World:
    """Work processes over *store*, whose clock is moved on; *only*: the repositories that exist."""

    def __init__(self, store: Any, draw: random.Random, kinds: dict[str, str]) -> None:
        self.store, self.draw, self.kinds = store, draw, kinds
        self.bad = {key: Wicked(kind) for key, kind in kinds.items() if kind != "fine"}
        self.fine: list[tuple[int, str]] = []
        self.moved, self.begun, self.step = 0.0, time.monotonic(), 0
        self.hung: list[tuple[str, str]] = []

    @property
    def now(self) -> float:
        return self.moved + time.monotonic() - self.begun

    def passes(self, seconds: float) -> None:
        while any(abs(one.rests_until - self.now - seconds) < MARGIN for one in self.bad.values()):
            seconds += 2 * MARGIN
        columns = ("run_at", "lease_until", "rests_until")
        sets = ", ".join(f"{name} = {name} - :micros" for name in columns)
        with self.store.database.write("time passes") as connection:
            moved = text(f"UPDATE work SET {sets}")
            connection.execute(moved, {"micros": int(seconds * 1_000_000)})
        self.moved += seconds

    def play(self, acts: list[Act]) -> None:
        for self.step, act in enumerate(acts):
            for key in act.marked:
                if key in self.kinds:
                    self.store.work.touch(key)
            self.work()
            self.check()
            self.passes(act.then)
            self.end_hung()

    def work(self) -> None:
        """Until nothing is due; each look has a process of its own, as one of several may have."""
        for number in range(1000):
            owner = f"process-{self.step}-{number}."
            claim = self.store.work.claim(owner + "1", LEASE)
            if claim is None:
                return
            self.look(claim, owner)
        raise AssertionError("looks never end")

    def look(self, claim: Any, owner: str) -> None:
        one = self.bad.get(claim.key)
        if one is None:
            self.fine.append((self.step, claim.key))
            self.store.work.finish(claim, None)
            return
        assert self.now > one.rests_until - MARGIN / 2, f"{claim.key} is looked at while it rests"
        one.looks.append(self.now)
        match one.kind:
            case "raises":
                self.store.work.finish(claim, timedelta(minutes=30), failed=True)
            case "hangs":
                self.hung.append((claim.key, owner))
            case "mends" if self.draw.random() < 0.4:
                one.deaths = 0
                self.store.work.finish(claim, None, failed=self.draw.random() < 0.5)
            case _:
                self.dies(claim.key, owner)

    def end_hung(self) -> None:
        """Those that are never done are ended from outside, before their lease could lapse."""
        hung, self.hung = self.hung, []
        for key, owner in hung:
            self.dies(key, owner)

    def dies(self, key: str, owner: str) -> None:
        [death] = self.store.work.bury(owner, "ended")
        one = self.bad[key]
        one.deaths += 1
        one.rests_until = self.now + rest_after(one.deaths) if one.deaths > 1 else 0.0
        assert (death.key, death.times) == (key, one.deaths)
        assert death.rests.total_seconds() == rest_after(one.deaths)

    def check(self) -> None:
        resting = [key for key, one in self.bad.items() if one.rests_until > self.now]
        assert self.store.work.resting() == len(resting)
        assert self.store.work.due_for() == timedelta()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_kills_its_looks_others_are_looked_at_as_without_it(store, seed):
    draw = random.Random(f"stuck {seed}")
    kinds = {f"repo-{n}": draw.choice(KINDS) for n in range(draw.randint(3, 8))}
    kinds |= {"repo-90": "fine", "repo-91": "dies"}
    acts = story(draw, kinds)
    world = World(store, draw, kinds)

    world.play(acts)

    marked = {(n, key) for n, act in enumerate(acts) for key in act.marked}
    assert sorted(world.fine) == sorted((n, key) for n, key in marked if kinds[key] == "fine")
    for key, one in world.bad.items():
        assert bool(one.looks) == any(key in act.marked for act in acts), key


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rest_ends_by_itself_grows_to_an_hour_and_begins_anew_after_a_look_that_ended(
    store, seed
):
    draw = random.Random(f"rests {seed}")
    world = World(store, draw, {"repo-1": draw.choice(["dies", "hangs"]), "repo-2": "fine"})
    one = world.bad["repo-1"]
    world.store.work.touch("repo-1")
    while one.deaths < 12:  # at each end of a rest, though nothing marks it again
        world.step, before = world.step + 1, len(one.looks)
        world.work()
        world.end_hung()
        assert len(one.looks) > before, f"it rests for ever after {one.deaths} deaths"
        world.passes(max(0.0, one.rests_until - world.now) + MARGIN)
    assert rest_after(one.deaths) == 3600.0

    one.kind = "raises"
    world.work()
    one.kind, one.deaths = "dies", 0
    world.passes(3600.0)
    world.work()

    assert one.deaths == 2
