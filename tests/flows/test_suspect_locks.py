"""The buttons of a suspect lock: Release, Keep and Probe again, and who is told that it is one."""

from __future__ import annotations

import re

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.locking import LOCK, ONE, STUCK, groups, live, locked, press, stuck
from tests.flows.pipelines import pipeline
from tests.flows.words import replies


def test_a_suspect_lock_has_three_buttons(flow: Flow):
    _, landed = stuck(flow)

    run = flow.shown(landed, LOCK)

    assert (run.status, run.conclusion) == ("completed", "action_required")
    assert [a["identifier"] for a in run.actions] == ["release", "keep", "probe"]
    assert [a["label"] for a in run.actions] == ["Release", "Keep", "Probe again"]


@pytest.mark.parametrize(
    ("button", "label", "needs", "by", "has"),
    [
        ("release", "Release", "maintain", "bob", "has *write*"),
        ("keep", "Keep", "maintain", "bob", "has *write*"),
        ("probe", "Probe again", "write", "carol", "has *read*"),
        ("probe", "Probe again", "write", "mallory", "has no access"),
    ],
)
def test_who_may_not_is_named_in_the_runs_summary_and_changes_nothing(
    flow: Flow, button: str, label: str, needs: str, by: str, has: str
):
    first, landed = stuck(flow)
    told = len(replies(flow, first))

    run = press(flow, landed, button, by)

    assert live(flow) == STUCK
    assert f"`@{by}` pressed {label}, which needs *{needs}*; `@{by}` {has}" in (run.summary or "")
    assert [a["identifier"] for a in run.actions] == ["release", "keep", "probe"]
    assert len(replies(flow, first)) == told, "nobody is written a comment"


def test_kept_it_is_held_again_in_a_new_run_until_max_hold_from_then(flow: Flow):
    _, landed = stuck(flow)
    before = flow.shown(landed, LOCK)

    run = press(flow, landed, "keep", "alice")

    assert live(flow) == [("one", "held"), ("two", "queued")]
    assert run.id != before.id
    assert run.status == "in_progress"
    assert (run.title or "").startswith("held for one since ")
    assert "Kept by `@alice` on " in (run.summary or "")
    [kept] = [r for r in flow.requests() if r.state == "held"]
    assert (kept.kept_by, kept.reason) == ("alice", "")

    flow.passes(minutes=28)
    assert live(flow) == [("one", "held"), ("two", "queued")]
    flow.passes(minutes=3)
    assert live(flow) == STUCK
    assert flow.shown(landed, LOCK).conclusion == "action_required"


def test_kept_it_still_ends_with_its_job(flow: Flow):
    first, landed = stuck(flow)
    press(flow, landed, "keep", "alice")

    flow.world.finish_check(REPO, landed, "one", "success", app="jenkins")
    flow.settle()

    assert live(flow) == [("two", "held")]
    assert flow.state(first, LOCK) == "in_progress"


def test_what_a_removed_stage_left_running_is_kept_for_max_hold(flow: Flow):
    first = flow.repo(ONE)
    landed = flow.landed("one", first)
    flow.world.start_check(REPO, landed, "one", app="jenkins")
    flow.settle()
    flow.push({"stagelock.yaml": pipeline(locked("two", "floor") + groups("floor"))})
    assert [r.state for r in flow.requests() if r.stage == "one"] == ["suspect"]

    press(flow, landed, "keep", "alice")
    assert [r.state for r in flow.requests() if r.stage == "one"] == ["held"]

    flow.passes(minutes=31)
    assert [r.state for r in flow.requests() if r.stage == "one"] == ["suspect"]


def test_probed_again_it_says_so_while_its_job_runs(flow: Flow):
    _, landed = stuck(flow)

    run = press(flow, landed, "probe", "bob")

    assert live(flow) == STUCK
    assert "Probed again for `@bob` on " in (run.summary or "")
    assert "is not known to have ended" in (run.summary or "")
    assert [a["identifier"] for a in run.actions] == ["release", "keep", "probe"]


def test_probed_again_it_is_free_where_its_job_has_ended_unheard(flow: Flow):
    """The delivery of that end was lost, and what was said before is remembered."""
    _, landed = stuck(flow)
    flow.world.courier.weather.lost = lambda _: True
    flow.world.finish_check(REPO, landed, "one", "success", app="jenkins")
    flow.world.courier.weather.lost = lambda _: False

    press(flow, landed, "probe", "bob")

    assert live(flow) == [("two", "held")]


def test_each_click_that_took_effect_or_did_not_is_in_the_audit(flow: Flow):
    _, landed = stuck(flow)
    press(flow, landed, "keep", "bob")
    press(flow, landed, "probe", "bob")
    press(flow, landed, "keep", "alice")

    entries = [one.entry for one in flow.app.store.audit.newest()]
    clicks = [e for e in reversed(entries) if e["kind"] == "click"]

    found = [(e["user"], e["verb"], e["group"], e["effective"]) for e in clicks]
    assert found == [
        ("bob", "keep", "floor", False),
        ("bob", "probe", "floor", True),
        ("alice", "keep", "floor", True),
    ]
    assert "needs *maintain*" in str(clicks[0]["answer"])


def test_who_wrote_the_change_is_told_once_each_time_that_a_lock_turns_suspect(flow: Flow):
    first, landed = stuck(flow)

    [told] = replies(flow, first)

    assert told.startswith("@alice: the lock `floor` of `one` (`web ")
    assert "is suspect: held for longer than max-hold" in told
    assert "**To do:** once the job of `one` has ended" in told
    found = re.search(r"event `(\w+)`", told)
    assert found is not None
    entries = flow.app.store.audit.newest()
    assert [e.entry["kind"] for e in entries if e.event == found[1]] == ["notice"]
    flow.passes(hours=5)
    assert len(replies(flow, first)) == 1
    press(flow, landed, "keep", "alice")
    flow.passes(minutes=31)
    assert len(replies(flow, first)) == 2
