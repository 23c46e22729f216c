"""Sixty comments on one place are answered within an hour, whoever wrote them (rule C51)."""

from collections import Counter
from datetime import timedelta
from typing import cast

import pytest

from app.core.model.comments import CommandRecord
from app.core.model.names import Repo
from app.core.model.repository_change import RepoRecord
from app.engine.commands.replies import Replies
from app.engine.queue.lease import Lease
from tests.contracts.facts import AT, claimed
from tests.engine.replying import Alone, Comments
from tests.stores import sqlite_store

REPO = Repo(7, "acme", "shop", 3)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path):
    made = sqlite_store(tmp_path)
    made.repos.add(RepoRecord(7, "acme", "shop", 3, "main"))
    yield made
    made.close()


@pytest.fixture
def forge():
    return Comments()


def decided(number, at=AT, **more):
    """Each by somebody else."""
    given = {"pull": 4, "outcome": f"answer {number}", "user_id": 100 + number, **more}
    return CommandRecord(f"issue-{number}", number, "issue", "/why dev", "ada", at, **given)


def said(store, forge, now):
    """What is in each place after a pass over the comments then, by a process of its own."""
    claim = claimed(store)
    Replies(store, forge, lambda: now, "https://github.com").write(
        claim, cast("Lease", Alone()), REPO
    )
    store.work.finish(claim, None)
    return Counter(on for on, _ in forge.made)


def test_the_sixty_first_waits_for_its_hour_and_other_places_wait_for_nothing(store, forge):
    claim = claimed(store)
    for number in range(1, 131):
        store.history.save_command(claim, 7, decided(number))
    store.history.save_command(claim, 7, decided(131, pull=5))
    store.work.finish(claim, None)

    assert said(store, forge, AT) == {4: 60, 5: 1}
    assert said(store, forge, AT + timedelta(minutes=59)) == {4: 60, 5: 1}
    assert said(store, forge, AT + HOUR) == {4: 120, 5: 1}
    assert said(store, forge, AT + HOUR + timedelta(minutes=59)) == {4: 120, 5: 1}
    assert said(store, forge, AT + 2 * HOUR) == {4: 130, 5: 1}
    told = [body for on, body in forge.made if on == 4]
    assert told == [f"answer {number}" for number in range(1, 131)]


def test_what_nobody_asked_for_is_said_at_once(store, forge):
    claim = claimed(store)
    for number in range(1, 71):
        store.history.save_command(claim, 7, decided(number))
    notice = CommandRecord("locks-1", 0, "issue", "", "", AT, pull=4, outcome="it is suspect")
    store.history.save_command(claim, 7, notice)
    store.work.finish(claim, None)

    assert said(store, forge, AT) == {4: 61}
    assert (4, "it is suspect") in forge.made
