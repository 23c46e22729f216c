"""Random orders and amounts of what is created at GitHub: what matters more keeps its reserve."""

from __future__ import annotations

import random
import time
from math import ceil
from typing import Any

import pytest
from sqlalchemy import text

from app.core.state.budget_shares import Importance

MINUTE, HOUR = 60.0, 3600.0
LIMITS = ((MINUTE, 60), (HOUR, 400))
UP_TO = {60: (57, 60, 60, 51, 48), 400: (380, 400, 400, 340, 320)}
"""So many may have been created, by importance, for one more: the rest is what is kept for others."""
TALK = {60: {1: 24, 2: 15, 4: 18}, 400: {1: 160, 2: 100, 4: 120}}
"""So many answers, receipts and cards may have been created for one more, by importance."""
ROUNDS = 40
BURSTS = (1, 3, 10, 30, 80)
PAUSES = (0, 0, 2, 20, 45, 70, 600, 1900)
SLACK = 4.0
"""Seconds: the database's clock goes on while the test does."""


class Installation:
    """What the contract knows of one: when something of which importance was created."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.made: list[tuple[float, Importance]] = []

    def within(self, seconds: float, now: float) -> int:
        return sum(at > now - seconds for at, _ in self.made)

    def talked(self, seconds: float, now: float) -> int:
        return sum(at > now - seconds and what in TALK[60] for at, what in self.made)


class Budgeted:
    """The store's budget, its clock moved on."""

    def __init__(self, store: Any) -> None:
        self.store, self.moved, self.begun = store, 0.0, time.monotonic()

    @property
    def now(self) -> float:
        return self.moved + time.monotonic() - self.begun

    def passes(self, seconds: float) -> None:
        with self.store.database.write("time passes") as connection:
            moved = text("UPDATE budget_spends SET at = at - :micros")
            connection.execute(moved, {"micros": ceil(seconds * 1_000_000)})
        self.moved += seconds

    def spend(self, one: Installation, what: Importance) -> float:
        wait: float = self.store.budget.spend(one.number, what)
        if not wait:
            one.made.append((self.now, what))
        return wait


def owed(one: Installation, what: Importance, now: float) -> bool:
    """Neither has everything used up what may be, nor talk its own part: it must not be refused."""
    return all(
        one.within(seconds + SLACK, now) < UP_TO[most][what]
        and (what not in TALK[most] or one.talked(seconds + SLACK, now) < TALK[most][what])
        for seconds, most in LIMITS
    )


@pytest.mark.parametrize("seed", range(8))
def test_no_order_and_no_amount_of_what_matters_less_eats_the_reserve(store, seed):
    draw = random.Random(f"budget {seed}")
    budget, ones = Budgeted(store), [Installation(1), Installation(2)]
    refused = 0
    for _ in range(ROUNDS):
        one, what = draw.choices(ones, (3, 1))[0], draw.choice(list(Importance))
        for _ in range(draw.choice(BURSTS)):
            must = owed(one, what, budget.now)
            wait = budget.spend(one, what)
            assert not (wait and must), f"{what.name} of {one.number} waits for {wait} s"
            if wait:
                refused += 1
                break
        for seconds, most in LIMITS:
            assert one.within(seconds - SLACK, budget.now) <= most
            assert one.talked(seconds - SLACK, budget.now) <= max(TALK[most].values())
        budget.passes(draw.choice(PAUSES))
    assert refused > 2


@pytest.mark.parametrize("seed", range(4))
def test_what_has_to_wait_is_told_how_long_and_goes_on_then(store, seed):
    draw = random.Random(f"waits {seed}")
    budget, one = Budgeted(store), Installation(1)
    for _ in range(12):
        what = draw.choice(list(Importance))
        while not (wait := budget.spend(one, what)):
            budget.passes(draw.choice((0, 0, 0, 1)))
        assert wait <= HOUR
        budget.passes(wait)
        assert not budget.spend(one, what), what


def test_one_installation_takes_nothing_from_another(store):
    budget, loud, quiet = Budgeted(store), Installation(1), Installation(2)
    for what in reversed(Importance):
        for _ in range(70):
            budget.spend(loud, what)
    assert budget.spend(loud, Importance.URGENT)

    assert not any(budget.spend(quiet, what) for what in reversed(Importance))
