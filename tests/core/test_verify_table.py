"""The whole table of verification: conclusions, re-runs, suites, order, statuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.evidence.judge import Ask, judge
from app.core.model.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model.names import Sha
from app.core.model.pipeline import CheckRule
from tests.core.reference_verify import verdict

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CI = 15368
CONCLUSIONS = (None, "success", "neutral", "failure", "cancelled", "stale", "skipped")
EVERY = (*CONCLUSIONS, "timed_out", "action_required", "startup_failure")


def fact(number, name, suite, conclusion, minutes=0):
    done = NOW - timedelta(minutes=minutes) if conclusion else None
    status = "completed" if conclusion else "in_progress"
    app = ("github-actions", CI) if suite else ("", 0)
    return CheckFact(number, name, status, conclusion, *app, suite, done)


def place(runs, unfinished_suites=(), clock=None, sha="1" * 40):
    clock = clock or [0] * len(runs)
    facts = tuple(
        fact(number, name, suite, conclusion, minutes)
        for number, ((name, suite, conclusion), minutes) in enumerate(
            zip(runs, clock, strict=True), start=1
        )
    )
    suites = sorted({suite for _, suite, _ in runs if suite} | set(unfinished_suites))
    return CommitChecks(
        sha,
        facts,
        tuple(
            SuiteFact(
                s, "github-actions", CI, "in_progress" if s in unfinished_suites else "completed"
            )
            for s in suites
        ),
    )


def ask(*places):
    return Ask(places, 7, NOW - timedelta(hours=2), NOW, timedelta(seconds=60))


def judged(runs, unfinished_suites=(), clock=None):
    found = judge([CheckRule("e2e")], ask(place(runs, unfinished_suites, clock)))
    if found.outcome != "pending":
        return found.outcome
    if found.missing:
        return "absent"
    return "silent" if found.further else "running"


def test_every_history_of_two_checks_in_one_suite_is_judged_as_the_contract_says():
    """build and e2e, two attempts each, in both orders, the suite over or not."""
    orders = (
        ("build", "e2e", "build", "e2e"),
        ("build", "e2e", "e2e", "build"),
        ("e2e", "build", "build", "e2e"),
        ("e2e", "build", "e2e", "build"),
    )
    for names, conclusions in product(orders, product(CONCLUSIONS, repeat=4)):
        runs = [(name, 1, c) for name, c in zip(names, conclusions, strict=True)]
        for unfinished in ((), (1,)):
            assert judged(runs, unfinished) == verdict(runs, unfinished_suites=unfinished), runs


def test_every_pair_of_conclusions_is_judged_as_the_contract_says():
    for names in (("build", "e2e"), ("e2e", "build"), ("e2e", "e2e")):
        for suites, pair in product(product((1, 2), repeat=2), product(EVERY, repeat=2)):
            runs = [(n, s, c) for n, s, c in zip(names, suites, pair, strict=True)]
            assert judged(runs) == verdict(runs), runs


RUN = st.tuples(
    st.sampled_from(("build", "lint", "e2e")), st.integers(1, 3), st.sampled_from(EVERY)
)


@settings(max_examples=500)
@given(st.lists(RUN, max_size=9), st.sets(st.integers(1, 3)), st.data())
def test_any_history_is_judged_as_the_contract_says_whatever_the_clocks_say(runs, open_ones, data):
    clock = data.draw(st.lists(st.integers(0, 50), min_size=len(runs), max_size=len(runs)))
    assert judged(runs, tuple(open_ones), clock) == verdict(
        runs, unfinished_suites=tuple(open_ones)
    )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["success"], "passed"),
        (["failure"], "failed"),
        ([None], "running"),
        (["failure", None], "failed"),
        (["success", None], "passed"),
        (["failure", "success"], "passed"),
        (["success", "failure"], "failed"),
    ],
)
def test_a_status_goes_by_its_newest_state_that_says_something(states, expected):
    assert judged([("e2e", 0, state) for state in states]) == expected


def test_a_status_and_a_check_of_one_name_must_both_bear_it_out():
    """Their ids are of two sequences: which is newer nobody can tell."""
    for status, run in product((None, "success", "failure"), repeat=2):
        both = {status, run}
        expected = "failed" if "failure" in both else "running" if None in both else "passed"
        assert judged([("e2e", 0, status), ("e2e", 1, run)]) == expected
        assert judged([("e2e", 1, run), ("e2e", 0, status)]) == expected


def test_a_cancelled_match_leaves_a_glob_to_a_later_commit():
    here = place([("e2e a", 1, "success"), ("e2e b", 1, "cancelled")])
    later = place([("e2e a", 1, "success"), ("e2e b", 1, "success")], sha="2" * 40)
    rules = [CheckRule("e2e *")]
    assert judge(rules, ask(here)).outcome == "pending"
    assert judge(rules, ask(here)).further == ("e2e *",)
    assert judge(rules, ask(here, later)).outcome == "passed"


def test_only_what_says_nothing_here_is_left_to_later_commits():
    for conclusion in EVERY:
        found = judge([CheckRule("e2e")], ask(place([("e2e", 1, conclusion)])))
        assert bool(found.further) == (conclusion in ("cancelled", "stale"))
    assert judge([CheckRule("e2e")], ask(place([]))).further == ("e2e",)


def test_a_suite_that_goes_on_may_still_start_it_here():
    """The landed commit was its push's head: it decides, and nothing later."""
    here = place([("build", 1, None)], unfinished_suites=(1,))
    later = place([("e2e", 2, "success")], sha="2" * 40)
    found = judge([CheckRule("e2e")], ask(here, later))
    assert (found.outcome, found.missing, found.started) == ("pending", ("e2e",), True)


@pytest.mark.parametrize(
    ("app", "pinned", "counts"),
    [("github-actions", None, True), ("other", None, False), ("other", "other", True)],
)
def test_an_empty_suite_counts_only_of_actions_and_of_apps_that_are_named(app, pinned, counts):
    empty = CommitChecks(Sha("1" * 40), (), (SuiteFact(1, app, 99, "queued", runs=0),))
    assert judge([CheckRule("e2e", pinned)], ask(empty)).started is counts
