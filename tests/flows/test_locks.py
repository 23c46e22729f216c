"""Lock groups: who waits for whom, what a newer freight inherits, and what keeps a lock closed."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.names import GroupName
from tests.flows.harness import REPO, Flow
from tests.flows.locking import ONE, groups, live, locked
from tests.flows.pipelines import pipeline

EVERY_TIME = True


BOTH = {
    "stagelock.yaml": pipeline(
        locked("one", "left")
        + locked("two", "[left, right]")
        + locked("three", "right")
        + groups("left", "right")
    ),
    "apps/web/a": "1",
}


def test_first_come_first_served_and_newer_freight_takes_the_place_over(flow: Flow):
    """The freight that holds the lock finishes; what queues gives its place to newer freight."""
    first = flow.repo(ONE)
    assert live(flow) == [("one", "held"), ("two", "queued")]
    run = flow.shown(first, "two")
    assert run.status == "queued"
    lock = flow.shown(first, "lock / floor")
    assert "held for one" in (lock.title or "")

    second = flow.push({"apps/web/a": "2"})
    assert live(flow) == [("one", "held"), ("two", "queued")]
    place = next(r for r in flow.requests() if r.ended_at is None and r.state == "queued")
    assert place.freight.sha == second
    assert place.seq == min(r.seq for r in flow.requests() if r.stage == "two")
    assert flow.state(first, "two") == "skipped"

    flow.finish(flow.landed("one", first), "one")
    assert live(flow) == [("two", "held"), ("one", "queued")]
    assert flow.state(first, "one") == "success"
    flow.finish(flow.landed("two", second), "two")
    assert live(flow) == [("one", "held")]
    flow.finish(flow.landed("one", second), "one")
    assert live(flow) == []
    assert flow.state(second, "one") == flow.state(second, "two") == "success"
    tokens = [r.tokens[GroupName("floor")] for r in flow.requests() if r.tokens]
    assert len(set(tokens)) == 3


def test_a_set_of_groups_is_granted_all_or_nothing(flow: Flow):
    """And nobody who shares a group passes it: three waits although `right` is free."""
    first = flow.repo(BOTH)
    assert dict(live(flow)) == {"one": "held", "two": "queued", "three": "queued"}

    flow.finish(flow.landed("one", first), "one")
    assert dict(live(flow)) == {"two": "held", "three": "queued"}
    [both] = [r for r in flow.requests() if r.state == "held"]
    assert set(both.tokens) == {"left", "right"}
    assert flow.state(first, "lock / left") == "in_progress"
    flow.finish(flow.landed("two", first), "two")
    assert dict(live(flow)) == {"three": "held"}
    assert flow.state(first, "lock / left") == "success"


def test_only_a_maintainer_releases_a_suspect_lock(flow: Flow):
    """Held for longer than max-hold with its check running: shown, and a person's to free."""
    first = flow.repo(ONE)
    landed = flow.landed("one", first)
    flow.world.start_check(REPO, landed, "one", app="jenkins")
    flow.settle()
    flow.passes(minutes=31)
    assert live(flow) == [("one", "suspect"), ("two", "queued")]
    run = flow.shown(landed, "lock / floor")
    assert run.conclusion == "action_required"
    assert "release" in {a["identifier"] for a in run.actions}

    flow.world.press(REPO, run, "release", by="bob")
    flow.settle()
    assert live(flow) == [("one", "suspect"), ("two", "queued")]
    run = flow.shown(landed, "lock / floor")
    assert "`@bob` pressed Release, which needs *maintain*" in (run.summary or "")
    assert run.conclusion == "action_required"
    assert flow.title(first, "two") == (
        "blocked: floor is suspect; a maintainer must press Release"
    )
    flow.world.press(REPO, run, "release", by="alice")
    flow.settle()
    assert live(flow) == [("two", "held")]
    [forced] = [r for r in flow.requests() if r.state == "forced"]
    assert forced.ended_by == "alice"
    assert flow.state(landed, "lock / floor") == "cancelled"
    assert "alice" in (flow.shown(landed, "lock / floor").title or "")


def test_release_frees_the_grant_that_its_run_speaks_of(flow: Flow):
    """Two suspect grants of one group: a click frees one, the other still blocks."""
    stages = locked("one", "floor") + locked("two", "floor") + locked("three", "floor")
    wide = groups("floor").replace("permits: 1", "permits: 2")
    first = flow.repo({"stagelock.yaml": pipeline(stages + wide), "apps/web/index.html": "one"})
    commits = {name: flow.landed(name, first) for name, _ in live(flow)[:2]}
    for name, commit in commits.items():
        flow.world.start_check(REPO, commit, name, app="jenkins")
    flow.settle()
    flow.passes(minutes=31)
    assert [state for _, state in live(flow)] == ["suspect", "suspect", "queued"]
    (kept, _), (freed, _), (waits, _) = live(flow)
    flow.world.press(REPO, flow.shown(commits[freed], "lock / floor"), "release", by="alice")
    flow.settle()
    assert dict(live(flow)) == {kept: "suspect", waits: "held"}
    [forced] = [r for r in flow.requests() if r.state == "forced"]
    assert (forced.stage, forced.ended_by) == (freed, "alice")


def test_removing_a_stage_does_not_free_its_lock_while_its_check_runs(flow: Flow):
    """Invariant 18: what the removed stage started may still use what the lock protects."""
    first = flow.repo(ONE)
    landed = flow.landed("one", first)
    flow.world.start_check(REPO, landed, "one", app="jenkins")
    flow.settle()
    flow.push({"stagelock.yaml": pipeline(locked("two", "floor") + groups("floor"))})
    assert flow.state(first, "one") == "cancelled"
    [own] = [r for r in flow.requests() if r.stage == "one"]
    assert own.state == "suspect"
    assert ("two", "queued") in live(flow)

    flow.world.finish_check(REPO, landed, "one", app="jenkins")
    flow.settle()
    assert live(flow) == [("two", "held")]


def test_a_sweep_asks_every_group_again_whatever_mark_was_lost(flow: Flow):
    """rule L6: nobody was told that the lock is free, and who waits for it still gets it."""
    flow.repo(ONE)
    held, queued = (r for r in flow.requests() if r.ended_at is None)
    with flow.app.store.database.write("end it, and tell nobody") as connection:
        connection.exec_driver_sql(
            "UPDATE lock_requests SET state = 'forced', ended_by = 'mia', ended_at = granted_at"
            " WHERE id = ?",
            (held.id,),
        )
        connection.exec_driver_sql("UPDATE work SET run_at = NULL WHERE key LIKE 'repo-%'")
    flow.settle()
    assert live(flow) == [(queued.stage, "queued")]

    flow.sweep()
    assert live(flow) == [(queued.stage, "held")]


def test_a_change_of_a_group_shows_everybody_who_waits_for_it_within_60_s(flow: Flow):
    """rule L6: the third of three moves up without any event of its own."""
    stages = "".join(locked(name, "floor") for name in ("one", "two", "three"))
    first = flow.repo({"stagelock.yaml": pipeline(stages + groups("floor")), "apps/web/a": "1"})
    waits = [r.stage for r in flow.requests() if r.state == "queued"]
    assert (flow.shown(first, waits[1]).title or "").startswith("lock floor: 2nd of 2")
    holder = next(r.stage for r in flow.requests() if r.state == "held")
    flow.finish(flow.landed(holder, first), holder)
    flow.passes(seconds=60)
    title = flow.shown(first, waits[1]).title or ""
    assert title.startswith(f"lock floor: 1st of 1, held by {waits[0]} since")


def test_who_waits_is_told_when_the_turn_is_expected_by_how_long_the_last_grants_lasted(flow: Flow):
    """rule L100: it is a time, so that nothing is written while nothing happens."""
    first = flow.repo(ONE)
    assert "expected" not in (flow.shown(first, "lock / floor").summary or "")
    flow.passes(minutes=10)
    flow.finish(flow.landed("one", first), "one")
    second = flow.push({"apps/web/a": "2"})
    assert live(flow) == [("two", "held"), ("one", "queued")]

    [two] = [r for r in flow.requests() if r.state == "held"]
    assert two.granted_at is not None
    due = f"{two.granted_at + timedelta(minutes=10):%Y-%m-%d %H:%M} UTC"
    run = flow.shown(second, "lock / floor")
    assert f"Its turn is expected at {due}: the last grant of `floor` lasted 10 min." in (
        run.summary or ""
    )
    writes = flow.writes
    flow.passes(minutes=15)
    assert flow.shown(second, "lock / floor").summary == run.summary
    assert flow.writes == writes
