"""People who hold a lock group: what is there of it, and how they come to it."""

from __future__ import annotations

import re
from datetime import timedelta

from app.core.model.lock_requests import DirectRequest
from tests.flows.harness import REPO, Flow
from tests.flows.locking import groups, live, locked
from tests.flows.pipelines import pipeline
from tests.flows.words import say

ONE = {
    "stagelock.yaml": pipeline(locked("one", "floor") + groups("floor", "spare")),
    "apps/web/a": "1",
}
HOUR = timedelta(hours=1)


def people(flow: Flow) -> list[tuple[str, str]]:
    """(person, state) of the requests of people that have not ended, by place."""
    return [(r.name, r.state) for r in direct(flow)]


def direct(flow: Flow) -> tuple[DirectRequest, ...]:
    return flow.records().direct


def quiet(flow: Flow) -> str:
    """A repository whose stage is done: the group is free."""
    first = flow.repo(ONE)
    flow.finish(flow.landed("one", first), "one")
    assert live(flow) == []
    return first


def renamed(flow: Flow) -> str:
    """`bob` holds the lock, is called `robert` by now, and somebody else took his name."""
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    flow.world.rename_user("bob", "robert")
    flow.world.set_role(REPO, "bob", "write")
    return first


def overdue(flow: Flow) -> str:
    first = quiet(flow)
    say(flow, first, "/lock floor for 30m debugging")
    second = flow.push({"apps/web/a": "2"})
    flow.passes(minutes=31)
    return second


def undated(text: str | None) -> str:
    """*text* with times of day alone: a date stands before one where midnight was in between."""
    return re.sub(r"\d{4}-\d\d-\d\d (?=\d\d:\d\d UTC)", "", text or "")
