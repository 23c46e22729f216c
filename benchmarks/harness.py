"""Timing variants side by side in one run, and what is made of it: one row of the table each."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Series:
    """
    What was measured of one variant, a value a round: in *unit*, lower is better for `ms`.

    *cpu*: milliseconds of processor time that the round took here and in the processes it ended.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    cpu: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        """The value that half of the rounds stayed below."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        """As people read it: the median, and the spread of all rounds."""
        low, high = (_digits(end) for end in (min(self.values), max(self.values)))
        return f"{_digits(self.median)} {self.unit} ({low} to {high})"


@dataclass(frozen=True)
class Row:
    """
    One line of the table: *what* was measured, *ours* against *base* (None: only a limit).

    *ratio* is the number that the *goal* speaks of, *unit* its unit; *met* whether it is reached.
    """

    what: str
    ours: Series
    base: Series | None
    ratio: float
    unit: str
    goal: str
    met: bool
    extra: Mapping[str, float] = field(default_factory=dict)


def faster(what: str, ours: Series, base: Series, goal: float) -> Row:
    """*ours* shall take a *goal*-th of the time of *base*."""
    ratio = base.median / ours.median
    return Row(what, ours, base, ratio, "x faster", f"{goal:g}x faster", ratio >= goal)


def more(what: str, ours: Series, base: Series, goal: float) -> Row:
    """*ours* (a rate) shall be *goal* times that of *base*."""
    ratio = ours.median / base.median
    return Row(what, ours, base, ratio, "x as many", f"at least {goal:g}x", ratio >= goal)


def within(what: str, ours: Series, base: Series, goal: float) -> Row:
    """*ours* shall take at most *goal* times as long as *base*."""
    ratio = ours.median / base.median
    return Row(what, ours, base, ratio, "x as long", f"at most {goal:g}x", ratio <= goal)


def extra(what: str, ours: Series, base: Series, goal: float) -> Row:
    """*ours* shall take at most *goal* milliseconds more than *base*: the median of the rounds."""
    pairs = zip(ours.values, base.values, strict=True)
    found = statistics.median(mine - theirs for mine, theirs in pairs)
    return Row(what, ours, base, found, "ms more", f"at most {goal:g} ms more", found <= goal)


def below(what: str, ours: Series, goal: float) -> Row:
    """The median of *ours* shall stay below *goal*, in its own unit."""
    found = ours.median
    return Row(what, ours, None, found, ours.unit, f"below {goal:g} {ours.unit}", found < goal)


def exactly(what: str, ours: Series, goal: int) -> Row:
    """Each round of *ours* shall count *goal*, no more."""
    most = max(ours.values)
    return Row(what, ours, None, most, ours.unit, f"{goal} {ours.unit}", most == goal)


class Limit:
    """`--rounds N`: fewer rounds than a benchmark takes by itself, for a busy machine."""

    rounds: int | None = None

    @classmethod
    def of(cls, rounds: int) -> int:
        """How many rounds to take."""
        return rounds if cls.rounds is None else min(rounds, cls.rounds)


def measure(
    variants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    before: Callable[[], object] = lambda: None,
) -> dict[str, Series]:
    """
    Run each variant once a round, in turn, after an untimed *before*; what each took, by name.

    Interleaved, so that a slow minute of the machine is everybody's slow minute.
    """
    wall: dict[str, list[float]] = {name: [] for name in variants}
    cpu: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(Limit.of(rounds)):
        for name, run in variants.items():
            before()
            worked, start = _worked(), time.perf_counter()
            run()
            wall[name].append((time.perf_counter() - start) * 1000)
            cpu[name].append((_worked() - worked) * 1000)
    return {name: Series(name, "ms", tuple(wall[name]), tuple(cpu[name])) for name in variants}


def _worked() -> float:
    """Seconds of processor time of this process and of those it has waited for."""
    spent = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def _digits(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
