"""Buttons of check runs and `/retry`: pressed by whom, on which run, and what runs again."""

from __future__ import annotations

import pytest

from app.core.model.names import GroupName
from app.sandbox.github.model import Refusal, Run
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.words import replies, say

LOCKED = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
SETTING = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: yaml-set
        with: {file: values.yaml, values: {image.tag: "${{ freight.short }}"}}
"""


def summary(run: Run) -> str:
    return run.summary or ""


def test_a_stage_that_people_start_invites_with_a_button(flow: Flow):
    """`auto: false`: a writer's click promotes; a reader's is refused, and the run says so."""
    first = flow.repo(MANUAL_FILES)
    run = flow.run(first, "prod")
    assert run is not None
    assert (run.conclusion, run.title) == ("neutral", "ready for prod: /promote prod")
    assert [action["identifier"] for action in run.actions] == ["promote"]

    flow.world.press(REPO, run, "promote", by="carol")
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/prod") == {}
    told = flow.run(first, "prod")
    assert told is not None
    assert (told.id, told.conclusion) == (run.id, "neutral")
    assert "`@carol` pressed Promote, which needs *write*; `@carol` has *read*" in summary(told)
    assert f"Somebody with *write* in `{REPO}` can press it" in summary(told)
    assert [action["identifier"] for action in told.actions] == ["promote"]

    flow.world.press(REPO, told, "promote", by="bob")
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/prod") != {}
    done = flow.run(first, "prod")
    assert done is not None
    assert done.conclusion == "success"
    assert "carol" not in summary(done)
    assert replies(flow, first) == []
    [started] = [p for p in flow.promotions() if p.stage == "prod"]
    assert started.started_by == "bob"


@pytest.mark.parametrize("by", ["carol", "mallory"])
def test_who_may_not_retry_is_named_in_the_failed_runs_summary(flow: Flow, by: str):
    """Rule R49: Retry, and GitHub's own Re-run; a reader, and one who has no access at all."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(LOCKED)
    landed = flow.landed("e2e", first)
    flow.ends(landed, "e2e", "failure")
    failed = flow.run(landed, "e2e")
    assert failed is not None
    before = len(flow.promotions())
    has = {"carol": "has *read*", "mallory": "has no access"}[by]

    flow.world.press(REPO, failed, "retry", by=by)
    flow.settle()
    told = flow.run(landed, "e2e")
    assert told is not None
    assert f"Not done: `@{by}` pressed Retry, which needs *write*; `@{by}` {has}" in summary(told)
    flow.world.rerequest(REPO, (landed, "stagelock / e2e"), by=by)
    flow.settle()

    told = flow.run(landed, "e2e")
    assert told is not None
    assert (told.id, told.conclusion) == (failed.id, "failure")
    assert f"`@{by}` pressed Re-run, which needs *write*" in summary(told)
    assert "pressed Retry" not in summary(told)
    assert len(flow.promotions()) == before
    assert replies(flow, landed) == []
    audit = [one.entry for one in flow.app.store.audit.newest()]
    clicks = [entry for entry in audit if entry["kind"] == "click"]
    assert [click["effective"] for click in clicks] == [False, False]
    assert all("needs *write*" in str(click["answer"]) for click in clicks)

    written = flow.writes()
    flow.passes(hours=1)
    assert flow.writes() == written
    flow.world.press(REPO, told, "retry", by="bob")
    flow.settle()
    again = flow.run(landed, "e2e")
    assert again is not None
    assert (again.status, by in summary(again)) == ("in_progress", False)


def test_newer_freight_closes_the_invitation_of_older_freight(flow: Flow):
    first = flow.repo(MANUAL_FILES)
    second = flow.push({"apps/web/index.html": "two"})

    assert flow.state(second, "prod") == "neutral"
    assert flow.state(first, "prod") == "skipped"
    run = flow.run(first, "prod")
    assert run is not None
    with pytest.raises(Refusal):
        flow.world.press(REPO, run, "promote", by="bob")


def test_a_click_on_an_outdated_run_does_nothing_and_says_so(flow: Flow):
    """The failed run still shows its button while a newer run of the name speaks."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(LOCKED)
    landed = flow.landed("e2e", first)
    flow.ends(landed, "e2e", "failure")
    old = flow.run(landed, "e2e")
    assert old is not None
    assert (old.conclusion, [a["identifier"] for a in old.actions]) == ("failure", ["retry"])
    flow.world.press(REPO, old, "retry", by="bob")
    flow.settle()
    assert flow.state(landed, "e2e") == "in_progress"
    flow.world.press(REPO, old, "retry", by="bob")
    flow.settle()

    [text] = replies(flow, landed)
    assert "the button belongs to an older run of `stagelock / e2e`" in text
    assert len([p for p in flow.promotions() if p.stage == "e2e"]) == 2


def test_retry_runs_the_failed_jobs_again_under_the_lock(flow: Flow):
    """The jobs run only while the lock is held, with a new token; passing goes on to prod."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(LOCKED)
    landed = flow.landed("e2e", first)
    run = flow.world.check(REPO, landed, "e2e")
    assert run is not None
    flow.world.wait_for(lambda: run.status == "in_progress")
    flow.world.ci.finish(REPO, landed, "e2e", "failure")
    flow.settle()
    assert flow.state(first, "e2e") == "failure"
    assert flow.state(landed, "lock / e2e-env") == "success"

    say(flow, first, "/retry e2e")

    again = flow.world.check(REPO, landed, "e2e")
    assert again is not None
    assert again.id != run.id
    assert flow.state(landed, "lock / e2e-env") == "in_progress"
    [text] = replies(flow, first)
    assert "Accepted: `e2e` tries again" in text
    calls = [path for method, path in flow.writes() if method == "POST"]
    reran = next(i for i, path in enumerate(calls) if "rerun-failed-jobs" in path)
    assert reran > calls.index(f"/repos/{REPO}/check-runs")

    flow.world.wait_for(lambda: again.status == "in_progress")
    flow.world.ci.finish(REPO, landed, "e2e", "success")
    flow.settle()

    assert flow.state(landed, "lock / e2e-env") == "success"
    assert flow.state(first, "prod") == "success"
    [text] = replies(flow, first)
    assert "**verified**" in text
    tokens = [r.tokens[GroupName("e2e-env")] for r in flow.requests() if r.tokens]
    assert tokens == sorted(set(tokens))
    assert len(tokens) == 2


def test_retry_of_a_step_problem_tries_the_step_again(flow: Flow):
    first = flow.repo({"stagelock.yaml": SETTING, "apps/web/a": "1"})
    run = flow.run(first, "dev")
    assert run is not None
    assert run.conclusion == "failure"
    assert "stages/dev/values.yaml" in (run.title or "")
    flow.push({"README.md": "nothing that is watched"})
    assert flow.state(first, "dev") == "failure"

    say(flow, first, "/promote dev")
    assert "/retry dev" in replies(flow, first)[-1]
    say(flow, first, "/retry dev")
    assert "**failed:" in replies(flow, first)[-1]

    flow.push({"stages/dev/values.yaml": "image: {tag: }\n"})
    assert flow.state(first, "dev") == "success"
    assert first[:7].encode() in flow.world.tree(REPO, "main")["stages/dev/values.yaml"]


def test_rerun_of_our_own_run_is_a_retry(flow: Flow):
    """GitHub's "Re-run" on a failed stage means the same as its button."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(LOCKED)
    landed = flow.landed("e2e", first)
    flow.ends(landed, "e2e", "failure")

    flow.world.rerequest(REPO, (landed, "stagelock / e2e"), by="bob")
    flow.settle()

    assert flow.state(landed, "e2e") == "in_progress"
