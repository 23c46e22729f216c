"""`/promote STAGE [FREIGHT] --skip-gates reason`: one emergency promotion, by a maintainer."""

from __future__ import annotations

from collections.abc import Sequence

from tests.flows.harness import REPO, Flow
from tests.flows.rolling import HEAD
from tests.flows.words import ours, replies, say

HOOKED = True

DEV = """\
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
    verify: {checks: [e2e]}
"""
GATED = f"{HEAD}{DEV}  prod: {{needs: [dev], path: stages/prod, soak: 2h, auto: false}}\n"
REVIEWED = f"{HEAD}{DEV}  prod: {{needs: [dev], path: stages/prod, soak: 2h, via: pull-request}}\n"
LOCKED = GATED.replace("auto: false}", "lock: one}") + (
    "  other:\n    path: stages/other\n    steps:\n      - uses: copy\n"
    "        with: {from: apps/web, to: web}\n    lock: one\n    verify: {checks: [smoke]}\n"
    "locks: {one: {}}\n"
)


def at(flow: Flow, stage: str) -> str:
    path = f"stages/{stage}/web/index.html"
    return flow.world.tree(REPO, "main", f"stages/{stage}").get(path, b"").decode()


def begun(flow: Flow, pipeline: str = GATED) -> str:
    return flow.repo({"stagelock.yaml": pipeline, "apps/web/index.html": "one"})


def test_it_passes_every_gate_and_run_trailer_and_audit_name_each(flow: Flow):
    """Neither verified upstream, nor soaked; what is written is what was written upstream."""
    first = begun(flow)
    flow.world.push(REPO, "main", {"stages/dev/web/index.html": "by hand"})
    flow.settle()

    say(flow, first, "/promote prod --skip-gates the site is down", by="alice")

    assert at(flow, "prod") == "one"
    message = flow.world.log(REPO, "main")[0].message
    assert f"Promote web {first[:7]} to prod\n" in message
    assert "Stagelock-Skipped: needs, soak\n" in message
    run = flow.run(first, "prod")
    assert run is not None
    assert run.conclusion == "success"
    summary = run.summary or ""
    assert "Skipped" in summary
    assert "needs" in summary
    assert "soak" in summary
    assert "the site is down" in summary
    assert "@alice" in summary
    [row] = [p for p in flow.promotions() if p.stage == "prod"]
    assert row.skipped == ("needs", "soak")


def test_it_needs_maintain_and_a_reason(flow: Flow):
    first = begun(flow)

    say(flow, first, "/promote prod --skip-gates the site is down")
    assert "needs *maintain*; you have *write*" in replies(flow, first)[-1]
    say(flow, first, "/promote prod --skip-gates", by="alice")
    assert "needs a reason" in replies(flow, first)[-1]
    assert at(flow, "prod") == ""


def test_what_was_never_written_upstream_is_refused(flow: Flow):
    below = "  last: {needs: [prod], path: stages/last}\n"
    first = begun(flow, GATED + below)

    say(flow, first, f"/promote last {first[:10]} --skip-gates now", by="alice")

    assert f"web {first[:7]} was never written to prod" in replies(flow, first)[-1]
    assert at(flow, "last") == ""


def test_blocked_older_and_withdrawn_freight_does_not_enter(flow: Flow):
    first = begun(flow)
    say(flow, first, f"/block {first[:12]} it leaks")
    say(flow, first, "/promote prod --skip-gates now", by="alice")
    assert at(flow, "prod") == ""
    say(flow, first, f"/allow {first[:12]}")
    assert at(flow, "prod") == "one"
    flow.finish(flow.landed("dev", first), "e2e")
    second = flow.push({"apps/web/index.html": "two"})
    say(flow, second, "/promote prod --skip-gates now", by="alice")
    assert at(flow, "prod") == "two"

    say(flow, second, f"/promote prod {first[:12]} --skip-gates now", by="alice")

    assert "which is newer" in replies(flow, second)[-1]
    assert at(flow, "prod") == "two"


def test_it_waits_for_the_lock(flow: Flow):
    first = begun(flow, LOCKED)
    assert {r.stage: r.state for r in flow.requests()} == {"other": "held"}

    say(flow, first, "/promote prod --skip-gates now", by="alice")
    assert at(flow, "prod") == ""
    assert flow.state(first, "prod") == "queued"
    flow.finish(flow.landed("other", first), "smoke")

    assert at(flow, "prod") == "one"


BLOCKED = LOCKED.replace("lock: one}\n  other", "lock: one, on-drift: block}\n  other")


def test_it_replaces_the_hand_edit_that_was_there_when_it_was_said(flow: Flow):
    """rule D9"""
    first = begun(flow, BLOCKED)
    flow.finish(flow.landed("dev", first), "e2e")
    flow.finish(flow.landed("other", first), "smoke")
    flow.passes(minutes=125)
    assert at(flow, "prod") == "one"
    flow.world.push(REPO, "main", {"stages/prod/web/index.html": "by hand"})
    second = flow.push({"apps/web/index.html": "two"})
    flow.finish(flow.landed("other", second), "smoke")
    assert at(flow, "prod") == "by hand"

    say(flow, second, "/promote prod --skip-gates the site is down", by="alice")

    assert at(flow, "prod") == "two"


def test_it_replaces_no_hand_edit_that_was_made_after_it_was_said(flow: Flow):
    """rule D9: a hotfix that came while it waited for the lock is somebody else's decision."""
    first = begun(flow, BLOCKED)
    flow.finish(flow.landed("dev", first), "e2e")
    flow.finish(flow.landed("other", first), "smoke")
    flow.passes(minutes=125)
    second = flow.push({"apps/web/index.html": "two"})
    say(flow, second, "/promote prod --skip-gates the site is down", by="alice")
    assert flow.state(second, "prod") == "queued"
    flow.world.push(REPO, "main", {"stages/prod/web/index.html": "by hand"})
    flow.finish(flow.landed("other", second), "smoke")

    assert at(flow, "prod") == "by hand"
    assert "edited by hand" in flow.title(second, "prod")
    say(flow, second, "/promote prod --skip-gates the site is down", by="alice")

    assert at(flow, "prod") == "two"


def test_it_is_one_promotion_and_the_next_one_waits_again(flow: Flow):
    first = begun(flow)
    say(flow, first, "/promote prod --skip-gates now", by="alice")
    assert at(flow, "prod") == "one"

    second = flow.push({"apps/web/index.html": "two"})
    say(flow, second, "/promote prod")
    flow.passes(minutes=10)

    assert at(flow, "prod") == "one"


def test_a_pull_request_stage_opens_one_that_may_be_merged(flow: Flow):
    first = begun(flow, REVIEWED)
    assert flow.world.pulls(REPO) == []

    say(flow, first, "/promote prod --skip-gates the site is down", by="alice")
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "success"
    flow.world.merge(REPO, pull.number)
    flow.settle()

    assert at(flow, "prod") == "one"
    message = flow.world.log(REPO, pull.head_sha)[0].message
    assert "Stagelock-Skipped: needs, soak\n" in message


def test_it_passes_a_missing_approval_and_names_it(flow: Flow):
    first = begun(flow, GATED.replace("auto: false", "approve: {count: 1}"))
    flow.finish(flow.landed("dev", first), "e2e")
    flow.passes(minutes=121)
    assert at(flow, "prod") == ""  # it lacks nothing but the approval

    say(flow, first, "/promote prod --skip-gates the site is down", by="alice")

    assert at(flow, "prod") == "one"
    assert "Stagelock-Skipped: approval\n" in flow.world.log(REPO, "main")[0].message
    run = flow.run(first, "prod")
    assert run is not None
    assert "`approval`" in (run.summary or "")
    [row] = [p for p in flow.promotions() if p.stage == "prod"]
    assert (row.started_by, row.skipped) == ("alice", ("approval",))
    audit = [entry.entry for entry in flow.app.store.audit.newest()]
    lists = [entry.get("promotions") or () for entry in audit]
    told = [row for rows in lists if isinstance(rows, Sequence) for row in rows]
    named = {(row.get("stage"), tuple(row.get("skipped") or ())) for row in told}
    assert ("prod", ("approval",)) in named


def test_a_retry_by_somebody_else_skips_nothing(flow: Flow):
    """Skipping needs maintain, and is for one promotion."""
    first = begun(flow, GATED.replace("auto: false", "verify: {checks: [live]}"))
    say(flow, first, "/promote prod --skip-gates the site is down", by="alice")
    flow.finish(flow.landed("prod", first), "live", "failure")
    assert flow.state(first, "prod") == "failure"
    before = len([p for p in flow.promotions() if p.stage == "prod"])

    say(flow, first, "/retry prod")
    flow.passes(minutes=2)

    rows = [p for p in flow.promotions() if p.stage == "prod"]
    assert not any(p.skips for p in rows[before:])
