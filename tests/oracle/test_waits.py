"""`max-wait`, in histories made by hand: each wrong end beside the right one."""

import json

from tests.oracle import waits
from tests.oracle.histories import line, moment, request, row
from tests.oracle.pipeline import read

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
STAGE = {"path": "stages/dev", "steps": COPY, "lock": "e2e"}


def now(minute, state="queued", promotion="locking", **group):
    file = {
        "warehouses": {"web": {"paths": ["apps"]}},
        "stages": {"dev": STAGE},
        "locks": {"e2e": group},
    }
    rows = [row("dev", "b", state=promotion)]
    requests = [request("dev", "b", state)]
    plan = read(json.dumps(file).encode())
    assert plan is not None
    return moment(plan, line("abc"), rows=rows, requests=requests, minute=minute)


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def told(minute, promotion="failed", **group):
    there = now(minute, "timed-out", promotion, **group)
    return ids(waits.timed_out(there, there.records.requests[0]))


def test_nobody_is_told_no_before_the_time_and_its_promotion_fails_with_it():
    limit = {"max-wait": "10m"}
    assert told(10, **limit) == []
    assert told(9, **limit) == ["F30"]
    assert told(60) == ["F30"]
    assert told(10, "locking", **limit) == ["F30"]


def test_who_has_waited_for_too_long_is_told_so():
    def owed(minute, state="queued", **group):
        return ids(sentence for _, sentence in waits.owing(now(minute, state, **group)))

    limit = {"max-wait": "10m"}
    assert owed(11, **limit) == []
    assert owed(13, **limit) == ["F30"]
    assert owed(13, "held", **limit) == []
    assert owed(600) == []
