"""`/rollback` on pull-request and whole-branch stages, after hand edits, in doubt, and by its button."""

from __future__ import annotations

import pytest

from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.rolling import (
    DEV,
    HEAD,
    LOCKED,
    REVIEWED,
    VERIFIED,
    begun,
    hold_of,
    newest_commit,
    verified,
)
from tests.flows.words import ours, replies, say

HOOKED = True

MERGED = REVIEWED.replace("pull-request}", "pull-request, merge: auto}")
WHOLE = f"{HEAD}  dev: {{branch: env/dev}}\n"


def at(flow: Flow, stage: str) -> str:
    path = f"stages/{stage}/web/index.html"
    return flow.world.tree(REPO, "main", f"stages/{stage}").get(path, b"").decode()


def merge(flow: Flow) -> int:
    number = ours(flow).number
    flow.world.merge(REPO, number)
    flow.settle()
    return number


def reviewed(flow: Flow) -> list[str]:
    """Two freights, each merged into `prod` by a person."""
    first = flow.repo({"stagelock.yaml": REVIEWED, "apps/web/index.html": "one"})
    merge(flow)
    second = flow.push({"apps/web/index.html": "two"})
    merge(flow)
    assert at(flow, "prod") == "two"
    return [first, second]


def test_a_pull_request_stage_goes_back_by_a_pull_request(flow: Flow):
    first, second = reviewed(flow)

    say(flow, second, "/rollback prod")
    pull = ours(flow)
    assert (pull.state, pull.merged_at) == ("open", None)
    assert at(flow, "prod") == "two"
    head = flow.world.tree(REPO, pull.head_sha)
    assert head["stages/prod/web/index.html"] == b"one"
    assert flow.state(pull.head_sha, "plan") == "success"
    assert f"Stagelock-Freight: web@{first}" in flow.world.log(REPO, "stagelock/prod")[0].message
    flow.push({"apps/web/index.html": "three"})  # waits: nothing overtakes a rollback
    assert ours(flow).number == pull.number
    merge(flow)

    assert at(flow, "prod") == "one"
    assert flow.state(first, "prod") == "success"
    assert flow.state(second, "prod") == "failure"
    assert hold_of(flow, "prod") is not None
    say(flow, second, "/resume prod")
    merge(flow)
    assert at(flow, "prod") == "three"


def test_the_body_of_its_pull_request_says_what_holds_for_a_rollback(flow: Flow):
    _, second = reviewed(flow)

    say(flow, second, "/rollback prod")

    body = ours(flow).body or ""
    assert f"takes stage `prod` (`stages/prod`) back from web {second[:7]}" in body
    assert "takes over this pull request" not in body
    assert "verified in" not in body


def test_what_a_person_put_back_already_needs_no_commit_and_replaces_nothing(flow: Flow):
    """It is a rollback all the same: nothing rejected comes again."""
    text = HEAD + DEV
    flow.repo({"stagelock.yaml": text, "apps/web/index.html": "one"})
    second = flow.push({"apps/web/index.html": "two"})
    flow.push({"stages/dev/web/index.html": "one"})
    tip = flow.tip()

    say(flow, second, "/rollback dev")

    reply = replies(flow, second)[-1]
    assert "no commit is needed" in reply
    assert "replace" not in reply
    assert "does not wait for upstreams" in reply  # and for no lock: it has none
    say(flow, second, "/resume dev")
    flow.passes(hours=1)
    assert (flow.tip(), at(flow, "dev")) == (tip, "one")


def test_a_workflow_that_we_had_cancelled_holds_a_rollback_up_no_longer(flow: Flow):
    """What was cancelled has ended: nobody waits an hour for it to time out."""
    [first] = begun(flow, VERIFIED, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    flow.world.start_check(REPO, flow.landed("dev", second), "e2e")
    flow.settle()

    say(flow, second, "/rollback dev")

    assert at(flow, "dev") == "one"
    assert [r.state for r in flow.requests() if r.ended_at is None] == ["held"]
    verified(flow, "dev", first)
    assert flow.state(first, "dev") == "success"


def test_a_retry_that_names_nothing_tries_nothing_again_that_was_rejected(flow: Flow):
    [first] = begun(flow, VERIFIED, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    flow.finish(flow.landed("dev", second), "e2e", "failure")
    say(flow, second, "/rollback dev")
    verified(flow, "dev", first)
    flow.world.push(REPO, "topic", {"docs/a": "x"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic", "main", "Say more", "", by="alice")
    flow.settle()

    say(flow, pull.number, "/retry dev")

    assert replies(flow, pull.number)[-1].startswith("Not done")
    assert at(flow, "dev") == "one"


def broken(flow: Flow) -> tuple[str, str]:
    """A rollback to the first of two freights, which failed: the file has no place for its key."""
    keys = DEV.replace("uses: copy", "uses: yaml-set").replace(
        "{from: apps/web, to: web}", '{file: v.yaml, values: {tag: "${{ freight.sha }}"}}'
    )
    files = {"stagelock.yaml": HEAD + keys, "apps/web/index.html": "one"}
    first = flow.repo({**files, "stages/dev/v.yaml": "tag: ''\n"})
    second = flow.push({"apps/web/index.html": "two"})
    flow.push({"stages/dev/v.yaml": "other: 1\n"})
    say(flow, second, "/rollback dev")
    assert flow.state(first, "dev") == "failure"
    return first, second


def values(flow: Flow) -> str:
    return flow.world.tree(REPO, "main", "stages/dev")["stages/dev/v.yaml"].decode()


def test_a_rollback_that_could_not_write_goes_on_by_itself_when_it_can_as_it_says(flow: Flow):
    first, second = broken(flow)
    run = flow.run(first, "dev")
    assert run is not None
    assert "Retried automatically when that file changes, as long as dev is on hold" in (
        run.summary or ""
    )
    assert "`/retry dev`" in (run.summary or "")

    flow.push({"stages/dev/v.yaml": "tag: x\n"})

    assert first in values(flow)
    assert flow.state(first, "dev") == "success"
    assert flow.state(second, "dev") == "failure"
    assert hold_of(flow, "dev") is not None


def test_a_rollback_that_could_not_write_is_asked_for_anew_once_its_hold_has_ended(flow: Flow):
    """It says nothing of the freight, which was verified there before."""
    first, second = broken(flow)
    say(flow, second, "/resume dev")
    flow.push({"stages/dev/v.yaml": "tag: x\n"})
    assert first not in values(flow)

    say(flow, second, f"/retry dev {first[:12]}")

    assert first in values(flow)


def test_a_check_that_has_not_started_holds_a_rollback_up(flow: Flow):
    [first] = begun(flow, VERIFIED, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})

    say(flow, second, "/rollback dev")

    assert at(flow, "dev") == "two"
    flow.passes(minutes=61)
    assert at(flow, "dev") == "one"


def test_where_we_merge_ourselves_the_rollback_is_merged_by_itself(flow: Flow):
    first = flow.repo({"stagelock.yaml": MERGED, "apps/web/index.html": "one"})
    flow.passes(minutes=2)
    second = flow.push({"apps/web/index.html": "two"})
    flow.passes(minutes=2)
    assert at(flow, "prod") == "two"

    say(flow, second, "/rollback prod")
    flow.passes(minutes=2)

    assert at(flow, "prod") == "one"
    assert flow.state(first, "prod") == "success"


def test_an_open_pull_request_is_closed_and_its_freight_waits_for_newer(flow: Flow):
    first, second = reviewed(flow)
    third = flow.push({"apps/web/index.html": "three"})
    pull = ours(flow)

    say(flow, pull.number, "/rollback prod")

    closed = next(p for p in flow.world.pulls(REPO) if p.number == pull.number)
    assert (closed.state, closed.merged_at) == ("closed", None)
    assert flow.state(third, "prod") == "cancelled"
    back = ours(flow)
    assert back.number != pull.number
    merge(flow)
    assert at(flow, "prod") == "one"
    assert flow.state(second, "prod") == "failure"
    assert flow.state(first, "prod") == "success"


def test_a_whole_branch_goes_back_with_all_its_files(flow: Flow):
    first = flow.repo({"stagelock.yaml": WHOLE, "apps/web/a": "1", "apps/web/b": "1"})
    tree = flow.world.tree_id(REPO, "env/dev")
    second = flow.push({"apps/web/a": "2", "apps/web/b": None, "apps/web/c": "2"})
    assert flow.world.tree(REPO, "env/dev") == {"apps/web/a": b"2", "apps/web/c": b"2"}

    say(flow, second, "/rollback dev")

    assert flow.world.tree_id(REPO, "env/dev") == tree
    assert f"Stagelock-Freight: web@{first}\n" in newest_commit(flow, "env/dev")
    assert "3 files" in replies(flow, second)[-1]


@pytest.mark.parametrize("rule", ["merge", "block", "overwrite"])
def test_hand_edits_are_replaced_and_the_reply_and_the_run_say_so(flow: Flow, rule: str):
    pipeline = f"{HEAD}{DEV}    on-drift: {rule}\n"
    first, second = begun(flow, pipeline, names="one two")
    edit = {"stages/dev/web/index.html": "by hand", "stages/dev/web/more.txt": "by hand"}
    flow.world.push(REPO, "main", edit, "bob", "A hotfix by hand")
    flow.settle()

    say(flow, second, "/rollback dev")

    assert flow.world.tree(REPO, "main", "stages/dev") == {"stages/dev/web/index.html": b"one"}
    reply = replies(flow, second)[-1]
    assert "replaces these hand edits" in reply
    assert "stages/dev/web/more.txt" in reply
    flow.passes(minutes=1)
    run = flow.run(first, "dev")
    assert run is not None
    assert "a rollback from" in (run.summary or "")
    assert "Replaced" in (run.summary or "")
    assert "more.txt" in (run.summary or "")


def test_what_was_kept_by_hand_then_comes_back_with_the_freight_that_it_was_kept_in(flow: Flow):
    """The written tree is what comes back, not what the freight alone gives."""
    lines = "".join(f"line {n}\n" for n in range(9))
    pipeline = f"{HEAD}{DEV}    on-drift: merge\n"
    flow.repo({"stagelock.yaml": pipeline, "apps/web/index.html": lines})
    hot = lines.replace("line 1\n", "hotfix\n")
    flow.world.push(REPO, "main", {"stages/dev/web/index.html": hot}, "bob", "A hotfix")
    flow.settle()
    flow.push({"apps/web/index.html": lines + "two\n"})
    third = flow.push({"apps/web/index.html": "all new\n"})
    if at(flow, "dev") != "all new\n":
        say(flow, third, "/retry dev")

    say(flow, third, "/rollback dev")
    assert at(flow, "dev") == hot + "two\n"
    say(flow, third, "/resume dev")
    flow.push({"apps/web/index.html": lines + "two\nfour\n"})
    assert at(flow, "dev") == hot + "two\nfour\n"


def test_the_button_of_a_failed_run_rolls_back_for_a_writer_and_for_nobody_else(flow: Flow):
    first, second = begun(flow, HEAD + DEV + LOCKED % "e2e" + "locks: {one: {}}\n", names="one two")
    verified(flow, "dev", first)
    landed = flow.landed("dev", second)
    flow.finish(landed, "e2e", "failure")
    run = flow.run(second, "dev")
    assert run is not None
    assert [action["identifier"] for action in run.actions] == ["retry", "rollback"]

    flow.world.press(REPO, run, "rollback", by="carol")
    flow.settle()
    told = flow.run(second, "dev")
    assert told is not None
    assert "`@carol` pressed Roll back, which needs *write*" in (told.summary or "")
    assert "can press it, or comment `/rollback dev`." in (told.summary or "")
    assert at(flow, "dev") == "two"

    flow.world.press(REPO, told, "rollback", by="bob")
    flow.settle()
    assert at(flow, "dev") == "one"
    hold = hold_of(flow, "dev")
    assert hold is not None
    assert hold.by == "bob"
    verified(flow, "dev", first)
    old = flow.run(second, "dev")
    assert old is not None
    assert "rollback" not in [action["identifier"] for action in old.actions]


def test_a_run_that_newer_freight_has_passed_offers_no_rollback(flow: Flow):
    first, second = begun(flow, HEAD + DEV + LOCKED % "e2e" + "locks: {one: {}}\n", names="one two")
    verified(flow, "dev", first)
    flow.finish(flow.landed("dev", second), "e2e", "failure")
    run = flow.run(second, "dev")
    assert run is not None
    third = flow.push({"apps/web/index.html": "three"})
    verified(flow, "dev", third)

    told = flow.run(second, "dev")
    assert told is not None
    assert told.actions == []


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_push_whose_answer_is_lost_gives_one_commit(flow: Flow, lost: str):
    first, _, third = begun(flow)
    tried: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == (lost, "push") and not tried:
            tried.append(name)
            message = "the connection ended early"
            raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    with flow.clock.still():
        say(flow, third, f"/rollback dev to {first[:12]}")
    for _ in range(4):
        flow.passes(minutes=1)

    assert at(flow, "dev") == "one"
    subjects = [line for line in flow.subjects() if line == f"Promote web {first[:7]} to dev"]
    assert len(subjects) == 2
    assert hold_of(flow, "dev") is not None


def test_asked_twice_while_it_waits_for_its_lock_both_replies_tell_its_end(flow: Flow):
    [first] = begun(flow, VERIFIED, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})

    say(flow, second, "/rollback dev")
    say(flow, second, "/rollback dev")

    told = [text for text in replies(flow, second) if text.startswith("Accepted: ")]
    assert len(told) == 2
    assert "Nothing was started" not in "".join(told)
