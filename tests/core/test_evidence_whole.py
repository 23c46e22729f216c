"""The whole answer of the evidence: about what, what failed, what goes on, what to run, since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.evidence.attempts import at_rest
from app.core.evidence.judge import Evidence, judge
from app.core.evidence.matching import running
from app.core.model.pipeline import CheckRule
from app.core.model.subjects import Subject
from tests.core.judging import CI, LATER, NOW, OWN, asked, of, run, status, suite, whole

PAGE = "https://ci.example/1"
ACTIONS = "github-actions"


def shown(name="e2e", conclusion="success", **more):
    return replace(run(name, conclusion, **more), url=PAGE)


def another(**more):
    return run(app="other", app_id=2, suite=2, **more)


def its_status(**more):
    return status(app="ci", app_id=CI, **more)


def at(minutes):
    return NOW - timedelta(minutes=minutes)


class TestPassed:
    @pytest.mark.parametrize("rule", ["e2e", "e2*"])
    def test_it_passed_when_the_last_that_was_awaited_ended(self, rule):
        place = of(run(ago=9), run("unit", number=2, ago=7))
        assert whole([rule, "unit"], place) == Evidence("passed", at=at(7))

    def test_without_rules_it_has_passed(self):
        assert whole([], of()) == Evidence("passed", at=NOW)

    def test_what_goes_on_beside_it_is_told(self):
        goes = run("e2e", None, number=2, suite=2)
        found = whole(["e2e"], of(run(ago=9), goes))
        assert (found.outcome, found.at, found.unfinished) == ("passed", at(9), (goes,))


class TestFailed:
    @pytest.mark.parametrize("rule", ["e2e", "e2*"])
    def test_it_names_what_failed_with_its_page_and_what_a_re_run_makes_outdated(self, rule):
        failed = shown(conclusion="failure", ago=8)
        place = of(failed, run("unit", number=2))
        assert whole([rule, "unit"], place) == Evidence(
            "failed",
            (Subject("e2e", PAGE),),
            failed=(failed,),
            at=at(8),
            outdated_by_rerun=(1,),
        )

    def test_every_concluded_attempt_of_it_is_outdated_by_a_re_run_and_no_other_check(self):
        place = of(
            run(number=1),
            run(conclusion="failure", number=2),
            run(conclusion=None, number=3, suite=2),
            run("unit", number=4),
        )
        assert whole(["e2e", "unit"], place).outdated_by_rerun == (1, 2)

    def test_of_two_apps_with_one_name_the_app_is_told(self):
        place = of(
            run(conclusion="failure", app="ci", app_id=1),
            run(conclusion="failure", number=2, suite=2, app="other", app_id=2),
        )
        assert whole(["e2*"], place).names == ("e2e by ci",)

    def test_one_failure_is_enough(self):
        place = of(run(conclusion=None), run("unit", "failure", number=2, suite=2))
        found = whole(["e2e", "unit"], place)
        assert (found.outcome, found.names) == ("failed", ("unit",))

    @pytest.mark.parametrize(
        ("awaited", "may_start"),
        [
            pytest.param("scan", True, id="nothing of it started"),
            pytest.param("lint", True, id="it was cancelled, and said nothing"),
            pytest.param("s*", True, id="something of that name is to come"),
            pytest.param("unit", False, id="it is decided"),
        ],
    )
    def test_a_suite_that_goes_on_may_start_what_is_not_decided_beside_a_failure(
        self, awaited, may_start
    ):
        place = of(
            run(conclusion="failure"),
            run("unit", number=2, suite=2),
            run("lint", "cancelled", number=3, suite=2),
            suites=(suite(), suite("in_progress", number=2)),
        )
        found = whole(["e2e", awaited], place)
        assert (found.outcome, found.open_suites) == ("failed", may_start)
        over = replace(place, suites=(suite(), suite(number=2)))
        assert not whole(["e2e", awaited], over).open_suites


class TestPending:
    def test_what_never_started_is_missing_and_to_be_run(self):
        assert whole(["e2e"], of()) == Evidence(
            "pending", (Subject("e2e", ""),), ("e2e",), further=("e2e",), to_run=("e2e",)
        )

    def test_what_goes_on_is_named_with_its_page(self):
        goes = shown(conclusion=None)
        assert whole(["e2e"], of(goes)) == Evidence(
            "pending", (Subject("e2e", PAGE),), unfinished=(goes,)
        )

    def test_what_a_suite_may_still_start_is_missing_but_no_later_commit_has_the_word(self):
        found = whole(["e2e"], of(suites=(suite("in_progress", runs=1),)))
        assert found == Evidence(
            "pending", (Subject("e2e", ""),), ("e2e",), open_suites=True, to_run=("e2e",)
        )
        assert found.started

    @pytest.mark.parametrize(
        ("attempt", "to_run"),
        [
            (None, ("e2e",)),
            (run(conclusion=None), ()),
            (run(conclusion="cancelled"), ()),
            (run(conclusion="stale"), ()),
            (status(conclusion=None), ()),
        ],
    )
    def test_only_what_github_cannot_run_again_is_for_a_person_to_run(self, attempt, to_run):
        assert whole(["e2e"], of(*([attempt] if attempt else []))).to_run == to_run

    @pytest.mark.parametrize("rule", ["e2e", "e2*"])
    def test_what_was_run_again_and_has_not_begun_is_awaited(self, rule):
        found = whole([rule], of(run(conclusion="failure")), reran=(1,))
        assert (found.outcome, found.failed, found.missing, found.further) == (
            "pending",
            (),
            (),
            (),
        )

    def test_a_glob_that_would_pass_says_until_when_it_is_quiet(self):
        found = whole(["e2*"], of(run(ago=0)), pushed_ago=0.5)
        assert (found.outcome, found.wake_at) == ("pending", NOW + timedelta(seconds=30))
        assert whole(["e2*"], of(run(ago=0)), pushed_ago=1).outcome == "passed"

    def test_a_status_is_pending_only_until_its_context_says_more(self):
        begun, ended = status("e2e a", None), status("e2e a", number=2)
        assert whole(["e2e *"], of(begun, ended)).outcome == "passed"
        again = status("e2e a", None, number=3)
        assert whole(["e2e *"], of(begun, ended, again)).outcome == "pending"

    def test_where_nobody_knows_the_push_the_first_conclusion_begins_the_quiet_time(self):
        def outcome(ago):
            place = of(run(ago=ago), run("e2f", number=2, ago=0))
            return judge([CheckRule("e2*")], asked(place)._replace(pushed_at=None)).outcome

        assert [outcome(0.5), outcome(1), outcome(2)] == ["pending", "passed", "passed"]

    def test_a_later_commit_speaks_only_where_this_one_says_nothing(self):
        says_nothing = of(run(conclusion="cancelled"))
        later = of(run(number=9, ago=3), sha=LATER)
        assert whole(["e2e"], says_nothing).further == ("e2e",)
        assert whole(["e2e"], says_nothing, later) == Evidence("passed", at=at(3))


class TestFamilies:
    """Ids of check runs and of statuses are not of one sequence, nor are two Apps' runs one check."""

    @pytest.mark.parametrize("other", [status, its_status, another])
    @pytest.mark.parametrize("numbers", [(1, 2), (2, 1)])
    def test_a_failure_of_any_fails(self, other, numbers):
        mine, theirs = numbers
        for conclusions in (("failure", "success"), ("success", "failure")):
            place = of(
                run(conclusion=conclusions[0], number=mine),
                other(conclusion=conclusions[1], number=theirs),
            )
            assert whole(["e2e"], place).outcome == "failed"

    @pytest.mark.parametrize("other", [status, its_status, another])
    def test_while_one_goes_on_the_other_is_not_enough(self, other):
        place = of(run(number=2), other(conclusion=None, number=1))
        assert whole(["e2e"], place).outcome == "pending"


@pytest.mark.parametrize(
    ("place", "goes_on"),
    [
        (of(), False),
        (of(run()), False),
        (of(run(conclusion=None)), True),
        (of(run(conclusion=None, app_id=OWN)), False),
        (of(run("lint", None)), False),
        (of(status(conclusion=None)), True),
        (of(status(conclusion=None), status(number=2)), False),
        (of(status(conclusion=None), status("lint", number=2)), True),
        (of(status(conclusion=None, number=2), status(number=1)), True),
    ],
)
def test_a_check_is_running_from_its_beginning_to_its_end(place, goes_on):
    assert running([CheckRule("e2e")], place, OWN) is goes_on


@pytest.mark.parametrize(
    ("place", "rests"),
    [
        (of(), True),
        (of(run()), True),
        (of(run(conclusion=None)), False),
        (of(run(conclusion=None, app_id=OWN)), True),
        (of(status(conclusion=None)), False),
        (of(status(conclusion=None), status(number=2)), True),
        (of(run(conclusion=None), run(number=2)), True),
        (of(run(), run(conclusion=None, number=2)), False),
        (of(run(), suites=(suite(),)), True),
        (of(run(), suites=(suite("in_progress"),)), False),
        (of(suites=(suite("queued", runs=1),)), False),
        (of(suites=(suite("queued", runs=0),)), True),
        (of(suites=(replace(suite("queued", runs=0), app=ACTIONS),)), False),
        (of(suites=(suite("queued", app_id=OWN, runs=1),)), True),
        (of(run(suite=2), suites=(suite("queued"),)), True),
    ],
)
def test_a_commit_is_at_rest_when_nothing_of_others_goes_on_there(place, rests):
    assert at_rest(place, OWN) is rests


@pytest.mark.parametrize(
    ("conclusion", "goes_on", "outcome"),
    [
        ("failure", False, "failed"),
        ("cancelled", False, "pending"),
        ("success", False, "passed"),
        ("skipped", False, "passed"),
        (None, True, "passed"),
    ],
)
def test_what_was_skipped_is_judged_by_what_ran_beside_it(conclusion, goes_on, outcome):
    place = of(
        run("build", conclusion, number=1),
        run("e2e", "skipped", number=2),
        suites=(suite("in_progress" if goes_on else "completed"),),
    )
    assert whole(["e2e"], place).outcome == outcome


@pytest.mark.parametrize(("state", "outcome"), [("in_progress", "failed"), ("completed", "passed")])
def test_a_mended_build_does_not_speak_for_what_was_skipped_while_its_suite_goes_on(state, outcome):
    place = of(
        run("build", "failure", number=1),
        run("e2e", "skipped", number=2),
        run("build", "success", number=3),
        suites=(suite(state),),
    )
    assert whole(["e2e"], place).outcome == outcome


def test_a_skipped_re_run_undoes_no_failure_and_the_failure_is_named():
    first = run(conclusion="failure", number=1, ago=8)
    found = whole(["e2e"], of(first, run(conclusion="skipped", number=2)))
    assert (found.outcome, found.failed, found.at) == ("failed", (first,), at(8))


def beside(*attempts, state="completed", **more):
    """e2e was skipped as the second run of its suite; *attempts*: (name, id, conclusion) beside it."""
    runs = [run(name, conclusion, number=number) for name, number, conclusion in attempts]
    place = of(*runs, run("e2e", "skipped", number=2), suites=(suite(state),))
    return whole(["e2e"], replace(place, **more)).outcome


@pytest.mark.parametrize(
    ("attempts", "state", "outcome"),
    [
        ([("build", 1, "success"), ("build", 3, "failure")], "in_progress", "failed"),
        ([("build", 1, "failure"), ("build", 3, "skipped")], "in_progress", "failed"),
        ([("build", 1, "failure"), ("build", 3, "success")], "completed", "passed"),
        ([("build", 1, "failure"), ("build", 3, "success"), ("x", 4, None)], "completed", "failed"),
    ],
)
def test_which_attempts_beside_it_speak_for_what_was_skipped(attempts, state, outcome):
    assert beside(*attempts, state=state) == outcome


def test_what_ran_in_another_suite_or_is_ours_says_nothing_of_what_was_skipped():
    skipped = run("e2e", "skipped", number=3)
    other = run("lint", "failure", number=1, suite=2)
    ours = run("stagelock / dev", "failure", number=2, app_id=OWN)
    failed = run("build", "failure", number=4)
    assert whole(["e2e"], of(other, ours, skipped)).outcome == "passed"
    assert whole(["e2e"], of(other, ours, skipped, failed)).outcome == "failed"


def test_a_run_that_goes_on_in_another_suite_keeps_a_mended_build_from_nothing():
    place = of(
        run("build", "failure", number=1),
        run("e2e", "skipped", number=2),
        run("build", "success", number=3),
        run("lint", None, number=4, suite=2),
    )
    assert whole(["e2e"], place).outcome == "passed"


def test_a_failure_that_was_run_again_is_no_more_named_than_counted():
    first, skipped = run(conclusion="failure"), run(conclusion="skipped", number=2)
    assert whole(["e2e"], of(first, skipped), reran=(1,)).failed == (skipped,)
