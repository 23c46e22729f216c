"""
Verification: what the checks on a content say, by the rules of DESIGN section 4.

GitHub's conclusions: https://docs.github.com/en/rest/checks/runs ("conclusion").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import translate
from functools import lru_cache
from typing import Literal

from app.core.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model import CheckRule

PASSES = frozenset({"success", "neutral"})
SAYS_NOTHING = frozenset({"cancelled", "stale"})
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ask:
    """
    Where and how to look.

    *places* are commits with equal content, the landed one first. *own_app*'s runs never count.
    Runs whose ids are in *reran* no longer count: they were run again (`/retry`). *pushed_at*
    starts the quiet time that a glob needs; None, where nobody knows: the first conclusion does,
    which came after the push.
    """

    places: tuple[CommitChecks, ...]
    own_app: int
    pushed_at: datetime | None
    now: datetime
    quiet: timedelta
    reran: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What was found for all rules together.

    *outcome*: `failed` as soon as one rule failed, `passed` when all did, else `pending`. *names*
    are the checks that failed, or else the rules that are not decided. *missing* are rules of which
    nothing ever started. *unfinished* are runs that may still be going. *at* is when it was
    decided; *wake_at* when the answer may change by itself.
    """

    outcome: Literal["passed", "failed", "pending"]
    names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    failed: tuple[CheckFact, ...] = ()
    unfinished: tuple[CheckFact, ...] = ()
    open_suites: bool = False
    at: datetime | None = None
    wake_at: datetime | None = None
    outdated_by_rerun: tuple[int, ...] = ()
    """The runs that would no longer count if what failed were run again."""

    @property
    def started(self) -> bool:
        """Something of it is running, or a suite may still start it."""
        return bool(self.unfinished) or self.open_suites


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Literal["passed", "failed", "pending"]
    deciding: tuple[CheckFact, ...] = ()
    seen: bool = False
    wake_at: datetime | None = None


def judge(rules: Sequence[CheckRule], ask: Ask) -> Evidence:
    """Weigh the evidence for *rules*. No rules: passed, at no time in particular."""
    answers = [(rule, _judge_rule(rule, ask)) for rule in rules]
    unfinished = tuple(
        run for place in ask.places for rule in rules for run in _unfinished(place, rule, ask)
    )
    suites = any(_open_suites(place, ask.own_app) for place in ask.places[:1])
    failed = tuple(run for _, a in answers if a.outcome == "failed" for run in a.deciding)
    if failed:
        names = tuple(dict.fromkeys(run.name for run in failed))
        return Evidence(
            "failed",
            names,
            (),
            failed,
            unfinished,
            suites,
            at=_latest(failed, ask.now),
            outdated_by_rerun=_concluded(rules, ask, names),
        )
    waiting = [(rule, a) for rule, a in answers if a.outcome == "pending"]
    if waiting:
        return Evidence(
            "pending",
            tuple(rule.pattern for rule, _ in waiting),
            tuple(rule.pattern for rule, a in waiting if not a.seen),
            unfinished=unfinished,
            open_suites=suites,
            wake_at=min((a.wake_at for _, a in waiting if a.wake_at), default=None),
        )
    deciding = tuple(run for _, a in answers for run in a.deciding)
    return Evidence("passed", unfinished=unfinished, at=_latest(deciding, ask.now))


def _judge_rule(rule: CheckRule, ask: Ask) -> _Answer:
    """The first place in which the rule's check says something, or is going to, decides."""
    seen = False
    for place in ask.places:
        runs = _matching(place, rule, ask)
        if not runs:
            continue
        seen = True
        answer = _judge_glob(place, runs, ask) if rule.is_glob else _judge_name(place, runs)
        if answer is not None:
            return answer
    return _Answer("pending", seen=seen)


def _judge_name(place: CommitChecks, runs: Sequence[CheckFact]) -> _Answer | None:
    """One check: its newest conclusion that says something; None: nothing here, look further."""
    telling = [r for r in runs if r.conclusion is not None and r.conclusion not in SAYS_NOTHING]
    if telling:
        newest = max(telling, key=lambda r: (r.completed_at or _NEVER, r.id))
        return _Answer("passed" if _passes(newest, place) else "failed", (newest,), seen=True)
    if any(r.conclusion is None for r in runs):
        return _Answer("pending", seen=True)
    return None


def _judge_glob(place: CommitChecks, runs: Sequence[CheckFact], ask: Ask) -> _Answer | None:
    """Several checks: all concluded, their apps' suites finished, and the quiet time over."""
    answers = [
        _judge_name(place, [r for r in runs if r.name == name])
        for name in dict.fromkeys(r.name for r in runs)
    ]
    told = [a for a in answers if a is not None]
    if not told:
        return None
    begun = ask.pushed_at or min((r.completed_at for r in runs if r.completed_at), default=ask.now)
    quiet_until = begun + ask.quiet
    apps = {r.app_id for r in runs}
    if any(r.conclusion is None for r in runs) or any(
        suite.app_id in apps for suite in _open_suites(place, ask.own_app)
    ):
        return _Answer("pending", seen=True)
    if ask.now < quiet_until:
        return _Answer("pending", seen=True, wake_at=quiet_until)
    failed = tuple(run for a in told if a.outcome == "failed" for run in a.deciding)
    if failed:
        return _Answer("failed", failed, seen=True)
    return _Answer("passed", tuple(run for a in told for run in a.deciding), seen=True)


def _passes(run: CheckFact, place: CommitChecks) -> bool:
    if run.conclusion == "skipped":
        # "needs: build" skips what follows a failed build: that is no evidence for anything.
        return not any(
            other.conclusion is not None
            and other.conclusion not in PASSES | SAYS_NOTHING | {"skipped"}
            for other in _newest_of_suite(place, run.suite_id)
        )
    return run.conclusion in PASSES


def _newest_of_suite(place: CommitChecks, suite_id: int) -> Iterable[CheckFact]:
    """The runs of a suite that speak: of one name the newest (a re-run replaces it)."""
    if suite_id == 0:
        return ()
    return {run.name: run for run in place.runs if run.suite_id == suite_id}.values()


def _concluded(rules: Sequence[CheckRule], ask: Ask, names: Collection[str]) -> tuple[int, ...]:
    """The ids of all concluded runs of *names*: what a re-run makes outdated."""
    return tuple(
        dict.fromkeys(
            run.id
            for place in ask.places
            for rule in rules
            for run in _matching(place, rule, ask)
            if run.name in names and run.conclusion is not None
        )
    )


def _matching(place: CommitChecks, rule: CheckRule, ask: Ask) -> list[CheckFact]:
    return [
        run
        for run in place.runs
        if (run.app_id != ask.own_app or run.suite_id == 0)
        and (rule.app is None or run.app == rule.app)
        and _named(rule, run.name)
        and run.id not in ask.reran
    ]


def _unfinished(place: CommitChecks, rule: CheckRule, ask: Ask) -> list[CheckFact]:
    return [run for run in _matching(place, rule, ask) if run.conclusion is None]


def _open_suites(place: CommitChecks, own_app: int) -> list[SuiteFact]:
    """Suites that may still start a run; GitHub makes empty ones that never finish: ignored."""
    populated = {run.suite_id for run in place.runs}
    return [
        suite
        for suite in place.suites
        if suite.app_id != own_app
        and suite.status != "completed"
        and (suite.runs or suite.id in populated)
    ]


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def _named(rule: CheckRule, name: str) -> bool:
    return bool(_pattern(rule.pattern).match(name)) if rule.is_glob else rule.pattern == name


def _latest(runs: Sequence[CheckFact], now: datetime) -> datetime:
    return max((r.completed_at for r in runs if r.completed_at), default=now)
