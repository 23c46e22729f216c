"""`/cancel`: the promotion that is under way ends, in each of its states."""

from __future__ import annotations

from app.errors import Transient
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.words import ours, replies, say

STAGES = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
    lock: one
    verify: {checks: [e2e]}
  other:
    path: stages/other
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
    lock: one
    verify: {checks: [smoke]}
  prod: {needs: [dev], path: stages/prod, via: pull-request}
locks: {one: {}}
"""
FILES = {"stagelock.yaml": STAGES, "apps/web/index.html": "one"}


def at(flow: Flow, stage: str) -> bytes | None:
    return flow.world.tree(REPO, "main", f"stages/{stage}").get(f"stages/{stage}/web/index.html")


def held(flow: Flow) -> dict[str, str]:
    return {r.stage: r.state for r in flow.requests() if r.state in ("queued", "held", "suspect")}


def test_what_queues_for_a_lock_leaves_the_queue_and_writes_nothing(flow: Flow):
    first = flow.repo(FILES)
    assert held(flow) == {"dev": "held", "other": "queued"}

    say(flow, first, "/cancel other")

    assert "Done: the promotion of" in replies(flow, first)[-1]
    assert flow.state(first, "other") == "cancelled"
    run = flow.run(first, "other")
    assert run is not None
    assert (run.title or "").startswith("cancelled by ")
    assert held(flow) == {"dev": "held"}
    assert at(flow, "other") is None
    flow.finish(flow.landed("dev", first), "e2e")
    assert at(flow, "other") is None
    second = flow.push({"apps/web/index.html": "two"})
    flow.finish(flow.landed("dev", second), "e2e")
    assert at(flow, "other") == b"two"


def test_what_has_landed_stays_unverified_and_its_lock_waits_for_its_checks(flow: Flow):
    """The job may still disturb the next one: a grant is never freed under it."""
    first = flow.repo(FILES)
    landed = flow.landed("dev", first)
    flow.world.start_check(REPO, landed, "e2e")
    flow.settle()

    say(flow, first, "/cancel dev")

    assert "while they may still run it is suspect, and a maintainer can" in str(
        replies(flow, first)
    )
    assert at(flow, "dev") == b"one"
    assert flow.state(first, "dev") == "cancelled"
    assert held(flow)["dev"] == "suspect"
    assert at(flow, "other") is None
    flow.finish(landed, "e2e")
    assert flow.state(first, "dev") == "cancelled"
    assert at(flow, "other") == b"one"
    assert flow.world.pulls(REPO) == []  # it was never verified


def test_it_is_tried_again_by_retry_alone(flow: Flow):
    first = flow.repo(FILES)
    landed = flow.landed("dev", first)
    say(flow, first, "/cancel dev")
    flow.passes(minutes=5)
    assert flow.state(first, "dev") == "cancelled"

    say(flow, first, "/retry dev")
    flow.finish(landed, "e2e")
    flow.finish(flow.landed("other", first), "smoke")  # which was first in the queue

    assert flow.state(first, "dev") == "success"


def test_its_pull_request_is_closed_and_may_not_be_merged(flow: Flow):
    first = flow.repo(FILES)
    flow.finish(flow.landed("dev", first), "e2e")
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "success"

    say(flow, pull.number, "/cancel prod")

    closed = ours(flow)
    assert (closed.state, closed.merged_at) == ("closed", None)
    assert flow.state(pull.head_sha, "plan") == "cancelled"
    assert flow.state(first, "prod") == "cancelled"
    words = [c.body for c in flow.world.comments(REPO, pull.number)]
    assert any("cancelled the promotion of" in text for text in words)
    assert at(flow, "prod") is None


def test_a_push_in_doubt_is_not_repeated(flow: Flow):
    flow.repo({"stagelock.yaml": STAGES})
    tried: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == ("before", "push") and not tried:
            tried.append(name)
            message = "the connection ended early"
            raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    with flow.clock.still():
        first = flow.push({"apps/web/index.html": "one"})
        say(flow, first, "/cancel dev")
    for _ in range(4):
        flow.passes(minutes=1)

    assert at(flow, "dev") is None
    assert flow.state(first, "dev") == "cancelled"
    assert "dev" not in held(flow)


def test_where_nothing_is_under_way_it_says_so_and_readers_may_not(flow: Flow):
    first = flow.repo(FILES)

    say(flow, first, "/cancel prod\n/cancel nowhere")
    text = replies(flow, first)[-1]
    assert "Not done: `/cancel prod`" in text
    assert "not under way" in text
    assert "there is no stage `nowhere`" in text
    say(flow, first, "/cancel dev", by="carol")
    assert "needs *write*; you have *read*" in replies(flow, first)[-1]
    assert flow.state(first, "dev") == "in_progress"


def test_two_words_in_one_comment_see_each_other(flow: Flow):
    """Cancelled, then tried again: there is one attempt more, and nothing is under way twice."""
    first = flow.repo(FILES)

    say(flow, first, "/cancel dev")
    say(flow, first, "/cancel dev")

    assert "not under way" in replies(flow, first)[-1]
