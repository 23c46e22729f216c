"""`/cancel` where it could hit the wrong promotion, or come too late: pull requests, and lost answers."""

from __future__ import annotations

import re

import pytest

from app.github import endpoints as at
from app.sandbox.github.faults import Kind
from tests.flows.harness import REPO, Flow
from tests.flows.losing import Write, losing
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
  prod: {needs: [dev], path: stages/prod, via: pull-request}
  last: {needs: [prod], path: stages/last}
"""
FILES = {"stagelock.yaml": STAGES, "apps/web/index.html": "one"}


def test_a_word_on_a_head_that_has_just_moved_is_asked_about_and_then_names_its_freight(flow: Flow):
    flow.repo(FILES)
    pull = ours(flow)
    second = flow.push({"apps/web/index.html": "two"})

    say(flow, pull.number, "/cancel prod")

    text = replies(flow, pull.number)[-1]
    assert "moved to" in text
    assert f"`/cancel prod {second[:12]}`" in text
    assert ours(flow).state == "open"
    say(flow, pull.number, f"/cancel prod {second[:12]}")
    assert ours(flow).state == "closed"
    assert flow.state(second, "prod") == "cancelled"


def test_why_it_is_closed_is_said_with_an_event_id_that_opens_its_audit_entry(flow: Flow):
    flow.repo(FILES)
    pull = ours(flow)

    say(flow, pull.number, "/cancel prod")

    ends = re.compile(r"\n\n<sub>event `([a-z2-7]{8})`</sub>\s*\Z")
    texts = replies(flow, pull.number)
    opened = {
        entry.entry["kind"]: (entry.entry, text)
        for text in texts
        if (found := ends.search(text))
        for entry in flow.app.store.audit.find(found[1])
    }
    entry, text = opened["close-pull"]
    assert entry["pull"] == pull.number
    assert text.startswith(f"{entry['comment']}\n\n<sub>")
    assert all(ends.search(text) for text in texts)


def test_a_word_on_a_pull_request_that_is_over_ends_no_other(flow: Flow):
    first = flow.repo(FILES)
    old = ours(flow)
    say(flow, old.number, "/cancel prod")
    assert ours(flow).state == "closed"
    second = flow.push({"apps/web/index.html": "two"})
    assert ours(flow).number != old.number
    flow.passes(minutes=2)

    say(flow, old.number, "/cancel prod")

    text = replies(flow, old.number)[-1]
    assert f"web {first[:7]}" in text
    assert "is not under way" in text
    assert ours(flow).state == "open"
    assert flow.state(second, "prod") == "in_progress"


def test_what_a_person_merged_before_it_was_seen_is_there_and_goes_no_further(flow: Flow):
    """Nothing is to be verified in prod, and yet it is not verified there: somebody said so."""
    first = flow.repo(FILES)
    pull = ours(flow)

    flow.world.comment(REPO, pull.number, "/cancel prod", by="bob")
    flow.world.merge(REPO, pull.number, "squash", by="carol")
    flow.settle()
    flow.passes(minutes=2)

    assert flow.state(first, "prod") == "cancelled"
    there = flow.world.tree(REPO, "main", "stages")
    assert there["stages/prod/web/index.html"] == b"one"
    assert "stages/last/web/index.html" not in there
    assert "Done: the promotion of" in replies(flow, pull.number)[0]


def test_it_is_ended_once_though_nobody_heard_the_word_and_closing_it_fails(flow: Flow):
    """Deliveries are lost, GitHub fails, and the process dies in between."""
    first = flow.repo(FILES)
    pull = ours(flow)
    flow.world.weather.lost = lambda _delivery: True

    flow.world.comment(REPO, pull.number, "/cancel prod", by="bob")
    with losing(flow, at.UPDATE_PULL, kind="error"):
        flow.sweep()
        assert ours(flow).state == "open"
        flow.reboot()
        flow.passes(minutes=1)
    for _ in range(4):
        flow.passes(minutes=5)

    assert ours(flow).state == "closed"
    assert flow.state(first, "prod") == "cancelled"
    words = replies(flow, pull.number)
    assert len([text for text in words if "Done: the promotion of" in text]) == 1
    assert len([text for text in words if "cancelled the promotion of" in text]) == 1


def test_words_of_one_comment_take_effect_one_after_the_other(flow: Flow):
    """What only waits for a gate ends, too; and what was ended may be tried again at once."""
    closed = STAGES.replace(
        "via: pull-request", "auto: false, windows: {deny: ['2020-01-01..2090-01-01 UTC']}"
    )
    first = flow.repo({**FILES, "stagelock.yaml": closed})

    say(flow, first, "/promote prod\n/cancel prod\n/retry prod\n/cancel prod")

    text = replies(flow, first)[-1]
    assert text.count("Done: the promotion of") == 2
    assert "Not done" not in text
    assert flow.state(first, "prod") == "cancelled"
    say(flow, first, "/cancel prod")
    assert "is not under way" in replies(flow, first)[-1]


DOUBTS: list[tuple[Write, Kind]] = [
    (at.CREATE_PULL, "lost"),
    (at.CREATE_PULL, "error"),
    ("head", "lost"),
]


@pytest.mark.parametrize(("call", "kind"), DOUBTS, ids=["opened", "not opened", "head pushed"])
def test_a_pull_request_whose_opening_was_in_doubt_is_left_to_nobody(
    flow: Flow, call: Write, kind: Kind
):
    """Opened or not, none is open afterwards, and none is opened later."""
    with losing(flow, call, kind=kind):
        first = flow.repo(FILES)
        say(flow, first, "/cancel prod")
        assert "Done: the promotion of" in replies(flow, first)[-1]
    for _ in range(4):
        flow.passes(minutes=2)

    assert [p.state for p in flow.world.pulls(REPO) if p.head == "stagelock/prod"] in (
        [],
        ["closed"],
    )
    assert "stagelock/prod" not in flow.world.branches(REPO)
    assert flow.state(first, "prod") == "cancelled"
    say(flow, first, "/retry prod")
    assert ours(flow).state == "open"
