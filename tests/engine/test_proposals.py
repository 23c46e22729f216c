"""Other people's pull requests are read one by one: what fails for one concerns no other."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.core.model.facts import PullFact
from app.core.model.pipeline import Pipeline, Warehouse
from app.core.model.snapshot import ConfigState
from app.engine.survey.proposals import Proposals
from app.engine.survey.watched_paths import WatchedPaths
from app.errors import Denied, Missing, OutsideError, Rejected, Transient
from tests.core.saying import CONFIG, minted, sha


class Outside:
    """Pull requests 1 to 3 of forks, whose files are asked of GitHub; that of 2 fails."""

    def __init__(self, error):
        self.error = error

    def open_pulls(self, repo):
        return [
            PullFact(n, "open", False, f"topic-{n}", sha(100 + n), 99, "main", "eve", "A change")
            for n in (1, 2, 3)
        ]

    def pull_files(self, repo, number):
        if number == 2 and self.error is not None:
            raise self.error
        return [b"apps/web/x"]

    def has(self, commit):
        return False


def read(outside):
    """(the proposals, the names of what is tried again)."""
    pipeline = Pipeline({"web": Warehouse("web", paths=())}, {}, {})
    snapshot = replace(
        minted(),
        config=ConfigState("valid", CONFIG, CONFIG, pipeline),
        tips={"main": sha(9)},
    )
    again = []

    @contextmanager
    def apart(what):
        try:
            yield
        except OutsideError:
            again.append(what)

    found = Proposals(outside).read(snapshot, outside, WatchedPaths(), apart)
    return found, again


def test_one_that_gives_no_answer_is_left_out_and_asked_again():
    """Its runs stay as they are: what it changes is not known, and that may pass."""
    found, again = read(Outside(Transient("GitHub answered 502")))
    assert [p.number for p in found] == [1, 3]
    assert all(p.known for p in found)
    assert again == ["proposal #2"]


@pytest.mark.parametrize("error", [Denied("no"), Missing("gone"), Rejected("too large")])
def test_one_that_cannot_be_read_says_so_and_the_others_are_read(error):
    found, again = read(Outside(error))
    assert [(p.number, p.known) for p in found] == [(1, True), (2, False), (3, True)]
    assert again == []


def test_all_are_read_where_nothing_fails():
    found, again = read(Outside(None))
    assert [p.warehouses for p in found] == [("web",)] * 3
    assert again == []
