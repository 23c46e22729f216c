"""Which comments on one place have an answer, or will have one (rule C51)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.model.comments import CommandRecord, Followed, FollowedHold, FollowedLock
from app.core.model.names import FreightId, GroupName, StageName
from app.core.model.reverts import Revert
from tests.contracts.facts import AT, claimed, sha

MINUTE = timedelta(minutes=1)
TAKEN = Revert(sha(1), sha(2))


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


def test_what_a_reply_follows_comes_back_as_it_was(store):
    """rules C32 and C54: after a death, another process tells the end."""
    claim, stage = claimed(store), StageName("dev")
    followed = (
        Followed(0, "retry", stage, FreightId.parse(f"web@{sha(1)}"), AT, elsewhere=True),
        Followed(0, "promote", stage, FreightId.parse(f"web@{sha(1)}"), AT, reverted=TAKEN),
        FollowedLock(1, GroupName("e2e"), AT + MINUTE),
        FollowedHold(2, stage, AT + 2 * MINUTE, AT + 9 * MINUTE),
    )

    store.history.save_command(claim, 7, said(1, followed=followed))

    [known] = store.history.open_commands(7)
    assert known.followed == followed
