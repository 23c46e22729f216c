"""Which checks an entry of `checks` speaks of, and what of it goes on at one commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import lru_cache

from app.core.model.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model.pipeline import CheckRule

ACTIONS = "github-actions"
STALE = "stale"


def named(rule: CheckRule, name: str) -> bool:
    """Tell whether a check or a status of that name is one of *rule*'s."""
    if rule.pattern == name:  # a name may hold brackets: `test [linux]` names itself
        return True
    return rule.is_glob and _pattern(rule.pattern).match(name) is not None


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def matching(place: CommitChecks, rule: CheckRule, own_app: int) -> list[CheckFact]:
    """All attempts at *place* of what *rule* speaks of; an App's own runs never count."""
    return [run for run in place.runs if _speaks_of(rule, run, own_app)]


def _speaks_of(rule: CheckRule, run: CheckFact, own_app: int) -> bool:
    return (
        (run.app_id != own_app or run.suite_id == 0)
        and (rule.app is None or run.app == rule.app)
        and named(rule, run.name)
    )


def unfinished(place: CommitChecks, rule: CheckRule, own_app: int) -> Iterable[CheckFact]:
    """Those of `matching` that go on."""
    return (run for run in place.runs if goes_on(run, place) and _speaks_of(rule, run, own_app))


def running(rules: Sequence[CheckRule], place: CommitChecks, own_app: int) -> bool:
    """Tell whether a check that *rules* speak of has begun on *place* and not ended."""
    going = [run for run in place.runs if goes_on(run, place)]
    return any(_speaks_of(rule, run, own_app) for run in going for rule in rules)


def goes_on(run: CheckFact, place: CommitChecks) -> bool:
    """
    Tell whether *run* has not ended.

    A status is unfinished only until its context says more: each replaces the one before.
    """
    if run.conclusion is not None:
        return False
    return bool(run.suite_id) or not any(
        other.id > run.id
        for other in place.runs
        if not other.suite_id and (other.name, other.app) == (run.name, run.app)
    )


def given_up(rules: Sequence[CheckRule], place: CommitChecks, own_app: int) -> bool:
    """
    Tell whether GitHub waits no longer for a check that *rules* speak of: what runs it may go on.

    A run without a conclusion for 14 days is `stale`; only a later attempt in its suite shows that
    it had ended: https://docs.github.com/en/rest/checks/runs
    """
    newest = {(run.name, run.suite_id): run for run in sorted(place.runs, key=lambda run: run.id)}
    return any(
        run.conclusion == STALE and _speaks_of(rule, run, own_app)
        for run in newest.values()
        for rule in rules
    )


def open_suites(place: CommitChecks, rules: Sequence[CheckRule], own_app: int) -> list[SuiteFact]:
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
        if suite.app_id != own_app
        and suite.status != "completed"
        and (suite.runs or suite.id in populated or suite.app in awaited)
    ]
