"""
Verification: what the checks on a content say, by the rules of DESIGN section 4.

GitHub's conclusions: https://docs.github.com/en/rest/checks/runs ("conclusion").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.core.evidence.attempts import Told, say
from app.core.evidence.matching import named
from app.core.model.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model.pipeline import CheckRule
from app.core.model.subjects import Subject, names_of

ACTIONS = "github-actions"


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

    *outcome*: `failed` as soon as one rule failed, `passed` when all did, else `pending`. *about*
    are the checks that failed, or else the rules that are not decided. *missing* are rules of which
    nothing ever started; *further*: rules on which a later commit with equal content has the word.
    *unfinished* are runs that may still be going. *at* is when it was decided; *wake_at* when the
    answer may change by itself.
    """

    outcome: Literal["passed", "failed", "pending"]
    about: tuple[Subject, ...] = ()
    missing: tuple[str, ...] = ()
    failed: tuple[CheckFact, ...] = ()
    unfinished: tuple[CheckFact, ...] = ()
    open_suites: bool = False
    at: datetime | None = None
    wake_at: datetime | None = None
    outdated_by_rerun: tuple[int, ...] = ()
    """The runs that would no longer count if what failed were run again."""
    further: tuple[str, ...] = ()
    to_run: tuple[str, ...] = ()
    """Undecided rules of which there is no check run that GitHub could run again."""

    @property
    def names(self) -> tuple[str, ...]:
        """What *about* names."""
        return names_of(self.about)

    @property
    def started(self) -> bool:
        """Something of it is running, or a suite may still start it."""
        return bool(self.unfinished) or self.open_suites


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one rule's checks say; *further*: nothing here, a later commit has the word."""

    outcome: Literal["passed", "failed", "pending"]
    deciding: tuple[CheckFact, ...] = ()
    seen: bool = True
    further: bool = False
    wake_at: datetime | None = None


def judge(rules: Sequence[CheckRule], ask: Ask) -> Evidence:
    """Weigh the evidence for *rules*. No rules: passed, at no time in particular."""
    answers = [(rule, _judge_rule(rule, rules, ask)) for rule in rules]
    unfinished = tuple(
        run for place in ask.places for rule in rules for run in _unfinished(place, rule, ask)
    )
    suites = any(_open_suites(place, rules, ask) for place in ask.places[:1])
    further = tuple(rule.pattern for rule, a in answers if a.further)
    failed = tuple(run for _, a in answers if a.outcome == "failed" for run in a.deciding)
    if failed:
        names = {run.name for run in failed}
        return Evidence(
            "failed",
            _pages(failed, ask),
            failed=failed,
            unfinished=unfinished,
            open_suites=suites,
            at=_latest(failed, ask.now),
            outdated_by_rerun=_concluded(rules, ask, names),
        )
    waiting = [(rule, a) for rule, a in answers if a.outcome == "pending"]
    if waiting:
        return Evidence(
            "pending",
            tuple(_awaited(rule, ask) for rule, _ in waiting),
            tuple(rule.pattern for rule, a in waiting if not a.seen),
            unfinished=unfinished,
            open_suites=suites,
            wake_at=min((a.wake_at for _, a in waiting if a.wake_at), default=None),
            further=further,
            to_run=tuple(rule.pattern for rule, _ in waiting if not _rerunnable(rule, ask)),
        )
    deciding = tuple(run for _, a in answers for run in a.deciding)
    return Evidence("passed", unfinished=unfinished, at=_latest(deciding, ask.now))


def _judge_rule(rule: CheckRule, rules: Sequence[CheckRule], ask: Ask) -> _Answer:
    """The first place in which the rule's check says something, or is going to, decides."""
    seen = False
    for nearest, place in enumerate(ask.places):
        runs = _matching(place, rule, ask)
        if not runs:
            if nearest == 0 and _may_start(place, rule, rules, ask):
                return _Answer("pending", seen=False)
            continue
        seen = True
        answer = (
            _judge_glob(place, runs, rules, ask) if rule.is_glob else _by_name(runs, ask, place)
        )
        if not answer.further:
            return answer
    return _Answer("pending", seen=seen, further=True)


def _judge_glob(
    place: CommitChecks, runs: Sequence[CheckFact], rules: Sequence[CheckRule], ask: Ask
) -> _Answer:
    """Several checks: all concluded, their apps' suites finished, and the quiet time over."""
    answers = [
        _by_name([r for r in runs if r.name == name], ask, place)
        for name in dict.fromkeys(r.name for r in runs)
    ]
    begun = ask.pushed_at or min((r.completed_at for r in runs if r.completed_at), default=ask.now)
    quiet_until = begun + ask.quiet
    apps = {r.app_id for r in runs}
    if any(r.conclusion is None for r in runs) or any(
        suite.app_id in apps for suite in _open_suites(place, rules, ask)
    ):
        return _Answer("pending")
    failed = tuple(run for a in answers if a.outcome == "failed" for run in a.deciding)
    if not failed and any(a.further for a in answers):
        return _Answer("pending", further=True)
    if ask.now < quiet_until:
        return _Answer("pending", wake_at=quiet_until)
    if failed:
        return _Answer("failed", failed)
    if any(a.outcome == "pending" for a in answers):
        return _Answer("pending")
    return _Answer("passed", tuple(run for a in answers for run in a.deciding))


def _by_name(runs: Sequence[CheckFact], ask: Ask, place: CommitChecks) -> _Answer:
    """
    One name: each App's check runs apart, and statuses, whose ids are not of one sequence.

    A failure of any fails; while one is only running, the others are not enough.
    """
    families: dict[tuple[bool, int], list[CheckFact]] = {}
    for run in runs:
        families.setdefault((bool(run.suite_id), run.app_id), []).append(run)
    answers = [_one_family(family, ask, place) for family in families.values()]
    for outcome in ("failed", "pending", "passed"):
        found = next((a for a in answers if a.outcome == outcome and not a.further), None)
        if found is not None:
            return found
    return _Answer("pending", further=True)


def _one_family(runs: Sequence[CheckFact], ask: Ask, place: CommitChecks) -> _Answer:
    counting = [run for run in runs if run.id not in ask.reran]
    if not counting:
        return _Answer("pending")  # it was run again, and that has not begun
    told = say(counting, place, ask.own_app, runs)
    match told:
        case Told(passed, run):
            return _Answer("passed" if passed else "failed", (run,))
        case None:
            waits = any(run.conclusion is None for run in counting)
            return _Answer("pending", further=not waits)


def _may_start(place: CommitChecks, rule: CheckRule, rules: Sequence[CheckRule], ask: Ask) -> bool:
    """A suite that is going on may still start a check of that name."""
    suites = _open_suites(place, rules, ask)
    return any(rule.app is None or suite.app == rule.app for suite in suites)


def _rerunnable(rule: CheckRule, ask: Ask) -> bool:
    """There is a check run of it, or something of it goes on."""
    runs = (run for place in ask.places for run in _matching(place, rule, ask))
    return any(run.suite_id or run.conclusion is None for run in runs)


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
    return [run for run in place.runs if _speaks_of(rule, run, ask.own_app)]


def _speaks_of(rule: CheckRule, run: CheckFact, own_app: int) -> bool:
    return (
        (run.app_id != own_app or run.suite_id == 0)
        and (rule.app is None or run.app == rule.app)
        and named(rule, run.name)
    )


def _unfinished(place: CommitChecks, rule: CheckRule, ask: Ask) -> Iterable[CheckFact]:
    return (
        run
        for run in _matching(place, rule, ask)
        if run.conclusion is None and _goes_on(run, place)
    )


def running(rules: Sequence[CheckRule], place: CommitChecks, own_app: int) -> bool:
    """Tell whether a check that *rules* speak of has begun on *place* and not ended."""
    going = [run for run in place.runs if run.conclusion is None]
    return any(
        _speaks_of(rule, run, own_app) and _goes_on(run, place) for run in going for rule in rules
    )


def _goes_on(run: CheckFact, place: CommitChecks) -> bool:
    """A status is unfinished only until its context says more: each replaces the one before."""
    if run.suite_id:
        return True
    return not any(
        other.id > run.id
        for other in place.runs
        if not other.suite_id and (other.name, other.app) == (run.name, run.app)
    )


def _open_suites(place: CommitChecks, rules: Sequence[CheckRule], ask: Ask) -> list[SuiteFact]:
    """
    Suites that may still start a run.

    GitHub makes an empty suite, which never finishes, for each App that may write checks: without
    runs only those of GitHub Actions, and of Apps that are awaited by name, are believed.
    """
    populated = {run.suite_id for run in place.runs}
    awaited = {ACTIONS, *(rule.app for rule in rules)}
    return [
        suite
        for suite in place.suites
        if suite.app_id != ask.own_app
        and suite.status != "completed"
        and (suite.runs or suite.id in populated or suite.app in awaited)
    ]


def _pages(runs: Sequence[CheckFact], ask: Ask) -> tuple[Subject, ...]:
    """The checks with their pages; the App is named where the same name is another App's, too."""
    apps: dict[str, set[str]] = {}
    for run in (run for place in ask.places for run in place.runs if run.app_id != ask.own_app):
        apps.setdefault(run.name, set()).add(run.app)
    shared = {name for name, of in apps.items() if len(of) > 1}
    shown = ((f"{r.name} by {r.app}" if r.app and r.name in shared else r.name, r) for r in runs)
    return tuple({name: Subject(name, run.url) for name, run in shown}.values())


def _awaited(rule: CheckRule, ask: Ask) -> Subject:
    """An undecided rule, with the page of what goes on of it."""
    going = (run for place in ask.places for run in _unfinished(place, rule, ask))
    return Subject(rule.pattern, next((run.url for run in going if run.url), ""))


def _latest(runs: Sequence[CheckFact], now: datetime) -> datetime:
    return max((r.completed_at for r in runs if r.completed_at), default=now)
