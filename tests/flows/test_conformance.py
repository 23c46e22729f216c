"""A long story: all that we send is what GitHub documents, and every text opens its audit entry."""

from __future__ import annotations

import re

from sqlalchemy import text

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.words import say
from tests.sandbox.schema import assert_exchanges, assert_webhook, operation_of

EVENT = re.compile(r"<sub>(?:promotion `\w+` · )?event `([a-z2-7]+)`</sub>\s*\Z")
CONFIG = ONE_BRANCH.replace(
    "    path: stages/prod\n", "    path: stages/prod\n    via: pull-request\n"
)


def long_story(flow: Flow) -> None:
    """Success, failure, retry, review, a proposal, an invalid file, questions, trouble."""
    flow.world.ci.job("e2e", paths=("stages/e2e",), lasts=None)
    first = flow.repo({"stagelock.yaml": CONFIG, "apps/web/index.html": "one"})
    landed = flow.landed("e2e", first)
    flow.ends(landed, "e2e", "failure")
    say(flow, first, "/stagelock status\n/why e2e\n/promot dev\n/rollback dev", by="carol")
    say(flow, first, "/retry e2e")
    flow.ends(landed, "e2e")
    [ours] = [p for p in flow.world.pulls(REPO) if p.head == "stagelock/prod"]
    say(flow, ours.number, "/why prod", by="carol")
    flow.push({"apps/web/index.html": "two", "stagelock.yaml": CONFIG.replace("[dev]", "[dve]")})
    flow.world.push(REPO, "topic", {"apps/web/a.md": "1", "apps/web/b": "2"}, parent=flow.tip())
    theirs = flow.world.open_pull(REPO, "topic")
    flow.settle()
    say(flow, theirs.number, "/promote prod")
    flow.world.merge(REPO, ours.number, "squash")
    flow.settle()
    flow.push({"stagelock.yaml": CONFIG})
    flow.sweep()


def texts(flow: Flow) -> list[tuple[str, str]]:
    """(where, what) of all that we wrote for people."""
    shas = {
        sha for b in flow.world.branches(REPO) for sha in {c.sha for c in flow.world.log(REPO, b)}
    }
    shas |= {p.head_sha for p in flow.world.pulls(REPO)}
    found = [
        (f"{r.name} on {sha[:7]}: {r.title}", r.summary or "")
        for sha in sorted(shas)
        for r in flow.world.checks(REPO, sha, SLUG)
    ]
    found += [
        (f"reply on {c.number or c.sha}", c.body)
        for c in flow.world.comments(REPO)
        if c.user.login == f"{SLUG}[bot]"
    ]
    return found + [
        (f"body of {p.number}: {p.title}", p.body or "")
        for p in flow.world.pulls(REPO)
        if p.head.startswith("stagelock/")
    ]


def test_a_long_story_is_told_in_githubs_own_terms(flow: Flow):
    """Requests and payloads match GitHub's schemas; each text ends with an id that is audited."""
    long_story(flow)

    mine = [e for e in flow.sandbox.exchanges if e.caller.startswith(SLUG)]
    assert_exchanges(mine)
    unknown = {(e.method, e.path) for e in mine if operation_of(e.method, e.path) is None}
    assert unknown == set()
    assert [e for e in mine if e.status >= 400] == []
    for delivery in flow.world.deliveries:
        assert_webhook(delivery.event, delivery.action, delivery.payload)

    with flow.app.store.database.read("read the audit") as connection:
        audited = set(connection.execute(text("SELECT event FROM audit")).scalars())
    said = texts(flow)
    assert len(said) > 15
    for where, what in said:
        ending = EVENT.search(what)
        assert ending, f"{where}: {what}"
        assert ending[1] in audited, where
        assert len(where.partition(": ")[2]) < 70
