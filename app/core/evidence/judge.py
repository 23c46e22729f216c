"""
Verification: what the checks on a content say, by the rules V of `docs/behaviour.md`.

GitHub's conclusions: https://docs.github.com/en/rest/checks/runs ("conclusion").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from app.core.evidence.attempts import Told, say
from app.core.evidence.matching import goes_on, matching, open_suites, unfinished
from app.core.model.facts import CheckFact, CommitChecks
from app.core.model.pipeline import CheckRule
from app.core.model.subjects import Subject, names_of


class Ask(NamedTuple):
    """Where and how to look."""

    places: tuple[CommitChecks, ...]
    """Commits with equal content, the landed one first."""
    own_app: int
    """Our App's number: its runs never count."""
    pushed_at: datetime | None
    """
    It starts the quiet time that a glob needs; None, where nobody knows: the first conclusion does,
    which came after the push.
    """
    now: datetime
    quiet: timedelta
    """How long that time is."""
    reran: frozenset[int] = frozenset()
    """Runs that no longer count, by their ids: they were run again (`/retry`)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for all rules together."""

    outcome: Literal["passed", "failed", "pending"]
    """`failed` as soon as one rule failed, `passed` when all did, else `pending`."""
    about: tuple[Subject, ...] = ()
    """The checks that failed, or else the rules that are not decided."""
    missing: tuple[str, ...] = ()
    """The rules of which nothing ever started."""
    failed: tuple[CheckFact, ...] = ()
    unfinished: tuple[CheckFact, ...] = ()
    """Runs that may still be going."""
    open_suites: bool = False
    """A suite may still start something that is not decided, whatever the *outcome* is by now."""
    at: datetime | None = None
    """When it was decided; None: it is not."""
    wake_at: datetime | None = None
    """When the answer may change by itself; None: only with an event."""
    outdated_by_rerun: tuple[int, ...] = ()
    """The runs that would no longer count if what failed were run again."""
    further: tuple[str, ...] = ()
    """The rules on which a later commit with equal content has the word."""
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
class _Passed:
    """One rule's checks have passed, by these runs."""

    runs: tuple[CheckFact, ...]


@dataclass(frozen=True, slots=True)
class _Failed:
    """One rule's checks have failed, by these runs."""

    runs: tuple[CheckFact, ...]


@dataclass(frozen=True, slots=True)
class _Open:
    """One rule is not decided: nothing of it ever started, or a later commit has the word."""

    missing: bool = False
    further: bool = False
    wake_at: datetime | None = None


_Answer = _Passed | _Failed | _Open


class Weighed(NamedTuple):
    """The answer to each of *rules*: `evidence` says what they come to together."""

    rules: Sequence[CheckRule]
    ask: Ask
    answers: Sequence[tuple[CheckRule, _Answer]]

    @property
    def further(self) -> tuple[str, ...]:
        """As the field of `Evidence`, all of which costs as much again."""
        if any(isinstance(a, _Failed) for _, a in self.answers):
            return ()
        return tuple(rule.pattern for rule, a in self.answers if isinstance(a, _Open) and a.further)

    def evidence(self) -> Evidence:
        """No rules: passed, at no time in particular."""
        rules, ask, answers = self
        going = tuple(
            run for place in ask.places for r in rules for run in unfinished(place, r, ask.own_app)
        )
        waiting = [(rule, a) for rule, a in answers if isinstance(a, _Open)]
        failed = tuple(run for _, a in answers if isinstance(a, _Failed) for run in a.runs)
        if failed:
            names = {run.name for run in failed}
            return Evidence(
                "failed",
                _pages(failed, ask),
                tuple(rule.pattern for rule, a in waiting if a.missing),
                failed=failed,
                unfinished=going,
                open_suites=_more_may_start([rule for rule, _ in waiting], rules, ask),
                at=_latest(failed, ask.now),
                outdated_by_rerun=_concluded(rules, ask, names),
            )
        if waiting:
            return Evidence(
                "pending",
                tuple(_awaited(rule, ask) for rule, _ in waiting),
                tuple(rule.pattern for rule, a in waiting if a.missing),
                unfinished=going,
                open_suites=any(open_suites(place, rules, ask.own_app) for place in ask.places[:1]),
                wake_at=min((a.wake_at for _, a in waiting if a.wake_at), default=None),
                further=self.further,
                to_run=tuple(rule.pattern for rule, _ in waiting if not _rerunnable(rule, ask)),
            )
        passed = tuple(run for _, a in answers if isinstance(a, _Passed) for run in a.runs)
        return Evidence("passed", unfinished=going, at=_latest(passed, ask.now))


def weigh(rules: Sequence[CheckRule], ask: Ask) -> Weighed:
    """Answer *rules* one by one."""
    return Weighed(rules, ask, [(rule, _judge_rule(rule, rules, ask)) for rule in rules])


def judge(rules: Sequence[CheckRule], ask: Ask) -> Evidence:
    """Weigh the evidence for *rules*."""
    return weigh(rules, ask).evidence()


def _judge_rule(rule: CheckRule, rules: Sequence[CheckRule], ask: Ask) -> _Answer:
    """The first place in which the rule's check says something, or is going to, decides."""
    places = [(place, matching(place, rule, ask.own_app)) for place in ask.places]
    if places and not places[0][1] and _may_start(places[0][0], rule, rules, ask.own_app):
        return _Open(missing=True)
    judged = _judge_glob if rule.is_glob else _judge_name
    for place, runs in places:
        answer = judged(runs, ask, place, rules) if runs else None
        if answer is not None:
            return answer
    return _Open(missing=not any(runs for _, runs in places), further=True)


def _judge_glob(
    runs: Sequence[CheckFact], ask: Ask, place: CommitChecks, rules: Sequence[CheckRule]
) -> _Answer | None:
    """
    Several checks: all concluded, their apps' suites finished, and the quiet time over.

    None: they say nothing, a later commit has the word.
    """
    apps = {r.app_id for r in runs}
    if any(goes_on(r, place) for r in runs) or any(
        suite.app_id in apps for suite in open_suites(place, rules, ask.own_app)
    ):
        return _Open()
    names = dict.fromkeys(r.name for r in runs)
    answers = [_by_name([r for r in runs if r.name == name], ask, place) for name in names]
    failed = tuple(run for a in answers if isinstance(a, _Failed) for run in a.runs)
    if not failed and None in answers:
        return None
    ends = (r.completed_at for r in runs if r.completed_at)
    quiet_until = (ask.pushed_at or min(ends, default=ask.now)) + ask.quiet
    if ask.now < quiet_until:
        return _Open(wake_at=quiet_until)
    if failed:
        return _Failed(failed)
    passed = [a for a in answers if isinstance(a, _Passed)]
    if len(passed) < len(answers):
        return _Open()
    return _Passed(tuple(run for a in passed for run in a.runs))


def _judge_name(
    runs: Sequence[CheckFact], ask: Ask, place: CommitChecks, _: Sequence[CheckRule]
) -> _Answer | None:
    return _by_name(runs, ask, place)


def _by_name(runs: Sequence[CheckFact], ask: Ask, place: CommitChecks) -> _Answer | None:
    """
    One name: each App's check runs apart, and statuses, whose ids are not of one sequence.

    A failure of any fails; while one is only running, the others are not enough. None: none of
    them says anything.
    """
    if len(runs) == 1:
        return _one_family(runs, ask, place)
    families: dict[tuple[bool, int], list[CheckFact]] = {}
    for run in runs:
        families.setdefault((bool(run.suite_id), run.app_id), []).append(run)
    answers = [_one_family(family, ask, place) for family in families.values()]
    if len(answers) == 1:
        return answers[0]
    for kind in (_Failed, _Open, _Passed):
        deciding = next((a for a in answers if isinstance(a, kind)), None)
        if deciding is not None:
            return deciding
    return None


def _one_family(runs: Sequence[CheckFact], ask: Ask, place: CommitChecks) -> _Answer | None:
    counting = [run for run in runs if run.id not in ask.reran]
    if not counting:
        return _Open()  # it was run again, and that has not begun
    told = say(counting, place, ask.own_app, runs)
    match told:
        case Told(passed, run):
            return _Passed((run,)) if passed else _Failed((run,))
        case None:
            return _Open() if any(run.conclusion is None for run in counting) else None


def _may_start(
    place: CommitChecks, rule: CheckRule, rules: Sequence[CheckRule], own_app: int
) -> bool:
    """A suite that is going on may still start a check of that name."""
    suites = open_suites(place, rules, own_app)
    return any(rule.app is None or suite.app == rule.app for suite in suites)


def _more_may_start(waiting: Sequence[CheckRule], rules: Sequence[CheckRule], ask: Ask) -> bool:
    """Something of the undecided rules *waiting* may still start, on whichever commit counts."""
    return any(
        _may_start(place, rule, rules, ask.own_app) for place in ask.places for rule in waiting
    )


def _rerunnable(rule: CheckRule, ask: Ask) -> bool:
    """There is a check run of it, or something of it goes on."""
    return any(
        run.suite_id or goes_on(run, place)
        for place in ask.places
        for run in matching(place, rule, ask.own_app)
    )


def _concluded(rules: Sequence[CheckRule], ask: Ask, names: Collection[str]) -> tuple[int, ...]:
    """The ids of all concluded runs of *names*: what a re-run makes outdated."""
    return tuple(
        dict.fromkeys(
            run.id
            for place in ask.places
            for rule in rules
            for run in matching(place, rule, ask.own_app)
            if run.name in names and run.conclusion is not None
        )
    )


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
    going = (run for place in ask.places for run in unfinished(place, rule, ask.own_app))
    return Subject(rule.pattern, next((run.url for run in going if run.url), ""))


def _latest(runs: Sequence[CheckFact], now: datetime) -> datetime:
    return max((r.completed_at for r in runs if r.completed_at), default=now)
