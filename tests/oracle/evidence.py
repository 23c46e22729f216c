"""What check runs say of content: the rules V1 to V14, each possible reading's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

Answer = Literal["pass", "fail", "open"]
SILENT = ("cancelled", "stale")


@dataclass(frozen=True)
class Seen:
    """A check run of somebody else on one commit (rule V14: ours never count)."""

    id: int
    name: str
    suite: int
    conclusion: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Place:
    """One commit: what ran there, and whether the quiet time since its push is over."""

    runs: tuple[Seen, ...]
    quiet: bool = True


By = Callable[[Seen], tuple]
ORDERS: tuple[By, ...] = (
    lambda run: (run.id,),
    lambda run: (run.at, run.id),
)
"""The newest conclusion: of the newest attempt, or the one that was said last. Both may be meant."""


def allowed(
    chain: Sequence[Place], names: Iterable[str], outdated: Iterable[int] = ()
) -> frozenset[Answer]:
    """
    What may be said of content: *chain* is the commit that landed, and then the later commits of
    the line with equal outputs, the nearest first. *outdated* runs were run again by `/retry`: they
    may count or not (rules V10, V23).
    """
    gone, names = frozenset(outdated), tuple(names)
    kept = [Place(tuple(r for r in p.runs if r.id not in gone), p.quiet) for p in chain]
    return frozenset(judged(places, names, by) for places in (list(chain), kept) for by in ORDERS)


def judged(chain: Sequence[Place], names: Sequence[str], by: By) -> Answer:
    """All must pass, and one failure is enough."""
    answers = [_rule(chain, name, by) for name in names]
    if "fail" in answers:
        return "fail"
    return "open" if "open" in answers else "pass"


def _rule(chain: Sequence[Place], name: str, by: By) -> Answer:
    """rule V2: only where it never started, or said nothing, a later commit counts."""
    for place in chain:
        mine = [run for run in place.runs if fnmatchcase(run.name, name)]
        if not mine or all(run.conclusion in SILENT for run in mine):
            continue
        return _glob(place, mine, by) if "*" in name else _name(place, mine, by)
    return "open"


def _glob(place: Place, mine: list[Seen], by: By) -> Answer:
    """rule V13."""
    answers = {_name(place, [r for r in mine if r.name == n], by) for n in {r.name for r in mine}}
    if "fail" in answers:
        return "fail"
    apps = {bool(m.suite) for m in mine}  # suites are GitHub Actions', statuses have none
    running = any(r.conclusion is None and bool(r.suite) in apps for r in place.runs)
    return "open" if "open" in answers or running or not place.quiet else "pass"


def _name(place: Place, mine: list[Seen], by: By) -> Answer:
    """rules V7, V11, V12: the newest conclusion that says something."""
    for run in sorted((r for r in mine if r.conclusion is not None), key=by, reverse=True):
        said = _says(place, run, by)
        if said is not None:
            return said
    return "open"


def _says(place: Place, run: Seen, by: By) -> Answer | None:
    match run.conclusion:
        case "success" | "neutral":
            return "pass"
        case "cancelled" | "stale" | None:
            return None
        case "skipped":
            return _skipped(place, run, by)
        case _:
            return "fail"


def _skipped(place: Place, run: Seen, by: By) -> Answer | None:
    """rules V8, V9, V10: what else of its suite has concluded decides."""
    others: dict[str, list[Seen]] = {}
    for other in place.runs:
        if other.suite == run.suite and other.name != run.name and other.conclusion is not None:
            others.setdefault(other.name, []).append(other)
    silent = False
    for attempts in others.values():
        ordered = sorted(attempts, key=by)
        loud = [a for a in ordered if a.conclusion not in (*SILENT, "skipped")]
        if loud and loud[-1].conclusion not in ("success", "neutral"):
            return "fail"
        silent = silent or ordered[-1].conclusion in SILENT
    return None if silent else "pass"


def passed_at(chain: Sequence[Place], names: Sequence[str]) -> datetime | None:
    """The earliest instant at which every one of *names* may have passed; None: it never did."""
    times = []
    for name in names:
        mine = [
            run.at
            for place in chain
            for run in place.runs
            if fnmatchcase(run.name, name) and run.conclusion in ("success", "neutral", "skipped")
        ]
        if not mine or None in mine:
            return None
        times.append(min(at for at in mine if at is not None))
    return max(times, default=None)
