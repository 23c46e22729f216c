"""What checks on a content say: the rules of verification, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.evidence.judge import judge
from app.core.model.pipeline import CheckRule
from tests.core.judging import LATER, NOW, OWN, asked, of, run, suite


def outcome(pattern, *places, app=None, **settings):
    return judge([CheckRule(pattern, app)], asked(*places, **settings)).outcome


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("success", "passed"),
        ("neutral", "passed"),
        ("skipped", "passed"),
        ("failure", "failed"),
        ("timed_out", "failed"),
        ("action_required", "failed"),
        ("startup_failure", "failed"),
        ("cancelled", "pending"),
        ("stale", "pending"),
        (None, "pending"),
    ],
)
def test_each_conclusion_says_one_thing(conclusion, expected):
    assert outcome("e2e", of(run(conclusion=conclusion))) == expected


def test_without_rules_everything_is_verified():
    assert judge([], asked(of())).outcome == "passed"


def test_skipped_behind_a_failed_check_of_its_suite_is_no_evidence():
    """`needs: build` skips what follows a failed build."""
    place = of(run("build", "failure", number=1), run("e2e", "skipped", number=2))
    assert outcome("e2e", place) == "failed"


def test_skipped_passes_if_only_another_suite_failed():
    place = of(run("lint", "failure", suite=2), run("e2e", "skipped", suite=1))
    assert outcome("e2e", place) == "passed"


def test_the_newest_conclusion_decides():
    first, second = (
        run(conclusion="failure", number=1, ago=9),
        run(conclusion="success", number=2, ago=3),
    )
    assert outcome("e2e", of(first, second)) == "passed"
    assert outcome("e2e", of(replace(first, conclusion="success"), second)) == "passed"
    assert (
        outcome("e2e", of(run(number=1, ago=9), run(conclusion="failure", number=2, ago=3)))
        == "failed"
    )


def test_an_unfinished_rerun_changes_nothing():
    assert outcome("e2e", of(run(conclusion="success"), run(conclusion=None, number=2))) == "passed"
    assert outcome("e2e", of(run(conclusion="failure"), run(conclusion=None, number=2))) == "failed"


def test_a_cancelled_rerun_changes_nothing():
    assert outcome("e2e", of(run(ago=9), run(conclusion="cancelled", number=2, ago=1))) == "passed"


def test_a_later_commit_counts_only_where_the_check_never_started_or_said_nothing():
    green = of(run(number=5), sha=LATER)
    red = of(run(conclusion="failure", number=5), sha=LATER)
    assert outcome("e2e", of(), green) == "passed"
    assert outcome("e2e", of(run(conclusion="cancelled")), green) == "passed"
    assert outcome("e2e", of(run(conclusion="stale")), red) == "failed"
    assert outcome("e2e", of(run()), red) == "passed"
    assert outcome("e2e", of(run(conclusion=None)), green) == "pending"


def test_our_own_runs_never_count():
    ours = run("stagelock / e2e", "failure", app_id=OWN, app="stagelock")
    assert outcome("*", of(ours, run())) == "passed"
    assert outcome("stagelock / e2e", of(ours)) == "pending"


def test_a_pinned_app_is_the_only_writer_believed():
    forged = run(app="someone", app_id=99)
    assert outcome("e2e", of(forged), app="github-actions") == "pending"
    assert outcome("e2e", of(replace(forged, app="github-actions")), app="github-actions") == (
        "passed"
    )


def test_a_commit_status_counts_like_a_check():
    assert outcome("ci/e2e", of(run("ci/e2e", suite=0, app="ann", app_id=0))) == "passed"


class TestGlobs:
    def test_nothing_matched_is_undecided(self):
        found = judge([CheckRule("e2e *")], asked(of(run("build"))))
        assert (found.outcome, found.missing) == ("pending", ("e2e *",))

    def test_all_matches_must_have_concluded(self):
        assert outcome("e2e *", of(run("e2e a"), run("e2e b", None, number=2))) == "pending"
        assert outcome("e2e *", of(run("e2e a"), run("e2e b", number=2))) == "passed"

    def test_one_failed_match_fails(self):
        assert outcome("e2e *", of(run("e2e a", "failure"), run("e2e b", number=2))) == "failed"

    def test_an_unfinished_suite_of_those_apps_may_still_start_one(self):
        place = of(run("e2e a"), suites=[suite("in_progress")])
        assert outcome("e2e *", place) == "pending"

    def test_an_empty_suite_of_another_app_holds_nothing_up(self):
        """GitHub makes a queued suite for every App with the permission; it never finishes."""
        place = of(run("e2e a"), suites=[suite(), suite("queued", number=2, app_id=99, runs=0)])
        assert outcome("e2e *", place) == "passed"

    def test_the_quiet_time_after_the_push_is_waited_for_exactly(self):
        ask = asked(of(run("e2e a", ago=0)))._replace(pushed_at=NOW - timedelta(seconds=59))
        found = judge([CheckRule("e2e *")], ask)
        assert (found.outcome, found.wake_at) == ("pending", NOW + timedelta(seconds=1))
        later = ask._replace(now=NOW + timedelta(seconds=1))
        assert judge([CheckRule("e2e *")], later).outcome == "passed"


def test_all_rules_must_pass_and_one_failure_is_enough():
    rules = [CheckRule("build"), CheckRule("e2e")]
    assert judge(rules, asked(of(run("build")))).names == ("e2e",)
    assert judge(rules, asked(of(run("build", "failure")))).outcome == "failed"
    assert judge(rules, asked(of(run("build"), run("e2e", number=2)))).outcome == "passed"


def test_what_was_run_again_no_longer_counts():
    old = of(run(conclusion="failure", ago=5))
    assert outcome("e2e", old, reran=[1]) == "pending"
    again = of(run(conclusion="failure", ago=5), run(number=2, ago=0))
    assert outcome("e2e", again, reran=[1]) == "passed"


def test_a_rerun_makes_every_conclusion_of_what_failed_outdated_and_nothing_else():
    """After a second failure the first one must not decide again; what passed still counts."""
    place = of(
        run("build", number=1),
        run(conclusion="failure", number=2),
        run(conclusion="failure", number=3),
    )
    found = judge([CheckRule("build"), CheckRule("e2e")], asked(place))
    assert found.outdated_by_rerun == (2, 3)


def test_a_skipped_check_passes_once_what_failed_beside_it_was_run_again():
    place = of(
        run("build", "failure", number=1),
        run("e2e", "skipped", number=2),
        run("build", number=3),
        run("e2e", "skipped", number=4),
    )
    assert outcome("e2e", place) == "passed"


def test_it_is_told_apart_whether_something_may_still_start():
    found = judge([CheckRule("e2e")], asked(of()))
    assert (found.started, found.missing) == (False, ("e2e",))
    assert judge([CheckRule("e2e")], asked(of(run(conclusion=None)))).started
    open_suite = of(run("build"), suites=[suite("in_progress")])
    assert judge([CheckRule("e2e")], asked(open_suite)).started


def test_evidence_is_as_old_as_its_last_conclusion():
    rules = [CheckRule("a"), CheckRule("b")]
    found = judge(rules, asked(of(run("a", ago=7), run("b", ago=3, number=2))))
    assert found.at == NOW - timedelta(minutes=3)
