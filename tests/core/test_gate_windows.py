"""The windows of a stage as a gate: asked before every write, and looked at exactly when it opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.checkruns import targets
from app.core.model.records import Intent
from app.core.model.verdicts import GateAnswer, Reason
from app.core.planning.actions import PushAgain, Write
from app.core.planning.pull_actions import MergePull
from app.core.text.gates import table
from app.core.text.titles import title
from app.core.text.why import why
from tests.core.saying import SITE
from tests.core.world import START, a_pipeline

HOUR = timedelta(hours=1)
MONDAY = "Mon 11:00-12:00 UTC"
"""The world begins on a Monday, at 09:00 UTC."""
ONE = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, windows: {%s}}
"""
TWO = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod%s, windows: {%s}}
"""
LOCKED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  one: {path: stages/one, lock: floor, timeout-minutes: 600, verify: {checks: [one]}}
  two: {path: stages/two, lock: floor, verify: {checks: [two]}, windows: {%s}}
locks: {floor: {permits: 1, max-hold: 12h}}
"""
EARLY = 'allow: ["Mon 08:00-10:00 UTC"]'
"""Closes an hour after the beginning, until the next Monday."""


def started(text):
    world = a_pipeline(text)
    world.sha = world.push({"apps/web/x": "1"})
    world.settle()
    return world


def gate(world, stage="dev"):
    return next(g for g in world.verdict(stage, world.sha).gates if g.gate == "windows")


def test_a_stage_without_windows_has_no_such_gate():
    world = started(TWO.replace(", windows: {%s}", ", auto: false") % "")
    assert "windows" not in [g.gate for g in world.verdict("prod", world.sha).gates]


def test_it_opens_exactly_then_and_its_next_look_is_that_moment():
    world = started(ONE % f'allow: ["{MONDAY}"]')
    assert world.settle().wake_at == START + 2 * HOUR
    assert gate(world) == GateAnswer(
        "windows", "wait", Reason.WINDOW_CLOSED, (MONDAY,), START - 165 * HOUR, START + 2 * HOUR
    )
    assert world.wait(2 * HOUR - timedelta(microseconds=1)).wake_at == START + 2 * HOUR
    assert world.of("dev") == []
    world.wait(timedelta(microseconds=1))
    assert world.states("dev") == ["verified verified"]


def test_the_end_is_not_part_of_it():
    world = a_pipeline(ONE % f'allow: ["{MONDAY}"]')
    world.now = START + 3 * HOUR
    world.push({"apps/web/x": "1"})
    assert world.settle().wake_at == START + timedelta(days=7, hours=2)
    assert world.of("dev") == []


def test_the_last_microsecond_is_part_of_it():
    world = a_pipeline(ONE % f'allow: ["{MONDAY}"]')
    world.now = START + 3 * HOUR - timedelta(microseconds=1)
    world.push({"apps/web/x": "1"})
    world.settle()
    assert world.states("dev") == ["verified verified"]


def test_a_denied_time_waits_for_its_end():
    denied = "2026-03-01..2026-03-02 UTC"
    world = started(ONE % f'deny: ["{denied}"]')
    end = START + 15 * HOUR
    since = START - 33 * HOUR
    assert gate(world) == GateAnswer("windows", "wait", Reason.WINDOW_DENIED, (denied,), since, end)
    world.wait(15 * HOUR)
    assert world.states("dev") == ["verified verified"]


def test_windows_that_are_over_wait_for_the_file():
    world = started(ONE % 'allow: ["2026-01-01..2026-01-31 UTC"]')
    assert gate(world) == GateAnswer(
        "windows", "wait", Reason.WINDOWS_OVER, since=datetime(2026, 2, 1, tzinfo=UTC)
    )
    assert title(world.verdict("dev", world.sha)).startswith("waiting:")
    world.configure(ONE % 'allow: ["2026-03-01..2026-03-31 UTC"]')
    world.settle()
    assert world.states("dev") == ["verified verified"]


def test_newer_freight_waits_for_the_window_and_only_the_newest_enters():
    world = started(ONE % f'allow: ["{MONDAY}"]')
    newer = world.push({"apps/web/x": "2"})
    world.settle()
    world.wait(2 * HOUR)
    assert [p.freight.sha for p in world.of("dev")] == [newer]


def test_a_window_that_opens_while_something_else_is_missing_lets_nothing_in():
    world = started(TWO % (", soak: 4h", f'allow: ["{MONDAY}", "Tue 10:00-11:00 UTC"]'))
    world.wait(2 * HOUR)
    assert gate(world, "prod").state == "pass"
    assert world.of("prod") == []
    plan = world.wait(2 * HOUR)
    assert world.of("prod") == [], "soaked, but closed again"
    assert plan.wake_at == START + timedelta(days=1, hours=1)
    world.wait(timedelta(hours=21))
    assert world.states("prod") == ["verified verified"]


def test_a_persons_promote_waits_for_it():
    world = started(TWO % ("", f'allow: ["{MONDAY}"]'))
    world.say("promote", "prod", world.sha)
    world.settle()
    assert world.of("prod") == []
    world.wait(2 * HOUR)
    assert world.states("prod") == ["verified verified"]
    assert world.last("prod").started_by == "ann"


def test_it_leaves_the_queue_of_a_lock_when_it_closes():
    world = started(LOCKED % EARLY)
    assert world.live() == {"one": "held", "two": "queued"}
    assert world.settle().wake_at == START + HOUR, (
        "what is queued is looked at when its window closes"
    )
    world.wait(HOUR)
    assert world.live() == {"one": "held"}
    world.check(world.last("one").landed, "one")
    world.settle()
    assert world.last("one").state == "verified"
    assert all(row.landed is None for row in world.of("two"))
    found = world.verdict("two", world.sha)
    assert str(found.reason) == "window-closed"
    world.wait(timedelta(days=7) - 2 * HOUR)
    assert world.last("two").state == "verifying"


def test_no_lock_is_asked_for_while_it_is_closed():
    world = started(LOCKED % 'allow: ["Mon 11:00-12:00 UTC"]')
    assert world.live() == {"one": "held"}


def test_a_grant_goes_back_when_it_closed_before_the_write():
    """The push was begun in open times and never arrived; it is not repeated in closed ones."""
    world = started((LOCKED % EARLY).replace("one: {", "one: {auto: false, "))
    row = world.last("two")
    assert (row.state, world.live()) == ("verifying", {"two": "held"})
    before = world.git.nodes[row.landed].parents[0]
    intent = Intent("main", before, row.landed, world.now)
    world.rows[row.id] = replace(row, state="writing", landed=None, landed_at=None, intent=intent)
    world.reset("main", before)
    world.done.clear()
    world.wait(HOUR)
    for _ in range(5):
        world.wait(minutes=1)
    assert not any(isinstance(action, PushAgain | Write) for action in world.done)
    assert world.live() == {}
    assert world.git.heads["main"] == before


def test_what_was_written_before_it_closed_is_verified_after():
    world = started((ONE % EARLY).replace("stages/dev,", "stages/dev, verify: {checks: [unit]},"))
    assert world.last("dev").state == "verifying"
    world.wait(2 * HOUR - timedelta(minutes=61))
    world.check(world.last("dev").landed, "unit")
    world.wait(minutes=2)
    assert world.states("dev") == ["verified verified"]


def test_verification_below_is_not_stopped_by_a_closed_stage_above():
    world = started(TWO % ("", 'allow: ["Mon 08:00-10:00 UTC"]'))
    assert world.states("prod") == ["verified verified"]


class TestPullRequest:
    AUTO = ", via: pull-request, merge: auto"

    def test_it_is_opened_while_it_is_closed_and_is_not_ready(self):
        world = started(TWO % (", via: pull-request", f'allow: ["{MONDAY}"]'))
        assert world.last("prod").state == "in-review"
        [head] = world.settle().heads
        assert not head.ready
        [head] = world.wait(2 * HOUR).heads
        assert head.ready
        [head] = world.wait(HOUR).heads
        assert not head.ready

    def test_we_merge_it_when_it_opens(self):
        world = started(TWO % (self.AUTO, f'allow: ["{MONDAY}"]'))
        plan = world.wait(HOUR)
        assert plan.wake_at == START + 2 * HOUR
        assert not any(isinstance(action, MergePull) for action in world.done)
        world.wait(HOUR)
        assert world.states("prod") == ["verified verified"]

    def test_it_takes_its_lock_only_while_it_is_open(self):
        text = TWO % (", via: pull-request, lock: floor", f'allow: ["{MONDAY}"]')
        world = started(text + "locks: {floor: {permits: 1}}\n")
        assert world.live() == {}
        world.wait(2 * HOUR)
        assert world.live() == {"prod": "held"}
        [head] = world.settle().heads
        assert head.ready

    def test_a_grant_for_its_merge_goes_back_when_it_closes(self):
        text = TWO % (", via: pull-request, lock: floor, merge-within: 1d", EARLY)
        world = started(text + "locks: {floor: {permits: 1}}\n")
        assert world.live() == {"prod": "held"}
        assert world.settle().wake_at == START + HOUR, "so that its success is taken back then"
        world.wait(HOUR)
        assert world.live() == {}
        [head] = world.settle().heads
        assert not head.ready

    def test_a_persons_merge_in_closed_times_counts(self):
        world = started(TWO % (", via: pull-request", f'allow: ["{MONDAY}"]'))
        world.merge("prod")
        world.settle()
        assert world.states("prod") == ["verified verified"]

    @pytest.mark.parametrize("opens", [True, False])
    def test_an_edit_of_the_windows_counts_at_once(self, opens):
        early, late = 'allow: ["Mon 08:00-10:00 UTC"]', f'allow: ["{MONDAY}"]'
        world = started(TWO % (", via: pull-request", late if opens else early))
        assert [head.ready for head in world.settle().heads] == [not opens]
        world.configure(TWO % (", via: pull-request", early if opens else late))
        world.settle()
        assert [head.ready for head in world.settle().heads] == [opens]


def test_a_control_flow_stage_passes_in_its_windows_only():
    world = started("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  release: {needs: [dev], windows: {allow: ["Mon 11:00-12:00 UTC"]}}
  prod:
    needs: [release]
    path: stages/prod
    steps: [{uses: copy, with: {from: apps/web, to: .}}]
""")
    assert (world.of("release"), world.of("prod")) == ([], [])
    world.wait(2 * HOUR)
    assert world.states("release") == ["verified verified"]
    assert world.states("prod") == ["verified verified"]


def test_title_table_and_why_say_which_window_and_when():
    world = started(ONE % f'allow: ["{MONDAY}"]')
    snapshot, plan = world.look()
    [run] = [t.draft for t in targets(snapshot, plan) if t.draft.name == "stagelock / dev"]
    assert (run.status, run.conclusion) == ("queued", None)
    assert run.title == title(world.verdict("dev", world.sha))
    assert run.title == f"window opens 2026-03-02 11:00 UTC: {MONDAY}"
    assert len(run.title) <= 70
    verdict = world.verdict("dev", world.sha)
    [row] = [
        line for line in table(verdict, verdict.gates).splitlines() if line.startswith("| windows")
    ]
    assert "**wait**" in row
    assert MONDAY in row
    assert "2026-03-02 11:00 UTC" in row
    text = why(verdict, SITE)
    assert MONDAY in text
    assert "2026-03-02 11:00 UTC" in text


def test_a_long_window_leaves_the_time_in_the_title():
    long = "2026-12-24 18:00..2027-01-02 08:00 America/Argentina/ComodRivadavia"
    world = started(ONE % f'allow: ["{long}"]')
    found = title(world.verdict("dev", world.sha))
    assert len(found) <= 70
    assert "2026-12-24 21:00 UTC" in found
    assert long in why(world.verdict("dev", world.sha), SITE)


def test_no_text_changes_while_it_waits():
    world = started(ONE % f'allow: ["{MONDAY}"]')
    first = world.verdict("dev", world.sha)
    world.wait(HOUR)
    assert title(world.verdict("dev", world.sha)) == title(first)
