"""Checks of a commit as facts, and what is asked of their judge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.core.evidence.judge import Ask, judge
from app.core.model.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model.pipeline import CheckRule

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE, LATER = "1" * 40, "2" * 40
OWN, CI = 7, 15368


def run(name="e2e", conclusion="success", *, number=1, ago=10, suite=1, app="ci", app_id=CI):
    status = "completed" if conclusion else "in_progress"
    at = NOW - timedelta(minutes=ago) if conclusion else None
    return CheckFact(number, name, status, conclusion, app, app_id, suite, at)


def suite(status="completed", *, number=1, app_id=CI, runs=None):
    return SuiteFact(number, "ci", app_id, status, runs=runs)


def of(*runs, suites=(), sha=HERE):
    return CommitChecks(sha, tuple(runs), tuple(suites))


def asked(*places, pushed_ago=10, reran=()):
    pushed = NOW - timedelta(minutes=pushed_ago)
    return Ask(places, OWN, pushed, NOW, timedelta(seconds=60), frozenset(reran))


def status(name="e2e", conclusion="success", **more):
    """A commit status: it belongs to no suite, and to no App where a person posted it."""
    return run(name, conclusion, suite=0, **{"app": "", "app_id": 0, **more})


def whole(rules, *places, **settings):
    return judge([CheckRule(rule) for rule in rules], asked(*places, **settings))
