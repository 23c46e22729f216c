"""What cannot be asked keeps only who asked from acting, and opens nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings

from app.core.model.names import Sha, StageName, WarehouseName
from app.core.model.questions import (
    ChecksQuestion,
    LineQuestion,
    PlaceQuestion,
    RenderQuestion,
    StageQuestion,
    Unanswered,
)
from app.core.model.verdicts import Reason
from app.core.planning.actions import Mint, PushAgain, Record, Write
from app.core.planning.plan import plan
from app.core.planning.retry_pauses import Patience
from app.engine.actions.context import put_off
from app.errors import Transient
from tests.core import world_acts
from tests.core.world import a_pipeline
from tests.core.world_random import HISTORIES, begin, happen, pipelines

WAITS = (Reason.CANNOT_ASK, Reason.ASKED_LATER)
TWO = """
version: 1
warehouses: {web: {paths: [apps/a/], checks: [build]}, api: {paths: [apps/b/]}}
stages:
  dev: {freight: api, path: stages/dev, steps: [{uses: copy, with: {from: apps/b, to: b}}]}
  e2e:
    freight: api
    path: stages/e2e
    lock: one
    verify: {checks: [e2e]}
    steps: [{uses: copy, with: {from: apps/b, to: b}}]
  web: {freight: web, path: stages/web, steps: [{uses: copy, with: {from: apps/a, to: a}}]}
  two:
    freight: api
    path: stages/two
    lock: one
    steps: [{uses: copy, with: {from: apps/b, to: b}}]
locks: {one: {permits: 1}}
"""


def begun():
    world = a_pipeline(TWO)
    world.push({"apps/a/x": "1", "apps/b/x": "1"})
    return world


def test_a_stage_that_cannot_be_rendered_waits_and_the_others_go_on():
    world = begun()
    world.silent = lambda q: isinstance(q, RenderQuestion) and q.stage == "dev"
    last = world.settle()
    assert world.states("dev") == []
    assert world.last("e2e").state == "verifying"
    (verdict,) = [v for v in last.verdicts if v.stage == "dev"]
    assert (verdict.phase, verdict.reason) == ("waiting", Reason.CANNOT_ASK)
    assert verdict.detail == "GitHub cannot be asked"
    assert last.wake_at == world.now + timedelta(seconds=10)
    world.silent = lambda _: False
    world.settle()
    assert world.last("dev").state == "verified"


def test_a_holder_that_cannot_be_asked_keeps_its_permit_also_after_its_end():
    world = begun()
    world.settle()
    landed = world.last("e2e").landed
    world.check(landed, "e2e", "success")
    world.silent = lambda q: isinstance(q, ChecksQuestion) and q.sha == landed
    world.settle()
    assert world.last("e2e").state == "verifying"
    assert world.live() == {"e2e": "held", "two": "queued"}
    world.wait(hours=1)  # at its timeout it is still not known to have failed
    assert world.last("e2e").state == "verifying"
    assert world.live()["two"] == "queued"
    world.silent = lambda _: False
    world.settle()
    assert world.last("e2e").state == "verified"
    assert world.live() == {}


def test_one_warehouse_whose_checks_cannot_be_asked_stops_no_other():
    world = begun()
    world.silent = lambda q: isinstance(q, ChecksQuestion) and q.sha == world.git.heads["main"]
    first = world.look()[1]
    assert [a.freight.id.warehouse for a in first.actions if isinstance(a, Mint)] == ["api"]
    (wait,) = first.minting
    assert (wait.warehouse, wait.unanswered) == ("web", "GitHub cannot be asked")
    assert first.wake_at == world.now + timedelta(seconds=10)


def test_what_comes_later_comes_at_once():
    world = begun()
    world.later = True
    world.silent = lambda q: isinstance(q, RenderQuestion) and q.stage == "dev"
    last = world.settle()
    assert [v.reason for v in last.verdicts if v.stage == "dev"] == [Reason.ASKED_LATER]
    assert last.wake_at == world.now


def test_a_verified_end_stays_while_its_checks_cannot_be_asked():
    world = begun()
    world.settle()
    landed = world.last("e2e").landed
    world.check(landed, "e2e", "success")
    world.settle()
    world.check(landed, "e2e", "failure")
    world.silent = lambda q: isinstance(q, ChecksQuestion) and q.sha == landed
    world.settle()
    assert world.last("e2e").state == "verified"


def test_what_is_read_unasked_is_unknown_for_its_own_unit_only():
    world = begun()
    world.settle()
    snapshot, _ = world.look()
    row = world.last("e2e")
    world.push({"apps/b/x": "2"})
    moved, _ = world.look()
    none = Unanswered("cannot", "no such object", world.now, world.now + timedelta(seconds=10))
    for question, blind in (
        (StageQuestion(StageName("dev")), {"dev"}),
        (PlaceQuestion(StageName("e2e"), row.id), {"e2e"}),
        (LineQuestion(WarehouseName("api")), {"dev", "e2e", "two"}),
    ):
        for seen in (snapshot, moved):
            found = plan(replace(seen, unanswered={question: none}))
            waits = {v.stage for v in found.verdicts if v.reason in WAITS}
            assert waits == blind & {v.stage for v in found.verdicts}, question
            assert all(stage not in blind for stage in writes(found))


def test_the_pauses_grow_from_ten_seconds_to_five_minutes_over_ticks_and_begin_anew():
    world = begun()
    question, now, pauses = ChecksQuestion(Sha("a" * 40)), world.now, []
    kept: Mapping[str, Sequence[str]] = {}
    for _ in range(9):
        patience = Patience(kept)
        found = patience.cannot(question, "GitHub answered 502", now)
        kept = patience.written()
        pauses.append((found.next_look - now).total_seconds())
        now = found.next_look
    assert pauses == [10, 10, 20, 40, 80, 160, 300, 300, 300]
    assert Patience(kept).written() == {}  # answered in this tick
    asked = Patience(kept).cannot(question, "limited", now, pause=timedelta(minutes=20))
    assert asked.next_look == now + timedelta(minutes=20)


def writes(found) -> set[str]:
    rows = (a.promotions for a in found.actions if isinstance(a, Write | Record | PushAgain))
    return {row.stage for some in rows for row in some}


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(pipelines(), HISTORIES)
def test_any_question_without_an_answer_changes_nothing_for_who_did_not_ask_it(text, events):
    world = begin(text)
    for event in [None, *events]:
        if event is not None:
            happen(world, event)
        snapshot, found = world.look()
        for question in sorted(world.asked, key=repr)[:6]:
            without(world, found, question)
        for _ in range(60):
            world_acts.carry_out(world, snapshot, found)
            if not found.actions:
                break
            snapshot, found = world.look()


def without(world, found, question) -> None:
    """The plan without an answer to *question*: nothing more is done, and others do the same."""
    world.silent = lambda q: q == question
    less = world.look()[1]
    world.silent = lambda _: False
    blind = {v.stage for v in less.verdicts if v.reason in WAITS}
    assert doings(less) <= doings(found), question
    for name in world.pipeline.stages:
        if name in blind:
            continue
        mine = [told(v) for v in found.verdicts if v.stage == name]
        assert [told(v) for v in less.verdicts if v.stage == name] == mine, question


def told(verdict):
    return verdict.freight, verdict.phase, verdict.reason


def doings(found) -> set[str]:
    """What a plan does, action by action; of a push each of its promotions."""
    pushed = (
        promotion for a in found.actions if isinstance(a, Write) for promotion in a.promotions
    )
    others = (a for a in found.actions if not isinstance(a, Write))
    return {*map(repr, pushed), *map(repr, others)}


def test_an_error_before_the_first_attempt_to_write_only_waits_and_never_fails():
    world = begun()
    world.refuses_merge = ""
    first = world.step()  # minted
    assert first.actions
    row = None
    for _ in range(4):
        snapshot, found = world.look()
        due = [r for a in found.actions if isinstance(a, Write) for r in a.promotions]
        row = next((r for r in due if r.stage == "dev"), None)
        if row is not None:
            break
        world_acts.carry_out(world, snapshot, found)
    assert row is not None
    pauses = []
    for _ in range(8):
        row = put_off(row, Transient("a commit cannot be read"), world.now, tried=False)
        assert row.errors_since is None
        pauses.append((row.retry_at - world.now).total_seconds())
        world.rows[row.id] = row
        (verdict,) = [v for v in world.look()[1].verdicts if v.stage == "dev"]
        assert (verdict.reason, verdict.wake_at) == (Reason.CANNOT_ASK, row.retry_at)
        world.now = row.retry_at
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300]
    world.now += timedelta(hours=5)  # longer than any `timeout-minutes`
    world.settle()
    assert world.last("dev").state == "verified"
    tried = put_off(row, Transient("the push gave no answer"), world.now, tried=True)
    assert tried.errors_since == world.now
