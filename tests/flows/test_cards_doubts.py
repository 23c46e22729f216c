"""Pipeline cards where something is lost, deleted, refused or said by others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import request

from app.sandbox.github.faults import Fault
from app.sandbox.github.model import Comment
from tests.flows.calling import Caller, served
from tests.flows.carding import TWO_WAREHOUSES, commented, proposing
from tests.flows.harness import REPO, Flow
from tests.flows.mortal import Killed, Once
from tests.flows.pipelines import MANUAL, MANUAL_FILES
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours, replies, say

CHECKED = MANUAL.replace("    auto: false\n", "    verify: {checks: [smoke]}\n")
EVENT = re.compile(r"event `([a-z0-9]+)`</sub>\s*$")


def event_of(body: str) -> str:
    found = EVENT.search(body)
    assert found is not None, body
    return found[1]


def merged(flow: Flow, branch: str = "topic", folder: str = "web") -> tuple[int, str]:
    """Such a one, merged by alice: its number, and the commit on main."""
    pull = proposing(flow, branch, "new", folder)
    flow.settle()
    sha = flow.world.merge(REPO, pull.number)
    flow.settle()
    return pull.number, sha


def cards(flow: Flow, on: int) -> list[Comment]:
    told = set(replies(flow, on))
    every = flow.world.comments(REPO, on)
    return [c for c in every if c.user.login == "stagelock[bot]" and c.body not in told]


def card(flow: Flow, on: int) -> Comment:
    [only] = cards(flow, on)
    return only


def to_do(text: str) -> str:
    """What a person is asked for there, "" for nothing."""
    return text.partition("\n\n")[0] if text.startswith("**To do:**") else ""


def without_code(text: str) -> str:
    return re.sub(r"`[^`]*`", "", text)


def test_the_reply_to_a_command_and_the_card_are_two_comments_that_each_stay_one(flow: Flow):
    """The card tells where the freight is, the reply what came of the command."""
    flow.repo(MANUAL_FILES)
    number, sha = merged(flow)
    before = card(flow, number)
    assert "/promote prod" in to_do(before.body)

    say(flow, number, "/promote prod")
    flow.passes(minutes=2)

    after = card(flow, number)
    assert (after.id, to_do(after.body)) == (before.id, "")
    [reply] = replies(flow, number)
    assert "Accepted" in reply
    assert "Accepted" not in after.body
    assert event_of(reply) != event_of(after.body)
    assert commented(flow) == [number, number]
    assert flow.landed("prod", sha)


def test_a_failure_calls_somebody_and_what_repairs_it_is_an_edit(flow: Flow):
    """While all goes by itself there is no card; neither a commit that was pushed ever gets one."""
    first = flow.repo({**MANUAL_FILES, "stagelock.yaml": CHECKED})
    flow.finish(flow.landed("prod", first), "smoke")
    number, sha = merged(flow)
    flow.passes(minutes=2)
    assert cards(flow, number) == []

    flow.finish(flow.landed("prod", sha), "smoke", "failure")
    called = card(flow, number)
    assert "prod" in to_do(called.body)
    again = flow.world.start_check(REPO, flow.landed("prod", sha), "smoke")
    flow.settle()
    flow.finish(again.head_sha, "smoke")
    flow.passes(minutes=2)
    assert (card(flow, number).id, to_do(card(flow, number).body)) == (called.id, "")
    assert commented(flow) == [number]
    assert flow.world.comments(REPO, first) == []


def test_the_cards_event_is_found_by_whoever_reads_it(tmp_path: Path):
    with served(tmp_path) as flow:
        flow.repo(MANUAL_FILES)
        number, _ = merged(flow)
        event = event_of(card(flow, number).body)
        found = Caller(flow)("GET", f"/events/{event}", prefix="", params={"format": "json"})
        assert found.status_code == 200, found.text
        say(flow, number, "/promote prod")
        flow.passes(minutes=2)
        assert event_of(card(flow, number).body) == event


def test_what_others_wrote_calls_nobody_and_closes_nothing_on_a_card(flow: Flow):
    """A hold's reason, a check's name and words, a branch, a title, a commit's message."""
    odd = "@acme/all closes #1"
    file = CHECKED.replace("[smoke]", f'["{odd}"]')
    first = flow.repo({**MANUAL_FILES, "stagelock.yaml": file})
    flow.finish(flow.landed("prod", first), odd)
    pull = proposing(flow, "fix", "new", message="Fixes #1\n\n@acme/all <!-- x --> [a](http://b.c)")
    flow.settle()
    sha = flow.world.merge(REPO, pull.number)
    flow.settle()
    output = {"title": "@everyone **fixes #1**", "summary": "<!-- @acme/all --> fixes #1"}
    flow.world.finish_check(REPO, flow.landed("prod", sha), odd, "failure", output=output)
    flow.settle()
    say(flow, pull.number, "/hold prod @acme/all fixes #1 <!-- x --> [a](http://b.c)")
    flow.passes(minutes=2)

    text = card(flow, pull.number).body
    assert "<!--" not in text
    bare = without_code(text)
    assert "@" not in bare
    assert not re.search(r"#\d", bare)
    assert "http://b.c" not in bare


def test_a_card_deleted_while_nobody_listened_is_not_put_back_by_an_edit(flow: Flow):
    """The word of its deletion is lost; the edit that would have been next finds nothing there."""
    flow.repo(MANUAL_FILES)
    number, sha = merged(flow)
    flow.world.weather.lost = lambda d: d.event == "issue_comment"
    flow.world.delete_comment(REPO, card(flow, number))
    flow.settle()
    flow.world.weather.lost = None

    say(flow, flow.tip(), f"/promote prod {sha[:12]}")
    for _ in range(3):
        flow.passes(minutes=2)
        flow.sweep()

    assert flow.landed("prod", sha)
    assert cards(flow, number) == []
    assert commented(flow) == [number]


def test_a_conversation_locked_after_the_card_was_made_costs_its_edits_alone(flow: Flow):
    flow.repo(MANUAL_FILES)
    number, sha = merged(flow)
    before = card(flow, number)
    flow.world.faults.add("PATCH", r"/issues/comments/", "denied", times=1000)
    flow.world.faults.add("POST", rf"/issues/{number}/comments", "denied", times=1000)
    say(flow, flow.tip(), f"/promote prod {sha[:12]}")
    for _ in range(3):
        flow.passes(minutes=2)

    assert flow.state(sha, "prod") == "success"
    assert card(flow, number).body == before.body
    asked = len([e for e in flow.sandbox.exchanges if e.method == "PATCH" and e.status == 403])
    flow.passes(minutes=10)
    now = len([e for e in flow.sandbox.exchanges if e.method == "PATCH" and e.status == 403])
    assert now == asked <= 2


def test_what_an_edit_without_an_answer_said_is_taken_back_where_it_is_not_true_any_more(
    flow: Flow,
):
    """The edit arrived; by the next look the card was to say again what it had said before."""
    flow.repo(MANUAL_FILES)
    number, sha = merged(flow)
    flow.passes(minutes=2)
    before = card(flow, number).body
    lost = flow.world.faults.add("PATCH", r"/issues/comments/", "lost", times=1)
    told: list[str] = []

    def allow() -> None:
        if lost.hits and not told:
            told.append(card(flow, number).body)
            flow.world.comment(REPO, flow.tip(), f"/allow web@{sha}")

    with flow.after_each_write(allow):
        say(flow, flow.tip(), f"/block web@{sha} broken")
        flow.passes(minutes=2)

    assert len(told) == 1
    assert told[0] != before
    assert card(flow, number).body == before


def test_what_an_edit_said_before_a_death_is_taken_back_where_it_is_not_true_any_more(flow: Flow):
    """The process had no time to store it; by the next look the card was to say as before again."""
    flow.repo(MANUAL_FILES)
    number, sha = merged(flow)
    flow.passes(minutes=2)
    before = card(flow, number).body
    app = Once(flow, "after", "update_comment")
    flow.world.comment(REPO, number, f"/block web@{sha} broken", by="bob")
    with pytest.raises(Killed):
        flow.settle()
    assert card(flow, number).body != before
    flow.world.comment(REPO, number, f"/allow web@{sha}", by="bob")
    flow.reboot()
    flow.settle()
    flow.passes(minutes=2)

    assert app.deaths == ["update_comment"]
    assert card(flow, number).body == before


def test_one_pull_request_of_two_warehouses_has_one_card_until_both_have_ended(flow: Flow):
    flow.repo({**MANUAL_FILES, "stagelock.yaml": TWO_WAREHOUSES, "apps/api/a": "1"})
    flow.world.push(REPO, "both", {"apps/web/b": "2", "apps/api/b": "2"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "both")
    flow.settle()
    sha = flow.world.merge(REPO, pull.number)
    flow.settle()
    first = card(flow, pull.number)
    assert all(f"{name} {sha[:7]}" in first.body for name in ("web", "api"))
    flow.passes(minutes=2)

    say(flow, pull.number, "/promote live")
    flow.passes(minutes=2)
    todo = to_do(card(flow, pull.number).body)
    assert ("prod" in todo, "live" in todo) == (True, False)
    say(flow, pull.number, "/promote prod")
    flow.passes(minutes=2)
    assert (card(flow, pull.number).id, to_do(card(flow, pull.number).body)) == (first.id, "")


def test_a_fork_that_is_gone_after_its_merge_keeps_its_card(flow: Flow):
    flow.repo(MANUAL_FILES)
    fork = flow.world.fork(REPO, "mallory").full_name
    flow.world.push(fork, "idea", {"apps/web/idea": "x"}, author="mallory")
    pull = flow.world.open_pull(REPO, "mallory:idea", by="mallory")
    flow.settle()
    sha = flow.world.merge(REPO, pull.number, "squash")
    flow.world.delete_repo(fork)
    flow.settle()
    assert "/promote prod" in to_do(card(flow, pull.number).body)
    say(flow, pull.number, "/promote prod")
    flow.passes(minutes=2)
    assert flow.landed("prod", sha)
    assert to_do(card(flow, pull.number).body) == ""


def test_an_answer_lost_before_a_death_while_nothing_can_be_listed_makes_no_second_card(
    flow: Flow,
):
    """GitHub took the card; nobody heard it, the process died, and no list is answered for a while."""
    flow.repo(MANUAL_FILES)
    flow.world.faults.add("POST", r"/issues/\d+/comments", "lost", times=1)
    silent: list[Fault] = []

    def silence() -> None:
        if not silent and "issues" in request.path:
            silent.append(flow.world.faults.add("GET", r"/issues/\d+/comments", times=4))

    with flow.after_each_write(silence):
        number, sha = merged(flow)
    for _ in range(6):
        flow.reboot()
        flow.passes(minutes=2)
        assert len(cards(flow, number)) == 1
    assert silent[0].hits == 4
    say(flow, flow.tip(), f"/promote prod {sha[:12]}")
    flow.passes(minutes=2)
    assert to_do(card(flow, number).body) == ""


def test_withdrawn_freight_asks_for_nothing_on_its_card(flow: Flow):
    flow.repo(MANUAL_FILES)
    before = flow.tip()
    number, sha = merged(flow)
    assert to_do(card(flow, number).body)
    flow.world.branch(REPO, "main", before)
    flow.settle()
    flow.passes(minutes=2)
    text = card(flow, number).body
    assert to_do(text) == ""
    assert sha[:7] in text
    assert "withdrawn" in text


def test_our_own_pull_request_closed_by_a_person_leaves_one_card_there(flow: Flow):
    flow.repo(PEOPLE)
    flow.passes(minutes=2)
    number = ours(flow).number
    assert "merge" in to_do(card(flow, number).body).lower()
    flow.world.edit_pull(REPO, number, state="closed")
    flow.settle()
    for _ in range(3):
        flow.passes(minutes=2)
    assert "merge" not in to_do(card(flow, number).body).lower()
