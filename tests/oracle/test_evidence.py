"""Readings of check runs, by hand: what the oracle allows and what it does not."""

import pytest

from tests.oracle.evidence import Place, Seen, allowed
from tests.oracle.histories import run

BOTH = {"pass", "fail"}


@pytest.mark.parametrize(
    ("conclusion", "said"),
    [
        ("success", {"pass"}),
        ("neutral", {"pass"}),
        ("skipped", {"pass"}),
        ("failure", {"fail"}),
        ("timed_out", {"fail"}),
        ("action_required", {"fail"}),
        ("startup_failure", {"fail"}),
        ("cancelled", {"open"}),
        ("stale", {"open"}),
        (None, {"open"}),
    ],
)
def test_a_conclusion_says_one_thing(conclusion, said):
    """rule V7"""
    assert allowed([Place((run(1, "e2e", conclusion),))], ["e2e"]) == said


def at(*runs: Seen, quiet: bool = True) -> Place:
    return Place(runs, quiet)


def test_skipped_is_judged_by_its_suite():
    """rule V8, rule V9, rule V10"""
    skipped = run(9, "e2e", "skipped")
    assert allowed([at(run(1, "unit"), skipped)], ["e2e"]) == {"pass"}
    assert allowed([at(run(1, "unit", None), skipped)], ["e2e"]) == {"pass"}
    assert allowed([at(run(1, "unit", "failure"), skipped)], ["e2e"]) == {"fail"}
    assert allowed([at(run(1, "unit", "cancelled"), skipped)], ["e2e"]) == {"open"}
    for again in (None, "cancelled", "stale", "skipped"):
        rerun = run(2, "unit", again, minute=1)
        assert allowed([at(run(1, "unit", "failure"), rerun, skipped)], ["e2e"]) == {"fail"}
    passed = run(2, "unit", minute=1)
    assert allowed([at(run(1, "unit", "failure"), passed, skipped)], ["e2e"]) == {"pass"}
    other = Seen(1, "unit", 2, "failure", run(1, "unit").at)
    assert allowed([at(other, skipped)], ["e2e"]) == {"pass"}


def test_the_newest_conclusion_that_says_something_decides():
    """rule V11, rule V12"""
    failed = run(1, "e2e", "failure")
    assert allowed([at(failed, run(2, "e2e", None))], ["e2e"]) == {"fail"}
    assert allowed([at(failed, run(2, "e2e", "cancelled", 1))], ["e2e"]) == {"fail"}
    assert allowed([at(failed, run(2, "e2e", "success", 1))], ["e2e"]) == {"pass"}
    late = run(1, "e2e", "failure", minute=5)
    assert allowed([at(late, run(2, "e2e", "success", 1))], ["e2e"]) == BOTH


def test_a_later_commit_counts_only_where_nothing_was_said():
    """rule V2"""
    later = at(run(5, "e2e", "success", 2))
    assert allowed([at(), later], ["e2e"]) == {"pass"}
    assert allowed([at(run(1, "e2e", "cancelled")), later], ["e2e"]) == {"pass"}
    assert allowed([at(run(1, "e2e", None)), later], ["e2e"]) == {"open"}
    assert allowed([at(run(1, "e2e", "failure")), later], ["e2e"]) == {"fail"}


def test_a_glob_waits_for_all_that_match_and_for_the_quiet_time():
    """rule V13"""
    both = (run(1, "e2e-a"), run(2, "e2e-b"))
    assert allowed([at(*both)], ["e2e*"]) == {"pass"}
    assert allowed([at(*both, quiet=False)], ["e2e*"]) == {"open"}
    assert allowed([at(*both, run(3, "other", None))], ["e2e*"]) == {"open"}
    assert allowed([at(run(1, "e2e-a"), run(2, "e2e-b", "failure"))], ["e2e*"]) == {"fail"}
    assert allowed([at(run(1, "unit"))], ["e2e*"]) == {"open"}


def test_what_was_run_again_may_count_or_not():
    """rule V23"""
    failed = run(1, "e2e", "failure")
    assert allowed([at(failed, run(2, "e2e", None))], ["e2e"], [1]) == {"fail", "open"}
