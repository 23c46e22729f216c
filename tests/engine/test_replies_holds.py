"""A reply to `/hold` with an end asks to be looked at exactly then (rule C54)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from app.core.model.comments import CommandRecord, FollowedHold
from app.core.model.names import Repo, StageName
from app.core.model.repository_change import RepoRecord
from app.engine.commands.replies import Replies
from app.engine.queue.lease import Lease
from tests.contracts.facts import AT, claimed
from tests.engine.replying import Alone, Comments
from tests.stores import sqlite_store

REPO = Repo(7, "acme", "shop", 3)
HOUR = timedelta(hours=1)


def held(number, until):
    followed = (FollowedHold(0, StageName("dev"), AT, until),)
    made = CommandRecord(f"issue-{number}", number, "issue", "/hold dev", "ada", AT)
    return replace(made, pull=4, outcome="Done", parts=("Done",), followed=followed)


@pytest.mark.parametrize(("later", "left"), [(0, 2 * HOUR), (1, HOUR)])
def test_it_is_looked_at_when_the_first_hold_ends(tmp_path, later, left):
    store = sqlite_store(tmp_path)
    store.repos.add(RepoRecord(7, "acme", "shop", 3, "main"))
    claim = claimed(store)
    for number, hours in ((1, 2), (2, 5)):
        store.history.save_command(claim, 7, held(number, AT + hours * HOUR))
    forge: Any = Comments()
    replies = Replies(store, forge, lambda: AT + later * HOUR, "https://github.com")

    assert replies.write(claim, cast("Lease", Alone()), REPO) == left

    known = store.history.open_commands(7)
    store.close()
    assert [len(command.followed) for command in known] == [1, 1]
