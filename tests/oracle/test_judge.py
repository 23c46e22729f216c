"""Wrong histories made by hand, each beside the right one: the oracle tells them apart."""

from dataclasses import replace
from functools import partial

import pytest

from app.core.model.names import GroupName
from tests.oracle import judge
from tests.oracle.histories import MINUTE, NOON, freight, line, moment, plan, request, row, run
from tests.oracle.shown import owing

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
FILE = plan(
    {
        "dev": {"path": "stages/dev", "steps": COPY, "verify": {"checks": ["e2e"]}},
        "e2e": {
            "path": "stages/e2e", "needs": ["dev"], "lock": "e2e", "soak": "20m",
            "verify": {"checks": ["e2e"]}, "at-most-every": "1h",
        },
        "prod": {"path": "stages/prod", "needs": ["e2e"], "auto": False},
    }
)  # fmt: skip
LINE = line("abcdefg")
DEV = row("dev", "b", "c")
GREEN = {"c": [run(1, "e2e")]}
HELD = [request("e2e", "b")]


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def entering(*, rows=(DEV,), runs=GREEN, requests=HELD, minute=30, landings=(), commits=LINE):
    now = moment(FILE, commits, rows=rows, runs=runs, requests=requests, minute=minute)
    return ids(judge.entering(now, row("e2e", "b"), landings))


def test_nothing_is_wrong_with_what_has_its_evidence_its_soak_and_its_lock():
    """rule G1"""
    assert entering() == []


@pytest.mark.parametrize(
    "runs",
    [
        {},
        {"c": [run(1, "e2e", None)]},
        {"c": [run(1, "e2e", "failure")]},
        {"c": [run(1, "e2e"), run(2, "e2e", "failure", minute=1)]},
        {"c": [run(1, "unit", "failure"), run(2, "e2e", "skipped")]},
        {"b": [run(1, "e2e")]},
    ],
)
def test_evidence_that_is_not_there(runs):
    """rule G1"""
    assert entering(runs=runs) == ["G1"]


def test_evidence_stays_until_a_check_fails():
    """rule V16: unit failed, so e2e was skipped; unit passed, was run again, and that was cancelled."""
    unit = [run(1, "unit", "failure"), run(3, "unit", "neutral"), run(4, "unit", "cancelled")]
    assert entering(runs={"c": [*unit, run(2, "e2e", "skipped")]}) == []
    assert entering(runs={"c": [*unit, run(2, "e2e", "cancelled")]}) == ["G1"]
    assert entering(runs={"c": [run(1, "e2e"), run(2, "e2e", "failure")]}) == ["G1"]


def test_evidence_on_a_commit_that_the_branch_lost():
    """rule U2"""
    assert "G1" in entering(commits=line("ab", {}))


def test_too_little_soak():
    """rule F7: the check passed at 12:00, and 12:19 is too early for 20 minutes."""
    assert entering(minute=19) == ["F7"]
    assert entering(minute=20) == []


def test_too_often():
    """rule F17"""
    assert entering(landings=[NOON - 40 * MINUTE]) == []
    assert entering(landings=[NOON - 20 * MINUTE]) == ["F17"]


@pytest.mark.parametrize(
    ("windows", "wrong"),
    [
        ({"allow": ["Mon-Sun 12:30-13:00 UTC"]}, []),
        ({"allow": ["Mon-Sun 12:00-12:30 UTC"]}, ["F21"]),
        ({"allow": ["Mon-Sun 22:00-12:31 UTC"]}, []),
        ({"deny": ["Mon-Sun 12:30-12:31 UTC"]}, ["F21"]),
        ({"deny": ["Mon-Sun 12:31-12:00 UTC"]}, []),
        ({"allow": ["Mon-Sun 12:00-13:00 UTC"], "deny": ["Mon-Sun 12:00-13:00 UTC"]}, ["F21"]),
    ],
)
def test_outside_its_windows(windows, wrong):
    """rule F21: it is 12:30; an end is not part of a window."""
    file = plan({"dev": {"path": "stages/dev", "steps": COPY, "windows": windows}})
    assert ids(judge.entering(moment(file, LINE), row("dev", "b"))) == wrong


def test_a_stage_that_writes_nothing_is_passed_in_its_windows_or_by_a_rollback():
    """rules F21, K2, C24: it is 12:30."""
    shut = plan({"dev": {"windows": {"allow": ["Mon-Sun 08:00-12:00 UTC"]}}})
    there = replace(row("dev", "b"), state="verified")
    skips = replace(there, skips="down", skipped=("windows",))
    for passes, wrong in (
        (there, ["F21"]),
        (replace(there, leaves=there.freight), []),
        (skips, []),
        (replace(skips, skipped=()), ["C24"]),
    ):
        now = moment(shut, LINE, rows=[passes], minute=30)
        assert ids(judge.verified(now, passes)) == wrong


def test_a_write_by_a_clock_that_was_behind_is_judged_by_that_clock():
    """rule F21"""
    shut = {"deny": ["Mon-Sun 12:20-13:00 UTC"]}
    file = plan({"dev": {"path": "stages/dev", "steps": COPY, "windows": shut}})
    late = replace(moment(file, LINE), apart=12 * MINUTE)
    assert judge.entering(late, row("dev", "b")) == []


def test_withdrawn_freight():
    """rule U1"""
    forced = line("abcdefg", {"x": "a"})
    forced.push("x")
    assert "U1" in entering(commits=forced)


def test_older_over_newer():
    """rule Q5"""
    assert entering(rows=(DEV, row("e2e", "d", "e"))) == ["Q5"]
    assert entering(rows=(DEV, row("e2e", "a", "e"))) == []


def test_without_its_lock():
    """rule G3"""
    assert entering(requests=[]) == ["G3"]
    assert entering(requests=[request("e2e", "b", "queued")]) == ["G3"]


def test_nobody_started_it():
    """rule F8"""
    up = row("e2e", "b", "d")
    now = moment(FILE, LINE, rows=(up,), runs={"d": [run(1, "e2e")]})
    assert ids(judge.entering(now, row("prod", "b"))) == ["F8"]
    assert judge.entering(now, row("prod", "b", started_by="ann")) == []


def test_verified_without_a_check_that_passed():
    """rule V1"""
    for runs, wrong in ((GREEN, []), ({}, ["V1"]), ({"c": [run(1, "e2e", "failure")]}, ["V1"])):
        assert ids(judge.verified(moment(FILE, LINE, rows=(DEV,), runs=runs), DEV)) == wrong


def test_two_jobs_of_one_lock():
    """rule I1"""
    two = plan({**{n: {"path": n, "steps": COPY, "lock": "e2e", "verify": {"checks": ["e2e"]}}
                   for n in ("one", "two")}})  # fmt: skip
    running = row("one", "b", "c", state="verifying")
    for conclusion, wrong in ((None, ["I1"]), ("success", []), ("failure", [])):
        now = moment(two, LINE, rows=(running,), runs={"c": [run(1, "e2e", conclusion)]})
        assert ids(judge.granted(now, request("two", "b"), frozenset({1}))) == wrong


def test_minted_what_fires_and_is_on_the_line():
    """rule M1, rule X7"""
    now = moment(FILE, LINE, freights=(freight("b"), freight("e", 1), freight("d", 2)))
    assert judge.minted(now, freight("e", 1), ["apps/x"]) == []
    assert ids(judge.minted(now, freight("d", 2), ["apps/x"])) == ["M1"]
    assert ids(judge.minted(now, freight("z", 2), ["apps/x"])) == ["M1"]
    assert ids(judge.minted(now, freight("e", 1), ["stages/dev/web/x", "docs/x"])) == ["X7"]


def test_our_merge_of_a_pull_request():
    """rule P18, rule P19, rule F10"""
    green, red = [run(1, "lint")], [run(1, "lint"), run(2, "lint", "failure", 1)]
    assert judge.merging(green, {"bob": "APPROVED"}, "auto") == []
    assert judge.merging([], {}, "auto") == []
    assert ids(judge.merging(red, {}, "auto")) == ["P18"]
    assert ids(judge.merging([run(1, "lint", None)], {}, "auto")) == ["P18"]
    assert ids(judge.merging(green, {"bob": "CHANGES_REQUESTED"}, "auto")) == ["P19"]
    assert ids(judge.merging(green, {}, "people")) == ["F10"]


def owed(now, titles=(), changed=("docs/x",)):
    return [words.split(":")[0] for _, words in owing(now, lambda _: titles, lambda _: changed)]


def test_a_failure_that_is_not_shown():
    """rule V16: e2e still waits for what dev goes on calling verified."""
    failed = {"c": [run(1, "e2e"), run(2, "e2e", "failure", 1)]}
    assert owed(moment(FILE, LINE, rows=(DEV,), runs=failed)) == ["V16"]
    assert owed(moment(FILE, LINE, rows=(DEV,), runs=GREEN)) == []
    taken = (DEV, row("e2e", "b", "d"))
    assert owed(moment(FILE, LINE, rows=taken, runs={**failed, "d": [run(3, "e2e")]})) == []


def test_what_is_unfinished_and_says_nothing():
    """rule T5"""
    now = moment(FILE, LINE, rows=(row("dev", "b", state="locking"),))
    assert owed(now) == ["T5"]
    assert owed(now, [("stagelock / dev", "waits for the lock")]) == []
    assert owed(now, [("stagelock / e2e", "waits for the lock")]) == ["T5"]


def test_what_fires_and_is_not_minted():
    """rule M1"""
    assert owed(moment(FILE, LINE, freights=(freight("b"),)), changed=("apps/x",)) == ["M1"]
    assert owed(moment(FILE, LINE, freights=(freight("g"),)), changed=("apps/x",)) == []
    assert owed(moment(FILE, LINE), changed=("stages/dev/web/x",)) == []


def test_what_one_of_our_promotions_landed_as_fires_nothing():
    """rule M11"""
    ours = tuple(row(f"old-{sha}", "b", sha) for sha in "abcdefg")
    assert "M1" not in owed(moment(FILE, LINE, rows=ours), changed=("apps/x",))


def test_what_goes_on_verifying_after_its_timeout():
    """rule V18: 60 minutes, and ten for the end of what is cancelled."""
    late = row("dev", "b", "c", state="verifying")
    titles = [("stagelock / dev", "verifying")]
    assert owed(moment(FILE, LINE, rows=(late,), minute=69), titles) == []
    assert owed(moment(FILE, LINE, rows=(late,), minute=71), titles) == ["V18"]


def test_what_passed_after_all_and_is_still_failed():
    """rule V12"""
    failed = row("dev", "b", "c", state="failed", ended_at=NOON)
    again = [run(1, "e2e", "failure"), run(2, "e2e", "success", 1)]
    assert owed(moment(FILE, LINE, rows=(failed,), runs={"c": again})) == ["V12"]
    assert owed(moment(FILE, LINE, rows=(failed,), runs={"c": again[:1]})) == []


def test_two_promotions_of_one_stage_in_flight():
    """rule T3"""
    one, two = row("dev", "b", "c", state="verifying"), row("dev", "d")
    assert ids(judge.states(moment(FILE, LINE, rows=(one, two)))) == ["T3"]
    assert judge.states(moment(FILE, LINE, rows=(DEV, two))) == []


def test_a_group_that_the_stage_names_since_its_grant_is_taken_too():
    """rule E6: the promotion began without the lock of the file in force."""
    stages = {
        name: {"path": name, "steps": COPY, "verify": {"checks": ["e2e"]}}
        for name in ("one", "two")
    }
    before = plan({**stages, "one": {**stages["one"], "lock": "other"}})
    since = plan({**stages, "one": {**stages["one"], "lock": ["other", "e2e"]}})
    running = row("one", "b", "c", state="verifying")
    for requests, wrong in (([request("one", "b")], ["I1"]), ([], [])):
        runs = {"c": [run(1, "e2e", None)]}
        now = moment(since, LINE, rows=(running,), requests=requests, runs=runs)
        object.__setattr__(now, "plans", lambda _sha: before)
        asked = request("two", "b", number=2)
        assert ids(judge.granted(now, asked, frozenset({1}))) == wrong


@pytest.mark.parametrize(
    ("via", "held", "wrong"),
    [
        ("commit", [], ["I1"]),
        ("commit", ["other"], ["I1"]),
        ("pull-request", ["e2e"], ["I1"]),
        ("pull-request", ["other"], []),
        ("pull-request", [], []),
    ],
)
def test_a_pull_request_takes_the_groups_of_its_grant_and_not_of_its_opening(via, held, wrong):
    """rule F45: e2e was its lock as it began, and the file has named another since."""
    stages = {
        name: {"path": name, "steps": COPY, "verify": {"checks": ["e2e"]}, "via": via}
        for name in ("one", "two")
    }
    before = plan({**stages, "one": {**stages["one"], "lock": "e2e"}})
    since = plan({**stages, "one": {**stages["one"], "lock": "other"}})
    running = row("one", "b", "c", state="verifying")
    mine = [replace(request("one", "b"), groups=(GroupName(group),)) for group in held]
    runs = {"c": [run(1, "e2e", None)]}
    now = moment(since, LINE, rows=(running,), requests=mine, runs=runs)
    object.__setattr__(now, "plans", lambda _sha: before)
    assert ids(judge.granted(now, request("two", "b", number=2), frozenset({1}))) == wrong


def test_a_pull_request_merged_out_of_turn_takes_what_the_file_names_by_then():
    """rule F45, rule L14: it was opened without a lock, and nothing holds for it."""
    stages = {
        name: {"path": name, "steps": COPY, "verify": {"checks": ["e2e"]}, "via": "pull-request"}
        for name in ("one", "two")
    }
    since = plan({**stages, "one": {**stages["one"], "lock": "e2e"}})
    running = row("one", "b", "c", state="verifying")
    now = moment(since, LINE, rows=(running,), runs={"c": [run(1, "e2e", None)]})
    object.__setattr__(now, "plans", lambda _sha: plan(stages))
    assert ids(judge.granted(now, request("two", "b"), frozenset({1}))) == ["I1"]


@pytest.mark.parametrize(
    ("ended", "wrong"), [(-2 * MINUTE, ["I1"]), (-0.75 * MINUTE, []), (MINUTE, [])]
)
def test_who_forces_a_grant_answers_for_what_had_landed_by_then(ended, wrong):
    """rules I1, P27: also by a clock that is 45 s behind the one that it landed by."""
    stages = {
        name: {"path": name, "steps": COPY, "verify": {"checks": ["e2e"]}, "lock": "e2e"}
        for name in ("one", "two")
    }
    running = row("one", "b", "c", state="verifying", landed_at=NOON)
    away = replace(request("one", "b", "forced"), ended_by="max", ended_at=NOON + ended)
    runs = {"c": [run(1, "e2e", None)]}
    now = moment(plan(stages), LINE, rows=(running,), requests=(away,), runs=runs)
    assert ids(judge.granted(now, request("two", "b", number=2), frozenset({1}))) == wrong


def test_what_nothing_is_missing_for_and_does_not_enter():
    """rule I17: dev has verified d; e2e soaks 20 minutes and has not even begun ten minutes later."""
    new = row("dev", "d", "e")
    before = (row("e2e", "b", "f", verified_at=None, landed_at=NOON - 60 * MINUTE), new)
    runs = {"e": [run(1, "e2e")], "f": [run(2, "e2e")]}
    now = partial(moment, FILE, LINE, freights=(freight("b"), freight("d")), minute=31)
    assert owed(now(rows=before, runs=runs)) == ["I17"]
    assert owed(now(rows=before, runs=runs, minute=29)) == []
    begun = (*before, row("e2e", "d", state="locking"))
    titles = [("stagelock / e2e", "waits")]
    assert owed(now(rows=begun, runs=runs), titles) == []
    assert owed(now(rows=before, runs={})) == []
    drifted = {"g": "edited by hand"}
    assert owed(now(rows=before, runs=runs, content=drifted)) == []


def test_a_stage_that_writes_nothing_has_taken_what_it_verified():
    """rule V15"""
    file = plan(
        {
            "dev": {"path": "dev", "steps": COPY, "verify": {"checks": ["e2e"]}},
            "gate": {"needs": ["dev"]},
        }
    )
    failed = {"c": [run(1, "e2e"), run(2, "e2e", "failure", 1)]}
    taken = (DEV, row("gate", "b", state="verified"))
    assert owed(moment(file, LINE, rows=(DEV,), runs=failed)) == ["V16"]
    assert owed(moment(file, LINE, rows=taken, runs=failed)) == []
