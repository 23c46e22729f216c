"""What may end a promotion, in histories made by hand."""

from dataclasses import replace

import pytest

from tests.oracle.endings import Closed, Past, closed, ended
from tests.oracle.histories import NOON, line, moment, plan, row, run

STAGES = {
    "dev": {"path": "stages/dev", "verify": {"checks": ["e2e"]}},
    "prod": {"path": "stages/prod", "needs": ["dev"]},
}
FILE, WITHOUT = plan(STAGES), plan({"dev": STAGES["dev"]})
DEV, GREEN = row("dev", "b", "c"), {"c": [run(1, "e2e")]}
RED = {"c": [run(1, "e2e"), run(2, "e2e", "failure", minute=5)]}
PERSON, OURS = Closed("bob", False, "main"), Closed("stagelock[bot]", False, "main")
ELSEWHERE, HERE = Closed("bob", True, "release"), Closed("bob", True, "main")


def cancelled(reason):
    return replace(row("prod", "b"), state="cancelled", reason=reason, ended_at=NOON)


def wrong(reason, *, runs=GREEN, left=(), files=(FILE,), pull=None):
    now = moment(FILE, line("abcdefg"), rows=[DEV, cancelled(reason)], runs=runs)
    past = Past(lambda sha: sha in left, files)
    return [words.split(":")[0] for words in ended(now, cancelled(reason), past, pull)]


@pytest.mark.parametrize(("runs", "words"), [(RED, []), (GREEN, ["U7"])])
def test_what_failed_above_a_stage_that_writes_nothing_is_a_cause_below_it(runs, words):
    """rules U7, V16"""
    between = plan(
        {
            **STAGES,
            "passed": {"needs": ["dev"]},
            "prod": {"path": "stages/prod", "needs": ["passed"]},
        }
    )
    gone = cancelled("upstream-revoked")
    now = moment(between, line("abcdefg"), rows=[DEV, gone], runs=runs)
    found = ended(now, gone, Past(lambda _sha: False, (between,)), None)
    assert [said.split(":")[0] for said in found] == words


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("withdrawn", {"left": ("b",)}),
        ("upstream-revoked", {"runs": RED}),
        ("upstream-revoked", {"left": ("c",)}),
        ("upstream-revoked", {"files": (FILE, WITHOUT)}),
        ("stage-removed", {"files": (FILE, WITHOUT)}),
        ("pull-closed", {"pull": PERSON}),
        ("merged-elsewhere", {"pull": ELSEWHERE}),
    ],
)
def test_a_promotion_is_cancelled_for_a_cause(reason, cause):
    """rule U7"""
    assert wrong(reason, **cause) == []


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("withdrawn", {"runs": RED}),
        ("upstream-revoked", {}),
        ("stage-removed", {}),
        ("pull-closed", {}),
        ("pull-closed", {"pull": OURS}),
        ("merged-elsewhere", {"pull": HERE}),
        ("queue", {}),
    ],
)
def test_no_promotion_is_cancelled_without_one(reason, cause):
    """rule U7"""
    assert wrong(reason, **cause) == ["U7"]


@pytest.mark.parametrize(
    ("state", "minute", "runs", "found"),
    [
        ("failed", 60, {}, []),
        ("failed", 60, {"d": [run(1, "e2e", None)]}, []),
        ("failed", 59, {}, ["U7"]),
        ("verifying", 60, {}, ["U7"]),
        ("failed", 60, {"d": [run(1, "e2e")]}, ["U7"]),
    ],
)
def test_another_attempt_upstream_takes_back_when_its_time_is_over(state, minute, runs, found):
    """rules U7, V18, V19: `e2e` passed at the first one, and has not in the hour of the second."""
    again = replace(row("dev", "b", "d", state=state), verified_at=None)
    gone = cancelled("upstream-revoked")
    rows, lines = [DEV, again, gone], line("abcdefg")
    now = moment(FILE, lines, rows=rows, runs={**GREEN, **runs}, minute=minute)
    wrong = ended(now, gone, Past(lambda _: False, (FILE,)), None)
    assert [words.split(":")[0] for words in wrong] == found


def test_an_attempt_whose_time_was_over_takes_nothing_back_after_one_that_passed():
    """rule U7: the newest one has the word."""
    late, gone = row("dev", "b", "c", state="failed"), cancelled("upstream-revoked")
    passed = row("dev", "b", "d")
    now = moment(
        FILE, line("abcdefg"), rows=[late, passed, gone], runs={"d": [run(1, "e2e")]}, minute=60
    )
    assert ended(now, gone, Past(lambda _: False, (FILE,)), None) != []


def test_what_goes_on_or_is_taken_over_keeps_its_pull_request():
    """rule U7"""
    fine = [replace(row("prod", "b"), state=state) for state in ("cancelled", "failed", "verified")]
    wrong = [row("prod", "b"), replace(row("prod", "b"), state="superseded", reason="superseded")]

    assert [closed(one, 7, one) for one in fine] == [[], [], []]
    assert all(words.startswith("U7") for one in wrong for words in closed(one, 7, one))
    assert all(closed(one, 7, row("prod", "c")) for one in wrong)


def test_a_pull_request_may_be_closed_just_before_the_end_that_was_decided_is_stored():
    """rule U7: what follows its closing met an error, and is done by the next look."""
    decided = replace(row("prod", "b"), state="in-review", reason="cancelled")
    assert closed(decided, 7, decided) == []
    assert closed(replace(decided, reason="in-review"), 7, decided) != []


def test_newer_freight_that_changes_nothing_leaves_a_pull_request_nothing_to_change():
    """rule P12: what it gives is what the stage holds already, and it took the place over."""
    taken_over = replace(row("prod", "b"), state="superseded", reason="superseded")
    newest = replace(row("prod", "c"), state="verified", in_sync=True)
    assert closed(taken_over, 7, newest) == []
