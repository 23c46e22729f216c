"""What makes a repository due and what does not."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import MANUAL_FILES
from tests.flows.words import say


def due(flow: Flow) -> bool:
    """Whether what GitHub has told us by now makes anything due."""
    flow.world.flush()
    return flow.worker.run_until_idle(1) > 0


def waiting(flow: Flow) -> str:
    """A freight whose production waits for a person, at rest."""
    first = flow.repo(MANUAL_FILES)
    flow.settle()
    assert not due(flow)
    return first


def test_all_that_we_did_ourselves_told_twice_and_shuffled_asks_for_nothing(flow: Flow):
    flow.world.weather.doubled = lambda d: d.event in ("check_run", "check_suite", "issue_comment")
    first = waiting(flow)
    say(flow, first, "/promote prod")
    flow.settle()
    asked = len(flow.sandbox.exchanges)
    app = flow.world.hub.app("stagelock")
    mine = ("check_run", "check_suite", "issue_comment", "commit_comment")
    for delivery in flow.world.deliveries:
        if delivery.event in mine and delivery.payload["sender"]["login"] == "stagelock[bot]":
            flow.world.courier.redeliver(app, delivery.id)
    assert not due(flow)
    assert len(flow.sandbox.exchanges) == asked


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_person_who_asks_for_our_run_again_is_heard(flow: Flow, stage: str):
    first = waiting(flow)
    flow.world.rerequest(REPO, (first, f"stagelock / {stage}"))
    assert due(flow)


def test_a_button_of_our_run_is_heard_and_does_what_it_says(flow: Flow):
    first = waiting(flow)
    flow.world.press(REPO, (first, "stagelock / prod"), "promote")
    assert due(flow)
    flow.settle()
    assert flow.landed("prod", first)


def test_all_our_runs_asked_for_again_at_once_are_heard(flow: Flow):
    first = waiting(flow)
    run = flow.shown(first, "prod")
    flow.world.rerequest_suite(REPO, run.suite_id)
    assert due(flow)


def test_a_run_that_another_app_called_by_our_name_is_that_apps(flow: Flow):
    first = waiting(flow)
    flow.world.finish_check(REPO, first, "stagelock / prod", "success", app="impostor")
    assert due(flow)
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/prod") == {}


def test_another_robots_comment_and_a_person_who_deletes_ours_are_others_doing(flow: Flow):
    first = waiting(flow)
    flow.world.push(REPO, "topic", {"apps/web/b": "2"}, parent=flow.tip())
    pull = flow.world.open_pull(REPO, "topic")
    flow.settle()
    say(flow, pull.number, "/why prod")
    [_, reply] = flow.world.comments(REPO, pull.number)
    flow.world.user("robot[bot]").kind = "Bot"
    flow.world.comment(REPO, pull.number, "hello", by="robot[bot]")
    assert due(flow)
    flow.settle()
    flow.world.delete_comment(REPO, reply, by="alice")
    flow.settle()
    assert first == flow.newest()
    assert len(flow.world.comments(REPO, pull.number)) == 2
