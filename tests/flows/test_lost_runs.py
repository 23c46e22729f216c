"""The answer to a call about checks or a merge is lost, or it was an error: what is there counts."""

from __future__ import annotations

import pytest

from app.core.text.markup import event_id
from app.github import endpoints as at
from app.sandbox.github.faults import Kind
from app.sandbox.github.model import Run
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.losing import Write, loses, losing
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.reviewed import ACTS, AUTO, PEOPLE
from tests.flows.settings import EVERYWHERE
from tests.flows.words import ours, replies, say

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}


def newest(flow: Flow, landed: str) -> Run:
    run = flow.world.check(REPO, landed, "e2e")
    assert run is not None
    return run


def begun(flow: Flow, landed: str) -> Run:
    run = newest(flow, landed)
    flow.world.wait_for(lambda: run.status == "in_progress", what="e2e never began")
    return run


def failed(flow: Flow) -> tuple[str, str]:
    """A freight whose e2e failed: its commit, and the one that landed."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.ends(landed, "e2e", "failure")
    assert flow.state(first, "e2e") == "failure"
    return first, landed


def reruns(flow: Flow, landed: str) -> int:
    """How often e2e ran on a commit."""
    runs = flow.world.checks(REPO, landed, "github-actions")
    return sum(1 for run in runs if run.name == "e2e")


@pytest.mark.parametrize("meanwhile", ["goes on", "success", "failure"])
@loses(at.RERUN_FAILED)
def test_a_rerun_whose_answer_was_lost_is_the_rerun(flow: Flow, meanwhile: str):
    first, landed = failed(flow)
    with flow.clock.still(), losing(flow, at.RERUN_FAILED, times=1):
        say(flow, first, "/retry e2e")
        again = begun(flow, landed)
        if meanwhile != "goes on":
            flow.world.ci.finish(REPO, landed, "e2e", meanwhile)
    flow.settle()
    flow.passes(seconds=30)
    if meanwhile == "goes on":
        assert flow.state(landed, "lock / e2e-env") == "in_progress"
        flow.ends(landed, "e2e")
    flow.passes(minutes=2)

    assert newest(flow, landed).id == again.id
    assert reruns(flow, landed) == 2
    ended = "failure" if meanwhile == "failure" else "success"
    assert flow.state(first, "e2e") == ended
    assert flow.state(first, "prod") == ("skipped" if ended == "failure" else "success")
    assert flow.state(landed, "lock / e2e-env") == "success"
    assert len(replies(flow, first)) == 1


def test_a_rerun_that_was_refused_once_and_that_a_person_did_is_not_done_twice(flow: Flow):
    first, landed = failed(flow)
    with flow.clock.still(), losing(flow, at.RERUN_FAILED, times=1, kind="error"):
        say(flow, first, "/retry e2e")
        flow.world.rerequest(REPO, (landed, "e2e"), by="bob")
        begun(flow, landed)
    flow.settle()
    flow.passes(seconds=30)
    assert flow.state(landed, "lock / e2e-env") == "in_progress"
    flow.ends(landed, "e2e")
    flow.passes(minutes=2)

    assert reruns(flow, landed) == 2
    assert flow.state(first, "e2e") == "success"
    assert flow.state(landed, "lock / e2e-env") == "success"


@pytest.mark.parametrize("meanwhile", ["goes on", "success", "failure"])
@loses(at.REREQUEST)
def test_another_apps_run_whose_request_was_not_answered_is_the_rerun(flow: Flow, meanwhile: str):
    """The other App was told, and began; what it says counts, and it is asked once."""
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    flow.world.finish_check(REPO, landed, "e2e", "failure", app="jenkins")
    flow.settle()
    assert flow.state(first, "e2e") == "failure"
    with flow.clock.still(), losing(flow, at.REREQUEST, times=1):
        say(flow, first, "/retry e2e")
        flow.world.start_check(REPO, landed, "e2e", app="jenkins")
        if meanwhile != "goes on":
            flow.world.finish_check(REPO, landed, "e2e", meanwhile, app="jenkins")
    flow.settle()
    flow.passes(seconds=30)
    if meanwhile == "goes on":
        assert flow.state(landed, "lock / e2e-env") == "in_progress"
        flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
        flow.settle()
    flow.passes(minutes=2)

    asked = [e.path for e in flow.sandbox.exchanges if e.path.endswith("/rerequest")]
    assert len(asked) == 1
    assert flow.state(first, "e2e") == ("failure" if meanwhile == "failure" else "success")
    assert flow.state(landed, "lock / e2e-env") == "success"
    assert len(replies(flow, first)) == 1


@pytest.mark.parametrize("answer", ["lost", "error"])
@pytest.mark.parametrize("ends", [False, True])
@loses(at.CANCEL_RUN)
def test_a_cancellation_without_an_answer_frees_no_lock_before_its_job_has_ended(
    flow: Flow, answer: str, *, ends: bool
):
    """`lost`: it was cancelled; `error`: it runs on, and ends by itself or is cancelled later."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo(FILES)
    landed = flow.landed("e2e", first)
    run = begun(flow, landed)
    kind: Kind = "lost" if answer == "lost" else "error"
    states: list[tuple[str, str]] = []

    def seen() -> None:
        states.extend((r.state, run.status) for r in flow.requests())

    with flow.after_each_write(seen), losing(flow, at.CANCEL_RUN, times=1, kind=kind):
        flow.passes(minutes=61)
        if ends and run.status != "completed":
            flow.world.ci.finish(REPO, landed, "e2e", "failure")
        flow.settle()
        flow.passes(minutes=2)

    assert ("released", "in_progress") not in states
    assert run.status == "completed"
    assert flow.state(first, "e2e") == "failure"
    assert [r.state for r in flow.requests()] == ["released"]


@pytest.mark.parametrize("act", ["nothing", *ACTS])
def test_a_merge_of_ours_that_was_not_done_leaves_it_to_what_people_did(flow: Flow, act: str):
    flow.world.faults.add("PUT", r"/merge$", "error", times=3)
    first = flow.repo(AUTO)
    flow.passes(minutes=2)  # no other check began on the head
    assert ours(flow).state == "open"
    flow.world.faults.clear()
    conclusion: str | None = "success"
    title = "verified"
    if act in ACTS:
        do, (conclusion, title) = ACTS[act]
        do(flow)
        flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    run = flow.run(first, "prod")
    assert run is not None
    assert run.conclusion == conclusion
    assert (run.title or "").startswith(title)
    assert len(flow.world.pulls(REPO)) == 1


TALK = (at.CREATE_COMMIT_COMMENT, at.UPDATE_COMMIT_COMMENT, at.REACT_COMMIT_COMMENT)


TALKED = [
    (call, act, answer)
    for row, call in enumerate(TALK)
    for column, act in enumerate(("nothing", "edits it", "deletes it"))
    for answer in ("lost", "error")
    if EVERYWHERE or row == column
]


@pytest.mark.parametrize(("call", "act", "answer"), TALKED)
@loses(*TALK)
def test_a_comment_on_a_commit_is_answered_once(flow: Flow, call: Write, act: str, answer: str):
    """Its reply is made, and edited when what it asked for has ended."""
    text = MANUAL_FILES["stagelock.yaml"].replace(
        "auto: false", "auto: false\n    verify: {checks: [smoke]}"
    )
    first = flow.repo({**MANUAL_FILES, "stagelock.yaml": text})
    with flow.clock.still(), losing(flow, call, 1, "lost" if answer == "lost" else "error"):
        words = "/promote prod\n/hold dev until 1h later"
        asked = flow.world.comment(REPO, first, words, by="bob")
        flow.settle()
        flow.finish(flow.landed("prod", first), "smoke")
    if act == "edits it":
        flow.world.edit_comment(REPO, asked, "/hold prod until 1h later", by="bob")
    elif act == "deletes it":
        flow.world.delete_comment(REPO, asked, by="bob")
    flow.settle()
    flow.passes(minutes=2)
    flow.sweep()

    [text] = replies(flow, first)
    assert "**verified**" in text
    assert "has been on hold since" in text
    assert [hold.stage for hold in flow.records().holds] == ["dev"]
    assert flow.subjects().count(f"Promote web {first[:7]} to prod") == 1


@pytest.mark.parametrize("act", ["nothing", "edits it", "deletes it"])
@loses(at.UPDATE_ISSUE_COMMENT)
def test_a_reply_on_a_pull_request_tells_the_end_though_an_answer_was_lost(flow: Flow, act: str):
    text = MANUAL_FILES["stagelock.yaml"].replace(
        "auto: false", "auto: false\n    verify: {checks: [smoke]}"
    )
    first = flow.repo({**MANUAL_FILES, "stagelock.yaml": text})
    flow.world.push(REPO, "topic", {"apps/web/index.html": "two"}, parent=first)
    pull = flow.world.open_pull(REPO, "topic")
    flow.world.merge(REPO, pull.number, "squash", by="bob")
    flow.settle()
    newest = flow.newest()
    with flow.clock.still(), losing(flow, at.UPDATE_ISSUE_COMMENT, 1):
        asked = flow.world.comment(REPO, pull.number, "/promote prod", by="bob")
        flow.settle()
        flow.finish(flow.landed("prod", newest), "smoke")
    if act == "edits it":
        flow.world.edit_comment(REPO, asked, "/hold prod until 1h later", by="bob")
    elif act == "deletes it":
        flow.world.delete_comment(REPO, asked, by="bob")
    flow.settle()
    flow.passes(minutes=2)
    flow.sweep()

    [text] = replies(flow, pull.number)
    assert "**verified**" in text
    assert flow.subjects().count(f"Promote web {newest[:7]} to prod") == 1


def test_a_cancelled_promotion_whose_runs_were_all_refused_gets_its_run_when_one_is_taken(
    flow: Flow,
):
    flow.world.faults.add("POST", r"/check-runs$", times=1000)
    first = flow.repo(PEOPLE)
    flow.world.edit_pull(REPO, ours(flow).number, by="bob", state="closed")
    flow.settle()
    flow.passes(minutes=2)
    assert [p.state for p in flow.promotions() if p.stage == "prod"] == ["cancelled"]
    assert flow.run(first, "prod") is None

    flow.world.faults.clear()
    flow.passes(minutes=2)

    run = flow.run(first, "prod")
    assert run is not None
    assert (run.conclusion, run.title) == ("cancelled", "cancelled: its pull request was closed")
    flow.passes(minutes=2)
    runs = flow.world.checks(REPO, first, "stagelock")
    assert [one.id for one in runs if one.name == run.name] == [run.id]


@loses(at.CREATE_COMMIT_COMMENT)
def test_what_another_app_quotes_is_not_taken_for_a_reply_whose_answer_was_lost(flow: Flow):
    """Nothing arrived; and whoever mirrors comments says again how our reply would end."""
    first = flow.repo(FILES)
    other = flow.world.register_app("mirror", None, "", {"contents": "write"})
    bot = flow.world.hub.apps[other.app_id].bot.login
    asked = flow.world.comment(REPO, first, "/why dev", by="bob")
    event = event_id("command", flow.world.repo(REPO).id, f"commit-{asked.id}")
    theirs = flow.world.comment(REPO, first, f"they say `{event}`", by=bot)

    with losing(flow, at.CREATE_COMMIT_COMMENT, times=1, kind="error"):
        flow.settle()
    flow.passes(minutes=5)

    [reply] = replies(flow, first)
    assert event in reply
    assert theirs.body == f"they say `{event}`"
