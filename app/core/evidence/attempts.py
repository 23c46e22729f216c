"""
What all attempts of one check say together: the first one, its re-runs, and what ran beside them.

A re-run on GitHub is a new check run in the same suite, so attempts go by their ids, never by a
clock: https://docs.github.com/en/rest/checks/suites
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.model.facts import CheckFact, CommitChecks

PASSES = frozenset({"success", "neutral"})
SAYS_NOTHING = frozenset({"cancelled", "stale"})
SKIPPED = "skipped"


class Told(NamedTuple):
    """The answer, and the run that gives it."""

    passed: bool
    run: CheckFact


def say(
    counting: Sequence[CheckFact], place: CommitChecks, own_app: int, every: Sequence[CheckFact]
) -> Told | None:
    """
    The newest conclusion of *counting*, runs of one name, that says something; None: none does.

    *every* are all attempts of that name, those too that no longer count: a skipped one undoes no
    failure before it.
    """
    for run in sorted(counting, key=_id, reverse=True):
        if run.conclusion is None or run.conclusion in SAYS_NOTHING:
            continue
        if run.conclusion != SKIPPED:
            return Told(run.conclusion in PASSES, run)
        failed = _standing_failure(other for other in every if other.id < run.id)
        if failed is not None:
            return Told(False, failed if failed in counting else run)
        passed = _skipped(run, place, own_app)
        if passed is not None:
            return Told(passed, run)
    return None


def at_rest(place: CommitChecks, own_app: int, actions: str = "github-actions") -> bool:
    """
    Nothing goes on there: every run has concluded, every suite that has runs is over.

    An empty suite is another App's that never writes there, but for GitHub Actions'.
    """
    populated = {run.suite_id for run in place.runs}
    theirs = [run for run in place.runs if run.app_id != own_app or not run.suite_id]
    newest = {(r.suite_id, r.name, r.app): r for r in sorted(theirs, key=_id)}
    return all(run.conclusion is not None for run in newest.values()) and not any(
        suite.status != "completed"
        and suite.app_id != own_app
        and (suite.runs or suite.id in populated or suite.app == actions)
        for suite in place.suites
    )


def _skipped(run: CheckFact, place: CommitChecks, own_app: int) -> bool | None:
    """
    What a skipped *run* says by what ran beside it in its suite; None: nothing.

    `needs: build` skips what follows a build that failed or was cancelled. While the suite goes on,
    that build's passing re-run does not yet speak for what was skipped: the re-run of that follows.
    """
    beside: dict[str, list[CheckFact]] = defaultdict(list)
    goes_on = _goes_on(place, run.suite_id)
    for other in place.runs:
        if other.suite_id != run.suite_id or other.name == run.name or other.app_id == own_app:
            continue
        if other.conclusion is None or (goes_on and other.id > run.id and _mends(other)):
            continue
        beside[other.name].append(other)
    if any(_standing_failure(attempts) for attempts in beside.values()):
        return False
    newest = (max(attempts, key=_id) for attempts in beside.values())
    return None if any(other.conclusion in SAYS_NOTHING for other in newest) else True


def _standing_failure(attempts: Iterable[CheckFact]) -> CheckFact | None:
    """The failure that no later attempt has undone: only one that passes does."""
    weighty = [a for a in attempts if a.conclusion and not _light(a)]
    newest = max(weighty, key=_id, default=None)
    return newest if newest is not None and newest.conclusion not in PASSES else None


def _goes_on(place: CommitChecks, suite_id: int) -> bool:
    suites = (s for s in place.suites if s.id == suite_id)
    runs = (r for r in place.runs if r.suite_id == suite_id)
    return any(s.status != "completed" for s in suites) or any(r.conclusion is None for r in runs)


def _mends(run: CheckFact) -> bool:
    return run.conclusion in PASSES or run.conclusion == SKIPPED


def _light(run: CheckFact) -> bool:
    return run.conclusion == SKIPPED or run.conclusion in SAYS_NOTHING


def _id(run: CheckFact) -> int:
    return run.id
