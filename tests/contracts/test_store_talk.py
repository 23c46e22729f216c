"""Which comments on one place have an answer, or will have one (rule C51)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.model.comments import CommandRecord
from tests.contracts.facts import AT, claimed, sha

MINUTE = timedelta(minutes=1)


def said(number, **more):
    at = AT + number * MINUTE
    given = {"pull": 4, "outcome": "so", **more}
    return CommandRecord(f"issue-{number}", number, "issue", "/why dev", "ada", at, **given)


def test_they_are_told_by_place_in_the_order_of_their_ids(store):
    claim = claimed(store)
    on_commit = said(6, pull=None, sha=sha(3))
    for one in (
        said(3),
        said(1, answered_at=AT + 9 * MINUTE),
        said(2, outcome="-"),
        said(4, outcome=""),
        said(5, pull=5),
        replace(on_commit, key="commit-6", kind="commit"),
        replace(said(7), key="click-1", kind="click"),
        replace(said(8), order=0),
    ):
        store.history.save_command(claim, 7, one)
    store.history.save_command(claim, 8, said(9))

    found = store.history.answers_on(7, 4, AT)
    assert found == [("issue-1", AT + MINUTE), ("issue-3", AT + 3 * MINUTE)]
    assert store.history.answers_on(7, 4, AT + MINUTE) == [("issue-3", AT + 3 * MINUTE)]
    assert store.history.answers_on(7, sha(3), AT) == [("commit-6", AT + 6 * MINUTE)]
