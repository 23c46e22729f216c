"""Histories of workflows that are started, right ones beside wrong ones (rules V25 to V29)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.names import GroupName
from app.core.model.started_runs import StartedRun
from tests.oracle import judge, started
from tests.oracle.histories import NOON, line, moment, plan, request, row, run
from tests.oracle.started import Began, Request

E2E: dict[str, object] = {
    "path": "e2e",
    "steps": [{"uses": "copy", "with": {"from": "apps", "to": "web"}}],
    "verify": {"workflow": "e2e.yml"},
    "lock": "e2e",
}
FILE = plan({"e2e": E2E, "other": {**E2E, "path": "other"}})
SHORT = plan({"e2e": {**E2E, "timeout-minutes": 20}})
BEGINS = StartedRun("e2e.yml", begun_at=NOON)
VERIFYING = row("e2e", "b", "c", state="verifying", started=BEGINS)
HELD = replace(request("e2e", "b"), tokens={GroupName("e2e"): 7})
ASKED = Request(
    "e2e.yml",
    "main",
    {"stage": "e2e", "freight": "web@b", "promotion": "e2e-b", "fence": "e2e=7"},
    ("stage", "freight", "promotion", "fence"),
)


def began(of: str = "e2e-b", *ends: str | None, number: int = 1, head: str = "c", **more) -> Began:
    """A run of *of*, with those attempts; without any it passed."""
    jobs = tuple(run(number * 10 + n, "e2e.yml", end) for n, end in enumerate(ends or ("success",)))
    fields = {"over": bool(jobs) and jobs[-1].conclusion is not None, **more}
    return Began(number, of, "e2e.yml", head, jobs, **fields)


GOES_ON = began("e2e-b", None)


def there(*runs: Began, file=FILE, **more):
    fields = {"rows": [VERIFYING], "requests": [HELD], **more}
    return moment(file, line("abcd"), started=runs, **fields)


# --- what verifies a stage ---


def verified(*runs: Began, file=FILE, **more) -> list[str]:
    done = row("e2e", "b", "c", started=BEGINS)
    return judge.verified(there(*runs, file=file, rows=[done], **more), done)


def test_a_stage_is_verified_by_a_run_that_was_started_for_it():
    assert verified(began()) == []


@pytest.mark.parametrize(
    "runs", [(), (began("other-b"),), (GOES_ON,), (began("e2e-b", "failure"),), (began("e2e-b", "cancelled"),)]
)  # fmt: skip
def test_and_not_without_one_nor_by_that_of_another_promotion(runs):
    """rule V27"""
    assert [words[:3] for words in verified(*runs)] == ["V1:"]


def test_nor_by_one_on_other_content():
    """rule V28"""
    stray = began(head="d")
    assert verified(stray) == []
    assert [words[:3] for words in verified(stray, content={"d": "other"})] == ["V1:"]


def test_nor_by_an_older_one_than_the_newest_that_was_started_for_it():
    """rule V29"""
    older, newer = began(number=1), began("e2e-b", "failure", number=2)
    assert [words[:3] for words in verified(older, newer)] == ["V1:"]
    assert verified(newer, replace(older, id=3)) == []


def test_content_that_was_there_already_is_verified_by_any_run_on_it():
    """rule V21"""
    done = row("e2e", "b", "c", in_sync=True)
    assert judge.verified(there(began("e2e-a"), rows=[done]), done) == []
    other = there(began("e2e-a", head="a"), rows=[done], content={"a": "other"})
    assert judge.verified(other, done) != []


def test_checks_may_stand_beside_it_and_both_must_pass():
    """rule V25"""
    both = plan({"e2e": {**E2E, "verify": {"workflow": "e2e.yml", "checks": ["unit"]}}})
    assert verified(began(), file=both, runs={"c": [run(5, "unit")]}) == []
    assert verified(began(), file=both, runs={"c": [run(5, "unit", "failure")]}) != []
    assert verified(GOES_ON, file=both, runs={"c": [run(5, "unit")]}) != []


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (("success",), {"pass"}),
        (("skipped",), {"pass"}),
        (("failure",), {"fail"}),
        (("cancelled",), {"open"}),
        ((None,), {"open"}),
        (("failure", "success"), {"pass"}),
        (("success", "failure"), {"fail"}),
        (("failure", None), {"fail", "open"}),
        (("success", "cancelled"), {"pass", "open"}),
    ],
)
def test_the_newest_attempt_that_says_something_decides(ends, said):
    """rules V7, V12"""
    assert began("e2e-b", *ends).answers() == said


def test_what_was_deleted_may_say_nothing_any_more():
    assert began(gone=True).answers() == {"pass", "open"}


# --- when one may be asked for ---


def test_it_is_known_whose_run_is_asked_for_by_what_was_stored_before():
    """rule V27"""
    assert started.asker(there(), ASKED) == (VERIFYING, [])
    unsaid = row("e2e", "b", "c", state="verifying")
    [wrong] = started.asker(there(rows=[unsaid]), ASKED)[1]
    assert wrong.startswith("V27")


def test_one_is_sought_at_a_time():
    """rule V27"""
    beside = row("other", "b", "c", state="verifying", started=BEGINS)
    [wrong] = started.asker(there(rows=[VERIFYING, beside]), ASKED)[1]
    assert wrong.startswith("V27")
    found = replace(beside, started=replace(BEGINS, run=4))
    assert started.asker(there(rows=[VERIFYING, found]), ASKED)[1] == []


def test_it_is_asked_for_after_the_landing_under_the_grant_with_its_inputs():
    """rule V26"""
    assert started.asked(there(), VERIFYING, ASKED) == []
    before = replace(VERIFYING, landed=None, state="writing")
    assert started.asked(there(rows=[before]), before, ASKED)[0].startswith("V26")
    assert started.asked(there(requests=[]), VERIFYING, ASKED)[0].startswith("V26")
    for name, value in (("fence", "e2e=6"), ("promotion", "x"), ("permit", "e2e=blue")):
        wrong = replace(ASKED, inputs={**ASKED.inputs, name: value})
        assert started.asked(there(), VERIFYING, wrong)[0].startswith("V26"), name


def test_no_other_is_asked_for_while_one_goes_on():
    """rule V27"""
    assert started.asked(there(GOES_ON), VERIFYING, ASKED)[0].startswith("V27")
    assert started.asked(there(began("e2e-b", "cancelled")), VERIFYING, ASKED) == []


def test_none_begins_beside_one_whose_grant_was_given_back():
    """rule I1"""
    mine, other = began(number=2), began("other-b", None)
    held = request("other", "b", number=2)
    for requests, wrong in (([HELD, held], 0), ([HELD, replace(held, state="released")], 1)):
        found = started.beside_others(
            there(other, requests=requests), mine, ("e2e",), {1: ("e2e",)}
        )
        assert len(found) == wrong, requests
    freed = replace(held, state="forced", ended_by="max")
    assert (
        started.beside_others(there(other, requests=[freed]), mine, ("e2e",), {1: ("e2e",)}) == []
    )


def test_no_stage_is_let_in_while_a_run_of_another_goes_on():
    """rules I1, V28"""
    late = row("other", "b", "c", state="failed", started=BEGINS)
    going, told = began("other-b", None), frozenset({10})
    assert judge.granted(there(going, rows=[late, VERIFYING]), HELD, told)[0].startswith("I1")
    over = began("other-b", "failure")
    assert judge.granted(there(over, rows=[late, VERIFYING]), HELD, told) == []


# --- what must come of it ---


def test_what_timed_out_or_ran_elsewhere_is_cancelled():
    """rule V28"""
    late = replace(VERIFYING, state="failed", reason="check-unfinished")
    stray = replace(VERIFYING, started=replace(BEGINS, strays=(1,)))
    for one in (late, stray):
        assert [key for key, _ in started.owing(there(GOES_ON, rows=[one]))] == ["uncancelled 1"]
        told = replace(GOES_ON, told_to_end=True)
        assert list(started.owing(there(told, rows=[one]))) == []
    assert list(started.owing(there(GOES_ON))) == []
